"""Report runs: who may ask, what is built, and what a death in the middle leaves behind."""

import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.storage import path_of, store
from service.queries.report_runs import Run, run_of, runs_of
from service.settings import Settings
from service.usecases.request_report import request_report
from tests.factories import City, make_draft
from tests.workers.conftest import rows
from workers.purge import purge
from workers.reports import STEPS, build_next
from workers.retry import MAX_ATTEMPTS
from workers.sweep import sweep
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import SYSTEM, Actor


def ask(factory: sessionmaker[Session], actor: Actor, code: str = "official_form", **params: Any) -> int:  # noqa: ANN401
    with unit_of_work(factory) as session:
        return request_report(session, actor, code=code, params=params, language="zh")


def run(engine: Engine, actor: Actor, run_id: int) -> Run:
    assert actor.id is not None
    with engine.connect() as connection:
        return run_of(connection, actor.id, run_id=run_id)


@pytest.mark.parametrize("format_", ["xlsx", "docx", "pdf"])
@pytest.mark.slow
def test_a_report_is_built_and_can_be_opened(
    *, engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, settings: Settings, format_: str
) -> None:
    run_id = ask(factory, city["filler"], submission_id=submitted, format=format_)
    assert run(engine, city["filler"], run_id).state == "due"
    assert build_next(factory, settings)
    assert not build_next(factory, settings)
    done = run(engine, city["filler"], run_id)
    assert (done.state, done.done, done.total, done.ended) == ("done", STEPS, STEPS, True)
    assert done.file is not None
    assert done.file.name == f"揭阳市_2022_部门整体支出预算绩效目标表_中共揭阳市委政法委员会.{format_}"
    data = path_of(settings.home, done.file.sha256).read_bytes()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (done.file.sha256, done.file.size)
    if format_ == "pdf":
        assert "揭阳" in PdfReader(io.BytesIO(data)).pages[0].extract_text()
    elif format_ == "docx":
        assert docx.Document(io.BytesIO(data)).tables[0].cell(0, 1).text == "中共揭阳市委政法委员会"
    else:
        assert openpyxl.load_workbook(io.BytesIO(data)).active["B2"].value == "中共揭阳市委政法委员会"


def test_the_approved_revision_is_another_one_than_the_newest(
    engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, settings: Settings
) -> None:
    with pytest.raises(NotPossibleNow, match="no_revision_yet"):
        ask(factory, city["filler"], submission_id=submitted, revision="approved")
    assert rows(engine, "select count(*) from report_run") == [(0,)]


def test_what_cannot_be_had_is_refused_at_once(factory: sessionmaker[Session], city: City) -> None:
    with unit_of_work(factory) as session:
        draft = make_draft(session, city)
    refusals: list[tuple[str, str, dict[str, Any], type[Exception]]] = [
        ("filler", "official_form", {"submission_id": draft}, NotPossibleNow),
        ("filler2", "official_form", {"submission_id": draft}, NotFound),
        ("filler", "official_form", {"submission_id": 10**18}, NotFound),
        ("filler", "official_form", {"submission_id": 10**30}, InvalidRequest),
        ("filler", "official_form", {"submission_id": True}, InvalidRequest),
        ("filler", "official_form", {}, InvalidRequest),
        ("filler", "official_form", {"submission_id": draft, "format": "exe"}, InvalidRequest),
        ("filler", "official_form", {"submission_id": draft, "format": ["pdf"]}, InvalidRequest),
        ("filler", "official_form", {"submission_id": draft, "revision": "other"}, InvalidRequest),
        ("filler", "official_form", {"submission_id": draft, "more": 1}, InvalidRequest),
        ("filler", "no_such_report", {}, InvalidRequest),
    ]
    for who, code, params, refusal in refusals:
        with pytest.raises(refusal):
            ask(factory, city[who], code, **params)
    with pytest.raises(NotAllowed):
        ask(factory, SYSTEM, submission_id=draft)


def test_a_run_is_there_for_the_person_who_asked_alone(
    engine: Engine, factory: sessionmaker[Session], city: City, submitted: int
) -> None:
    run_id = ask(factory, city["filler"], submission_id=submitted)
    with pytest.raises(NotFound):
        run(engine, city["dept_head"], run_id)
    with engine.connect() as connection:
        assert [one.id for one in runs_of(connection, city["filler"].id or 0)] == [run_id]
        assert runs_of(connection, city["dept_head"].id or 0) == []
        assert runs_of(connection, city["filler"].id or 0, before=run_id) == []


