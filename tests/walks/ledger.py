"""A ledger in memory: what recording an outcome leaves behind, without a database. Written by itself, not after the service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from workflows.facts import Actor, Decision, Facts, Outcome, Place, Seat
from workflows.lifecycle import Action, Role, RouteKind, State
from workflows.route import Route

UNIT, SUPERIOR, OFFICE, BUREAU = 1, 2, 3, 4
PLACE = Place(UNIT, (SUPERIOR, UNIT), SUPERIOR, OFFICE, BUREAU)
_DECIDES = (Action.PASS, Action.RETURN_FOR_REVISION, Action.REJECT, Action.ISSUE_REPLY)


@dataclass(slots=True)
class Ledger:
    """One form in its target round. `tasks` counts every work item that was ever opened, `done` those that were closed."""

    route: Route
    form: str = "department_overall@2022"
    facts: Facts = field(init=False)
    tasks: int = 1
    done: int = 0

    def __post_init__(self) -> None:
        self.facts = Facts(
            State.DRAFT, None, 1, 0, PLACE, self.route, RouteKind.TARGET, seats=(Seat(1, 0, 1, Role.FILLER, UNIT),),
            form=self.form,
        )  # fmt: skip

    def write(self, actor: Actor, outcome: Outcome) -> None:
        """Take the outcome down."""
        before = self.facts
        kept = () if outcome.closes_level else tuple(one for one in before.seats if one != outcome.acts_on)
        self.done += len(before.seats) - len(kept)
        opened = []
        for plan in outcome.opens:
            self.tasks += 1
            where = (plan.role, plan.department_id, plan.person_id, plan.holds_up)
            opened.append(Seat(self.tasks, plan.level, plan.seat, *where))
        self.facts = replace(
            before, state=outcome.target, level=outcome.level_after, version=before.version + 1, round=outcome.round,
            seats=(*kept, *opened), decisions=_decisions(before, actor, outcome),
            prepared_by=before.prepared_by | ({actor.id or 0} if outcome.action is Action.SUBMIT else set()),
        )  # fmt: skip


def _decisions(before: Facts, actor: Actor, outcome: Outcome) -> tuple[Decision, ...]:
    kept = [] if outcome.round != before.round else list(before.decisions)
    if outcome.voids_from_level is not None:
        kept = [one for one in kept if one.level < outcome.voids_from_level]
    if outcome.undoes is not None:
        kept.remove(outcome.undoes)
    if outcome.acts_on is not None and outcome.action in _DECIDES:
        behalf = outcome.acting.on_behalf_of if outcome.acting else None
        seat = outcome.acts_on
        kept.append(Decision(seat.level, seat.seat, actor.id or 0, outcome.action, behalf))
    return tuple(kept)
