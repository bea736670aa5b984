"""What was taken out of a draft is forgotten, bytes first, names after; what a revision keeps is not."""

from __future__ import annotations

import io
import os
import time

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.storage import GRACE_SECONDS, path_of
from service.settings import Settings
from service.uploads.receive import received
from service.usecases.attach import attach
from service.usecases.detach import detach
from tests.factories import City, make_draft
from tests.steps import Step
from tests.uploads import files
from tests.workers.conftest import rows
from workers.purge import purge
from workflows.lifecycle import Action


def add(factory: sessionmaker[Session], city: City, settings: Settings, *, form: int, data: bytes) -> int:
    with (
        received(settings.home, io.BytesIO(data), name="x.docx", max_mb=1) as upload,
        unit_of_work(factory) as session,
    ):
        return attach(session, city["filler"], submission_id=form, upload=upload, settings=settings)


def days_pass(engine: Engine, settings: Settings) -> None:
    rows(engine, "delete from schedule_slot")
    rows(engine, "update attachment set removed_at = removed_at - interval '2 days'")
    rows(engine, "update file set expires_at = expires_at - interval '2 days'")
    old = time.time() - GRACE_SECONDS - 60
    for path in (settings.home / "files").rglob("*"):
        if path.is_file():
            os.utime(path, (old, old))


def test_removed_files_are_forgotten_and_frozen_ones_are_not(
    *, engine: Engine, factory: sessionmaker[Session], city: City, step: Step, settings: Settings
) -> None:
    with unit_of_work(factory) as session:
        form = make_draft(session, city)
    frozen = add(factory, city, settings, form=form, data=files.docx("frozen"))
    step(form, "filler", Action.SUBMIT)
    step(form, "dept_head", Action.RETURN_FOR_REVISION, comment="x")
    removed = add(factory, city, settings, form=form, data=files.docx("removed"))
    twice = [add(factory, city, settings, form=form, data=files.docx("twice")) for _ in range(2)]
    hashes = dict(
        tuple(row) for row in rows(engine, "select a.id, f.sha256 from attachment a join file f on f.id = a.file_id")
    )
    with unit_of_work(factory) as session:
        for one in (frozen, removed, twice[0]):
            detach(session, city["filler"], submission_id=form, attachment_id=one)
    assert purge(factory, home=settings.home)
    assert all(path_of(settings.home, sha256).exists() for sha256 in hashes.values()), "a removal may be taken back"
    days_pass(engine, settings)
    assert purge(factory, home=settings.home)
    left = [row.id for row in rows(engine, "select id from attachment order by id")]
    assert left == [frozen, twice[1]]
    assert rows(engine, "select count(*) from file") == [(2,)]
    there = {one for one, sha256 in hashes.items() if path_of(settings.home, sha256).exists()}
    assert there == {frozen, *twice}
