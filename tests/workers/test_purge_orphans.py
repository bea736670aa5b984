"""What belongs to nothing any more is purged: bytes without a row, tags of approved forms, reasons and windows of nothing."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.models.storage import GRACE_SECONDS, path_of, store
from service.settings import Settings
from tests.factories import City
from tests.workers.conftest import rows
from workers.purge import purge

_FILE = "insert into file (sha256, size, media_type, name, expires_at) values (:s, 1, 'x', 'x', {}) returning id"


def again(engine: Engine, factory: sessionmaker[Session], settings: Settings) -> None:
    rows(engine, "delete from schedule_slot")
    assert purge(factory, home=settings.home)


def test_bytes_that_no_row_names_go_once_they_are_old(
    engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings
) -> None:
    named, orphan, young = (store(settings.home, word).sha256 for word in (b"named", b"orphan", b"young"))
    rows(engine, _FILE.format("null"), s=named)
    old = time.time() - GRACE_SECONDS - 60
    for sha256 in (named, orphan):
        os.utime(path_of(settings.home, sha256), (old, old))
    again(engine, factory, settings)
    there = [path_of(settings.home, sha256).exists() for sha256 in (named, orphan, young)]
    assert there == [True, False, True], "a young one may be named by a commit that is under way"


def test_a_name_of_an_import_that_is_gone_goes_and_that_of_a_report_stays(
    engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings
) -> None:
    lost, _, report = (
        rows(engine, _FILE.format(f"now() - interval '{days} days'"), s=letter * 64)[0].id
        for days, letter in ((31, "a"), (1, "b"), (31, "c"))
    )
    rows(
        engine,
        "insert into report_run (code, params, language, requested_by, state, file_id, finished_at, lease_no)"
        " values ('x', '{}', 'zh', :who, 'done', :file, now(), 1)",
        who=city["filler"].id,
        file=report,
    )
    again(engine, factory, settings)
    left = [row.id for row in rows(engine, "select id from file order by id")]
    assert lost not in left
    assert len(left) == 2


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_tags_of_last_year_go_with_the_reply(
    *, engine: Engine, factory: sessionmaker[Session], approved: int, settings: Settings, days: int, left: int
) -> None:
    tag = "insert into copied_cell (submission_id, section, row_id, field, value) values (:id, 'basic', '', 'x', '1')"
    rows(engine, tag, id=approved)
    rows(engine, "update submission set approved_at = now() - make_interval(days => :days)", days=days)
    again(engine, factory, settings)
    assert rows(engine, "select count(*) from copied_cell") == [(left,)]


def test_a_reason_goes_with_its_row_but_not_at_once(
    engine: Engine, factory: sessionmaker[Session], submitted: int, city: City, settings: Settings
) -> None:
    ((row_id,),) = rows(
        engine,
        "select body -> 'value' -> 0 ->> 'id' from draft_section where submission_id = :id and section = 'indicators'",
        id=submitted,
    )
    for rule, row, age in (("A1", "", 99), ("A2", row_id, 99), ("A3", "gone", 99), ("A4", "gone", 1), ("A5", "#3", 99)):
        rows(
            engine,
            "insert into waiver (submission_id, rule, section, row_id, field, meaning, reason, person_id, created_at)"
            " values (:id, :rule, 'indicators', :row, '', :meaning, 'x', :who, now() - make_interval(days => :age))",
            id=submitted, rule=rule, row=row, meaning="0" * 64, who=city["filler"].id, age=age,
        )  # fmt: skip
    again(engine, factory, settings)
    assert [row.rule for row in rows(engine, "select rule from waiver order by rule")] == ["A1", "A2", "A4", "A5"]


def test_windows_of_a_form_that_nobody_opens_again_are_forgotten(
    engine: Engine, factory: sessionmaker[Session], submitted: int, city: City, settings: Settings
) -> None:
    for window, minutes in (("a", 61), ("b", 5)):
        rows(
            engine,
            'insert into presence (submission_id, "window", person_id, seen_at)'
            " values (:id, :window, :who, now() - make_interval(mins => :minutes))",
            id=submitted, window=window, who=city["filler"].id, minutes=minutes,
        )  # fmt: skip
    again(engine, factory, settings)
    assert [row.window for row in rows(engine, 'select "window" from presence')] == ["b"]
