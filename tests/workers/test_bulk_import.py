"""Bulk imports: rehearsed first, every file once and wholly, whatever dies in between."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service import bulk_run
from service.bulk_run import MAX_ATTEMPTS, run_next
from service.db import unit_of_work
from service.importers import read_form
from service.queries.actor import by_username
from service.queries.bulk_imports import FileResult, Job, Which, files_of, job_of, jobs_of
from service.settings import Settings
from service.usecases.import_form import import_form
from service.usecases.open_draft import open_draft
from service.usecases.save_section import save_section
from service.usecases.steer_bulk_import import Steer, steer_bulk_import
from tests.factories import City, make_department, make_draft, make_person, make_submitted, seed_document
from tests.workers.conftest import rows
from tests.workers.programs import mortal_broker, wait_until, worker
from tests.workers.zips import asked, form_of, zipped
from workers.bulk_import import run_files
from workers.purge import purge
from workers.sweep import sweep
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor

OWN, BELOW = "中共揭阳市委政法委员会", "市第一中学"
Bulk = Callable[..., int]


@pytest.fixture
def clerk(factory: sessionmaker[Session], city: City) -> Actor:
    """Fills in for both units."""
    with unit_of_work(factory) as session:
        make_person(session, "clerk", filler=city.unit)
    with unit_of_work(factory) as session:
        rows_of = "insert into role_assignment (person_id, role, department_id) select id, 'filler', {} from person where username = 'clerk'"
        session.connection().exec_driver_sql(rows_of.format(city.below))
        found = by_username(session.connection(), "clerk")
    assert found is not None
    return found


@pytest.fixture
def bulk(factory: sessionmaker[Session], city: City, clerk: Actor, settings: Settings) -> Bulk:
    """Ask for the import of files by name, as the clerk."""

    def ask(files: dict[str, bytes], **options: bool) -> int:
        return asked(factory, settings.home, city, zipped(files), actor=clerk, **options)

    return ask


def work(factory: sessionmaker[Session], settings: Settings) -> None:
    while run_next(factory, home=settings.home, lease_seconds=60):
        pass


def steer(factory: sessionmaker[Session], actor: Actor, job: int, turn: Steer, **options: bool) -> int:
    with unit_of_work(factory) as session:
        return steer_bulk_import(session, actor, bulk_import_id=job, steer=turn, **options)


def look(engine: Engine, actor: Actor, job: int) -> tuple[Job, list[FileResult]]:
    with engine.connect() as connection:
        return job_of(connection, actor.id, bulk_import_id=job), files_of(connection, job)


def results(files: list[FileResult]) -> list[tuple[str, str, str | None]]:
    return [(file.name, file.state, file.result) for file in files]


def goal(engine: Engine) -> list[Any]:
    return [row[0] for row in rows(engine, "select body ->> 'value' from draft_section where section = 'overall_goal'")]


def test_a_rehearsal_writes_nothing_and_the_confirmed_import_does_what_it_showed(
    *, engine: Engine, factory: sessionmaker[Session], clerk: Actor, settings: Settings, bulk: Bulk
) -> None:
    job = bulk({"甲/政法委.json": form_of(OWN), "甲/一中.json": form_of(BELOW, overall_goal="目标"), "坏.txt": b"\x00"})
    work(factory, settings)
    shown, files = look(engine, clerk, job)
    assert results(files) == [
        ("甲/政法委.json", "done", "created"),
        ("甲/一中.json", "done", "created"),
        ("坏.txt", "failed", None),
    ]
    assert files[2].refusal is not None
    assert set(files[2].refusal) == {"zh", "en"}
    assert files[0].findings
    assert rows(
        engine,
        "select (select count(*) from submission), (select count(*) from event where subject_kind = 'submission'), (select count(*) from outbox)",
    ) == [(0, 0, 0)]
    assert (shown.can_confirm, shown.can_retry, shown.done, shown.total) == (True, True, 3, 3)
    assert steer(factory, clerk, job, Steer.CONFIRM) == 2
    work(factory, settings)
    shown, files = look(engine, clerk, job)
    assert [file.result for file in files] == ["created", "created", None]
    assert rows(engine, "select id, department_id from submission order by id") == [
        (file.submission_id, file.department_id) for file in files[:2]
    ]
    assert "目标" in goal(engine)
    assert (shown.writes, shown.can_confirm) == (True, False)
    assert rows(engine, "select count(*) from event where subject_kind = 'submission'") == [(2,)]
    with pytest.raises(NotPossibleNow, match="bulk_import_confirmed"):
        steer(factory, clerk, job, Steer.CONFIRM)


def test_what_somebody_typed_is_never_typed_over_unless_it_is_asked_for(
    *, engine: Engine, factory: sessionmaker[Session], city: City, clerk: Actor, settings: Settings, bulk: Bulk
) -> None:
    with unit_of_work(factory) as session:
        form = make_draft(session, city)
        save_section(
            session, city["filler"], submission_id=form, section="overall_goal", value="手写的", base_version=1
        )
    job = bulk({"a.json": form_of(OWN)})
    work(factory, settings)
    _, (file,) = look(engine, clerk, job)
    assert (file.state, file.result, file.submission_id) == ("done", "needs_preview", form)
    assert file.refusal is not None
    assert "整体绩效目标" in file.refusal["zh"] or "总体" in file.refusal["zh"]
    assert steer(factory, clerk, job, Steer.CONFIRM) == 0
    _, (file,) = look(engine, clerk, job)
    assert (file.state, file.result) == ("failed", "needs_preview")
    assert steer(factory, clerk, job, Steer.RETRY) == 0
    with unit_of_work(factory) as session:
        save_section(
            session, city["filler"], submission_id=form, section="overall_goal", value="又改了", base_version=2
        )
    assert steer(factory, clerk, job, Steer.RETRY, overwrite=True) == 1
    work(factory, settings)
    assert goal(engine) == ["又改了"], "typed since it was looked at: held again"
    assert steer(factory, clerk, job, Steer.RETRY, overwrite=True) == 1
    work(factory, settings)
    _, (file,) = look(engine, clerk, job)
    assert (file.state, file.result) == ("done", "updated")
    assert goal(engine) != ["又改了"]


def test_blanks_are_filled_and_the_same_again_changes_nothing(
    *, engine: Engine, factory: sessionmaker[Session], city: City, clerk: Actor, settings: Settings, bulk: Bulk
) -> None:
    with unit_of_work(factory) as session:
        make_draft(session, city)
    same = bulk({"a.json": form_of(OWN)}, rehearses=False)
    work(factory, settings)
    assert look(engine, clerk, same)[1][0].result == "unchanged"
    rows(engine, "update draft_section set body = '{\"value\": null}' where section = 'overall_goal'")
    fills = bulk({"a.json": form_of(OWN)}, rehearses=False)
    work(factory, settings)
    assert look(engine, clerk, fills)[1][0].result == "updated"
    assert goal(engine) != [None]


def test_a_form_past_its_draft_another_unit_and_a_second_file_of_a_unit_are_refused(
    *, engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings, clerk: Actor, bulk: Bulk
) -> None:
    with unit_of_work(factory) as session:
        make_submitted(session, city)
    job = bulk({
        "past.json": form_of(OWN), "foreign.json": form_of("市教育局"), "first.json": form_of(BELOW),
        "second.json": form_of("一中"), "none.json": form_of(""),
    })  # fmt: skip
    for phase in ("rehearsal", "import"):
        work(factory, settings)
        _, files = look(engine, clerk, job)
        assert [file.state for file in files] == ["failed", "failed", "done", "failed", "failed"], phase
        assert "同一包" in (files[3].refusal or {})["zh"]
        if phase == "rehearsal":
            steer(factory, clerk, job, Steer.CONFIRM)
    assert rows(engine, "select count(*) from submission where state = 'draft'") == [(1,)]


def test_whoever_fills_in_for_one_unit_does_not_get_every_file_into_it(
    *, engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings
) -> None:
    data = zipped({"a.json": form_of(BELOW)})
    job = asked(factory, settings.home, city, data, actor=city["filler"], rehearses=False)
    work(factory, settings)
    _, (file,) = look(engine, city["filler"], job)
    assert file.state == "failed"
    assert BELOW in (file.refusal or {})["zh"]
    assert rows(engine, "select count(*) from submission") == [(0,)]


@pytest.mark.parametrize("role", ["finance_performance_office", "sys_admin", "dept_head", "observer", "audit_admin"])
def test_who_fills_in_for_nobody_imports_nothing(
    factory: sessionmaker[Session], city: City, settings: Settings, role: str
) -> None:
    with pytest.raises(NotAllowed):
        asked(factory, settings.home, city, zipped({"a.json": form_of(OWN)}), actor=city[role])


def test_a_job_is_its_owner_s_alone(engine: Engine, factory: sessionmaker[Session], city: City, bulk: Bulk) -> None:
    job = bulk({"a.json": form_of(OWN)})
    with engine.connect() as connection:
        assert jobs_of(connection, city["filler"].id or 0) == []
        with pytest.raises(NotFound):
            job_of(connection, city["filler"].id, bulk_import_id=job)
    for turn in Steer:
        with pytest.raises(NotFound):
            steer(factory, city["filler"], job, turn)


def test_a_role_or_an_account_that_was_lost_meanwhile_ends_the_rest(
    *, engine: Engine, factory: sessionmaker[Session], clerk: Actor, settings: Settings, bulk: Bulk
) -> None:
    job = bulk({"a.json": form_of(OWN), "b.json": form_of(BELOW)}, rehearses=False)
    assert run_next(factory, home=settings.home, lease_seconds=60)
    rows(engine, "update person set active = false where id = :id", id=clerk.id)
    work(factory, settings)
    assert [file.state for file in look(engine, clerk, job)[1]] == ["done", "failed"]


def test_the_command_line_imports_as_the_filler_of_each_unit(
    *, engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings
) -> None:
    data = zipped({"a.json": form_of(OWN), "b.json": form_of(BELOW), "c.json": form_of("没有这个单位")})
    asked(factory, settings.home, city, data, actor=None, rehearses=False)
    work(factory, settings)
    states = [row[0] for row in rows(engine, "select state from bulk_import_file order by id")]
    assert states == ["done", "done", "failed"]
    who = rows(engine, "select actor_id from event where subject_kind = 'submission' order by id")
    assert [row[0] for row in who] == [city["filler"].id, city["filler2"].id]


def test_cancelled_files_stay_and_can_be_taken_up_again(
    *, engine: Engine, factory: sessionmaker[Session], clerk: Actor, settings: Settings, bulk: Bulk
) -> None:
    job = bulk({"a.json": form_of(OWN), "b.json": form_of(BELOW)}, rehearses=False)
    run_next(factory, home=settings.home, lease_seconds=60)
    with pytest.raises(NotPossibleNow, match="bulk_import_goes_on"):
        steer(factory, clerk, job, Steer.RETRY)
    assert steer(factory, clerk, job, Steer.CANCEL) == 1
    work(factory, settings)
    shown, files = look(engine, clerk, job)
    assert [file.state for file in files] == ["done", "cancelled"]
    assert shown.cancelled_at is not None
    assert steer(factory, clerk, job, Steer.RETRY) == 1
    work(factory, settings)
    assert [file.state for file in look(engine, clerk, job)[1]] == ["done", "done"]


def test_a_fault_of_the_machine_is_tried_again_and_given_up_after_the_last_try(
    *, engine: Engine, factory: sessionmaker[Session], clerk: Actor, settings: Settings, bulk: Bulk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def broken(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    job = bulk({"a.json": form_of(OWN)}, rehearses=False)
    with monkeypatch.context() as patch:
        patch.setattr(bulk_run, "member_bytes", broken)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            assert run_next(factory, home=settings.home, lease_seconds=60)
            assert rows(engine, "select attempts from bulk_import_file") == [(attempt,)]
            rows(engine, "update bulk_import_file set leased_until = now() - interval '1 s' where state = 'claimed'")
            rows(engine, "delete from schedule_slot")
            sweep(factory, seconds=60)
    _, (file,) = look(engine, clerk, job)
    assert file.state == "failed"
    assert "Input/output" not in (file.refusal or {})["zh"], "the fault is for the log, not for people"
    assert steer(factory, clerk, job, Steer.RETRY) == 1
    work(factory, settings)
    assert look(engine, clerk, job)[1][0].state == "done"


@pytest.mark.parametrize("fault", [AttributeError("'str' object\x00"), MemoryError(), ArithmeticError("\ud800")])
def test_no_fault_of_one_file_ends_the_others(
    *, engine: Engine, factory: sessionmaker[Session], clerk: Actor, settings: Settings, bulk: Bulk,
    monkeypatch: pytest.MonkeyPatch, fault: Exception,
) -> None:  # fmt: skip
    def broken(data: bytes, filename: str) -> object:
        if filename == "a.json":
            raise fault
        return read_form(data, filename)

    job = bulk({"a.json": form_of(OWN), "b.json": form_of(BELOW)}, rehearses=False)
    monkeypatch.setattr(bulk_run, "read_file", broken)
    work(factory, settings)
    assert [file.state for file in look(engine, clerk, job)[1]] == ["claimed", "done"]
    assert rows(engine, "select left(last_error, 5) from bulk_import_file where name = 'a.json'") == [
        (type(fault).__name__[:5],)
    ]


def test_a_process_that_lost_its_lease_writes_nothing(
    *, engine: Engine, factory: sessionmaker[Session], clerk: Actor, settings: Settings, bulk: Bulk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def slow(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - the use case
        rows(engine, "update bulk_import_file set lease_no = lease_no + 1")
        return import_form(*args, **options)

    bulk({"a.json": form_of(OWN)}, rehearses=False)
    monkeypatch.setattr(bulk_run, "import_form", slow)
    assert run_next(factory, home=settings.home, lease_seconds=60)
    assert rows(engine, "select state, lease_no, result from bulk_import_file") == [("claimed", 2, None)]
    assert rows(engine, "select count(*) from submission") == [(0,)]


def test_an_expired_zip_is_said_and_cannot_be_tried_again(
    *, engine: Engine, factory: sessionmaker[Session], clerk: Actor, settings: Settings, bulk: Bulk
) -> None:
    job = bulk({"a.json": form_of(OWN)})
    rows(engine, "update file set expires_at = now() - interval '1 day'")
    purge(factory, home=settings.home)
    work(factory, settings)
    shown, (file,) = look(engine, clerk, job)
    assert file.state == "failed"
    assert shown.expired
    assert not shown.can_retry
    with pytest.raises(NotPossibleNow, match="zip_expired"):
        steer(factory, clerk, job, Steer.RETRY)


def test_lists_are_narrowed(engine: Engine, factory: sessionmaker[Session], settings: Settings, bulk: Bulk) -> None:
    job = bulk({"a.json": form_of(OWN), "x.txt": b"", "b.json": form_of(BELOW)})
    run_next(factory, home=settings.home, lease_seconds=60)
    run_next(factory, home=settings.home, lease_seconds=60)
    with engine.connect() as connection:
        found = {which: [file.name for file in files_of(connection, job, which=which)] for which in Which}
        assert files_of(connection, job, after=files_of(connection, job, limit=2)[-1].id)[0].name == "b.json"
    assert found == {
        Which.ALL: ["a.json", "x.txt", "b.json"], Which.WAITING: ["b.json"], Which.FINE: ["a.json"],
        Which.NEEDS_PREVIEW: [], Which.FAILED: ["x.txt"],
    }  # fmt: skip


def many(factory: sessionmaker[Session], count: int) -> tuple[Actor, dict[str, bytes]]:
    """A clerk who fills in for many units in a cycle of their own, and a file for each of them."""
    with unit_of_work(factory) as session:
        units = [make_department(session, name=f"第{number}号单位") for number in range(count)]
        person = make_person(session, "many")
        insert = "insert into role_assignment (person_id, role, department_id) values (%s, 'filler', %s)"
        for unit in units:
            session.connection().exec_driver_sql(insert, (person.id, unit))
        insert = "insert into cycle_department (cycle_id, department_id) select min(id), %s from cycle"
        for unit in units:
            session.connection().exec_driver_sql(insert, (unit,))
        found = by_username(session.connection(), "many")
    assert found is not None
    return found, {
        f"{number}.json": form_of(f"第{number}号单位", overall_goal=f"目标 {number}") for number in range(count)
    }


def test_two_processes_share_the_files_and_take_none_twice(
    *, engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings
) -> None:
    actor, files = many(factory, 24)
    asked(factory, settings.home, city, zipped(files), actor=actor, rehearses=False)
    both = [threading.Thread(target=work, args=(factory, settings)) for _ in range(3)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert rows(engine, "select state, attempts, count(*) from bulk_import_file group by 1, 2") == [("done", 1, 24)]
    assert rows(engine, "select count(*), count(distinct department_id) from submission") == [(24, 24)]


KILLED = """
import os, signal
from service import bulk_run
genuine = bulk_run._finish
def die(session, file, outcome):
    genuine(session, file, outcome)
    session.flush()
    os.kill(os.getpid(), signal.SIGKILL)
