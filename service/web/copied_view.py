"""Copied cells as the screens show them: where each stands, what is in it, and last year's number where one was left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.queries.copied import Tag, copied_cells
from service.queries.drafts import Draft
from service.queries.submissions import Case
from service.web.editor_notes import anchor
from service.web.editor_view import shown
from workflows.catalogue import label, texts
from workflows.copying import stale_years
from workflows.forms import form_type
from workflows.forms.base import Field, FormType, Section, Shape, Stage


@dataclass(frozen=True, slots=True)
class CopiedView:
    """One copied cell: `anchor` is its id in the editor, `row` its number from 1, `key` names it in a form.

    `parts` is its text in runs, each with whether it is last year's number.
    """

    anchor: str
    key: str
    row: int | None
    field: str
    parts: tuple[tuple[bool, str], ...]

    @property
    def stale(self) -> int:
        """How often last year's number stands in it."""
        return sum(marked for marked, _run in self.parts)


@dataclass(frozen=True, slots=True)
class CopiedSection:
    """The copied cells of a section, in its order."""

    code: str
    title: str
    cells: tuple[CopiedView, ...]


def copied_sections(connection: Connection, case: Case, current: Draft, *, lang: str) -> list[CopiedSection]:
    """What nobody has touched or checked since it was copied, by section in the order of the form."""
    tags = [one for one in copied_cells(connection, case.locked.id) if not one.checked]
    if not tags:
        return []
    form = form_type(case.form)
    sections = (one for one in form.sections if one.stage is Stage.TARGET)
    views = (_section(form, one, current, tags, year=case.fiscal_year - 1, lang=lang) for one in sections)
    return [view for view in views if view.cells]


def copied_values(connection: Connection, case: Case, current: Draft, *, lang: str) -> dict[str, Any]:
    """What the templates of the editor and the preview need of it."""
    sections = copied_sections(connection, case, current, lang=lang)
    return {"copied_sections": sections, "copied_ids": copied_ids(sections)}


def copied_ids(sections: Sequence[CopiedSection]) -> frozenset[str]:
    """Ids of the cells that wear a tag in the editor."""
    return frozenset(cell.anchor for section in sections for cell in section.cells)


def _section(
    form: FormType, section: Section, current: Draft, tags: Sequence[Tag], *, year: int, lang: str
) -> CopiedSection:
    mine = {(one.row_id, one.field) for one in tags if one.section == section.name}
    value = current.sections[section.name].value if section.name in current.sections else None
    cells = tuple(
        CopiedView(
            anchor(path, form), f"{section.name}|{row_id}|{one.name}", row, label("field", one.name, lang),
            _parts(_words(one, cell, lang), year=year),
        )
        for row, row_id, one, cell, path in _cells(section, value)
        if (row_id, one.name) in mine
    )  # fmt: skip
    return CopiedSection(section.name, label("section", section.name, lang), cells)


def _words(field: Field, cell: Any, lang: str) -> str:  # noqa: ANN401 - a cell holds any text, a number or null
    """What a cell says to people: a code by its word, all else as the editor shows it."""
    text = shown(field, cell)
    return texts(lang).get(f"label.{field.kind}.{text}", text)


def _cells(section: Section, value: Any) -> Iterator[tuple[int | None, str, Field, Any, str]]:  # noqa: ANN401
    if section.shape is Shape.TEXT:
        yield None, "", section.fields[0], value, section.name
    elif section.shape is Shape.FIELDS:
        held: Mapping[str, Any] = value or {}
        yield from ((None, "", one, held.get(one.name), f"{section.name}.{one.name}") for one in section.fields)
    else:
        for index, row in enumerate(value or ()):
            for one in section.fields:
                path = f"{section.name}[{index}].{one.name}"
                yield index + 1, str(row.get("id") or ""), one, row.get(one.name), path


def _parts(text: str, *, year: int) -> tuple[tuple[bool, str], ...]:
    parts, at = [], 0
    for start, end in stale_years(text, year=year):
        parts += [(False, text[at:start]), (True, text[start:end])]
        at = end
    return tuple(one for one in [*parts, (False, text[at:])] if one[1])
