"""Findings as the screens show them: in words, with the place that a link jumps to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workflows.findings import Finding, Severity, place, rendered
from workflows.forms.base import Field, FormType, Section, Shape, Stage

# Class of a cell by what was found there; an info tints nothing.
MARKS = {Severity.BLOCK: "hold", Severity.ERROR: "err", Severity.WARNING: "warn", Severity.INFO: ""}
# Where in its row a finding about a whole row is seen.
_CELLS = {"A12": ("target_value", "unit"), "A17": ("comparator",), "A18": ("target_value",), "A19": ("target_value",)}
WEIGHT = {"hold": 3, "err": 2, "warn": 1, "": 0}


@dataclass(frozen=True, slots=True)
class Note:
    """A finding in words, with the place that a link jumps to; `also` are further cells that it marks."""

    rule: str
    severity: Severity
    section: str
    row: int | None
    field: str
    place: str
    message: str
    fix: str
    anchor: str
    also: tuple[str, ...] = ()
    finding: Finding | None = None

    @property
    def mark(self) -> str:
        """The class of its icon and cell."""
        return MARKS[self.severity]


def anchor(path: str, form: FormType) -> str:
    """The id on the page that a path of the document leads to; a whole row leads to its first cell."""
    section, row, field = split(path)
    known = {one.name: one for one in form.sections}
    if section not in known:
        return f"c-head-{section}" if section else "main"
    shape = known[section].shape
    if shape is Shape.TEXT:
        return f"c-{section}"
    if shape is Shape.FIELDS:
        return f"c-{section}-{field}" if field else f"sec-{section}"
    if row is None:
        return f"sec-{section}"
    return f"c-{section}-{row}-{field or typed(known[section])[0].name}"


def split(path: str) -> tuple[str, int | None, str]:
    """Section, row (from 0) and field of a path such as `key_tasks[1].content`."""
    head, _, field = path.partition(".")
    section, _, index = head.partition("[")
    return section, int(index[:-1]) if index else None, field


def typed(section: Section) -> tuple[Field, ...]:
    """The fields that a filler types in a draft."""
    return tuple(one for one in section.fields if one.stage is Stage.TARGET)


def notes_of(findings: Iterable[Finding], form: FormType, lang: str) -> list[Note]:
    """Findings in words, holds first, then by weight, in the order of the form."""
    order = {code: index for index, code in enumerate(("head", *(one.name for one in form.sections)))}

    def key(note: Note) -> tuple[int, int, int]:
        return -WEIGHT[note.mark], order.get(note.section, 0), note.row or 0

    return sorted((_note(one, form, lang) for one in findings), key=key)


def _note(finding: Finding, form: FormType, lang: str) -> Note:
    words = rendered(finding, lang)
    section, row, field = split(finding.path)
    cells = (
        [finding.path] if field or row is None else [f"{finding.path}.{one}" for one in _CELLS.get(finding.rule, ())]
    )
    first, *others = [anchor(path, form) for path in cells or [finding.path]]
    return Note(
        finding.rule, finding.severity, section, row, field, place(finding.path, lang), words["message"], words["fix"],
        first, tuple(others), finding,
    )  # fmt: skip
