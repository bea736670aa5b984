"""Thousands of forms in review, each as if it had come there through the use cases.

One form really did: opened, submitted, passed at level 1. The others are its copies, made by the database in bulk: each
has a department of its own below the same superior, its revision, opinion, work items and editor, and its own chain
of events, whose hashes are computed here over the canonical bytes as `workflows.chain` does. Triggers and foreign keys
stay on, so a copy that does not hold fails to commit; `verify` walks whole chains besides. Left out is what a decision
never reads: cells of the draft and outbox rows long since sent.

Ids say what they belong to: copy 7 is form 1000000007, its open work item 2000000007, its revision 3000000007, its
department 4000000007; the person of client 7 is 6000000007. The pgbench script can therefore tell every id that varies
from the numbers of the form and of the client.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.orm import Session

from service.db import Base, session_factory, unit_of_work
from service.models.people import WebSession
from service.security import token_hash
from service.usecases.decide import decide
from tests.factories import City, make_city, make_person, make_submitted
from workflows.canonical import canonical_json
from workflows.chain import FIELDS, GENESIS, first_broken, instant
from workflows.facts import Actor, Request
from workflows.lifecycle import Action
from workflows.ulid import new_ulid

FORM, OPEN_ITEM, REVISION, DEPARTMENT, CLOSED_ITEM, PERSON = (n * 1_000_000_000 for n in range(1, 7))
LEVEL = 2  # where the stock waits: at the superior's desk, whose pass takes it to level 3
CLIENTS = 8
_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody signed in who may pass every form of the stock: one for each client."""

    actor: Actor
    token: str
    csrf: str


@dataclass(slots=True)
class Stock:
    """The forms that nobody has passed yet. `version` is the version of each."""

    template: int
    version: int
    reviewers: list[Reviewer]
    made: int = 0
    used: int = 0

    def take(self, count: int) -> int:
        """Set `count` forms apart; returns the id of the first. Raises RuntimeError when they have run out."""
        if self.used + count > self.made:
            raise RuntimeError(f"only {self.made} forms were prepared: make more of them")
        first = FORM + self.used
        self.used += count
        return first

    @property
    def left(self) -> int:
        """How many are left."""
        return self.made - self.used


def begin_stock(engine: Engine) -> Stock:
    """A city with eight reviewers of one superior, and the form that the others are copies of."""
    with unit_of_work(session_factory(engine)) as session:
        city = make_city(session)
        form = make_submitted(session, city, filler="filler2")
        passed = decide(
            session.connection(), city["dept_head2"], submission_id=form, request=Request(Action.PASS), version=2
        )
        assert passed.level == LEVEL, "the second level is the superior's"
        session.execute(text(f"alter table person alter column id restart with {PERSON}"))
        reviewers = [_reviewer(session, city, n) for n in range(CLIENTS)]
    return Stock(form, passed.version, reviewers)


def _reviewer(session: Session, city: City, number: int) -> Reviewer:
    actor = make_person(session, f"reviewer{number}", superior_reviewer=city.superior)
    token, csrf = f"bench-{actor.id}", f"csrf-{actor.id}"
    row = {"token_hash": token_hash(token), "person_id": actor.id, "csrf": csrf}
    session.execute(insert(WebSession).values(**row, expires_at=datetime.now(UTC) + timedelta(hours=12)))
    return Reviewer(actor, token, csrf)


def add(stock: Stock, database_url: str, *, count: int, with_rows: bool = False) -> None:
    """Make `count` more copies. `with_rows`: also the rows of tasks and indicators, which only the ORM form reads."""
    first = stock.made
    with psycopg.connect(database_url) as connection:
        _copy_events(connection, stock, first=first, count=count)
        span = {"first": first, "last": first + count - 1, "template": stock.template}
        for statement in _statements(with_rows=with_rows):
            connection.execute(statement, span)
    stock.made += count
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")


