"""What must hold after each step of a walk, whatever was asked by whom (reliability guide, section 3: I1 to I4 and I7)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from service.db import rows_of, unit_of_work
from service.models.change_rows import SEAT_ACTS
from service.queries.evidence_rows import evidence_rows
from service.queries.recipients import ABLE
from service.render.bundle import evidence_bundle
from tests.walks.deeds import EDITS, VERBS, Deed
from tests.walks.town import Seen, Town
from workflows.bundle import check_bundle
from workflows.chain import FIELDS, event_hash, instant
from workflows.engine import allowed, step
from workflows.errors import CommentRequired, DomainError, InvalidRequest
from workflows.facts import Actor, Facts, Grant, Outcome, Request, Seat
from workflows.lifecycle import State
from workflows.policy import barred, grant_at, grant_for, seat_of

_EVENTS = f"""
select {", ".join("e." + name for name in FIELDS)}, e.hash
from unnest(%(ids)s::bigint[], %(known)s::bigint[]) as x(id, seq)
    join event e on e.subject_kind = 'submission' and e.subject_id = x.id and e.seq > x.seq order by x.id, e.seq
"""
_ABLE = f"""
select w.submission_id, w.id, able.person_id from work_item w {ABLE} where w.submission_id = any(%(ids)s)
"""
_TOTALS = """
select (select count(*) from event where subject_kind = 'submission' and subject_id = any(%(ids)s)),
    (select count(*) from opinion where submission_id = any(%(ids)s)),
    (select count(*) from work_item where submission_id = any(%(ids)s)),
    (select count(*) from work_item where submission_id = any(%(ids)s) and closed_at is null),
    (select count(*) from revision where submission_id = any(%(ids)s)),
    (select count(*) from outbox where payload ->> 'submission_id' = any(cast(%(ids)s as text[]))),
    (select sum(version) from draft_section where submission_id = any(%(ids)s)),
    (select jsonb_agg(jsonb_build_array(id, state, level, version, head_hash) order by id) from submission
        where id = any(%(ids)s))
