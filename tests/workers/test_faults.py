"""Real workers, a real broker, real deaths: nothing is lost, nothing is shown twice."""

import random
import time
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.embedded.valkey import command
from service.settings import Settings
from service.usecases.request_report import request_report
from tests.factories import City, make_draft
from tests.steps import Step
from tests.workers.conftest import rows
from tests.workers.programs import free_port, mortal_broker, wait_until, worker
from tests.workers.sink import Sink
from workers.app import DRAIN, make_app
from workers.broker import Broker
from workers.outbox import drain_batch
from workflows.lifecycle import Action

pytestmark = pytest.mark.slow

PEOPLE = 250
KILLS = 20
UNTOLD = "select count(*) from outbox where sent_at is null"


def settled(engine: Engine, deliveries: int) -> bool:
    done = rows(engine, "select count(*) from delivery where state in ('done', 'dead')")[0][0]
    return bool(done == deliveries and rows(engine, UNTOLD)[0][0] == 0)


def many_heads(engine: Engine, city: City) -> None:
    """Every one of them has an address and may act at the same desk."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "with p as (insert into person (username, name, email, language, must_change_password, active,"
                " failed_sign_ins) select 'head' || i, 'head' || i, 'head' || i || '@example.invalid', 'zh', false, true, 0"
                " from generate_series(2, :n) i returning id)"
                " insert into role_assignment (person_id, role, department_id) select id, 'dept_head', :unit from p"
            ),
            {"n": PEOPLE, "unit": city.unit},
        )


def test_killed_twenty_times_with_its_broker_emptied_every_notice_arrives_and_shows_once(
    *,
    engine: Engine,
    factory: sessionmaker[Session],
    city: City,
    mailing: Settings,
    sink: Sink,
    tmp_path: Path,
    step: Step,
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - how to run the same again
    dice = random.Random(seed)
    many_heads(engine, city)
    settings = mailing.model_copy(update={"lease_seconds": 2, "sweep_seconds": 1, "tick_seconds": 1})
    sink.slow = 0.07
    with unit_of_work(factory) as session:
        form = make_draft(session, city)
    step(form, "filler", Action.SUBMIT)
    assert drain_batch(factory, host="city.invalid") == 1
    with mortal_broker(tmp_path) as broker, worker(settings, broker.url) as mortal:
        for kill in range(KILLS):
            if kill == 5:  # more to tell, while everything is being killed
                step(form, "filler", Action.WITHDRAW)
                step(form, "filler", Action.SUBMIT)
            if kill == 3:
                broker.empty()
            arrived = len(sink.mails)
            wait_until(lambda: len(sink.mails) > arrived, seconds=30, what=f"mail {arrived}, seed {seed}")  # noqa: B023
            time.sleep(dice.uniform(0.0, 0.8))
            if kill in (6, 13):
                broker.kill()
            mortal.kill()
            if kill in (8, 15):
                broker.start()
            mortal.start()
        wait_until(lambda: settled(engine, 2 * PEOPLE), seconds=120, what=f"all delivered, seed {seed}")
    inbox = rows(engine, "select count(*), count(distinct (person_id, dedupe_key)) from notification")[0]
    assert tuple(inbox) == (2 * PEOPLE, 2 * PEOPLE)
    ended = rows(engine, "select state, count(*) from delivery group by state")
    assert [tuple(row) for row in ended] == [("done", 2 * PEOPLE)]
    due = {
        row.message_id: row.email
        for row in rows(
            engine,
            "select d.message_id, p.email from delivery d join notification n on n.id = d.notification_id"
            " join person p on p.id = n.person_id",
        )
    }
    assert set(sink.ids) == set(due), "each at least once, and repeats bear the Message-ID of the first"
    for address, mail in sink.mails:
        assert due[str(mail["Message-ID"])] == address
    print(f"{len(sink.ids) - len(due)} of {len(due)} were sent again under their Message-ID")  # noqa: T201


def test_without_any_broker_people_are_told_all_the_same(
    *, engine: Engine, submitted: int, mailing: Settings, sink: Sink, tmp_path: Path
) -> None:
    settings = mailing.model_copy(update={"tick_seconds": 1})
    with worker(settings, f"redis://127.0.0.1:{free_port()}/0"):
        wait_until(lambda: settled(engine, 1), seconds=60, what="delivered by the ticker itself")
    assert len(sink.ids) == 1


def test_a_hung_broker_holds_nobody_up(tmp_path: Path, settings: Settings) -> None:
    with mortal_broker(tmp_path) as broker:
        app = make_app(settings.model_copy(update={"redis_url": SecretStr(broker.url)}))
        hints = Broker(app)
        assert hints.hint(DRAIN)
        broker.hang()
        started = time.monotonic()
        assert not hints.hint(DRAIN)
        assert time.monotonic() - started < 5
        broker.wake()
        wait_until(lambda: hints.hint(DRAIN), seconds=20, what="the broker takes hints again")
        hints.close()
    assert not hints.hint(DRAIN), "it is gone"
    assert hints.failures >= 2


def test_a_broker_that_evicts_is_noticed(tmp_path: Path, settings: Settings) -> None:
    with mortal_broker(tmp_path) as broker:
        hints = Broker(make_app(settings.model_copy(update={"redis_url": SecretStr(broker.url)})))
        assert hints.evicts() is None
        command(broker.url, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        assert hints.evicts() == "allkeys-lru"
        hints.close()


def test_a_step_reaches_the_mailbox_and_a_report_its_page(
    *, engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, mailing: Settings, sink: Sink,
    tmp_path: Path, step: Step,
) -> None:  # fmt: skip
    """The whole chain on real processes: commit, notification, hint, task; both queues."""
    with (
        mortal_broker(tmp_path) as broker,
        worker(mailing, broker.url) as messages,
        worker(mailing, broker.url, queue="reports") as reports,
    ):
        wait_until(lambda: settled(engine, 1), seconds=60, what="the workers are up")
        step(submitted, "dept_head", Action.PASS)
        wait_until(lambda: settled(engine, 3), seconds=10, what="the pass was told")
        with unit_of_work(factory) as session:
            params = {"submission_id": submitted, "format": "pdf"}
            request_report(session, city["filler"], code="official_form", params=params, language="zh")
        done = "select 1 from report_run where state = 'done'"
        wait_until(lambda: bool(rows(engine, done)), seconds=60, what="the report is built")
        assert messages.stop() == 0
        assert reports.stop() == 0
    assert len(sink.ids) == 3


def test_three_clocks_take_each_slot_once(*, engine: Engine, approved: int, settings: Settings, tmp_path: Path) -> None:
    quick = settings.model_copy(update={"tick_seconds": 1, "sweep_seconds": 1})
    with mortal_broker(tmp_path) as broker, worker(quick, broker.url), worker(quick, broker.url, queue="reports"):
        opened = "select 1 from submission where state = 'year_end_evaluation'"
        wait_until(lambda: bool(rows(engine, opened)), seconds=60, what="the evaluation is opened by the clock")
        time.sleep(3)
    assert rows(engine, "select count(*) from event where action = 'open_evaluation'") == [(1,)]
    twice = "select name from schedule_slot group by name, slot_utc having count(*) > 1"
    assert rows(engine, twice) == []
    assert rows(engine, "select count(*) from schedule_slot where name = 'sweep'")[0][0] >= 3