def test_a_role_that_was_lost_meanwhile_ends_the_run(
    engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, settings: Settings
) -> None:
    run_id = ask(factory, city["filler"], submission_id=submitted)
    rows(engine, "delete from role_assignment where person_id = :id", id=city["filler"].id)
    assert build_next(factory, settings)
    dead = run(engine, city["filler"], run_id)
    assert dead.state == "dead"
    assert dead.error is not None
    assert dead.error.startswith("没有找到这份单据")
    assert rows(engine, "select count(*) from file") == [(0,)]


def test_a_full_disk_is_tried_again_and_leaves_nothing(
    *, engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run_id = ask(factory, city["filler"], submission_id=submitted)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            assert build_next(factory, settings)
            assert rows(engine, "select attempts from report_run") == [(attempt,)]
            rows(engine, "update report_run set leased_until = now() - interval '1 second' where state = 'claimed'")
            rows(engine, "delete from schedule_slot")
            sweep(factory, seconds=60)
    dead = run(engine, city["filler"], run_id)
    assert dead.state == "dead"
    assert "No space left" in (dead.error or "")
    assert [path for path in settings.home.rglob("*") if path.is_file()] == []
    assert rows(engine, "select count(*) from file") == [(0,)]


def test_a_worker_that_lost_its_lease_leaves_no_file_row(
    *, engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def slow(home: Path, data: bytes) -> object:
        rows(engine, "update report_run set lease_no = lease_no + 1")
        return store(home, data)

    ask(factory, city["filler"], submission_id=submitted)
    monkeypatch.setattr("workers.reports.store", slow)
    assert build_next(factory, settings)
    assert rows(engine, "select state, lease_no, file_id from report_run") == [("claimed", 2, None)]
    assert rows(engine, "select count(*) from file") == [(0,)]


KILLED = """
import os, signal, sys
from service.models import storage

genuine = os.fdopen
def half(handle, mode):
    file = genuine(handle, mode, buffering=0)
    class Half:
        def __enter__(self): return self
        def __exit__(self, *_): file.close()
        def write(self, data):
            file.write(data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
    return Half()
storage.os.fdopen = half

from pathlib import Path
from service.db import make_engine, session_factory
from service.settings import load_settings
from workers.reports import build_next
settings = load_settings(os.environ)
build_next(session_factory(make_engine(settings.database_url.get_secret_value())), settings)
"""


@pytest.mark.slow
def test_killed_in_the_middle_of_writing_leaves_no_partial_file_and_the_next_worker_builds_it(
    engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, settings: Settings
) -> None:
    run_id = ask(factory, city["filler"], submission_id=submitted, format="pdf")
    assert settings.database_url is not None
    environ = {
        "JIXIAO_HOME": str(settings.home),
        "JIXIAO_DATABASE_URL": settings.database_url.get_secret_value(),
        "PATH": os.defpath,
    }
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environ, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert run(engine, city["filler"], run_id).state == "claimed"
    left = [path for path in (settings.home / "files").rglob("*") if path.is_file()]
    assert [path.name.startswith(".draft-") for path in left] == [True], "a draft, never a file under its hash"

    rows(engine, "update report_run set leased_until = now() - interval '1 second'")
    sweep(factory, seconds=1)
    assert build_next(factory, settings)
    assert run(engine, city["filler"], run_id).state == "done"
    day_before_yesterday = time.time() - 2 * 86_400
    os.utime(left[0], (day_before_yesterday, day_before_yesterday))
    assert purge(factory, home=settings.home)
    assert not left[0].exists()


def test_expired_files_are_deleted_unless_another_run_has_the_same(
    engine: Engine, factory: sessionmaker[Session], city: City, submitted: int, settings: Settings
) -> None:
    first = ask(factory, city["filler"], submission_id=submitted)
    second = ask(factory, city["filler"], submission_id=submitted)
    while build_next(factory, settings):
        pass
    file = run(engine, city["filler"], first).file
    assert file is not None
    rows(engine, "update file set expires_at = now() - interval '1 day' where id = (select min(id) from file)")
    purge(factory, home=settings.home)
    assert path_of(settings.home, file.sha256).exists()
    assert run(engine, city["filler"], first).file is None, "expired for this run"
    assert run(engine, city["filler"], second).file is not None
    rows(engine, "update file set expires_at = now() - interval '1 day'")
    rows(engine, "delete from schedule_slot")
    purge(factory, home=settings.home)
    assert path_of(settings.home, file.sha256).exists(), "stored a moment ago: its row may not be committed yet"
    day_before_yesterday = time.time() - 2 * 86_400
    os.utime(path_of(settings.home, file.sha256), (day_before_yesterday, day_before_yesterday))
    rows(engine, "delete from schedule_slot")
    purge(factory, home=settings.home)
    assert not path_of(settings.home, file.sha256).exists()
