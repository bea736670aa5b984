"""The CSV of accounts and roles: read whole, tried row by row, written all or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from service.cli import Refused
from service.db import unit_of_work
from service.models.people import Department, Person
from service.usecases.accounts import create_person, grant_role
from workflows.catalogue import label, sentence
from workflows.errors import DomainError, InvalidRequest, NotPossibleNow
from workflows.facts import SYSTEM
from workflows.lifecycle import Role
from workflows.refusals import explained_error

COLUMNS: Final = ("username", "name", "email", "role", "department_code")
LARGEST: Final = 2 * 1024 * 1024  # bytes; ten thousand rows have one
ENCODINGS: Final = ("utf-8-sig", "gb18030")


class UnreadablePeople(Exception):
    """A file that is no such CSV: a key of [people] with its figures."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key, params)
        self.key = key
        self.params = params

    def sentence(self, lang: str) -> str:
        """The reason in words."""
        return sentence(f"people.{self.key}", lang, **self.params)


@dataclass(frozen=True, slots=True)
class Row:
    """One row with the line where it stands."""

    line: int
    username: str
    name: str
    email: str
    role: str
    department_code: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a row came to: `result` is a key of [people]; `refusal` says why nothing; `password` is a new account's."""

    line: int
    username: str
    role: str
    result: str
    password: str | None = None
    refusal: str | None = None

    def cells(self, lang: str) -> Sequence[object]:
        """Line, account, role, result."""
        known = self.role in {role.value for role in Role}
        role = label("role", self.role, lang) if known else self.role
        return (self.line, self.username, role, self.refusal or sentence(f"people.{self.result}", lang))


class _Undone(Exception):
    """Ends a unit of work that shall leave nothing."""


def read_people(path: Path) -> list[Row]:
    """The rows of the file. Raises UnreadablePeople."""
    reader = csv.DictReader(io.StringIO(_decoded(path), newline=""), restkey="more", strict=True)
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise UnreadablePeople("columns", wanted=",".join(COLUMNS), missing=",".join(missing))
        rows = [_row(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise UnreadablePeople("csv", line=reader.line_num + 1) from error  # the line number of the last good row
    if not rows:
        raise UnreadablePeople("no_rows")
    return rows


def _decoded(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise UnreadablePeople("no_file" if isinstance(error, FileNotFoundError) else "closed_file") from error
    if len(content) > LARGEST:
        raise UnreadablePeople("too_large", limit=LARGEST // 1024 // 1024)
    for encoding in ENCODINGS:
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in decoded:
            return decoded
    raise UnreadablePeople("encoding")


def _row(line: int, cells: dict[str | None, str | None]) -> Row:
    if "more" in cells or any(cells[name] is None for name in COLUMNS):
        raise UnreadablePeople("cells", line=line, count=len(COLUMNS))
    return Row(line, **{name: (cells[name] or "").strip() for name in COLUMNS})


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The rows of one file on their way into the tables, in the name of the system."""

    factory: sessionmaker[Session]
    rows: Sequence[Row]
    lang: str

    def tried(self) -> list[Enrolled]:
        """What each row would come to. Nothing is written."""
        enrolled: list[Enrolled] = []
        try:
            with unit_of_work(self.factory) as session:
                enrolled += [self._enrol(session, row) for row in self.rows]
                raise _Undone
        except _Undone:
            return enrolled

    def done(self, keep: Callable[[Sequence[Enrolled]], None]) -> list[Enrolled]:
        """Write all rows. `keep` gets those with a new password before they are committed.

        Raises Refused with the line of the first row that is wrong; nothing is written then.
        """
        with unit_of_work(self.factory) as session:
            enrolled = [self._enrol(session, row) for row in self.rows]
            wrong = [row for row in enrolled if row.refusal]
            if wrong:
                figures = {"line": wrong[0].line, "why": wrong[0].refusal, "count": len(wrong)}
                raise Refused(sentence("people.wrong_rows", self.lang, **figures))
            keep([row for row in enrolled if row.password is not None])
        return enrolled

    def _enrol(self, session: Session, row: Row) -> Enrolled:
        try:
            with session.begin_nested():
                return self._written(session, row)
        except DomainError as error:
            return Enrolled(row.line, row.username, row.role, "", refusal=explained_error(error, lang=self.lang))

    def _written(self, session: Session, row: Row) -> Enrolled:
        username = row.username.lower()
        person_id = session.execute(select(Person.id).where(Person.username == username)).scalar_one_or_none()
        password = None
        if person_id is None:
            created = create_person(session, SYSTEM, username=username, name=row.name, email=row.email or None)
            person_id, password = created.person_id, created.one_time_password
        result = "new" if password else "more"
        try:
            _grant(session, row, person_id)
        except NotPossibleNow as error:
            if error.reason != "role_held":
                raise
            result = "known"
        return Enrolled(row.line, username, row.role, result, password)


def _grant(session: Session, row: Row, person_id: int) -> None:
    if row.role not in {role.value for role in Role}:
        raise InvalidRequest("no_such_role", field="role", role="|".join(role.value for role in Role))
    department = select(Department.id).where(Department.code == row.department_code)
    department_id = session.execute(department).scalar_one_or_none()
    if department_id is None:
        raise InvalidRequest("no_such_department", field="department_code")
    grant_role(session, SYSTEM, person_id=person_id, role=Role(row.role), department_id=department_id)
