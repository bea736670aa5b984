"""Who may: one function answers why not, in words, for the engine, the buttons and the 403 alike.

Two questions are kept apart. *May this person ever* is here; *is now the time* is the row's source state and the engine's.
`may_see` has a twin in SQL (`service/queries/visible.py`); a test holds both to the same answer on every cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from workflows.facts import Actor, Decision, Facts, Grant, Place, Seat
from workflows.lifecycle import Action, By, Role, State, Transition


class Scope(StrEnum):
    """How far a role reaches from the department where it is held."""

    OWN = "own"
    BELOW = "below"  # strictly below: a reviewer of the superior does not review the superior itself
    OWN_AND_BELOW = "own_and_below"
    BUSINESS_OFFICE = "business_office"  # the units that this finance office is in charge of; the bureau: all
    REGION = "region"  # everything, where held at the finance bureau
    NOTHING = "nothing"


class Sees(StrEnum):
    """From when on a role sees a form."""

    ALWAYS = "always"
    ONCE_SUBMITTED = "once_submitted"
    ONCE_APPROVED = "once_approved"


@dataclass(frozen=True, slots=True)
class Reach:
    """Scope and moment of one role."""

    scope: Scope
    sees: Sees


REACH: dict[Role, Reach] = {
    Role.FILLER: Reach(Scope.OWN, Sees.ALWAYS),
    Role.DEPT_HEAD: Reach(Scope.OWN, Sees.ALWAYS),
    Role.SUPERIOR_REVIEWER: Reach(Scope.BELOW, Sees.ONCE_SUBMITTED),
    Role.FINANCE_BUSINESS_OFFICE: Reach(Scope.BUSINESS_OFFICE, Sees.ONCE_SUBMITTED),
    Role.FINANCE_PERFORMANCE_OFFICE: Reach(Scope.REGION, Sees.ALWAYS),
    Role.FINANCE_BUDGET_OFFICE: Reach(Scope.REGION, Sees.ONCE_SUBMITTED),
    Role.SECRECY_REVIEWER: Reach(Scope.OWN_AND_BELOW, Sees.ALWAYS),
    Role.EXTERNAL_EXPERT: Reach(Scope.OWN_AND_BELOW, Sees.ONCE_SUBMITTED),
    Role.OBSERVER: Reach(Scope.REGION, Sees.ONCE_APPROVED),
    Role.SYS_ADMIN: Reach(Scope.NOTHING, Sees.ALWAYS),
    Role.SEC_ADMIN: Reach(Scope.NOTHING, Sees.ALWAYS),
    Role.AUDIT_ADMIN: Reach(Scope.NOTHING, Sees.ALWAYS),
}

APPROVED_STATES = frozenset({State.APPROVED, State.YEAR_END_EVALUATION, State.CLOSED})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a key of the catalogue with its parameters. `hidden` says that there is no button for it at all."""

    reason: str
    params: tuple[tuple[str, str], ...] = ()
    hidden: bool = False


def covers(grant: Grant, place: Place) -> bool:
    """Whether the scope of a grant contains the place, whatever the moment."""
    scope, here = REACH[grant.role].scope, grant.department_id
    at_bureau = here == place.finance_bureau_id
    return {
        Scope.OWN: here == place.department_id,
        Scope.BELOW: here in place.path and here != place.department_id,
        Scope.OWN_AND_BELOW: here in place.path or at_bureau,
        Scope.BUSINESS_OFFICE: here == place.business_office_id or at_bureau,
        Scope.REGION: at_bureau,
        Scope.NOTHING: False,
    }[scope]


def may_see(actor: Actor, place: Place, *, state: State, submitted: bool) -> bool:
    """Whether the form is there at all for this person. `submitted`: it was submitted at least once."""
    if actor.is_system:
        return True
    moments = {Sees.ALWAYS: True, Sees.ONCE_SUBMITTED: submitted, Sees.ONCE_APPROVED: state in APPROVED_STATES}
    return any(moments[REACH[g.role].sees] and covers(g, place) for g in actor.grants)


def may_see_draft(actor: Actor, place: Place) -> bool:
    """Whether unsubmitted text is there for this person: the unit itself and its secrecy reviewer."""
    inside = {Role.FILLER, Role.DEPT_HEAD, Role.SECRECY_REVIEWER}
    return any(g.role in inside and covers(g, place) for g in actor.grants)


