"""`verify --database`: an honest database holds, and a thousand random changes behind its back are each found.

They are done as the owner of the tables with triggers off, each in a transaction that is rolled back, and the whole database is
verified against an exported head each time. Some are done by somebody who knows the format: every hash from the change on is
made anew, so that only the signed head tells.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.queries.evidence_against_heads import head_faults
from service.queries.evidence_database import Counted, RowFault, row_faults
from service.queries.evidence_heads import leaves_under, newest_heads
from service.queries.submissions import read
from service.settings import Settings
from service.usecases.accounts import create_person
from service.usecases.re_score import re_score
from service.usecases.save_section import save_section
from service.usecases.write_head import write_head
from tests.factories import City, make_city, make_draft, make_person, make_submitted
from tests.service.forging import KINDS, done_by, forge_without_leaves
from tests.service.test_life import ACTUALS, REPLY, WEIGHTS
from tests.steps import Step, step_taker
from workers.heads import sign_head
from workflows.ed25519 import public_key, read_private_pem
from workflows.errors import NotPossibleNow
from workflows.facts import Request
from workflows.heads import Head, Leaf
from workflows.lifecycle import Action

SEED = 20261124
MUTATIONS = 1_000
KEY = bytes(range(32))
Exported = tuple[Head, list[Leaf]]


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture(scope="module")
def exported(engine: Engine, factory: sessionmaker[Session]) -> Exported:
    """Three forms (one closed, one returned and in review, one draft), a few other chains, two heads over all of it."""
    with unit_of_work(factory) as session:
        city = make_city(session)
        form = make_submitted(session, city)
        below = make_submitted(session, city, filler="filler2")
    step = step_taker(factory, city)
    step(below, "dept_head2", Action.PASS)
    step(below, "superior_reviewer", Action.RETURN_FOR_REVISION, comment="请补充依据文号")
    with unit_of_work(factory) as session:
        write_head(session, KEY)
    step(below, "filler2", Action.SUBMIT)
    step(below, "dept_head2", Action.PASS, comment="已补充")
    close(factory, city, form, step)
    with unit_of_work(factory) as session:
        superior = {"department_id": city.superior}
        make_draft(
            session, City(**{**vars_of(city), "people": city.people | {"filler": filler_at(session, **superior)}})
        )
        create_person(session, city["sys_admin"], username="newcomer", name="新人")
        write_head(session, KEY)
    with engine.connect() as connection:
        (head,) = newest_heads(connection, limit=1)
        return head, list(leaves_under(connection, head.seq))


def vars_of(city: City) -> dict[str, Any]:
    return {name: getattr(city, name) for name in City.__dataclass_fields__}


def filler_at(session: Session, *, department_id: int) -> Any:  # noqa: ANN401 - an actor
    return make_person(session, "filler3", filler=department_id)


def close(factory: sessionmaker[Session], city: City, form: int, step: Step) -> None:
    """The whole life of a form, with a return, an undone pass, an evaluation and a re-score."""
    step(form, "dept_head", Action.PASS, comment="同意上报")
    step(form, "dept_head", Action.UNDO_PASS)
    step(form, "dept_head", Action.PASS)
    step(form, "finance_business_office", Action.RETURN_FOR_REVISION, comment="请补充依据文号")
    step(form, "filler", Action.SUBMIT)
    step(form, "dept_head", Action.PASS)
    step(form, "finance_business_office", Action.PASS)
    step(form, "finance_performance_office", Action.PASS, grade="good", comment="建议细化时效指标")
    step(
        form, "finance_budget_office", Action.ISSUE_REPLY, reply_number=REPLY.reply_number, reply_date=REPLY.reply_date
    )
    step(form, "system", Action.OPEN_EVALUATION)
    rows = [
        {"weight": w, "actual_value": a, "entered_score": None, "deviation_analysis": "说明"}
        for w, a in zip(WEIGHTS, ACTUALS, strict=True)
    ]
    execution = {"adjusted_budget": "1823.37", "executed_amount": "1750.2", "deviation_analysis": None}
    for section, value in {"actuals": rows, "execution": execution}.items():
        with unit_of_work(factory) as session:
            save_section(session, city["filler"], submission_id=form, section=section, value=value, base_version=0)
    step(form, "filler", Action.SUBMIT_EVALUATION)
    step(form, "dept_head", Action.PASS)
    with unit_of_work(factory) as session:
        version = read(session.connection(), form).locked.version
        re_score(
            session, city["finance_performance_office"], submission_id=form, version=version,
            request=Request(Action.RE_SCORE, comment="核对票据"), scores={"indicators[0]": "5.5"},
        )  # fmt: skip
    step(form, "finance_performance_office", Action.CONFIRM)


def faults(connection: Connection, exported: Exported | None) -> list[RowFault]:
    counted = Counted()
    return [*row_faults(connection, counted), *head_faults(connection, exported=exported)]


def test_an_honest_database_holds(engine: Engine, exported: Exported) -> None:
    with engine.connect() as connection:
        counted = Counted()
        assert list(row_faults(connection, counted)) == []
        assert list(head_faults(connection, exported=exported)) == []
        events, revisions, opinions = (
            connection.execute(text(f"select count(*) from {table}")).scalar_one()
            for table in ("event", "revision", "opinion")
        )
    assert (counted.events, counted.revisions, counted.opinions) == (events, revisions, opinions)
    assert (counted.chains, counted.withheld) == (len(exported[1]), 0)


def test_two_heads_stand_for_all_chains_and_nothing_is_signed_over_a_loss(
    engine: Engine, factory: sessionmaker[Session], exported: Exported
) -> None:
    head, leaves = exported
    assert head.holds
    assert (head.seq, head.chains, head.events) == (2, len(leaves), sum(leaf.seq for leaf in leaves))
    with engine.connect() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("delete from event where subject_kind = 'submission' and subject_id = 1 and seq > 9"))
        with Session(bind=connection) as session, pytest.raises(NotPossibleNow, match="chain_lost"):
            write_head(session, KEY)


@pytest.mark.slow
def test_a_thousand_random_changes_are_each_found(engine: Engine, exported: Exported) -> None:
    seed, done, found = SEED, 0, Counter[str]()
    rng = random.Random(seed)
    missed: list[str] = []
    began = time.perf_counter()
    makers, weights = zip(*KINDS, strict=True)
    with engine.connect() as connection:
        while done < MUTATIONS:
            with connection.begin() as transaction:
                connection.execute(text("set local session_replication_role = replica"))
                said = done_by(rng.choices(makers, weights)[0], connection, rng)
                if said is not None:
                    done += 1
                    first = next(iter(faults(connection, exported)), None)
                    found[first.reason if first else "missed"] += 1
                    if first is None:
                        missed.append(said)
                    else:
                        assert first.table
                        assert first.key
                transaction.rollback()
            if done % 100 == 0:
                assert faults(connection, exported) == [], "what was rolled back leaves nothing to find"
                connection.rollback()
    print(f"seed {seed}: {done} changes, {done - len(missed)} found in {time.perf_counter() - began:.1f} s")  # noqa: T201
    print(dict(found))  # noqa: T201
    assert missed == [], f"seed {seed}"
    assert found["event_cut"] > 20, "whole chains and tails were taken"
    assert found["event_not_signed"] > 10, "some changed every hash with it"


def test_without_a_head_off_the_machine_a_whole_forgery_holds(engine: Engine, exported: Exported) -> None:
    """Which is why heads are exported: the inner agreement of the database is what a forger makes anew."""
    rng = random.Random(SEED)
    with engine.connect() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("delete from event where subject_kind = 'person'"))
        assert forge_without_leaves(connection, rng)
        for table in ("event", "opinion", "revision"):  # and everything else of the forms goes with it
            connection.execute(
                text(f"delete from {table} where {'subject_id' if table == 'event' else 'submission_id'} > 0")
            )
        connection.execute(text("delete from submission"))
        assert faults(connection, None) == []
        first = faults(connection, exported)[0]
        assert (first.table, first.reason) == ("chain_head", "head_gone")
        assert {fault.reason for fault in faults(connection, exported)[1:]} == {"event_cut"}


def test_heads_that_were_touched_are_found(engine: Engine, exported: Exported) -> None:
    head, _ = exported
    changes = {
        "update chain_head set signature = repeat('0', 128) where seq = 2": "head_changed",
        "update chain_head set public_key = repeat('0', 64) where seq = 2": "head_changed",
        "update chain_head set events = 1 where seq = 1": "head_signature",
        "delete from chain_head where seq = 2": "head_gone",
        "delete from chain_head where seq = 1": "head_link",
        "update chain_leaf set hash = repeat('0', 64) where subject_kind = 'person'": "event_not_signed",
        "delete from chain_leaf where subject_kind = 'person'": "leaves_changed",
    }
    with engine.connect() as connection:
        for change, reason in changes.items():
            with connection.begin() as transaction:
                connection.execute(text("set local session_replication_role = replica"))
                connection.execute(text(change))
                assert reason in {fault.reason for fault in head_faults(connection, exported=exported)}, change
                assert list(head_faults(connection)) != [], change
                transaction.rollback()
        assert [fault.reason for fault in head_faults(connection, public_key="00" * 32)] == ["other_key"]
        assert list(head_faults(connection, public_key=head.public_key)) == []


def test_an_event_from_before_the_head_that_was_not_there_then_is_found(engine: Engine, exported: Exported) -> None:
    with engine.connect() as connection:
        connection.execute(
            text("""
