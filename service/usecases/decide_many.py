"""批量通过 and 批量批复: one step on up to five hundred forms, each judged on its own, written in one statement.

Read and locked in one statement in the order of their ids, so that two batches can't wait for each other; then the same
engine for each form as for one alone. What can't go is left out with its reason and holds up no other. Nothing but these
two steps comes in batches: a return needs words of its own (no batch return anywhere).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from service.models.record import Change, Recorded, record
from service.queries.batch import Moved, moved
from service.queries.facts import due_of, facts_of
from service.queries.rechecked import recheck
from service.queries.seen import visible_cases
from service.queries.submissions import Case, lock_all
from workflows.engine import step
from workflows.errors import CommentRequired, DomainError, InvalidRequest, NotFound, NotPossibleNow, StaleVersion
from workflows.facts import Actor, Request
from workflows.lifecycle import Action, Role, RouteKind
from workflows.policy import seat_among
from workflows.ulid import new_ulid

BATCHED: Final = frozenset({Action.PASS, Action.ISSUE_REPLY})
LARGEST: Final = 500
COUNTER: Final = "{n}"  # in a number for all: each form gets the next one


@dataclass(frozen=True, slots=True)
class Chosen:
    """A form and the version of it that the person saw."""

    id: int
    version: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A form that was left as it is, and why."""

    id: int
    reason: DomainError


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of each chosen form, in the order in which they were chosen. `numbers`: the reply's, by form."""

    done: tuple[Recorded, ...]
    skipped: tuple[Skipped, ...]
    numbers: dict[int, str]


def decide_many(
    connection: Connection,
    actor: Actor,
    *,
    chosen: Sequence[Chosen],
    request: Request,
    first_number: int = 1,
    now: datetime | None = None,
) -> Batch:
    """Take one step on each form. Without `now` the database's clock decides.

    A number with `{n}` in it counts from `first_number` over the forms that go. Raises InvalidRequest or CommentRequired
    for what is wrong with the batch itself: an act that comes in no batches, too many forms, two stages, a missing grade.
    """
    _check_batch(chosen, request)
    cases = {case.locked.id: case for case in visible_cases(actor, lock_all(connection, [one.id for one in chosen]))}
    unmoved = [cases[one.id] for one in chosen if one.id in cases and cases[one.id].locked.version == one.version]
    _check_stage(actor, unmoved)
    others = moved(connection, [one for one in cases if one not in {case.locked.id for case in unmoved}])
    run = _Run(connection, actor, request, first_number, now)
    for one in chosen:
        run.add(one, cases.get(one.id), others.get(one.id))
    recorded = {one.id: one for one in record(connection, run.changes)} if run.changes else {}
    return Batch(tuple(recorded.values()), tuple(run.skipped), run.numbers)


def _check_batch(chosen: Sequence[Chosen], request: Request) -> None:
    if request.action not in BATCHED:
        raise InvalidRequest("not_in_batches", field="action", action=request.action.value)
    if not 1 <= len(chosen) <= LARGEST:
        raise InvalidRequest("batch_size", field="items", limit=str(LARGEST))
    if len({one.id for one in chosen}) != len(chosen):
        raise InvalidRequest("batch_twice", field="items")


def _check_stage(actor: Actor, cases: Sequence[Case]) -> None:
    """One stage at a time: what is looked for at one desk is not what is looked for at another."""
    if len(stages(actor, cases)) > 1:
        raise InvalidRequest("batch_of_one_stage", field="items")


def stages(actor: Actor, cases: Sequence[Case]) -> set[tuple[RouteKind, Role]]:
    """The stages at which these forms wait for this person."""
    return {
        (case.kind, seat.role) for case in cases if (seat := seat_among(actor, case.seats)) is not None and seat.level
    }


class _Run:
    """The batch in hand: changes to write, forms left out, and the next number of a reply."""

    def __init__(
        self, connection: Connection, actor: Actor, request: Request, first_number: int, now: datetime | None
    ) -> None:
        self._connection, self._actor, self._request, self._now = connection, actor, request, now
        self._next_number = first_number
        self._facts: dict[str, Any] = {"batch_id": new_ulid()}
        self.changes: list[Change] = []
        self.skipped: list[Skipped] = []
        self.numbers: dict[int, str] = {}

    def add(self, one: Chosen, case: Case | None, other: Moved | None) -> None:
        """Judge one form."""
        try:
            self._judge(one, case, other)
        except (InvalidRequest, CommentRequired):
            raise  # the same words and grade are given to all: what is wrong with them is wrong with the batch
        except DomainError as reason:
            self.skipped.append(Skipped(one.id, reason))

    def _judge(self, one: Chosen, case: Case | None, other: Moved | None) -> None:
        reason = left_out(one, case, other)
        if reason is not None or case is None:
            raise reason or NotFound()
        case = case if self._now is None else replace(case, now=self._now)
        outcome = step(self._actor, facts_of(self._connection, case), self._numbered())
        alone = by_itself(case, outcome.action)
        if alone is not None:
            raise alone
        recheck(self._connection, case, outcome)
        self.changes.append(Change(case.locked, outcome, self._actor, case.now, due_of(case), facts=self._facts))
        if outcome.reply_number is not None:
            self.numbers[one.id] = outcome.reply_number
            self._next_number += 1

    def _numbered(self) -> Request:
        pattern = self._request.reply_number
        if pattern is None or COUNTER not in pattern:
            return self._request
        return replace(self._request, reply_number=pattern.replace(COUNTER, str(self._next_number)))


def left_out(one: Chosen, case: Case | None, other: Moved | None) -> DomainError | None:
    """Why a form is left out before the engine is asked: not there, moved since the page was shown, needs a look by itself."""
    if case is None:
        return NotFound()
    if case.locked.version != one.version:
        return _moved(other)
    wrong = sum(finding.get("severity") in ("error", "block") for finding in case.findings)
    return NotPossibleNow("batch_has_errors", count=str(wrong)) if wrong else None


def by_itself(case: Case, action: Action) -> DomainError | None:
    """Why a step on this form never comes in a batch: the reply to an adjustment takes the place of approved targets."""
    if action is Action.ISSUE_REPLY and case.amends_id is not None:
        return NotPossibleNow("adjustment_by_itself")
    return None


def _moved(other: Moved | None) -> NotPossibleNow:
    if other is None:
        return StaleVersion(field="version")
    if other.action == Action.WITHDRAW:
        return NotPossibleNow("withdrawn_meanwhile")
    return StaleVersion(by_role=other.role.value, by_unit=other.department, at=other.at, field="version")