"""
_ENDED = (State.APPROVED, State.CLOSED)


@dataclass(slots=True)
class Chains:
    """How far each chain was read, and the hash that it had there."""

    ends: dict[int, tuple[int, str]] = field(default_factory=dict)


def look(town: Town, chains: Chains, forms: Collection[int]) -> None:
    """Read these forms anew, in one transaction, and check everything that holds of each by itself; count what there is."""
    with unit_of_work(town.factory) as session:
        connection = session.connection()
        (town.totals,) = rows_of(connection, _TOTALS, {"ids": town.forms})
        if not forms:
            return
        ids = sorted(forms)
        town.look(connection, ids)
        known = [chains.ends.get(form, (0, ""))[0] for form in ids]
        events = rows_of(connection, _EVENTS, {"ids": ids, "known": known})
        able = rows_of(connection, _ABLE, {"ids": ids})
    seen = [town.seen[form] for form in ids]
    _check_chains(seen, chains, [dict(zip((*FIELDS, "hash"), event, strict=True)) for event in events])
    _check_able(town, seen, able)
    for one in seen:
        _check_form(one)


def _check_chains(forms: list[Seen], chains: Chains, events: list[dict[str, Any]]) -> None:
    """I1 and I7: contiguous, each link on the one before, and the form is where its last event says."""
    last: dict[int, dict[str, Any]] = {}
    for event in events:
        form = event["subject_id"]
        seq, before = chains.ends.get(form, (0, event["prev_hash"]))
        assert event["seq"] == seq + 1, f"I1: the events of {form} are not contiguous"
        assert event["prev_hash"] == before, f"I7: the chain of {form} is broken at {event['seq']}"
        told = {**event, "at": instant(event["at"])}
        assert event_hash(told) == event["hash"], f"I7: event {event['seq']} of {form} is not what its hash says"
        chains.ends[form] = event["seq"], event["hash"]
        last[form] = event
    for seen in forms:
        locked, form = seen.case.locked, seen.case.locked.id
        assert chains.ends[form] == (locked.version, locked.head_hash), f"I1: form {form} is not its last event"
        if form in last:
            assert (last[form]["to_state"], last[form]["to_level"]) == (locked.state, locked.level), f"I1: form {form}"


def _check_form(seen: Seen) -> None:
    """I2, work that nobody could lose, and four eyes by the accounts alone."""
    facts, form = seen.facts, seen.case.locked.id
    seats = [(one.level, one.seat) for one in facts.decisions]
    assert len(seats) == len(set(seats)), f"I2: a seat of form {form} has two opinions"
    open_ = [(one.level, one.seat) for one in facts.seats]
    assert len(open_) == len(set(open_)), f"a seat of form {form} is open twice: {open_}"
    if facts.state not in _ENDED:
        assert open_, f"form {form} has no open work in {facts.state} level {facts.level}"
    assert all(one.level == (facts.level or 0) for one in facts.seats), f"form {form} has work open at another level"
    if facts.state is State.APPROVED or facts.state is State.CLOSED:
        assert not open_, f"form {form} has ended with open work"
    if facts.level is not None:
        both = [one.seat for one in facts.seats for d in facts.decisions if (d.level, d.seat) == (one.level, one.seat)]
        assert not both, f"seats {both} of form {form} have decided and are open"
        waits = {one.holds_up for one in facts.seats} - {None}
        assert waits <= {one.seat for one in facts.seats}, f"form {form}: a signer holds up a seat that is not open"
        _check_eyes(form, facts)


def _check_eyes(form: int, facts: Facts) -> None:
    counted: set[int] = set()
    for decision in facts.decisions:
        assert not decision.eyes & counted, f"form {form}: somebody decided twice in one round: {facts.decisions}"
        assert not decision.eyes & facts.prepared_by, f"form {form}: somebody decided what they prepared"
        counted |= decision.eyes


def check_humans(town: Town, deed: Deed, outcome: Outcome) -> None:
    """At the moment of a decision: no human being behind it prepared the form or decided another seat of the round."""
    if outcome.acts_on is None or outcome.action not in SEAT_ACTS:
        return
    behind = [deed.actor.id, outcome.acting.on_behalf_of if outcome.acting else None]
    mine = _humans(town, behind)
    before = town.seen[deed.form].facts
    assert not mine & _humans(town, before.prepared_by), f"{deed}: they prepared it"
    decided = (one for decision in before.decisions for one in decision.eyes)
    assert not mine & _humans(town, decided), f"{deed}: they decided before"


def _humans(town: Town, people: Iterable[int | None]) -> set[int]:
    return {town.humans[one] for one in people if one is not None}


def _check_able(town: Town, forms: list[Seen], rows: list[tuple[Any, ...]]) -> None:
    """Who is told is who can act: the SQL of the recipients against the policy, for every open seat and person."""
    told: dict[tuple[int, int], set[int]] = defaultdict(set)
    for form, item, person in rows:
        assert person not in told[form, item], "told twice"
        told[form, item].add(person)
    names = {one: name for name, one in town.ids.items()}
    for seen in forms:
        form = seen.case.locked.id
        for seat in seen.facts.seats:
            can = {actor.id for actor in town.actors if _could(actor, seen.facts, seat)}
            assert told[form, seat.work_item_id] == can, (
                f"form {form} seat {seat}: told and can't {[names[x] for x in told[form, seat.work_item_id] - can]},"
                f" can and not told {[names[x] for x in can - told[form, seat.work_item_id] if x]}"
            )

        if seen.facts.level is not None:
            everybody = set().union(*(told[form, seat.work_item_id] for seat in seen.facts.seats))
            able = {actor.id for actor in town.actors if _decides(actor, seen.facts)}
            assert everybody == able, f"form {form}: told {everybody}, let through {able}"


def _could(actor: Actor, facts: Facts, seat: Seat) -> bool:
    """Whether one of the grants by which they could take this seat leaves their eyes free."""
    if seat.level == 0:
        return grant_at(actor, seat) is not None
    ways = [g for g in actor.grants if (g.role, g.department_id) == (seat.role, seat.department_id)]
    if seat.person_id is not None:
        ways = [g for g in ways if g.on_behalf_of == seat.person_id]
        ways += [Grant(seat.role, seat.department_id)] if seat.person_id == actor.id else []
    return any(barred(facts, actor.eyes(grant)) is None for grant in ways)


def _decides(actor: Actor, facts: Facts) -> bool:
    """Whether the policy lets them decide at the seat that it finds for them, whatever the level still waits for."""
    seat = seat_of(actor, facts)
    grant = grant_for(actor, facts, seat) if seat else None
    return grant is not None and barred(facts, actor.eyes(grant)) is None


def check_buttons(actor: Actor, facts: Facts) -> None:
    """`allowed()` says what `step()` does: no button that is refused for more than its fields, no door without a button."""
    buttons = {button.action: button for button in allowed(actor, facts)}
    for action in VERBS:
        try:
            step(actor, facts, Request(action, "说明"))
            refusal = None
        except (InvalidRequest, CommentRequired):
            refusal = None
        except DomainError as error:
            refusal = error.reason
        button = buttons.get(action)
        said = button.reason if button is not None else "no button"
        if refusal is None:
            assert said is None, f"{actor.name} can {action} and the button says {said}"
        else:
            assert said is not None, f"{actor.name} can't {action} ({refusal}) and the button says they can"


def check_recorded(town: Town, deed: Deed, outcome: Outcome, before: Seen) -> None:
    """The form has become what the engine decided, and nothing else."""
    after = town.seen[deed.form]
    expected = before.case.locked.version + (1 + len(outcome.skipped) if outcome.records else 0)
    locked = after.case.locked
    assert (locked.state, locked.level, locked.version) == (outcome.target, outcome.level_after, expected), (
        f"{deed}: {outcome} and it is {locked}"
    )
    if deed.request.action in EDITS:
        return
    kept = () if outcome.closes_level else tuple(one for one in before.facts.seats if one != outcome.acts_on)
    wanted = sorted(
        [(one.level, one.seat, one.role, one.department_id, one.person_id or 0) for one in kept]
        + [(one.level, one.seat, one.role, one.department_id, one.person_id or 0) for one in outcome.opens]
    )
    stands = [(one.level, one.seat, one.role, one.department_id, one.person_id or 0) for one in after.facts.seats]
    assert sorted(stands) == wanted, f"{deed}: open work is {stands}, not {wanted}"
    if outcome.unlocks is not None:
        assert after.facts.unlocked_sections == outcome.unlocks, f"{deed}"


def check_bundles(town: Town) -> None:
    """At the end of a walk: the evidence of each form holds for somebody who has nothing but the file."""
    for form in town.forms:
        with unit_of_work(town.factory) as session:
            rows = evidence_rows(session.connection(), form)
            fault = check_bundle(json.loads(evidence_bundle(rows)))
        assert fault is None, f"I7: the evidence of form {form}: {fault}: {[e['action'] for e in rows['events']]}"
