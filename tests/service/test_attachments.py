"""Attachments through the use cases: who may, until when, how much; what a revision keeps; what the bundle proves."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.models.storage import path_of
from service.queries.attachments import AttachedFile, attachment_of, attachments_of, fetched, rows_of
from service.queries.evidence import verdict
from service.queries.evidence_rows import evidence_rows
from service.queries.revisions import revisions_of
from service.queries.seen import seen
from service.settings import Settings
from service.uploads.receive import received
from service.usecases.attach import attach
from service.usecases.detach import detach, restore
from service.usecases.submit import submit
from tests.factories import City, make_city, make_draft
from tests.steps import Step, empty, step_taker
from tests.uploads import files
from workflows.attached import list_hash
from workflows.bundle import FORMAT, check_bundle
from workflows.errors import DomainError, InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Request
from workflows.lifecycle import Action

BEFORE = date(2022, 2, 10)


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture
def city(engine: Engine, factory: sessionmaker[Session]) -> City:
    empty(engine)
    with unit_of_work(factory) as session:
        return make_city(session)


@pytest.fixture
def step(factory: sessionmaker[Session], city: City) -> Step:
    return step_taker(factory, city)


class Desk:
    """One form and the people around it."""

    def __init__(self, factory: sessionmaker[Session], city: City, settings: Settings) -> None:
        self.factory, self.city, self.settings = factory, city, settings
        with unit_of_work(factory) as session:
            self.form = make_draft(session, city)

    def add(
        self,
        name: str = "合同.docx",
        data: bytes | None = None,
        *,
        who: str = "filler",
        row: str | None = None,
        **limits: int,
    ) -> int:
        settings = self.settings.model_copy(update=limits)
        stream = io.BytesIO(files.docx(name) if data is None else data)
        with (
            received(settings.home, stream, name=name, max_mb=settings.attachment_max_mb) as upload,
            unit_of_work(self.factory) as session,
        ):
            return attach(
                session, self.city[who], submission_id=self.form, upload=upload, settings=settings, row_id=row
            )

    def remove(self, attachment_id: int, *, who: str = "filler") -> None:
        with unit_of_work(self.factory) as session:
            detach(session, self.city[who], submission_id=self.form, attachment_id=attachment_id)

    def restore(self, attachment_id: int) -> None:
        with unit_of_work(self.factory) as session:
            restore(session, self.city["filler"], submission_id=self.form, attachment_id=attachment_id)

    @contextmanager
    def reading(self, who: str) -> Iterator[tuple[Any, Any, Any]]:
        with unit_of_work(self.factory) as session:
            connection = session.connection()
            yield connection, self.city[who], seen(connection, self.city[who], submission_id=self.form)

    def names(self, who: str = "filler") -> list[str]:
        with self.reading(who) as (connection, actor, case):
            return [one.name for one in attachments_of(connection, actor, case)]

    def one(self, attachment_id: int, who: str = "filler") -> AttachedFile:
        with self.reading(who) as (connection, actor, case):
            return attachment_of(connection, actor, case, attachment_id=attachment_id)

    def bundle(self) -> dict[str, Any]:
        with unit_of_work(self.factory) as session:
            return {"format": FORMAT, **evidence_rows(session.connection(), self.form)}

    def rows(self, sql: str, **values: object) -> list[Any]:
        with unit_of_work(self.factory) as session:
            return list(session.execute(text(sql), values))


@pytest.fixture
def desk(factory: sessionmaker[Session], city: City, settings: Settings) -> Desk:
    return Desk(factory, city, settings)


def test_a_file_of_a_row_and_one_of_the_form(desk: Desk) -> None:
    with desk.reading("filler") as (connection, _actor, case):
        rows = rows_of(connection, case)
    row = next(one for one in rows if one.section == "indicators")
    first, second = desk.add(), desk.add("验收单.pdf", files.pdf(), row=row.id)
    assert desk.names() == ["合同.docx", "验收单.pdf"]
    kept = desk.one(second)
    assert (kept.section, kept.row_id, kept.by, kept.scan.value) == ("indicators", row.id, "filler", "skipped")
    assert path_of(desk.settings.home, kept.sha256).stat().st_size == kept.size
    assert desk.one(first).row_id is None
    assert [path.name for path in Path(desk.settings.home).rglob(".draft-*")] == []


def test_the_same_bytes_twice_lie_once(desk: Desk) -> None:
    data = files.png()
    desk.add("a.png", data)
    desk.add("b.png", data)
    assert desk.names() == ["a.png", "b.png"]
    assert len([path for path in (desk.settings.home / "files").rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("who", "error"),
    [("dept_head", NotAllowed), ("secrecy_reviewer", NotAllowed), ("filler2", NotFound), ("observer", NotFound)],
)
def test_only_whoever_fills_the_form_in_adds_and_removes(desk: Desk, who: str, error: type[DomainError]) -> None:
    kept = desk.add()
    with pytest.raises(error):
        desk.add("x.docx", who=who)
    with pytest.raises(error):
        desk.remove(kept, who=who)
    assert desk.names() == ["合同.docx"]


def test_nothing_refused_leaves_bytes_behind(desk: Desk) -> None:
    with pytest.raises(InvalidRequest) as refused:
        desk.add(row="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert (refused.value.reason, refused.value.field) == ("attachment.no_such_row", "row_id")
    for name, data in (("x.docx", b""), ("（机密）x.docx", files.docx()), ("x.exe", b"MZ"), ("x.pdf", b"<html>")):
        with pytest.raises(InvalidRequest) as refused:
            desk.add(name, data)
        assert refused.value.field == "file"
    assert [path for path in desk.settings.home.rglob("*") if path.is_file()] == []
    assert desk.rows("select count(*) from file") == [(0,)]


def test_room_is_bounded_for_a_file_a_form_and_a_unit(desk: Desk) -> None:
    with pytest.raises(InvalidRequest, match="too_large"):
        desk.add("x.png", files.png() + b"\x00" * 1_100_000, attachment_max_mb=1)
    large = files.png()[:-12] + (b"\x00\x0e\x00\x00tEXt" + b"\x00" * 0x0E0000 + b"\x00" * 4) + files.png()[-12:]
    desk.add("a.png", large, attachment_form_mb=1, attachment_unit_mb=1)
    limits: list[Callable[[], object]] = [
        lambda: desk.add("b.png", large, attachment_form_mb=1),
        lambda: desk.add("b.png", large, attachment_unit_mb=1),
    ]
    for add in limits:
        with pytest.raises(NotPossibleNow) as full:
            add()
        assert full.value.params["limit"] == "1"
    assert desk.names() == ["a.png"]


def test_a_disk_that_is_full_leaves_no_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("service.usecases.attach.place", full)
    with pytest.raises(OSError, match="No space"):
        desk.add()
    assert desk.rows("select count(*) from attachment") == desk.rows("select count(*) from file") == [(0,)]
    assert [path for path in desk.settings.home.rglob("*") if path.is_file()] == []


def test_a_removal_is_taken_back_and_is_nothing_the_second_time(desk: Desk) -> None:
    kept = desk.add()
    desk.remove(kept)
    desk.remove(kept)
    assert desk.names() == []
    with pytest.raises(NotFound):
        desk.one(kept)
    assert desk.rows("select expires_at is not null from file") == [(True,)]
    desk.restore(kept)
    desk.restore(kept)
    assert desk.names() == ["合同.docx"]
    assert desk.rows("select expires_at from file") == [(None,)]
    desk.remove(kept)
    desk.rows("update attachment set removed_at = now() - interval '31 minutes' returning 1")
    with pytest.raises(NotPossibleNow, match="gone"):
        desk.restore(kept)


def test_a_draft_shows_its_files_inside_the_unit_alone(desk: Desk) -> None:
    kept = desk.add()
    assert desk.names("dept_head") == ["合同.docx"]
    assert desk.names("finance_performance_office") == []
    with pytest.raises(NotFound):
        desk.one(kept, "finance_performance_office")


def test_what_was_handed_in_stays_with_its_revision(desk: Desk, step: Step) -> None:
    first, second = desk.add("a.docx"), desk.add("b.docx")
    step(desk.form, "filler", Action.SUBMIT)
    for change in (lambda: desk.remove(first), lambda: desk.add("c.docx")):
        with pytest.raises(NotPossibleNow):
            change()
    assert desk.names("finance_business_office") == ["a.docx", "b.docx"]
    step(desk.form, "dept_head", Action.RETURN_FOR_REVISION, comment="请换合同")
    desk.remove(first)
    desk.add("c.docx")
    assert desk.names() == ["b.docx", "c.docx"]
    assert desk.names("finance_business_office") == ["a.docx", "b.docx"], "the draft belongs to the unit"
    assert desk.one(first, "finance_business_office").frozen
    assert desk.rows("select count(*) from file where expires_at is not null") == [(0,)], "a revision keeps the bytes"
    step(desk.form, "filler", Action.SUBMIT)
    assert desk.names("finance_business_office") == ["b.docx", "c.docx"]
    assert desk.one(second, "finance_business_office").name == "b.docx"
    for sql in ("update revision_attachment set name = 'x'", "delete from revision_attachment"):
        with pytest.raises(DBAPIError, match="never changed"):
            desk.rows(sql)


def test_the_bundle_proves_which_files_each_revision_had(desk: Desk, step: Step) -> None:
    desk.add("a.docx")
    step(desk.form, "filler", Action.SUBMIT)
    step(desk.form, "dept_head", Action.RETURN_FOR_REVISION, comment="请补充")
    desk.add("b.docx")
    step(desk.form, "filler", Action.SUBMIT)
    bundle = desk.bundle()
    assert [(one["revision"], one["name"]) for one in bundle["attachments"]] == [
        (1, "a.docx"),
        (2, "a.docx"),
        (2, "b.docx"),
    ]
    assert check_bundle(bundle) is None
    said = [event["body"]["attachments_sha256"] for event in bundle["events"] if event["action"] == "submit"]
    assert said == [list_hash(one for one in bundle["attachments"] if one["revision"] == number) for number in (1, 2)]
    for altered in (
        bundle["attachments"][1:],
        [{**bundle["attachments"][0], "name": "c.docx"}, *bundle["attachments"][1:]],
        [{**bundle["attachments"][0], "sha256": "0" * 64}, *bundle["attachments"][1:]],
        [*bundle["attachments"], {**bundle["attachments"][0], "revision": 3}],
    ):
        fault = check_bundle({**bundle, "attachments": altered})
        assert fault is not None
        assert fault.reason == "attachments_changed"


def test_a_swapped_file_is_seen_on_the_page_of_the_record(desk: Desk, step: Step) -> None:
    desk.add("a.docx")
    step(desk.form, "filler", Action.SUBMIT)

    def altered() -> tuple[int, ...]:
        with desk.reading("filler") as (connection, _actor, _case):
            return verdict(connection, desk.form, revisions=revisions_of(connection, desk.form)).altered

    assert altered() == ()
    with unit_of_work(desk.factory) as session:  # who owns the tables gets past the trigger
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("update revision_attachment set sha256 = repeat('0', 64)"))
    assert altered() == (1,)


def test_a_form_without_files_is_as_it_was(desk: Desk, step: Step) -> None:
    step(desk.form, "filler", Action.SUBMIT)
    bundle = desk.bundle()
    assert "attachments_sha256" not in bundle["events"][-1]["body"]
    del bundle["attachments"]
    assert check_bundle(bundle) is None, "bundles made before there were attachments hold"


def test_with_a_scanner_nothing_leaves_before_it_is_clean(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"clamd": "/run/clamav/clamd.ctl"})
    kept = desk.add()
    for state, reason in (("pending", "attachment.pending"), ("infected", "attachment.infected")):
        desk.rows(
            "update attachment set scan = cast(:state as text), scan_due_at = case when cast(:state as text) = 'pending' then now() end returning 1",
            state=state,
        )
        with desk.reading("filler") as (connection, actor, case), pytest.raises(NotPossibleNow, match=reason):
            fetched(connection, actor, case, attachment_id=kept)
    with pytest.raises(NotPossibleNow, match="hands_in_infected"), unit_of_work(desk.factory) as session:
        submit(session, desk.city["filler"], submission_id=desk.form, request=Request(Action.SUBMIT), version=1)
    desk.rows("update attachment set scan = 'clean' returning 1")
    with desk.reading("filler") as (connection, actor, case):
        assert fetched(connection, actor, case, attachment_id=kept).name == "合同.docx"


def test_evidence_of_the_year_end_belongs_to_the_approved_rows(desk: Desk, step: Step) -> None:
    target = desk.add("目标依据.docx")
    step(desk.form, "filler", Action.SUBMIT)
    step(desk.form, "dept_head", Action.PASS)
    step(desk.form, "finance_business_office", Action.PASS)
    step(desk.form, "finance_performance_office", Action.PASS, grade="excellent")
    step(desk.form, "finance_budget_office", Action.ISSUE_REPLY, reply_number="揭市财预〔2022〕5号", reply_date=BEFORE)
    step(desk.form, "finance_performance_office", Action.OPEN_EVALUATION)
    with desk.reading("filler") as (connection, _actor, case):
        rows = rows_of(connection, case)
    assert {row.section for row in rows} == {"indicators"}
    assert len(rows) == 12
    evidence = desk.add("签收单.docx", row=rows[0].id)
    assert desk.one(evidence).stage.value == "evaluation"
    assert desk.names() == ["目标依据.docx", "签收单.docx"]
    assert desk.names("finance_performance_office") == ["目标依据.docx"]
    with pytest.raises(NotPossibleNow, match="of_target"):
        desk.remove(target)
    desk.remove(evidence)
    assert desk.names() == ["目标依据.docx"]