def seat_of(actor: Actor, facts: Facts, *, by: By = By.ANY) -> Seat | None:
    """The actor's open seat at the current level among those of the kind `by`: see `seat_among`.

    Where there are several, one that they may still decide in this round comes first.
    """
    kinds = {By.ANY: (True, False), By.ROUTE: (False,), By.ADDED: (True,)}[by]
    seats = [seat for seat in facts.seats if seat.is_added in kinds]
    if len(seats) > 1:
        free = [seat for seat in seats if _is_free(actor, facts, seat)]
        return seat_among(actor, free) or seat_among(actor, seats)
    return seat_among(actor, seats)


def seat_among(actor: Actor, seats: Iterable[Seat]) -> Seat | None:
    """The actor's seat among open ones: named in person, or by a role at the desk, or that of somebody whom they stand for.

    Whoever holds one may see the form, even where its unit was moved out of their reach: open work stays on the desk
    where it lies.
    """
    open_ = list(seats)
    mine = next((seat for seat in open_ if seat.person_id == actor.id), None)
    return mine or next((seat for seat in open_ if grant_at(actor, seat) is not None), None)


def grant_at(actor: Actor, seat: Seat) -> Grant | None:
    """The grant by which the actor may take this seat, None where there is none. One's own comes before a delegated one.

    A seat that names a person is theirs, and that of a delegate who has this very role from them.
    """
    if seat.person_id is None:
        return actor.grant(seat.role, seat.department_id)
    if seat.person_id == actor.id:
        return Grant(seat.role, seat.department_id)
    wanted = Grant(seat.role, seat.department_id, seat.person_id)
    return wanted if wanted in actor.grants else None


def grant_for(actor: Actor, facts: Facts, seat: Seat) -> Grant | None:
    """The same for somebody who decides: who stands in for two people acts for the one whose eyes are still free."""
    first = grant_at(actor, seat)
    if first is None or first.on_behalf_of is None or seat.person_id is not None:
        return first
    lent = (g for g in actor.grants if g.role == seat.role and g.department_id == seat.department_id)
    return next((grant for grant in lent if barred(facts, actor.eyes(grant)) is None), first)


def _is_free(actor: Actor, facts: Facts, seat: Seat) -> bool:
    grant = grant_for(actor, facts, seat)
    return grant is not None and barred(facts, actor.eyes(grant)) is None


def barred(facts: Facts, eyes: frozenset[int]) -> str | None:
    """Why these eyes may not decide any more in this round: they prepared the form, or decided another seat. None: they may."""
    if eyes & facts.prepared_by:
        return "own_submission"
    if any(eyes & decision.eyes for decision in facts.decisions):
        return "decided_another_level"
    return None


def own_pass(actor: Actor, facts: Facts) -> Decision | None:
    """The actor's latest pass of this round that is still in force."""
    mine = [d for d in facts.decisions if d.person_id == actor.id and d.action is Action.PASS]
    return max(mine, key=lambda d: d.level, default=None)


def why_not(actor: Actor, row: Transition, facts: Facts) -> Refusal | None:
    """The reason why this person may not take this row, or None. In order: system, role or seat, separation of duties."""
    if actor.is_system:
        return None if row.system else Refusal("system_only_timers", hidden=True)
    if row.action is Action.UNDO_PASS:
        return None if own_pass(actor, facts) else Refusal("not_your_pass", hidden=True)
    refusal = _role(actor, row, facts)
    if refusal is None and row.reviews:
        refusal = _separation(actor, row, facts)
    return refusal


def _role(actor: Actor, row: Transition, facts: Facts) -> Refusal | None:
    if row.roles:
        if any(g.role in row.roles and covers(g, facts.place) for g in actor.grants):
            return None
        return Refusal("needs_role", (("role", "|".join(sorted(row.roles))),), hidden=True)
    if seat_of(actor, facts, by=row.by) is not None:
        return None
    roles = "|".join(sorted({seat.role for seat in facts.seats}))
    return Refusal("needs_seat", (("role", roles),), hidden=True)


def _separation(actor: Actor, row: Transition, facts: Facts) -> Refusal | None:
    """Nobody reviews what they prepared, and nobody decides two levels or two seats of one round: not with another
    account, not for somebody else who did.
    """
    seat = seat_of(actor, facts, by=row.by)
    assert seat is not None, "the role was looked at first"
    grant = grant_for(actor, facts, seat)
    own, all_ = barred(facts, actor.eyes(None)), barred(facts, actor.eyes(grant))
    if own is not None:
        return Refusal(own)
    return Refusal(f"stands_for_{all_}") if all_ is not None else None
