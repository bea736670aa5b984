"""The import of form files, one transaction each: what `jixiao import` does with every file, and what it says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from service.cli.output import printable
from service.db import unit_of_work
from service.importers import ReadResult, UnreadableForm
from service.queries.actor import by_username, fillers_of
from service.usecases.import_form import LARGEST, Imported, import_form, read_file
from service.usecases.open_draft import open_draft
from workflows.catalogue import sentence
from workflows.errors import DomainError
from workflows.facts import Actor
from workflows.findings import Severity
from workflows.refusals import explained_error

OUTCOME_HEADS: Final = ("file", "unit", "result", "form_id", "changes", *(str(one) for one in Severity))

SIDES: Final = {"file": "mine", "system": "theirs"}  # of a disagreement: what `--prefer` says, and the merge
_CYCLE = text("select id from cycle where code = :code")


class CannotImport(Exception):
    """A file that is not imported, in one sentence."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a file: `refusal` says why nothing, `result` is a key of [cli]."""

    file: str
    refusal: str | None = None
    result: str = ""
    form_id: int | None = None
    imported: Imported | None = None

    def row(self, lang: str) -> Sequence[object]:
        """The cells under OUTCOME_HEADS."""
        assert self.imported is not None, "a refusal has no row"
        found = [sum(finding.severity is one for finding in self.imported.findings) for one in Severity]
        unit = self.imported.document["department"]
        result = sentence(f"cli.{self.result}", lang)
        return (Path(self.file).name, unit, result, self.form_id, len(self.imported.changes), *found)


@dataclass(frozen=True, slots=True)
class Importing:
    """One run of the command. `cycle` is a code; without `username` the filler of the unit imports.

    `prefer` (mine: the file, theirs: the system) settles what an offline workbook and the draft disagree about.
    """

    factory: sessionmaker[Session]
    cycle: str
    username: str | None
    dry_run: bool
    lang: str
    prefer: str | None = None

    def file(self, path: Path) -> FileOutcome:
        """Import one file, wholly or not at all."""
        name = printable(path)
        try:
            read = read_file(self._content(path), path.name)  # before the transaction: a slow file holds no lock
            with unit_of_work(self.factory) as session:
                return self._import(session, read, name)
        except UnreadableForm as refusal:
            return FileOutcome(name, refusal.sentence(self.lang))
        except DomainError as error:
            return FileOutcome(name, explained_error(error, lang=self.lang))
        except CannotImport as error:
            return FileOutcome(name, str(error))

    def _import(self, session: Session, read: ReadResult, name: str) -> FileOutcome:
        cycle_id = session.execute(_CYCLE, {"code": self.cycle}).scalar_one_or_none()
        if cycle_id is None:
            raise CannotImport(sentence("cli.no_cycle", self.lang, code=printable(self.cycle)))
        actor = self._actor(session, read)
        imported = import_form(
            session,
            actor,
            cycle_id=cycle_id,
            department_id=None,
            read=read,
            dry_run=self.dry_run,
            prefer=self.prefer,
        )
        form_id = imported.submission_id
        if form_id is None and not self.dry_run:
            place = {"department_id": imported.department_id, "cycle_id": cycle_id}
            form_id = open_draft(session, actor, **place, document=imported.document).id
        result = ("would_" if self.dry_run else "") + ("created" if imported.created else "updated")
        return FileOutcome(name, None, result, form_id, imported)

    def _content(self, path: Path) -> bytes:
        try:
            with path.open("rb") as stream:
                return stream.read(LARGEST + 1)
        except (OSError, ValueError) as error:
            key = "cli.no_file" if isinstance(error, FileNotFoundError) else "cli.unreadable_file"
            raise CannotImport(sentence(key, self.lang, file=printable(path))) from error

    def _actor(self, session: Session, read: ReadResult) -> Actor:
        connection = session.connection()
        if self.username is None:
            unit = str(read.document["department"] or "")
            fillers = fillers_of(connection, unit)
            if len(fillers) != 1:
                raise CannotImport(sentence("cli.no_filler", self.lang, unit=printable(unit), count=len(fillers)))
            return fillers[0]
        actor = by_username(connection, self.username)
        if actor is None:
            raise CannotImport(sentence("cli.no_account", self.lang, username=printable(self.username)))
        return actor
