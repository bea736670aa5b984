"""A folder or a zip of form files: a job like those of the pages, which the command works off itself.

Killed, it loses nothing: the workers take up the files that are left, each of which takes effect once.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from service.bulk_run import run_next
from service.cli import Refused
from service.cli.database import Data
from service.cli.output import printable
from service.db import unit_of_work
from service.importers.zip_of_forms import KINDS, LARGEST_MEMBER, MOST_FILES
from service.queries.actor import by_username
from service.queries.bulk_imports import FileResult, files_of
from service.usecases.request_bulk_import import kept_zip, request_bulk_import
from workflows.catalogue import sentence
from workflows.facts import Actor
from workflows.findings import Severity

_CYCLE: Final = text("select id from cycle where code = :code")
_UNFINISHED: Final = text("""
select count(*) from bulk_import_file where bulk_import_id = :id and state in ('due', 'claimed')
""")


def is_batch(path: Path) -> bool:
    """Whether a path stands for many files."""
    return path.is_dir() or path.suffix.lower() == ".zip"


def import_batch(
    opened: Data, path: Path, *, cycle: str, username: str | None, dry_run: bool, overwrite: bool, lang: str
) -> list[FileResult]:
    """Import everything below a folder, or in a zip, with a progress bar. Raises Refused and what the domain refuses.

    Without `username` each file is imported as the filler of the unit that it names.
    """
    days, home = opened.settings.report_expiry_days, opened.settings.home.resolve()
    with unit_of_work(opened.factory) as session:
        cycle_id = session.execute(_CYCLE, {"code": cycle}).scalar_one_or_none()
        actor = _actor(session, username, lang)
    if cycle_id is None:
        raise Refused(sentence("cli.no_cycle", lang, code=printable(cycle)))
    with _as_zip(path, lang) as stream:
        archive = kept_zip(home, stream, name=path.resolve().name, days=days)
    with unit_of_work(opened.factory) as session:
        job_id = request_bulk_import(
            session, actor, cycle_id=cycle_id, archive=archive, rehearses=dry_run, overwrite=overwrite
        )
    return _worked_off(opened, job_id, len(archive.members), home=home, lang=lang)


def row_of(file: FileResult, *, dry_run: bool, lang: str) -> Sequence[object]:
    """The cells of a file under the heads of the command's table."""
    would = "would_" if dry_run and file.result != "unchanged" else ""
    counts = [(file.findings or {}).get(str(severity), 0) for severity in Severity]
    words = sentence(f"cli.{would}{file.result}", lang)
    return (Path(file.name).name, file.department, words, file.submission_id, file.changes, *counts)


def refusal_of(file: FileResult, lang: str) -> str | None:
    """Why a file was not imported, None where it was."""
    if file.state == "done" and file.result != "needs_preview":
        return None
    return (file.refusal or {}).get(lang) or sentence("cli.left_to_workers", lang)


def _actor(session: Session, username: str | None, lang: str) -> Actor | None:
    if username is None:
        return None
    actor = by_username(session.connection(), username)
    if actor is None:
        raise Refused(sentence("cli.no_account", lang, username=printable(username)))
    return actor


def _worked_off(opened: Data, job_id: int, total: int, *, home: Path, lang: str) -> list[FileResult]:
    screen = Console(stderr=True)
    lease = opened.settings.lease_seconds
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress:
        bar = progress.add_task(sentence("cli.importing", lang), total=total)
        while run_next(opened.factory, home=home, lease_seconds=lease, bulk_import_id=job_id):
            progress.update(bar, completed=total - _unfinished(opened.factory, job_id))
    with opened.factory() as session:
        return files_of(session.connection(), job_id, limit=MOST_FILES)


def _unfinished(factory: sessionmaker[Session], job_id: int) -> int:
    with factory() as session:
        return int(session.execute(_UNFINISHED, {"id": job_id}).scalar_one())


@contextmanager
def _as_zip(path: Path, lang: str) -> Iterator[BinaryIO]:
    try:
        if not path.is_dir():
            with path.open("rb") as stream:
                yield stream
            return
        with tempfile.TemporaryFile() as packed:
            _pack(path, packed)
            packed.seek(0)
            yield packed
    except OSError as error:
        key = "cli.no_file" if isinstance(error, FileNotFoundError) else "cli.unreadable_file"
        raise Refused(sentence(key, lang, file=printable(path))) from error


def _pack(folder: Path, packed: BinaryIO) -> None:
    """The form files below a folder, by name. Links are left out: they may lead anywhere.

    One file too many, and one byte too many, are packed all the same, so that the zip is refused for them.
    """
    forms = (one for one in sorted(folder.rglob("*")) if one.suffix.lower().lstrip(".") in KINDS)
    files = [one for one in forms if one.is_file() and not one.is_symlink()][: MOST_FILES + 1]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in files:
            with file.open("rb") as stream:
                name = str(file.relative_to(folder)).encode("utf-8", "replace").decode()
                archive.writestr(name, stream.read(LARGEST_MEMBER + 1))
