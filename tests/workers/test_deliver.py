"""Mail on a real connection: what a server may say, what becomes of it, and who may finish a delivery."""

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.settings import Settings
from tests.workers.conftest import rows
from tests.workers.sink import Sink
from workers import deliver, sweep
from workers.channels.email import Email, message_id_host
from workers.drain import drain
from workers.errors import Permanent, Retryable
from workers.messages import Message, Notice, compose
from workers.outbox import drain_batch
from workers.retry import MAX_ATTEMPTS
from workflows.notices import Subject

STATE = "select state, attempts, lease_no, last_error, receipt, message_id, due_at > now() as waits from delivery order by id"


@pytest.fixture
def posted(factory: sessionmaker[Session], submitted: int) -> int:
    """One delivery that is due: the head of the unit has a form to review."""
    drain_batch(factory, host="city.invalid")
    return submitted


def deliver_once(factory: sessionmaker[Session], settings: Settings, *, lease_seconds: int = 60) -> int:
    with Email(settings) as channel:
        return deliver.deliver_batch(factory, channel, url="https://city.invalid", lease_seconds=lease_seconds)


def state(engine: Engine) -> Any:  # noqa: ANN401 - a row
    return rows(engine, STATE)[0]


def again(engine: Engine) -> None:
    rows(engine, "update delivery set due_at = now() where state = 'due'")


def test_a_mail_says_what_happened_and_nothing_of_the_form(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink
) -> None:
    assert deliver_once(factory, mailing) == 1
    [(address, mail)] = sink.mails
    assert address == "dept_head@example.invalid"
    assert mail["Subject"] == "中共揭阳市委政法委员会《部门整体支出绩效目标表》（2022年度）：已提交，请您审核"
    assert mail["Message-ID"] == state(engine).message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    for part in (plain, html):
        text = part.get_content()
        assert f"https://city.invalid/submissions/{posted}" in text
        assert "扫黑除恶" not in text
    done = state(engine)
    assert (done.state, done.attempts, done.receipt) == ("done", 1, "250 Message accepted for delivery")
    assert deliver_once(factory, mailing) == 0


def test_words_are_in_the_language_of_the_reader(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink
) -> None:
    rows(engine, "update person set language = 'en'")
    deliver_once(factory, mailing)
    assert str(sink.mails[0][1]["Subject"]).endswith("(2022) – submitted, please review")


@pytest.mark.parametrize("reply", ["421 4.3.2 closing", "450 4.2.1 mailbox busy", "452 4.3.1 full"])
@pytest.mark.parametrize("stage", ["rcpt", "data"])
@pytest.mark.slow
def test_a_passing_refusal_is_tried_again_with_the_same_message_id(
    *,
    engine: Engine,
    factory: sessionmaker[Session],
    posted: int,
    mailing: Settings,
    sink: Sink,
    reply: str,
    stage: str,
) -> None:
    setattr(sink, stage, lambda _: reply)
    deliver_once(factory, mailing)
    failed = state(engine)
    assert (failed.state, failed.attempts, failed.waits) == ("due", 1, True)
    assert failed.last_error.startswith(f"Retryable: {reply[:3]}")
    setattr(sink, stage, lambda _: "250 OK")
    again(engine)
    deliver_once(factory, mailing)
    assert (state(engine).state, state(engine).attempts) == ("done", 2)
    assert sink.ids == [failed.message_id]


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_lasting_refusal_parks_the_delivery_at_once(
    *, engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink, stage: str
) -> None:
    setattr(sink, stage, lambda _: "550 5.1.1 no such mailbox")
    deliver_once(factory, mailing)
    parked = state(engine)
    assert (parked.state, parked.attempts) == ("dead", 1)
    assert "550" in parked.last_error
    again(engine)
    assert deliver_once(factory, mailing) == 0
    assert rows(engine, "select count(*) from notification") == [(1,)], "the inbox shows it all the same"


