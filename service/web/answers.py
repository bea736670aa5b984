"""Findings with their reasons, as the screens show them. Pure but for the question who may answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection

from service.queries.facts import facts_of
from service.queries.submissions import Case
from workflows.engine import allowed
from workflows.facts import Actor
from workflows.findings import Finding, Severity
from workflows.lifecycle import Action
from workflows.waivers import LONGEST_REASON, Answered


class Refused(NamedTuple):
    """A reason that was not kept: the words that were `typed`, why it was `refused`, and what it was `meant` for."""

    typed: str = ""
    refused: str = ""
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Findings as they are shown, each with its spot and its reason. `typed` came back from a reason that was refused."""

    by_finding: dict[Finding, Answered]
    may_answer: bool
    asks: bool
    longest: int = LONGEST_REASON
    typed: str = ""
    refused: str = ""
    meant: str = ""

    @property
    def shown(self) -> list[Finding]:
        """The findings, an error that its reason lets pass among the warnings."""
        return list(self.by_finding)

    def of(self, finding: Finding) -> Answered:
        """A finding with its reason."""
        return self.by_finding[finding]

    @property
    def homeless(self) -> str:
        """Words that were typed for a finding that is there no more."""
        return "" if any(one.spot.meaning == self.meant for one in self.by_finding.values()) else self.typed

    @property
    def open(self) -> int:
        """How many still need a reason before the form can be handed in; none where the cycle does not ask."""
        return sum(one.is_open and not one.finding.blocks for one in self.by_finding.values()) if self.asks else 0


def answers_of(connection: Connection, actor: Actor, case: Case, found: Iterable[Answered]) -> Answers:
    """Findings as a page shows them to this person."""
    fills = (Action.EDIT, Action.SAVE_ACTUALS)
    may = any(one.action in fills and one.reason is None for one in allowed(actor, facts_of(connection, case)))
    return Answers({_as_shown(one): one for one in found}, may, case.asks_reasons)


def with_refused(answers: Answers, one: Refused) -> Answers:
    """The answers of a page that comes back with a reason which was not kept."""
    return replace(answers, typed=one.typed, refused=one.refused, meant=one.meant)


def _as_shown(one: Answered) -> Finding:
    """An error that its reason lets pass weighs as a warning."""
    passes = one.finding.severity is Severity.ERROR and not one.blocks
    return replace(one.finding, severity=Severity.WARNING) if passes else one.finding
