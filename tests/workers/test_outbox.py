"""From a recorded step to the inboxes of the right people, exactly once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from tests.factories import City, make_person
from tests.steps import Step
from tests.workers.conftest import REPLY, rows
from workers.outbox import BATCH, drain_batch
from workers.retry import MAX_ATTEMPTS
from workflows.catalogue import languages
from workflows.lifecycle import Action
from workflows.notices import AUDIENCES, SUBMISSION, TOPICS, Subject, title

TOLD = """
select p.username, n.topic, n.params ->> 'audience' as audience from notification n join person p on p.id = n.person_id
order by n.topic, p.username
"""


def told(engine: Engine) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows(engine, TOLD)]


def drain(factory: sessionmaker[Session], *, host: str | None = "city.invalid") -> int:
    return drain_batch(factory, host=host)


def test_the_desk_that_must_act_is_told_and_the_actor_is_not(
    engine: Engine, factory: sessionmaker[Session], submitted: int
) -> None:
    assert drain(factory) == 1
    assert told(engine) == [("dept_head", "submission.submit", "desk")]
    assert rows(engine, "select count(*) from outbox where sent_at is null") == [(0,)]


def test_each_step_of_a_life_tells_the_right_people(
    engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, step: Step
) -> None:
    with unit_of_work(factory) as session:
        city.people["filler_b"] = make_person(session, "filler_b", filler=city.unit)
    expected = {
        ("dept_head", Action.RETURN_FOR_REVISION): [("filler", "desk"), ("filler_b", "desk")],
        ("filler_b", Action.SUBMIT): [("dept_head", "desk")],
        ("dept_head", Action.PASS): [("filler", "prepared"), ("filler_b", "prepared"), ("finance_business_office", "desk")],
        ("finance_business_office", Action.PASS): [
            ("filler", "prepared"), ("filler_b", "prepared"), ("finance_performance_office", "desk")
        ],
        ("finance_performance_office", Action.PASS): [
            ("filler", "prepared"), ("filler_b", "prepared"), ("finance_budget_office", "desk")
        ],
        ("finance_budget_office", Action.ISSUE_REPLY): [("filler", "prepared"), ("filler_b", "prepared")],
        ("system", Action.OPEN_EVALUATION): [("filler", "desk"), ("filler_b", "desk")],
    }  # fmt: skip
    fields: dict[Action, dict[str, Any]] = {
        Action.RETURN_FOR_REVISION: {"comment": "请补充依据文号"},
        Action.ISSUE_REPLY: dict(REPLY),
    }
    drain(factory)
    for (who, action), people in expected.items():
        rows(engine, "delete from delivery")
        rows(engine, "delete from notification")
        grade = {"grade": "excellent"} if who == "finance_performance_office" else {}
        step(submitted, who, action, **fields.get(action, {}), **grade)
        drain(factory)
        assert [(name, audience) for name, _, audience in told(engine)] == people, (who, action)


def test_nobody_is_asked_to_review_what_they_prepared_or_decided_before(
    engine: Engine, factory: sessionmaker[Session], city: City, submitted: int
) -> None:
    """`filler` and `dept_head` in one person: the policy refuses the review, so there is nothing to tell."""
    with unit_of_work(factory) as session:
        session.execute(
            text("insert into role_assignment (person_id, role, department_id) values (:p, 'dept_head', :d)"),
            {"p": city["filler"].id, "d": city.unit},
        )
        make_person(session, "dept_head_b", dept_head=city.unit)
        session.execute(text("update person set active = false where username = 'dept_head'"))
    drain(factory)
    assert told(engine) == [("dept_head_b", "submission.submit", "desk")]


def test_a_step_that_was_overtaken_asks_nobody_to_act(
    engine: Engine, factory: sessionmaker[Session], submitted: int, step: Step
) -> None:
    step(submitted, "dept_head", Action.PASS)
    drain(factory)
    assert told(engine) == [
        ("filler", "submission.pass", "prepared"),
        ("finance_business_office", "submission.pass", "desk"),
    ]


def test_many_drains_at_once_tell_each_person_once(
    engine: Engine, factory: sessionmaker[Session], submitted: int, step: Step
) -> None:
    for _ in range(20):
        step(submitted, "dept_head", Action.PASS)
        step(submitted, "dept_head", Action.UNDO_PASS)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: drain(factory), range(8)))
    counts = rows(engine, "select count(*), count(distinct (person_id, dedupe_key)) from notification")[0]
    assert counts[0] == counts[1] == 40
    assert rows(engine, "select count(*), count(sent_at), max(attempts) from outbox")[0] == (41, 41, 1)
    assert rows(engine, "select count(*) - count(distinct notification_id) from delivery") == [(0,)]


def test_a_drain_that_dies_before_its_commit_tells_nothing_and_the_next_tells_all(
    engine: Engine, factory: sessionmaker[Session], submitted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("workers.outbox._written", die)
        with pytest.raises(SystemExit):
            drain(factory)
    assert told(engine) == []
    drain(factory)
    assert len(told(engine)) == 1


def test_only_people_with_an_address_get_a_mail_and_only_where_mail_is_set(
    engine: Engine, factory: sessionmaker[Session], submitted: int, step: Step
) -> None:
    rows(engine, "update person set email = null where username = 'filler'")
    step(submitted, "dept_head", Action.PASS)
    drain(factory)
    sent = "select p.username, d.id, d.message_id from delivery d join notification n on n.id = d.notification_id"
    found = rows(engine, f"{sent} join person p on p.id = n.person_id")
    assert [row.username for row in found] == ["finance_business_office"]
    assert found[0].message_id == f"<delivery-{found[0].id}@city.invalid>"
    step(submitted, "finance_business_office", Action.PASS)
    drain(factory, host=None)
    assert rows(engine, "select count(*) from delivery") == [(1,)]
    assert len(told(engine)) == 4


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("submission.unheard_of", '{"event_id": "x"}'),
        ("submission.submit", "{}"),
        ("reminder", '{"reminder_id": "no number"}'),
        ("reminder", '{"reminder_id": 99}'),
    ],
)
@pytest.mark.slow
def test_a_poison_row_is_parked_after_five_tries_and_keeps_back_no_other(
    engine: Engine, factory: sessionmaker[Session], submitted: int, topic: str, payload: str
) -> None:
    insert = "insert into outbox (topic, dedupe_key, payload, due_at) values (:t, 'poison', cast(:p as jsonb), :due)"
    rows(engine, insert, t=topic, p=payload, due=datetime(2020, 1, 1, tzinfo=UTC))
    assert drain(factory) == 2
    assert len(told(engine)) == 1
    for _ in range(MAX_ATTEMPTS):
        rows(engine, "update outbox set due_at = now() where dedupe_key = 'poison' and dead_at is null")
        drain(factory)
    poison = rows(engine, "select attempts, sent_at, dead_at, last_error from outbox where dedupe_key = 'poison'")[0]
    assert poison.attempts == MAX_ATTEMPTS
    assert poison.sent_at is None
    assert poison.dead_at is not None
    assert poison.last_error
    assert drain(factory) == 0


def test_a_failed_row_waits_before_it_is_tried_again(
    engine: Engine, factory: sessionmaker[Session], city: City
) -> None:
    rows(engine, "insert into outbox (topic, dedupe_key, payload) values ('submission.submit', 'poison', '{}')")
    assert drain(factory) == 1
    assert drain(factory) == 0
    waits = rows(engine, "select extract(epoch from due_at - now()) from outbox")[0][0]
    assert 5 < waits <= 10


def test_a_batch_is_a_hundred(engine: Engine, factory: sessionmaker[Session], submitted: int) -> None:
    copies = "select topic, 'k' || i, payload from outbox, generate_series(1, 150) i"
    rows(engine, f"insert into outbox (topic, dedupe_key, payload) {copies}")
    assert [drain(factory), drain(factory), drain(factory)] == [BATCH, 51, 0]
    assert rows(engine, "select count(*) from notification") == [(151,)]


def test_every_topic_has_words_in_every_language() -> None:
    subject = Subject("市教育局", "department_overall@2022", 2022)
    for lang in languages:
        for audience, actions in AUDIENCES.items():
            for action in actions:
                assert f"{SUBMISSION}{action}" in TOPICS
                assert "市教育局" in title(f"{SUBMISSION}{action}", {"audience": audience}, subject, lang=lang)
        for offset in ("D-3", "overdue:2026-11-24"):
            params = {"offset_code": offset, "due_on": "2026-11-27"}
            assert "2026-11-27" in title("reminder", params, subject, lang=lang)
