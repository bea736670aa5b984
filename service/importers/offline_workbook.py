"""The offline workbook on its way back: what somebody filled in, beside the state that it was made of.

Found by its hidden sheet and read by the marks of the hidden first column, so that rows may have been added, deleted,
sorted and moved, sheets renamed, and the file saved by another program. A cell that says what it said when the workbook
was made is taken as it was then, however the spreadsheet spells it now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from service.importers.grid import Sheet
from service.importers.places import Place
from service.importers.unreadable import UnreadableForm
from service.render.offline_cells import coded
from service.render.offline_workbook import VALUES, filled_fields, head_section
from workflows.document import empty_section, section_problems, shape_problems
from workflows.draft import HEAD, head_problems, target_sections
from workflows.forms import form_type
from workflows.forms.base import Document, Field, FormType, Section, Shape
from workflows.offline_identity import SHEET, TABLE_MARK, BrokenIdentity, Identity, identity_of
from workflows.quantities import is_blank
from workflows.row_identity import identified
from workflows.tidying import Change, tidied_section
from workflows.ulid import ulid_from

_MOST_ROWS: Final = 5_000  # of one sheet; forms have at most 300


@dataclass(frozen=True, slots=True)
class OfflineRead:
    """What came back, by section, the head included; `identity.base` is what went out. `places` are cells by path."""

    identity: Identity
    values: Mapping[str, Any]
    changes: tuple[Change, ...]
    places: Mapping[str, Place]

    @property
    def document(self) -> Document:
        """The same as a document."""
        known = self.identity
        form = form_type(known.form)
        head = {
            "form": known.form,
            "region": known.region,
            "fiscal_year": known.fiscal_year,
            "department": known.department,
            "supervising_department": None,
        }
        return head | dict(self.values[HEAD]) | {one.name: self.values[one.name] for one in target_sections(form)}


def offline_of(sheets: Sequence[Sheet]) -> OfflineRead | None:
    """What the sheets bring back, None where they are no offline workbook. Raises UnreadableForm."""
    hidden = next((one for one in sheets if one.name == SHEET), None)
    if hidden is None:
        return None
    try:
        identity = identity_of(hidden.rows)
        form = form_type(identity.form)
    except (BrokenIdentity, KeyError) as fault:
        raise UnreadableForm("offline_broken") from fault
    if not _is_draft(form, identity.base):
        raise UnreadableForm("offline_broken")
    found = _Reader(form, identity).read([one for one in sheets if one is not hidden])
    if shape_problems(found.document, form):  # only the head is left: each section was refused with its cell
        raise UnreadableForm("offline_broken")
    return found


def _is_draft(form: FormType, base: Mapping[str, Any]) -> bool:
    """Whether this can be the state of a draft: anybody may write a hidden sheet whose digest fits."""
    sections = {one.name: one for one in target_sections(form)}
    for name, value in base.items():
        if value is None:
            continue
        if name == HEAD:
            problems = head_problems(form, value)
        else:
            problems = section_problems(sections[name], value) if name in sections else []
        if problems:
            return False
        if isinstance(value, list) and not all(isinstance(row, dict) and row.get("id") for row in value):
            return False
    return True


@dataclass
class _Reader:
    """The marks of a workbook and what stood beside them."""

    form: FormType
    identity: Identity
    singles: dict[str, tuple[str, Place]] = field(default_factory=dict)
    tables: dict[str, tuple[Sheet, int]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def read(self, sheets: Sequence[Sheet]) -> OfflineRead:
        for sheet in sheets:
            self._find_marks(sheet)
        sections = (head_section(self.form), *target_sections(self.form))
        values = {one.name: self._section(one) for one in sections}
        return OfflineRead(self.identity, values, tuple(self.changes), self.places)

    def _find_marks(self, sheet: Sheet) -> None:
        known = {one.name for one in target_sections(self.form)} | {HEAD}
        for at, row in enumerate(sheet.rows[:_MOST_ROWS]):
            mark = row[0] if row else ""
            if mark.removeprefix(TABLE_MARK).partition(".")[0] not in known:
                continue
            if mark in self.singles or mark in self.tables:
                raise UnreadableForm("offline_twice", place=Place(at + 1, sheet.name, column=VALUES))
            if mark.startswith(TABLE_MARK):
                self.tables[mark] = (sheet, at)
            else:
                text = row[VALUES] if len(row) > VALUES else ""
                self.singles[mark] = (text, Place(at + 1, sheet.name, column=VALUES))

    def _section(self, section: Section) -> Any:  # noqa: ANN401 - whatever the section holds
        base: Any = self.identity.base.get(section.name)
        base = empty_section(section) if base is None else base
        if section.shape is Shape.ROWS:
            return self._rows(section, base)
        cells = {one.name: self._single(section, one) for one in filled_fields(section)}
        if section.shape is Shape.TEXT:
            return self._kept(section, cells[section.name], base)
        return self._kept(section, {**base, **cells}, base)

    def _single(self, section: Section, one: Field) -> str | None:
        path = section.name if section.shape is Shape.TEXT else f"{section.name}.{one.name}"
        if path not in self.singles:
            raise UnreadableForm("offline_missing", params={"mark": path})
        text, self.places[path] = self.singles[path]
        return _cell(one, text)

    def _rows(self, section: Section, base: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        mark = TABLE_MARK + section.name
        if mark not in self.tables:
            raise UnreadableForm("offline_missing", params={"mark": mark})
        sheet, at = self.tables[mark]
        columns = {code: column for column, code in enumerate(sheet.rows[at]) if column and code}
        fields = filled_fields(section)
        missing = [one.name for one in fields if one.name not in columns]
        if missing:
            raise UnreadableForm("offline_missing", params={"mark": f"{section.name}.{missing[0]}"})
        blank = {str(row["id"]) for row in base if all(is_blank(row.get(one.name)) for one in fields)}
        read, lines = [], []
        # Behind the codes comes one line of heads.
        for line, row in enumerate(sheet.rows[at + 2 : at + 2 + _MOST_ROWS], at + 2):
            cells = {one.name: _cell(one, _at(row, columns[one.name])) for one in fields}
            row_id = _at(row, 0).strip()
            if any(cell is not None for cell in cells.values()) or row_id in blank:
                read.append({"id": row_id, **cells})
                lines.append(line)
        for index, line in enumerate(lines):
            for name, column in columns.items():
                self.places[f"{section.name}[{index}].{name}"] = Place(line + 1, sheet.name, column=column)
        return self._matched(section, read, base)

    def _matched(
        self, section: Section, read: Sequence[Mapping[str, Any]], base: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """The rows with their ids: the old ones, and for new rows one that the same file gives again."""
        tidy, _ = tidied_section(section, [dict(row) for row in read])
        before, _ = tidied_section(section, [dict(row) for row in base])
        assert isinstance(tidy, list)
        assert isinstance(before, list)
        ids = [row.get("id") for row in identified(section, tidy, before, guess=False)]
        old = {str(row["id"]): row for row in base}
        new: dict[str, int] = {}
        rows = []
        for row, row_id in zip(read, ids, strict=True):
            cells = {name: cell for name, cell in row.items() if name != "id"}
            if row_id is None:
                said = repr(sorted(cells.items(), key=lambda item: item[0]))
                new[said] = new.get(said, 0) + 1
                rows.append({"id": self._new_id(section, said, new[said]), **cells})
            else:
                rows.append({**old[row_id], **cells})
        kept: list[dict[str, Any]] = self._kept(section, rows, list(base))
        return kept

    def _new_id(self, section: Section, said: str, number: int) -> str:
        text = f"{self.identity.submission_id}\n{section.name}\n{number}\n{said}"
        return ulid_from(sha256(text.encode()).digest())

    def _kept(self, section: Section, value: Any, base: Any) -> Any:  # noqa: ANN401 - whatever the section holds
        """The section in tidy spelling, but where a cell says what it said before, as it stood before."""
        self._refuse_impossible(section, value)
        tidy, changes = tidied_section(section, value)
        before, _ = tidied_section(section, base)
        unchanged: set[str] = set()
        if section.shape is Shape.TEXT:
            result: Any = base if _same(tidy, before) else tidy
            unchanged |= {section.name} if result is base else set()
        elif isinstance(tidy, list):
            old = {
                row["id"]: (row, was) for row, was in zip(base, before if isinstance(before, list) else [], strict=True)
            }
            result = [
                _joined(row, *old.get(row["id"], ({}, {})), path=f"{section.name}[{index}]", unchanged=unchanged)
                for index, row in enumerate(tidy)
            ]
        else:
            assert isinstance(tidy, dict)
            assert isinstance(before, dict)
            result = _joined(tidy, base, before, path=section.name, unchanged=unchanged)
        self.changes += [one for one in changes if one.path not in unchanged]
        return result

    def _refuse_impossible(self, section: Section, value: Any) -> None:  # noqa: ANN401
        for problem in section_problems(section, value)[:1]:
            path = problem.path if problem.path in self.places else section.name
            params = dict(problem.params) | {"path": problem.path, "problem": problem.case}
            raise UnreadableForm("cell", params=params, place=self.places.get(path))


def _joined(
    row: Mapping[str, Any], base: Mapping[str, Any], before: Mapping[str, Any], *, path: str, unchanged: set[str]
) -> dict[str, Any]:
    joined = {}
    for name, cell in row.items():
        same = name in base and _same(cell, before.get(name))
        joined[name] = base[name] if same else cell
        if same:
            unchanged.add(f"{path}.{name}")
    return joined


def _same(one: object, other: object) -> bool:
    """A spreadsheet breaks lines in its own way and may drop blanks at the end of a text."""
    return _plain(one) == _plain(other)


def _plain(cell: object) -> str:
    return "" if cell is None else "\n".join(line.rstrip() for line in _unbroken(str(cell)).strip().split("\n"))


def _unbroken(text: str) -> str:
    return text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")


def _cell(one: Field, text: str) -> str | None:
    return None if is_blank(text) else coded(one, _unbroken(text))


def _at(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""