def test_one_bad_mailbox_keeps_back_no_other(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink
) -> None:
    copies = "select person_id, topic, 'k' || i, submission_id, params from notification, generate_series(1, 5) i"
    rows(engine, f"insert into notification (person_id, topic, dedupe_key, submission_id, params) {copies}")
    rows(
        engine,
        "insert into delivery (notification_id, channel, message_id)"
        " select id, 'email', '<delivery-' || id || '@x>' from notification where dedupe_key like 'k%'",
    )
    replies = iter(["250 OK", "550 no", "450 busy", "250 OK", "250 OK", "250 OK"])
    sink.rcpt = lambda _: next(replies)
    assert deliver_once(factory, mailing) == 6
    assert [row.state for row in rows(engine, STATE)] == ["done", "dead", "due", "done", "done", "done"]


def test_a_fault_of_ours_keeps_back_no_other(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink
) -> None:
    rows(
        engine,
        "with n as (insert into notification (person_id, topic, dedupe_key, submission_id, params)"
        " select person_id, 'unheard.of', 'k', submission_id, '{}' from notification returning id)"
        " insert into delivery (notification_id, channel, message_id, due_at)"
        " select id, 'email', '<x@y>', now() - interval '1 hour' from n",
    )
    assert deliver_once(factory, mailing) == 2
    assert [(row.state, row.attempts) for row in rows(engine, STATE)] == [("done", 1), ("due", 1)]


def test_closed_after_the_text_is_sent_again_under_the_same_message_id(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink
) -> None:
    sink.hang_up = True
    deliver_once(factory, mailing)
    assert state(engine).state == "due"
    sink.hang_up = False
    again(engine)
    deliver_once(factory, mailing)
    assert state(engine).state == "done"
    assert sink.ids == [state(engine).message_id] * 2


