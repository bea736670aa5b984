"""The document: one JSON shape for files, the API, drafts and hashes, whatever the form type.

A draft has the same shape with any text in its cells; what a cell means is the checks' business. Here is what a
document must be before anyone can check it: the keys, the nesting, texts that are text, no cell longer than its limit.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workflows.forms import form_type
from workflows.forms.base import Document, Field, FormType, Kind, Section, Shape, Stage
from workflows.ulid import is_ulid

INDICATORS = "indicators"  # by its rows every form is scored
SECRECY_TAGS = ("sensitive_unresolved", "work_secret", "withheld_public")
MONEY_UNITS = ("万元", "元")

_TASK = re.compile(r"(?P<section>[a-z_]{1,40})\[(?:0|[1-9]\d{0,3})\]")
_PATH = re.compile(r"(?P<section>\w+)(?:\[(?P<row>\d{1,6})\])?(?:\.(?P<field>\w+))?")
_MACHINE_KINDS = frozenset({Kind.TASK, Kind.TAG})
# Embeddings, overrides and isolates: after them `exe.fdp` reads as `pdf.exe`. No script needs them within a name.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ALLOWED_CONTROLS = frozenset("\t\n\r")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is no document: a path, a key of [shape] in the catalogue, and its figures."""

    path: str
    case: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)


class Cell(NamedTuple):
    """One cell of a document: where it stands, what the form says of it, what is in it."""

    path: str
    field: Field
    value: Any


def empty_document(
    form: FormType, *, region: str, fiscal_year: int, department: str, supervising_department: str | None
) -> Document:
    """A document in which nothing is filled in: every key of the target stage, unknown as null, no rows."""
    head = {
        "form": form.id,
        "region": region,
        "fiscal_year": fiscal_year,
        "department": department,
        "supervising_department": supervising_department,
    }
    return head | {section.name: empty_section(section) for section in form.sections if section.stage is Stage.TARGET}


def empty_section(section: Section) -> dict[str, object] | list[object] | None:
    """A section as it stands in an empty document."""
    if section.shape is Shape.TEXT:
        return None
    return [] if section.shape is Shape.ROWS else empty_row(section)


def empty_row(section: Section) -> dict[str, object]:
    """The keys of a row, or of a section of fields, that stand in every document; all null."""
    return {one.name: None for one in section.fields if one.stage is Stage.TARGET}


def task_sections(document: Document) -> tuple[str, ...]:
    """The sections whose rows are the tasks of a document; none where its form is unknown."""
    try:
        return form_type(document["form"]).tasks
    except KeyError:
        return ()


def cells(document: Document, form: FormType) -> Iterator[Cell]:
    """All cells that are there, in the order of the form: head, sections, rows. The shape must hold."""
    for one in form.header:
        if one.name in document:
            yield Cell(one.name, one, document[one.name])
    for section in form.sections:
        if section.name in document:
            yield from _section_cells(section, document[section.name])


