"""From a document as typed to the document as kept: one spelling per number, sign and level, null for blank.

What can't be read is left exactly as typed, for a check to flag. Free text is not touched. Every respelling is a Change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workflows import levels, quantities
from workflows.catalogue import sentence, texts
from workflows.forms.base import Document, Field, FormType, Kind, Section, Shape


@dataclass(frozen=True, slots=True)
class Change:
    """What reading altered: `before` became `after` (None: dropped), for a reason of [change] in the catalogue."""

    path: str
    before: str | None
    after: str | None
    reason: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)

    def rendered(self, lang: str) -> dict[str, str | None]:
        """The change as `jixiao read` prints it: path, from, to, why."""
        why = sentence(f"change.{self.reason}", lang, **self.params)
        return {"path": self.path, "from": self.before, "to": self.after, "why": why}


def tidied(document: Document, form: FormType) -> tuple[Document, tuple[Change, ...]]:
    """A copy of the document with tidy cells, and what was respelled. The shape must hold."""
    changes: list[Change] = []
    tidy: Document = {}
    heads = {one.name: one for one in form.header}
    sections = {section.name: section for section in form.sections}
    for key, value in document.items():
        if key in heads:
            tidy[key] = _cell(key, heads[key], value, changes)
        else:
            tidy[key] = _section(sections[key], value, changes)
    return tidy, tuple(changes)


def tidied_section(section: Section, value: object) -> tuple[object, tuple[Change, ...]]:
    """The same for one section."""
    changes: list[Change] = []
    return _section(section, value, changes), tuple(changes)


def spelled(one: Field, text: str) -> str | int | None:
    """A cell as a draft keeps it, whichever way it came in: blank is null, numbers, signs and levels in their one spelling.

    Everything else stays as typed, strokes for nothing too: in a draft they are somebody's, and a check speaks of them.
    """
    text = text.replace("\r\n", "\n")
    if quantities.is_blank(text):
        return None
    respell = _SPELL.get(one.kind)
    kept = None if respell is None else respell(text)
    return text if kept is None else kept


def spelled_section(section: Section, value: object) -> object:
    """The same for every cell of a section. What has not its shape comes back as it is, for `section_problems` to name."""
    if section.shape is Shape.TEXT:
        return spelled(section.fields[0], value) if isinstance(value, str) else value
    fields = _fields(section)
    if section.shape is Shape.FIELDS:
        return _spelled_row(fields, value)
    return [_spelled_row(fields, row) for row in value] if isinstance(value, list) else value


def _spelled_row(fields: Mapping[str, Field], row: object) -> object:
    if not isinstance(row, dict):
        return row
    return {
        name: spelled(fields[name], cell) if isinstance(cell, str) and name in fields else cell
        for name, cell in row.items()
    }


def _section(section: Section, value: object, changes: list[Change]) -> object:
    if section.shape is Shape.TEXT:
        return _cell(section.name, section.fields[0], value, changes)
    if isinstance(value, dict):
        return _row(section.name, _fields(section), value, changes)
    rows, fields = value if isinstance(value, list) else [], _fields(section)
    return [_row(f"{section.name}[{index}]", fields, row, changes) for index, row in enumerate(rows)]


def _fields(section: Section) -> dict[str, Field]:
    return {one.name: one for one in section.fields}


def _row(path: str, fields: Mapping[str, Field], row: dict[str, object], changes: list[Change]) -> dict[str, object]:
    tidy = dict(row)
    for name, value in row.items():
        if not isinstance(value, str):
            continue
        if fields[name].kind in _TIDY or not value.strip():  # free text stays as it is
            tidy[name] = _cell(f"{path}.{name}", fields[name], value, changes)
    target = tidy.get("target_value")
    if tidy.get("comparator") == "between" and isinstance(target, str):
        ends = quantities.bounds(target)
        if ends is not None:
            tidy["target_value"] = f"{quantities.plain(ends[0])}~{quantities.plain(ends[1])}"
    return tidy


def _cell(path: str, one: Field, value: object, changes: list[Change]) -> object:
    if not isinstance(value, str):
        return value
    if quantities.is_blank(value):
        return None
    tidy = _TIDY.get(one.kind)
    if tidy is None:
        return value
    kept, reason = tidy(value)
    if reason is not None:
        changes.append(Change(path, value, None if kept is None else str(kept), reason))
    return kept


def _count(text: str) -> tuple[object, str | None]:
    if text.strip() in quantities.FILLERS:
        return None, "filler"
    whole = quantities.count(text)
    return (text, None) if whole is None else (whole, None if str(whole) == text else "number")


def _number(text: str) -> tuple[object, str | None]:
    if text.strip() in quantities.FILLERS:
        return None, "filler"
    value = quantities.number(text)
    if value is None:
        return text, None
    kept = quantities.plain(value)
    return kept, None if kept == text else "number"


def _target(text: str) -> tuple[object, str | None]:
    kept, reason = _number(text)
    return (text, None) if reason == "filler" and text.strip() not in ("/", "—") else (kept, reason)


def _unit(text: str) -> tuple[object, str | None]:
    kept = text.strip()
    if kept in quantities.FILLERS:
        return None, "filler"
    kept = "%" if kept == "％" else kept
    return kept, None if kept == text else "unit"


def _comparator(text: str) -> tuple[object, str | None]:
    code = quantities.comparator(text)
    if code is None:
        return text, None
    return code, None if text in (code, texts("zh")[f"label.comparator.{code}"]) else "comparator"


def _level1(text: str) -> tuple[object, str | None]:
    return levels.level1(text) or text, None


def _level2(text: str) -> tuple[object, str | None]:
    return levels.level2(text) or text, None


def _spelled_number(text: str) -> str | None:
    value = quantities.number(text)
    return None if value is None else quantities.plain(value)


# What a draft respells; the reader of files, below, does more and lists it.
_SPELL: Mapping[Kind, Callable[[str], str | int | None]] = {
    Kind.COUNT: quantities.count,
    Kind.MONEY: _spelled_number,
    Kind.NUMBER: _spelled_number,
    Kind.TARGET: _spelled_number,
    Kind.COMPARATOR: quantities.comparator,
    Kind.LEVEL1: levels.level1,
    Kind.LEVEL2: levels.level2,
}
_TIDY: Mapping[Kind, Callable[[str], tuple[object, str | None]]] = {
    Kind.COUNT: _count,
    Kind.MONEY: _number,
    Kind.NUMBER: _number,
    Kind.TARGET: _target,
    Kind.UNIT: _unit,
    Kind.COMPARATOR: _comparator,
    Kind.LEVEL1: _level1,
    Kind.LEVEL2: _level2,
}