def test_a_server_that_is_too_slow_is_given_up_and_tried_again(
    *,
    engine: Engine,
    factory: sessionmaker[Session],
    posted: int,
    mailing: Settings,
    sink: Sink,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workers.channels.email.TIMEOUT_SECONDS", 0.2)
    sink.slow = 0.6
    deliver_once(factory, mailing)
    assert state(engine).state == "due"
    assert "imed out" in state(engine).last_error or "closed" in state(engine).last_error


def test_no_server_at_all_is_tried_five_times_and_then_parked(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings
) -> None:
    nowhere = mailing.model_copy(update={"smtp_port": 9})
    for attempt in range(1, MAX_ATTEMPTS + 1):
        again(engine)
        deliver_once(factory, nowhere)
        assert state(engine).attempts == attempt
    assert state(engine).state == "dead"
    assert "ConnectionRefusedError" in state(engine).last_error


def test_encryption_that_the_server_lacks_is_no_reason_to_send_in_clear(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink
) -> None:
    deliver_once(factory, mailing.model_copy(update={"smtp_starttls": True}))
    assert state(engine).state == "due"
    assert sink.mails == []


def test_a_wrong_password_of_ours_buries_no_mail(posted: int, mailing: Settings, sink: Sink) -> None:
    """The sink knows no AUTH: smtplib refuses before anything is sent."""
    settings = mailing.model_copy(update={"smtp_user": "jixiao", "smtp_password": SecretStr("x")})
    with Email(settings) as channel, pytest.raises(Retryable):
        channel.send(_message("绩效"), "a@example.invalid")


@pytest.mark.parametrize(
    "address",
    ["a@b.invalid\r\nBcc: all@city.invalid", "a b@c.invalid", "", "<>", "@", "a@", "市长@city.invalid", "a@b\x00"],
)
def test_what_is_no_address_is_never_sent_to(mailing: Settings, sink: Sink, address: str) -> None:
    with Email(mailing) as channel, pytest.raises(Permanent):
        channel.send(_message("绩效"), address)
    assert sink.mails == []


def test_names_with_line_breaks_stay_in_their_header(mailing: Settings, sink: Sink) -> None:
    subject = Subject("市教育局\r\nBcc: all@city.invalid\r\n\r\n<script>", "department_overall@2022", 2022)
    with Email(mailing) as channel:
        channel.send(_message("张<b>\r\n三", subject=subject), "a@example.invalid")
    [(_, mail)] = sink.mails
    assert mail["Bcc"] is None
    assert "Bcc: all@city.invalid" in str(mail["Subject"])
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


def test_somebody_who_left_gets_no_mail(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink
) -> None:
    rows(engine, "update person set active = false where username = 'dept_head'")
    deliver_once(factory, mailing)
    assert state(engine).state == "dead"
    assert sink.mails == []


def test_a_worker_that_wakes_up_late_finishes_nothing(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink
) -> None:
    """While it hangs in the mail server, its lease runs out, is swept, and another worker takes the row."""

    def meanwhile(_: str) -> str:
        rows(engine, "update delivery set leased_until = now() - interval '1 second'")
        assert sweep.sweep(factory, seconds=1)
        rows(engine, "update delivery set state = 'claimed', lease_no = lease_no + 1, attempts = attempts + 1")
        return "550 no such mailbox"

    sink.data = meanwhile
    deliver_once(factory, mailing)
    late = state(engine)
    assert (late.state, late.lease_no, late.last_error) == ("claimed", 2, "the worker died or took too long")


@pytest.mark.slow
def test_what_is_not_begun_when_the_lease_ends_is_given_back(
    engine: Engine, factory: sessionmaker[Session], posted: int, mailing: Settings, sink: Sink
) -> None:
    rows(
        engine,
        "with n as (insert into notification (person_id, topic, dedupe_key, submission_id, params)"
        " select person_id, topic, 'k', submission_id, params from notification returning id)"
        " insert into delivery (notification_id, channel, message_id) select id, 'email', '<x@y>' from n",
    )
    sink.slow = 1.1
    assert deliver_once(factory, mailing, lease_seconds=1) == 2
    first, second = rows(engine, STATE)
    assert (first.state, first.attempts) == ("done", 1)
    assert (second.state, second.attempts, second.lease_no) == ("due", 0, 1)


def test_swept_rows_go_back_until_they_were_begun_five_times(
    engine: Engine, factory: sessionmaker[Session], posted: int
) -> None:
    lost = "update delivery set state = 'claimed', leased_until = now() - interval '1 second', attempts = :n"
    free = "delete from schedule_slot"
    for attempts, expected in ((0, "due"), (MAX_ATTEMPTS - 1, "due"), (MAX_ATTEMPTS, "dead")):
        rows(engine, lost, n=attempts)
        rows(engine, free)
        assert sweep.sweep(factory, seconds=60)
        assert state(engine).state == expected
    assert not sweep.sweep(factory, seconds=60), "one sweep for an interval, whoever ticks"


def test_a_drain_goes_from_the_step_to_the_mailbox(
    engine: Engine, factory: sessionmaker[Session], submitted: int, mailing: Settings, sink: Sink
) -> None:
    drain(factory, mailing)
    assert sink.ids == [f"<delivery-{rows(engine, 'select id from delivery')[0].id}@city.invalid>"]
    assert message_id_host(mailing) == "city.invalid"


def test_without_a_mail_server_nothing_is_posted(
    engine: Engine, factory: sessionmaker[Session], submitted: int, settings: Settings
) -> None:
    drain(factory, settings)
    assert rows(engine, "select count(*) from notification") == [(1,)]
    assert rows(engine, "select count(*) from delivery") == [(0,)]


def _message(person: str, *, subject: Subject | None = None) -> Message:
    from datetime import UTC, datetime

    notice = Notice(
        topic="submission.submit",
        params={"audience": "desk"},
        subject=subject or Subject("市教育局", "department_overall@2022", 2022),
        submission_id=1,
        person=person,
        language="zh",
        created_at=datetime(2026, 11, 24, tzinfo=UTC),
    )
    return compose(notice, message_id="<delivery-1@city.invalid>", url="https://city.invalid")