insert into event select '01SLIPPED', subject_kind, 999, 1, action, at - interval '1 day', actor_id, actor_role,
    actor_department_id, from_state, to_state, from_level, to_level, round, body, prev_hash, hash
from event where subject_kind = 'person' and seq = 1 limit 1
""")
        )
        (fault,) = head_faults(connection, exported=exported)
        assert (fault.key, fault.reason) == ("01SLIPPED", "slipped_in")


def test_the_clock_signs_once_an_hour_and_says_when_it_may_not(
    engine: Engine, factory: sessionmaker[Session], exported: Exported, settings: Settings
) -> None:
    assert sign_head(factory, settings)
    assert not sign_head(factory, settings), "this hour is taken"
    key = settings.home / "head-key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    with engine.connect() as connection:
        newest, before = newest_heads(connection, limit=2)
        assert newest.public_key == public_key(read_private_pem(key.read_text())).hex()
        assert newest.prev_hash == before.hash
        assert [fault.reason for fault in head_faults(connection, exported=exported)] == ["other_key"]
    lost = settings.model_copy(update={"head_key": settings.home / "none.pem"})
    with engine.begin() as connection:
        connection.execute(text("delete from schedule_slot"))
    with pytest.raises(FileNotFoundError):
        sign_head(factory, lost)
    key.write_text("no key")
    with engine.begin() as connection:
        connection.execute(text("delete from schedule_slot"))
    assert not sign_head(factory, settings)
