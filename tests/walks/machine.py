"""The machine of the walks: all verbs by all people in any order, with crashes, ticks and comings and goings in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.record import Recorded, Reply
from service.queries.actor import kept_reply
from service.usecases.accounts import disable_person, enable_person, grant_role, revoke_role
from service.usecases.delegate import delegate, take_back
from service.usecases.scan_deadlines import scan
from tests.walks import invariants
from tests.walks.deeds import (
    ASIDE,
    BACK,
    BEYOND_THE_ENGINE,
    EDITS,
    FORWARD,
    VERBS,
    Deed,
    is_there,
    predicted,
    request_for,
    take,
)  # fmt: skip
from tests.walks.routes import PAIRS
from tests.walks.town import Seen, Town, build
from workflows.delegating import DELEGABLE, Lent
from workflows.engine import allowed
from workflows.errors import DomainError, NotFound, StaleVersion
from workflows.facts import SYSTEM, Actor, Outcome
from workflows.lifecycle import Action, Role

LUCK = st.integers(0, 2**31)
PAIR = st.integers(0, len(PAIRS) - 1)
# Who could be appointed to what, to fill a desk or to hold two roles; by the names of people and departments.
APPOINTMENTS = (
    ("filler", "dept_head", "unit"),
    ("second_head", "filler", "unit"),
    ("office", "finance_performance_office", "bureau"),
    ("performance", "finance_budget_office", "bureau"),
    ("budget", "finance_performance_office", "bureau"),
    ("head", "superior_reviewer", "superior"),
    ("reviewer", "finance_business_office", "office"),
    ("observer", "finance_budget_office", "bureau"),
)


class Crash(BaseException):
    """The process is gone at this point; no `except Exception` of the service may swallow it."""


class LifeOfForms(RuleBasedStateMachine):
    """One walk: a town of its own, then up to fifty steps, each followed by the whole account."""

    factory: ClassVar[sessionmaker[Session]]
    routes: ClassVar[Sequence[tuple[int, int]]]
    done: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.town: Town
        self.chains = invariants.Chains()
        self.turn = 0

    @initialize(main=PAIR, first=PAIR)
    def begin(self, main: int, first: int) -> None:
        self.town = build(self.factory, self.routes, main=main, first=first)
        self.account(touched=set(self.town.forms))

    # What is asked of forms

    @rule(luck=LUCK)
    def act(self, luck: int) -> None:
        """Somebody presses one of their buttons; which, is weighted so that walks get far, and often back."""
        chance = self.chance(luck)
        actions = chance.choices((FORWARD, BACK, ASIDE, frozenset(VERBS)), (60, 14, 14, 12))[0]
        deed = self.doable(actions, chance, beside=actions is ASIDE)
        if deed is not None:
            self.attempt(deed)
        else:
            self.account(touched=set())

    # The same rule four times: most of what happens is that somebody acts, whatever else a walk leaves out.
    act_again = rule(luck=LUCK)(lambda self, luck: self.act(luck))
    act_once_more = rule(luck=LUCK)(lambda self, luck: self.act(luck))
    act_still = rule(luck=LUCK)(lambda self, luck: self.act(luck))

    @rule(luck=LUCK)
    def ask_for_anything(self, luck: int) -> None:
        """Any verb by anybody, mostly refused; sometimes on what stood there before, sometimes without what it needs."""
        chance = self.chance(luck)
        form, actor = chance.choice(self.town.forms), chance.choice([*self.town.actors, SYSTEM])
        request = request_for(chance.choice(VERBS), self.town.facts(form), self.people, chance, beside=True)
        request = replace(request, comment=None) if actor.is_system else request  # a timer has no words
        version = self.town.seen[form].case.locked.version - (chance.random() < 0.2)
        self.attempt(Deed(form, actor, request, version))

    @rule(luck=LUCK)
    def crash(self, luck: int) -> None:
        """The process dies in the middle of a step, before its commit or after it, and the same is sent again."""
        chance = self.chance(luck)
        if chance.random() < 0.6:  # a killed connection is dear
            self.act(luck)
            return
        deed = self.doable(frozenset(VERBS) - EDITS - {Action.OPEN_ADJUSTMENT}, chance, beside=chance.random() < 0.3)
        if deed is None or deed.actor.is_system or not isinstance(predicted(deed, self.town), Outcome):
            return
        key = f"walk-{self.turn}-{id(self.town)}"
        if chance.random() < 0.3:
            self.crash_after(deed, key)
        else:
            self.crash_before(deed, key, chance.choice(("in the middle", "before commit", "connection killed")))

    # What changes around them

    @rule(luck=LUCK)
    def something_changes(self, luck: int) -> None:
        chance = self.chance(luck)
        if chance.random() < 0.4:  # everybody's rights are read anew then
            self.act(luck)
            return
        changes = (
            self.lend, self.lend, self.end_delegation, self.come_or_go, self.come_or_go, self.appoint, self.dismiss,
            self.find_a_twin, self.turn_the_year, self.turn_the_year,
        )  # fmt: skip
        chance.choice(changes)(chance)

    def lend(self, chance: Random) -> None:
        held = [(p, g) for p in self.town.actors for g in p.grants if g.role in DELEGABLE and g.on_behalf_of is None]
        if not held:
            return
        owner, grant = chance.choice(held)
        there = [p for p in self.town.actors if any(g.department_id == grant.department_id for g in p.grants)]
        today = self.today()
        lent = Lent(grant.role, grant.department_id, today, today + timedelta(days=chance.randint(0, 30)))
        whom = chance.choice(there).id
        self.arrange(
            lambda s: delegate(s, owner, person_id=owner.id or 0, delegate_id=whom or 0, lent=lent, reason="出差")
        )

    def end_delegation(self, chance: Random) -> None:
        with unit_of_work(self.factory) as session:
            rows = session.execute(
                text("select id, person_id, delegate_id from delegation where revoked_at is null order by id")
            ).all()
        if rows:
            row = chance.choice(rows)
            who = next((p for p in self.town.actors if p.id in (row.person_id, row.delegate_id)), None)
            self.arrange(lambda s: take_back(s, who or self.town.named("sec_admin"), delegation_id=row.id))

    def come_or_go(self, chance: Random) -> None:
        """Somebody's account is closed, or opened again: half of the time whoever is away comes back."""
        admin, here = self.town.named("sys_admin"), {p.id for p in self.town.actors}
        away = [one for one in self.town.ids.values() if one not in here]
        if away and chance.random() < 0.6:
            self.arrange(lambda s: enable_person(s, admin, person_id=chance.choice(away)))
        else:
            others = [one for name, one in self.town.ids.items() if not name.endswith("_admin")]
            self.arrange(lambda s: disable_person(s, admin, person_id=chance.choice(others)))

    def appoint(self, chance: Random) -> None:
        name, role, where = chance.choice(APPOINTMENTS)
        who, department = self.town.ids[name], self.town.departments[where]
        admin = self.town.named("sec_admin")
        self.arrange(lambda s: grant_role(s, admin, person_id=who, role=Role(role), department_id=department))

    def dismiss(self, chance: Random) -> None:
        """A role is taken away; one that the walk began with comes back with the next dismissal."""
        with unit_of_work(self.factory) as session:
            held = session.execute(
                text("select id, person_id from role_assignment where role not like '%admin' order by id")
            ).all()
        admin = self.town.named("sec_admin")
        if held:
            self.arrange(lambda s: revoke_role(s, admin, assignment_id=chance.choice(held).id))

    def find_a_twin(self, chance: Random) -> None:
        """It turns out that two accounts belong to one human being, or that they do not."""
        one, other = chance.sample(["head", "office", "performance", "budget", "second_filler", "expert"], 2)

        def pair(session: Session) -> None:
            free = "not exists (select 1 from person x where x.same_person_as_id = p.id)"
            sql = "update person p set same_person_as_id = case when p.same_person_as_id is null then :other end"
            pairs = {"one": self.town.ids[one], "other": self.town.ids[other]}
            first = "(select same_person_as_id from person y where y.id = :other) is null"
            session.execute(text(f"{sql} where p.id = :one and {free} and {first}"), pairs)

        self.arrange(pair)

    def turn_the_year(self, chance: Random) -> None:
        """Evaluation opens or does not yet; filing is over or not."""
        opens, due = chance.choice((-1, -1, 20)), chance.choice((10, 10, -1))
        words = "update cycle set evaluation_opens_on = current_date + :opens, filing_due_on = current_date + :due"
        self.arrange(lambda s: s.execute(text(f"{words} where closed_at is null"), {"opens": opens, "due": due}))

    @rule(luck=LUCK)
    def tick(self, luck: int) -> None:
        """The scan for reminders, today or on a later day, twice: each is told once (I4), to people who can act."""
        chance = self.chance(luck)
        days = chance.randint(0, 60)
        if chance.random() < 0.7:
            self.act(luck)
            return
        with unit_of_work(self.factory) as session:
            now = session.execute(text("select clock_timestamp() + make_interval(days => :days)"), {"days": days})
            moment = now.scalar_one()
            scan(session, now=moment)
        with unit_of_work(self.factory) as session:
            assert scan(session, now=moment) == 0, "I4: a reminder was written twice"
        self.done["tick"] += 1
        self.account(touched=set())

    # How it is done

    def chance(self, luck: int) -> Random:
        """The same luck at another turn is another choice, so that a small number is no rut."""
        return Random(f"{luck}.{self.turn}")

    @property
    def people(self) -> list[int]:
        """Everybody whom a request could name, whether they are here or not."""
        return list(self.town.ids.values())

    def today(self) -> Any:  # noqa: ANN401 - a date of the database
        with unit_of_work(self.factory) as session:
            return session.execute(text("select (now() at time zone 'Asia/Shanghai')::date")).scalar_one()

    def doable(self, actions: frozenset[Action], chance: Random, *, beside: bool = False) -> Deed | None:
        """One of the buttons that somebody sees now, the engine's own answer; None where nobody has one of these."""
        form = chance.choice(self.town.forms)
        facts = self.town.seen[form].facts
        asked, buttons = [*self.town.actors, SYSTEM], list[tuple[Actor, Action]]()
        chance.shuffle(asked)
        for some in (asked[:9], asked[9:]):  # the first few who have one are enough
            buttons += [
                (actor, button.action)
                for actor in some
                if is_there(actor, self.town.seen[form])
                for button in allowed(actor, facts)
                if button.reason is None and button.action in actions
            ]
            if buttons:
                break
        if not buttons:
            return None
        action = chance.choice(sorted({action for _, action in buttons}))
        actor = chance.choice([actor for actor, other in buttons if other is action])
        for _ in range(8):  # a colleague who fits, if some are found
            request = request_for(action, facts, self.people, chance, beside=beside)
            if actor.is_system:
                request = replace(request, comment=None)
            deed = Deed(form, actor, request, self.town.seen[form].case.locked.version)
            if request.to_person is None or isinstance(predicted(deed, self.town), Outcome):
                break
        return deed

    def attempt(self, deed: Deed) -> None:
        """Ask; it happens exactly as the engine said, or is refused for the reason that it said and nothing changes."""
        foreseen, before, counted = predicted(deed, self.town), dict(self.town.seen), self.town.totals
        stale = deed.version != before[deed.form].case.locked.version and deed.request.action not in EDITS
        try:
            with unit_of_work(self.factory) as session:
                recorded = take(session, deed)
        except DomainError as refusal:
            self.check_refusal(deed, foreseen, refusal, stale=stale)
            self.refused[f"{deed.request.action}: {refusal.reason}"] += 1
            self.account(touched=set())
            assert self.town.totals == counted, f"{deed}: refused, and something was written"
            return
        assert isinstance(foreseen, Outcome), f"{deed} was done, and the engine says {foreseen!r}"
        assert not stale, f"{deed} was done on what stood there before"
        self.settle(deed, foreseen, before, recorded)

    def settle(self, deed: Deed, outcome: Outcome, before: dict[int, Seen], recorded: Recorded | None) -> None:
        """After something was done: the form is what was decided, and everything holds."""
        self.done[deed.request.action] += 1
        invariants.check_humans(self.town, deed, outcome)
        touched = {deed.form}
        if deed.request.action is Action.OPEN_ADJUSTMENT:
            assert recorded is not None
            self.town.forms.append(recorded.id)
            touched.add(recorded.id)
        amends = before[deed.form].case.amends_id
        if deed.request.action is Action.ISSUE_REPLY and amends is not None:
            touched.add(amends)
        self.account(touched=touched)
        invariants.check_recorded(self.town, deed, outcome, before[deed.form])

    def check_refusal(self, deed: Deed, foreseen: object, refusal: DomainError, *, stale: bool) -> None:
        if isinstance(refusal, NotFound):
            assert isinstance(foreseen, NotFound), f"{deed}: not found, and the engine says {foreseen!r}"
        elif stale:
            assert isinstance(refusal, StaleVersion), f"{deed} was refused as {refusal!r}"
        elif isinstance(foreseen, DomainError):
            assert type(refusal) is type(foreseen) or refusal.reason == "form_has_errors", f"{deed}: {refusal!r}"
            assert refusal.reason in (foreseen.reason, "form_has_errors"), f"{deed}: {refusal!r}"
        else:
            assert refusal.reason in BEYOND_THE_ENGINE.get(deed.request.action, ()), f"{deed}: {refusal!r}"

    def crash_before(self, deed: Deed, key: str, kind: str) -> None:
        """Nothing is left of it, and the same key does it once."""
        before, counted = dict(self.town.seen), self.town.totals
        kept = self.keeping(deed, key)

        def in_the_middle(recorded: list[Recorded]) -> Reply:
            if kind == "in the middle":
                raise Crash
            return kept(recorded)

        try:
            with suppress(Crash, OperationalError), unit_of_work(self.factory) as session:
                take(session, deed, reply=in_the_middle)
                if kind == "connection killed":
                    session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
                raise Crash
        except DomainError as refusal:
            self.check_refusal(deed, predicted(deed, self.town), refusal, stale=False)
            return
        self.account(touched=set())
        assert self.town.totals == counted, f"{deed}: something is left of a crash {kind}"
        assert self.kept(deed, key) is None, "a reply is kept of what was not done"
        self.done[f"crash {kind}"] += 1
        with unit_of_work(self.factory) as session:
            recorded = take(session, deed, reply=kept)
        self.check_kept(deed, key, recorded, before)

    def crash_after(self, deed: Deed, key: str) -> None:
        """The answer is lost: the same key finds it, and the same version does nothing more."""
        before = dict(self.town.seen)
        try:
            with unit_of_work(self.factory) as session:
                recorded = take(session, deed, reply=self.keeping(deed, key))
        except DomainError as refusal:
            self.check_refusal(deed, predicted(deed, self.town), refusal, stale=False)
            return
        self.done["crash after commit"] += 1
        self.check_kept(deed, key, recorded, before)

    def check_kept(self, deed: Deed, key: str, recorded: Recorded | None, before: dict[int, Seen]) -> None:
        """I3: what was acknowledged has exactly one event, and its answer is kept with it."""
        outcome = predicted(deed, self.town)
        assert isinstance(outcome, Outcome)
        assert recorded is not None
        assert self.kept(deed, key) == {"version": recorded.version}, "I3: the kept reply is not that of the event"
        self.settle(deed, outcome, before, recorded)
        counted = self.town.totals
        with pytest.raises((StaleVersion, NotFound)), unit_of_work(self.factory) as session:
            take(session, deed)
        self.account(touched=set())
        assert self.town.totals == counted, f"I3: {deed} left something the second time"

    def keeping(self, deed: Deed, key: str) -> Callable[[list[Recorded]], Reply]:
        person = deed.actor.id or 0
        return lambda recorded: Reply(person, key, "0" * 64, 200, {"version": recorded[0].version})

    def kept(self, deed: Deed, key: str) -> Any:  # noqa: ANN401 - the body of a reply
        with unit_of_work(self.factory) as session:
            found = kept_reply(session.connection(), deed.actor.id or 0, key=key)
        return found.response if found else None

    def arrange(self, act: Callable[[Session], object]) -> None:
        """Something around the forms; what the use case refuses is as good."""
        name = act.__qualname__.split(".")[1]
        try:
            with unit_of_work(self.factory) as session:
                act(session)
            self.done[name] += 1
        except DomainError as refusal:
            self.refused[f"{name}: {refusal.reason}"] += 1
        self.town.read_people()
        self.account(touched=self.town.forms)

    def account(self, *, touched: Collection[int]) -> None:
        """The whole account of the forms that something was done with; the others stand as they stood."""
        before = self.stood()
        invariants.look(self.town, self.chains, touched)
        now = self.stood()
        assert [one for one in before if one[0] not in touched] == [one for one in now if one[0] not in touched]
        self.turn += 1
        self.done["steps"] += 1
        actors: list[Actor] = [*self.town.actors, SYSTEM]
        for form in touched or [self.town.forms[self.turn % len(self.town.forms)]]:
            for actor in actors[self.turn % 12 :: 12]:
                invariants.check_buttons(actor, self.town.seen[form].facts)

    def stood(self) -> list[list[Any]]:
        """Id, state, level, version and hash of each form, when they were counted last."""
        forms: list[list[Any]] = self.town.totals[-1] if self.town.totals else []  # type: ignore[assignment]
        return forms

    def teardown(self) -> None:
        if hasattr(self, "town"):
            invariants.check_bundles(self.town)
