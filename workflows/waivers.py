"""Waivers: a reason that answers a finding. Reviewers read it; where the form type allows, an error lets pass with it.

A reason belongs to what it was given for: the rule, the row by its id, the cell, and what the rule found there. When the
cell comes to mean something else, the finding is another one and the reason no longer answers it. Waivers are no part of
the document and of its hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from workflows.canonical import digest
from workflows.chain import instant
from workflows.document import cell_at
from workflows.findings import Finding, Severity, path_parts
from workflows.forms.base import Document, FormType

LONGEST_REASON = 500
# Parameters that say where something stands; a row that moves means what it meant.
_PLACES = frozenset({"row", "rows", "place"})


@dataclass(frozen=True, slots=True)
class Spot:
    """What a reason answers. `row_id` is "" outside of rows, `field` where a whole row or section is meant."""

    rule: str
    section: str
    row_id: str
    field: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A reason, who gave it (`by` is the person's name) and when (UTC)."""

    spot: Spot
    reason: str
    person_id: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """A finding with its spot and the reason that answers it, if any."""

    finding: Finding
    spot: Spot
    waiver: Waiver | None
    waivable: bool

    @property
    def blocks(self) -> bool:
        """True where a submission may not pass over it, whatever was said."""
        return self.finding.blocks and not (self.waivable and self.waiver)

    @property
    def is_open(self) -> bool:
        """It could be answered and is not yet."""
        return self.waivable and self.waiver is None


def spot_of(finding: Finding, document: Document) -> Spot:
    """The spot of a finding of this document, whose shape must hold."""
    section, row, field = path_parts(finding.path)
    row_id = ""
    if row is not None:
        row_id = str(document[section][row].get("id") or f"#{row}")
    params = {name: value for name, value in finding.params.items() if name not in _PLACES}
    meaning = digest({"case": finding.case, "params": params, "cell": _cell(finding.path, document)})
    return Spot(finding.rule, section, row_id, field, meaning)


def waivable(finding: Finding, form: FormType) -> bool:
    """Whether a reason may answer it: every warning, and the errors that the form type names. Never a secrecy hold."""
    return finding.severity is Severity.WARNING or (
        finding.severity is Severity.ERROR and finding.rule in form.waivable
    )


def answered(
    findings: Iterable[Finding], document: Document, form: FormType, waivers: Iterable[Waiver]
) -> tuple[Answered, ...]:
    """The findings of a document, each with the reason given for just this."""
    known = {waiver.spot: waiver for waiver in waivers}
    found = []
    for finding in findings:
        spot, may = _spot_or_none(finding, document), waivable(finding, form)
        found.append(Answered(finding, spot, known.get(spot) if may else None, may))
    return tuple(found)


def in_the_way(all_: Iterable[Answered], *, asks_reasons: bool = False) -> tuple[Finding, ...]:
    """Findings that a submission may not pass over; `asks_reasons`: also warnings that nobody has answered."""
    return tuple(one.finding for one in all_ if one.blocks or (asks_reasons and one.is_open))


def still_in_the_way(
    findings: Iterable[Finding], document: Document, form: FormType, waivers: Iterable[Waiver]
) -> tuple[Finding, ...]:
    """The same of a frozen document under later rules: its cells are what they were, so a reason holds by its place."""
    said = {_place(waiver.spot) for waiver in waivers}
    return tuple(
        one
        for one in findings
        if one.blocks and not (waivable(one, form) and _place(_spot_or_none(one, document)) in said)
    )


def stored(waivers: Iterable[Waiver]) -> list[dict[str, Any]]:
    """Reasons as JSON to be kept with a revision: what they answer, by whom and when."""
    return [
        {**asdict(one.spot), "reason": one.reason, "person_id": one.person_id, "by": one.by, "at": instant(one.at)}
        for one in waivers
    ]


def restored(rows: Sequence[Mapping[str, Any]]) -> tuple[Waiver, ...]:
    """The waivers that `stored` wrote. Raises KeyError or ValueError for anything else."""
    return tuple(
        Waiver(
            Spot(*(str(row[name]) for name in ("rule", "section", "row_id", "field", "meaning"))),
            str(row["reason"]),
            int(row["person_id"]),
            str(row["by"]),
            datetime.fromisoformat(row["at"]),
        )
        for row in rows
    )


def _place(spot: Spot) -> tuple[str, str, str, str]:
    return spot.rule, spot.section, spot.row_id, spot.field


def _spot_or_none(finding: Finding, document: Document) -> Spot:
    """A document without its shape has findings at places that are not there."""
    try:
        return spot_of(finding, document)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        return Spot(finding.rule, finding.path, "", "", digest({"case": finding.case}))


def _cell(path: str, document: Document) -> str | int | None:
    try:
        value = cell_at(document, path)
    except KeyError:
        return None
    return value if isinstance(value, str | int) else None