def cell_at(document: Document, path: str) -> object:
    """The value at a path such as `key_tasks[1].content`. Raises KeyError when nothing is there."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise KeyError(path)
    try:
        value = document[match["section"]]
        value = value if match["row"] is None else value[int(match["row"])]
        return value if match["field"] is None else value[match["field"]]
    except (IndexError, TypeError) as fault:
        raise KeyError(path) from fault


def shape_problems(document: object, form: FormType) -> list[Problem]:
    """Everything that keeps this from being a document of the form; empty when it is one. Never raises."""
    if not isinstance(document, dict):
        return [Problem("", "object")]
    known = {one.name for one in form.header} | {section.name for section in form.sections}
    problems = [Problem(_name(key), "unknown_key", {"key": _name(key)}) for key in document if key not in known]
    for one in form.header:
        problems += _cell_problems(one.name, one, document)
    for section in form.sections:
        if section.name in document:
            problems += section_problems(section, document[section.name])
        elif section.stage is Stage.TARGET:
            problems.append(Problem(section.name, "missing_key", {"key": section.name}))
    return problems


def section_problems(section: Section, value: object) -> list[Problem]:
    """The same for one section, as a draft is saved by section."""
    if section.shape is Shape.TEXT:
        return _value_problems(section.name, section.fields[0], value)
    if section.shape is Shape.FIELDS:
        return _row_problems(section.name, section, value)
    if not isinstance(value, list):
        return [Problem(section.name, "list")]
    if len(value) > section.max_rows:
        return [Problem(section.name, "too_many_rows", {"limit": str(section.max_rows)})]
    rows = enumerate(value)
    return [problem for index, row in rows for problem in _row_problems(f"{section.name}[{index}]", section, row)]


def text_fault(text: str) -> str | None:
    """Why a text is no text that can be stored and shown: control, surrogate or noncharacter; None when it is one."""
    if text.isprintable():
        return None
    for char in text:
        category = unicodedata.category(char)
        if category == "Cc" and char not in _ALLOWED_CONTROLS:
            return "control"
        if category == "Cs":
            return "surrogate"
        if ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF:
            return "noncharacter"
    return None


def name_fault(text: str) -> str | None:
    """The same for a name that stands in lists, titles and messages: one line, and nothing that turns its direction."""
    if "\n" in text or "\r" in text:
        return "control"
    if not _TURNS.isdisjoint(text):
        return "direction"
    return text_fault(text)


def _section_cells(section: Section, value: list[dict[str, object]] | dict[str, object] | None) -> Iterator[Cell]:
    if section.shape is Shape.TEXT:
        yield Cell(section.name, section.fields[0], value)
        return
    rows = value if isinstance(value, list) else [value or {}]
    for index, row in enumerate(rows):
        path = f"{section.name}[{index}]" if section.shape is Shape.ROWS else section.name
        for one in section.fields:
            if one.name in row:
                yield Cell(f"{path}.{one.name}", one, row[one.name])


def _row_problems(path: str, section: Section, row: object) -> list[Problem]:
    if not isinstance(row, dict):
        return [Problem(path, "object")]
    known = {one.name for one in section.fields}
    problems = [Problem(f"{path}.{_name(key)}", "unknown_key", {"key": _name(key)}) for key in row if key not in known]
    for one in section.fields:
        problems += _cell_problems(f"{path}.{one.name}", one, row)
    return problems


def _cell_problems(path: str, one: Field, row: Mapping[str, object]) -> list[Problem]:
    if one.name in row:
        return _value_problems(path, one, row[one.name])
    return [Problem(path, "missing_key", {"key": one.name})] if one.stage is Stage.TARGET else []


def _value_problems(path: str, one: Field, value: object) -> list[Problem]:
    if value is None or _is_plain_text(one, value):
        return []
    if one.kind is Kind.COUNT and isinstance(value, int) and not isinstance(value, bool):
        return []
    if not isinstance(value, str):
        return [Problem(path, "text_or_integer" if one.kind is Kind.COUNT else "text")]
    if len(value) > one.limit:
        return [Problem(path, "too_long", {"limit": str(one.limit), "length": str(len(value))})]
    fault = text_fault(value)
    if fault is not None:
        return [Problem(path, fault)]
    return [] if _is_permitted(one, value) else [Problem(path, f"no_{one.kind}", {"value": value[:40]})]


def _is_plain_text(one: Field, value: object) -> bool:
    """Nearly every cell: a short printable text that people type."""
    return isinstance(value, str) and len(value) <= one.limit and one.kind not in _MACHINE_KINDS and value.isprintable()


def _is_permitted(one: Field, value: str) -> bool:
    """Keys that machines write have few values; what people type is checked by rules, not here."""
    if one.kind is Kind.TASK and not is_ulid(value):  # a row by its id, as drafts keep it
        match = _TASK.fullmatch(value)
        return match is not None and match["section"] in one.rows_of
    if one.kind is Kind.TAG:
        return value in (MONEY_UNITS if one.name == "money_source_unit" else SECRECY_TAGS)
    return True


def _name(key: object) -> str:
    """A key as it may be repeated in a message: short and printable."""
    return "".join(char for char in str(key)[:40] if char.isprintable())
