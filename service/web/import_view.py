"""What the import preview shows of a file beside a draft: changes, choices, and what reading altered. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.usecases.import_form import Imported
from service.web.editor_view import shown
from workflows.catalogue import label
from workflows.draft import target_sections
from workflows.findings import place
from workflows.forms import form_type
from workflows.forms.base import Field, FormType, Kind, Section, Shape, Stage
from workflows.incoming import Difference, Disputed, sections_of
from workflows.offered_amounts import offers
from workflows.quantities import plain

_WORDS = {Kind.LEVEL1: "level1", Kind.LEVEL2: "level2", Kind.COMPARATOR: "comparator"}
_AMOUNT = "amount."
_MACHINE = frozenset({Kind.ID, Kind.TAG, Kind.TASK})


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of the table of changes; `kind` as in workflows/incoming.py."""

    kind: str
    place: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One disagreement: `name` of its radio buttons, both sides and what they started from. A side may delete the row."""

    name: str
    place: str
    title: str
    base: str
    system: str
    file: str
    system_deletes: bool
    file_deletes: bool


@dataclass(frozen=True, slots=True)
class AmountRow:
    """An amount with its unit: `name` of its radio buttons, the cell of the file where it has cells, and the offer in 万元."""

    name: str
    place: str
    cell: str
    text: str
    offer: str


def change_rows(form: FormType, done: Imported, lang: str) -> list[ChangeRow]:
    """What would be written."""
    if done.joined is None:
        return []
    sections = {one.name: one for one in sections_of(form)}
    return [_change(sections[one.section], one, done, lang) for one in done.joined.differences]


def choice_rows(form: FormType, done: Imported, lang: str) -> list[ChoiceRow]:
    """What a person must choose."""
    if done.joined is None:
        return []
    sections = {one.name: one for one in sections_of(form)}
    return [_choice(sections[one.section], one, lang) for one in done.joined.conflicts]


def facts(form: FormType, done: Imported, lang: str) -> list[tuple[str, str, bool]]:
    """Label, value and whether it is money: the amounts that stand once, and how many rows each table has."""
    found = []
    for section in target_sections(form):
        value = done.document.get(section.name)
        if section.shape is Shape.ROWS:
            found.append((label("section", section.name, lang), str(len(value or ())), False))
        elif section.shape is Shape.FIELDS:
            money = [one for one in section.fields if one.kind is Kind.MONEY and one.stage is Stage.TARGET]
            found += [
                (label("field", one.name, lang), shown(one, value[one.name]), True)
                for one in money
                if value and value.get(one.name) is not None
            ]
    return found


def alterations(done: Imported, lang: str) -> list[dict[str, str | None]]:
    """What reading altered, each with its cell where the file has cells."""
    return [
        {**one.rendered(lang), "place": place(one.path, lang), "cell": _cell(done, one.path)} for one in done.changes
    ]


def pick_name(one: Disputed) -> str:
    """The name of the radio buttons of a choice."""
    return "pick." + ".".join(one.key)


def picks_of(posted: Mapping[str, str]) -> dict[tuple[str, str, str], str]:
    """The choices in a posted form."""
    picks = {}
    for name, value in posted.items():
        parts = name.split(".")
        if len(parts) == 4 and parts[0] == "pick":
            picks[parts[1], parts[2], parts[3]] = value
    return picks


def amount_rows(form: FormType, done: Imported, lang: str) -> list[AmountRow]:
    """The amounts of the file that carry their unit, with what they would be in 万元; chosen, they are offered no more."""
    return [
        AmountRow(f"{_AMOUNT}{path}", place(path, lang), _cell(done, path), text, plain(value))
        for path, (text, value) in offers(done.document, form).items()
    ]


def amounts_of(posted: Mapping[str, str]) -> frozenset[str]:
    """The paths whose amounts are to be written in 万元."""
    return frozenset(
        name.removeprefix(_AMOUNT) for name, value in posted.items() if name.startswith(_AMOUNT) and value == "convert"
    )


def _cell(done: Imported, path: str) -> str:
    at = done.places.get(path)
    return str(at) if at is not None and at.sheet is not None else ""


def _change(section: Section, one: Difference, done: Imported, lang: str) -> ChangeRow:
    path = section.name if one.row is None else f"{section.name}[{one.row}]"
    if one.field and section.shape is not Shape.TEXT:
        path = f"{path}.{one.field}"
    if one.kind in ("added", "removed"):
        row = one.after or one.before
        return ChangeRow(
            one.kind, place(path, lang), _title(section, row), _row(section, one.before, lang),
            _row(section, one.after, lang),
        )  # fmt: skip
    if one.kind == "moved":
        return ChangeRow(one.kind, place(path, lang), "", "", "")
    field = section.field(one.field)
    title = ""
    if one.row is not None and done.joined is not None:
        title = _title(section, done.joined.values[section.name][one.row])
    return ChangeRow(
        one.kind,
        place(path.removeprefix("head."), lang),
        title,
        _text(field, one.before, lang),
        _text(field, one.after, lang),
    )


def _choice(section: Section, one: Disputed, lang: str) -> ChoiceRow:
    conflict = one.conflict
    path = section.name if conflict.row is None else f"{section.name}[{conflict.row}]"
    if not conflict.field:
        base, system, file = (_row(section, side, lang) for side in (conflict.base, conflict.theirs, conflict.mine))
        return ChoiceRow(
            pick_name(one), place(path, lang), _title(section, conflict.base or {}), base, system, file,
            conflict.theirs is None, conflict.mine is None,
        )  # fmt: skip
    field = section.field(conflict.field)
    if section.shape is not Shape.TEXT:
        path = f"{path}.{conflict.field}"
    base, system, file = (_text(field, side, lang) for side in (conflict.base, conflict.theirs, conflict.mine))
    return ChoiceRow(pick_name(one), place(path.removeprefix("head."), lang), "", base, system, file, False, False)


def _title(section: Section, row: Mapping[str, Any]) -> str:
    return str(row.get(section.name_field) or "")


def _row(section: Section, row: Mapping[str, Any] | None, lang: str) -> str:
    if row is None:
        return ""
    fields = [one for one in section.fields if one.stage is Stage.TARGET and one.kind not in _MACHINE]
    return " · ".join(text for one in fields if (text := _text(one, row.get(one.name), lang)))


def _text(field: Field, value: Any, lang: str) -> str:  # noqa: ANN401 - a raw cell
    if field.kind in _WORDS and value is not None:
        try:
            return label(_WORDS[field.kind], str(value), lang)
        except KeyError:
            return str(value)
    return shown(field, value)


def form_name(form_id: str, lang: str) -> str:
    """The name of a form type."""
    return label("form", form_type(form_id).code, lang)