def verify(stock: Stock, engine: Engine) -> None:
    """Walk the chains of a sample of the copies."""
    with engine.connect() as connection:
        for number in range(0, stock.made, max(1, stock.made // _SAMPLE)):
            events = _events_of(connection, FORM + number)
            assert len(events) >= stock.version, "a copy has its events"
            assert first_broken(events) is None, "the chain of a copy holds"


def _events_of(connection: Connection, form: int) -> list[dict[str, Any]]:
    known = text("select * from event where subject_kind = 'submission' and subject_id = :form order by seq")
    return [{**row._mapping, "at": instant(row.at)} for row in connection.execute(known, {"form": form})]


def _copy_events(connection: psycopg.Connection[Any], stock: Stock, *, first: int, count: int) -> None:
    """The chains, whose hashes the database can't compute: three events for each copy."""
    columns = [*FIELDS, "hash"]
    links = _links(connection, stock.template)
    with connection.cursor().copy(f"copy event ({', '.join(columns)}) from stdin") as out:
        for number in range(first, first + count):
            for event in _chain(links, FORM + number):
                out.write_row([event[name] for name in columns])


@dataclass(frozen=True, slots=True)
class _Link:
    """One event of the template, and its canonical text with three gaps."""

    event: dict[str, Any]
    canonical: str


def _links(connection: psycopg.Connection[Any], template: int) -> list[_Link]:
    columns = ", ".join(FIELDS)
    rows = connection.execute(
        f"select {columns} from event where subject_kind = 'submission' and subject_id = %s order by seq", [template]
    ).fetchall()
    links = []
    for row in rows:
        event = dict(zip(FIELDS, row, strict=True)) | {"at": instant(row[FIELDS.index("at")])}
        gapped = event | {"id": "<id>", "subject_id": "<form>", "prev_hash": "<prev>"}
        links.append(_Link(event, canonical_json(gapped).decode().replace('"<form>"', "<form>")))
    return links


def _chain(links: list[_Link], form: int) -> Iterator[dict[str, Any]]:
    previous = GENESIS
    for link in links:
        event_id = new_ulid()
        canonical = link.canonical.replace("<id>", event_id).replace("<form>", str(form)).replace("<prev>", previous)
        digest = sha256(canonical.encode()).hexdigest()
        body = canonical_json(link.event["body"]).decode()
        yield link.event | {
            "id": event_id, "subject_id": form, "prev_hash": previous, "hash": digest, "body": body
        }  # fmt: skip
        previous = digest


_EVENT = "(select {column} from event where subject_kind = 'submission' and subject_id = {form} + n order by seq desc limit 1)"


def _statements(*, with_rows: bool) -> Iterator[str]:
    """One INSERT for each table, from the rows of the template. `n` is the number of the copy."""
    last_hash = _EVENT.format(column="hash", form=FORM)
    last_id = _EVENT.format(column="id", form=FORM)
    mine = "t.submission_id = %(template)s"
    yield _insert(
        "department",
        "t.id = (select department_id from submission where id = %(template)s)",
        id=f"{DEPARTMENT} + n",
        code="t.code || '-' || n",
        path=f"t.path[:cardinality(t.path) - 1] || ({DEPARTMENT} + n)",
    )
    # Submissions and revisions point at each other: one statement, whose keys are checked at its end.
    revisions = _insert("revision", mine, id=f"{REVISION} + n", submission_id=f"{FORM} + n")
    forms = _insert(
        "submission",
        "t.id = %(template)s",
        id=f"{FORM} + n",
        department_id=f"{DEPARTMENT} + n",
        head_revision_id=f"{REVISION} + n",
        head_hash=last_hash,
    )
    yield f"with frozen as ({revisions}) {forms}"
    yield _insert("draft_editor", mine, submission_id=f"{FORM} + n")
    yield _insert(
        "opinion",
        mine,
        id="lpad(n::text, 26, '0')",
        submission_id=f"{FORM} + n",
        event_id=last_id,
        revision_id=f"{REVISION} + n",
    )
    item = f"case when t.closed_at is null then {OPEN_ITEM} + n else {CLOSED_ITEM} + {LEVEL} * n + t.level end"
    desk = f"case when t.level < {LEVEL} then {DEPARTMENT} + n else t.department_id end"
    yield _insert("work_item", mine, id=item, submission_id=f"{FORM} + n", department_id=desk)
    if with_rows:
        frozen = "t.revision_id = (select head_revision_id from submission where id = %(template)s)"
        for table in ("revision_task", "revision_indicator"):
            yield _insert(table, frozen, revision_id=f"{REVISION} + n")


def _insert(table: str, where: str, **given: str) -> str:
    """Copies of the rows of `table` with some columns given as SQL."""
    columns = [column.name for column in Base.metadata.tables[table].columns]
    values = [given.get(name, f"t.{name}") for name in columns]
    numbers = "generate_series(%(first)s::bigint, %(last)s::bigint) n"
    return (
        f"insert into {table} ({', '.join(columns)}) select {', '.join(values)} from {table} t, {numbers} where {where}"
    )