bulk_run._finish = die
from service.db import make_engine, session_factory
from service.settings import load_settings
settings = load_settings(os.environ)
factory = session_factory(make_engine(settings.database_url.get_secret_value()))
bulk_run.run_next(factory, home=settings.home, lease_seconds=60)
"""


def test_killed_before_its_commit_a_process_leaves_nothing_and_the_next_does_it_once(
    *, engine: Engine, factory: sessionmaker[Session], settings: Settings, clerk: Actor, bulk: Bulk
) -> None:
    job = bulk({"a.json": form_of(OWN)}, rehearses=False)
    assert settings.database_url is not None
    environ = {
        "JIXIAO_HOME": str(settings.home),
        "JIXIAO_DATABASE_URL": settings.database_url.get_secret_value(),
        "PATH": os.defpath,
    }
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environ, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert rows(engine, "select state from bulk_import_file") == [("claimed",)]
    assert rows(engine, "select count(*) from submission") == [(0,)]
    rows(engine, "update bulk_import_file set leased_until = now() - interval '1 second'")
    sweep(factory, seconds=1)
    work(factory, settings)
    assert look(engine, clerk, job)[1][0].result == "created"
    assert rows(engine, "select count(*) from submission") == [(1,)]


def test_a_worker_works_for_its_budget_and_says_whether_something_is_left(
    *, factory: sessionmaker[Session], settings: Settings, bulk: Bulk
) -> None:
    bulk({"a.json": form_of(OWN), "b.json": form_of(BELOW)})
    assert run_files(factory, settings, budget_seconds=0)
    assert not run_files(factory, settings)


@pytest.mark.slow
def test_killed_again_and_again_with_its_broker_emptied_every_file_takes_effect_once(
    *, engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings, tmp_path: Path
) -> None:
    """Real workers on both queues, killed whole while files are being imported."""
    actor, files = many(factory, 120)
    quick = settings.model_copy(update={"lease_seconds": 2, "sweep_seconds": 1, "tick_seconds": 1})
    asked(factory, settings.home, city, zipped(files), actor=actor, rehearses=False)
    done = "select count(*) from bulk_import_file where state = 'done'"
    with mortal_broker(tmp_path) as broker, worker(quick, broker.url, queue="reports") as mortal:
        for kill in range(5):
            before = rows(engine, done)[0][0]
            wait_until(lambda: rows(engine, done)[0][0] > min(before + 5, 119), seconds=60, what="some are done")  # noqa: B023
            if kill == 2:
                broker.empty()
            if kill == 3:
                broker.kill()
            mortal.kill()
            if kill == 3:
                broker.start()
            mortal.start()
        wait_until(lambda: rows(engine, done)[0][0] == 120, seconds=90, what="all are done")
    assert rows(engine, "select count(*), count(distinct department_id) from submission") == [(120, 120)]
    assert rows(engine, "select count(*) from event where subject_kind = 'submission'") == [(120,)]
    assert rows(engine, "select count(*) from draft_section where section = 'overall_goal' and version = 1") == [(120,)]
    assert rows(engine, "select max(lease_no) > 1 from bulk_import_file") == [(True,)]


def test_a_closed_or_missing_cycle_takes_no_batch(
    *, engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings, clerk: Actor
) -> None:
    data = zipped({"a.json": form_of(OWN)})
    rows(engine, "update cycle set closed_at = now()")
    with pytest.raises(NotPossibleNow, match="cycle_closed"):
        asked(factory, settings.home, city, data, actor=clerk)
    elsewhere = City(city.bureau, city.office, city.unit, city.superior, city.below, 10**9, city.people)
    with pytest.raises(NotFound):
        asked(factory, settings.home, elsewhere, data, actor=clerk)


def test_a_broken_zip_makes_no_job(
    factory: sessionmaker[Session], city: City, settings: Settings, clerk: Actor
) -> None:
    with pytest.raises(InvalidRequest):
        asked(factory, settings.home, city, b"PK\x03\x04", actor=clerk)


def test_old_jobs_are_forgotten_and_younger_ones_are_not(
    *, engine: Engine, factory: sessionmaker[Session], settings: Settings, bulk: Bulk
) -> None:
    old, young = bulk({"a.json": form_of(OWN)}), bulk({"b.json": form_of(BELOW)})
    rows(engine, "update bulk_import set created_at = now() - interval '91 days' where id = :id", id=old)
    assert purge(factory, home=settings.home)
    assert rows(engine, "select id from bulk_import") == [(young,)]
    assert rows(engine, "select name from bulk_import_file") == [("b.json",)]


def test_each_file_is_counted_once_by_what_stopped_it_first(
    *, engine: Engine, factory: sessionmaker[Session], clerk: Actor, settings: Settings, bulk: Bulk
) -> None:
    with unit_of_work(factory) as session:
        (cycle,) = session.connection().exec_driver_sql("select id from cycle order by id limit 1").one()
        open_draft(
            session, clerk, department_id=clerk.grants[0].department_id, cycle_id=cycle,
            document=seed_document() | {"overall_goal": "手写的"},
        )  # fmt: skip
    job = bulk({"甲.json": form_of(OWN), "乙.json": form_of(BELOW), "坏.txt": b"\x00"})
    work(factory, settings)
    steer(factory, clerk, job, Steer.CONFIRM)
    work(factory, settings)
    shown, _ = look(engine, clerk, job)
    parts = [shown.counts[which] for which in Which if which is not Which.ALL]
    assert (sum(parts), shown.left, shown.can_retry) == (shown.total, 2, True)
    assert (shown.counts[Which.NEEDS_PREVIEW], shown.counts[Which.FAILED], shown.counts[Which.FINE]) == (1, 1, 1)
