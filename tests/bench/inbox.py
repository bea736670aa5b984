"""The desk at 10,000 and at 1,000,000 forms: its first and its 200th page, and what the planner says of both.

Rows are made by the database in bulk with triggers off: what the pages read is there (open and closed work items, the
last event, the head revision), evidence is not. In either size the reviewer's own desk has more than 200 pages.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine

from service.db import Base, listen, make_engine, session_factory, unit_of_work
from service.queries import inbox
from service.queries.inbox import InboxKey, Tab
from service.web.frame import PER_PAGE
from tests.bench import servers
from tests.bench.figures import Line, Spread, show
from tests.factories import make_city, make_submitted
from workflows.facts import Actor

SIZES: Final = (10_000, 1_000_000)
DEEP: Final = 200
MOST: Final = 1.5
TIMES: Final = 300
WARM: Final = 20
_LARGE: Final = "large"
_FIRST: Final = 10_000_000  # ids of what is made, beyond those of the template
_UNITS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of the two pages at one size, and the tables that the planner would read as a whole."""

    forms: int
    first: Spread
    deep: Spread
    whole: tuple[str, ...]


def run() -> list[Line]:
    """Measure and print. Both sizes stand in one server and their pages are asked for in turn."""
    with servers.postgres() as postgres:
        urls = [postgres.url, f"{postgres.url.rpartition('/')[0]}/{_LARGE}"]
        engine = make_engine(postgres.url, pool_size=1, role="bench")
        with unit_of_work(session_factory(engine)) as session:
            city = make_city(session)
            template, actor = make_submitted(session, city), city["finance_performance_office"]
        engine.dispose()
        _units(postgres.url, template)
        _grow(postgres.url, template, city.bureau, first=0, last=SIZES[0] - 1)
        with psycopg.connect(f"{postgres.url.rpartition('/')[0]}/postgres", autocommit=True) as connection:
            connection.execute(f"create database {_LARGE} template {postgres.url.rpartition('/')[2]}")
        _grow(urls[1], template, city.bureau, first=SIZES[0], last=SIZES[1] - 1)
        small, large = _measure(urls, actor)
    _show([small, large])
    whole = sorted({*small.whole, *large.whole})
    return [
        _line("desk, first page, 1,000,000 ÷ 10,000 forms", small.first, large.first),
        _line(f"desk, {DEEP}th page, 1,000,000 ÷ 10,000 forms", small.deep, large.deep),
        Line("tables that its pages read whole", ", ".join(whole) or "none", "none", not whole),
    ]


def _units(url: str, template: int) -> None:
    """Many units, people and roles, so that no table is small enough to be read whole for that reason alone."""
    unit = "t.id = (select department_id from submission where id = %(template)s)"
    filler = "t.id = (select created_by from submission where id = %(template)s)"
    held = "t.person_id = (select created_by from submission where id = %(template)s)"
    number = f"{_FIRST} + n"
    span = {"first": 0, "last": _UNITS - 1, "template": template}
    with _bulk(url) as connection:
        for statement in (
            _copied("department", unit, id=number, code="'B' || n", path=f"array[{_FIRST} + n]"),
            _copied("person", filler, id=number, username="'b' || n", email="null"),
            _copied("role_assignment", held, person_id=number, department_id=number),
        ):
            connection.execute(statement, span)
        connection.execute(
            f"""insert into delegation (person_id, delegate_id, role, department_id, starts_at, ends_at, reason, set_by)
            select {_FIRST} + n, {_FIRST} + n + 1, 'filler', {_FIRST} + n, now() - interval '9 days',
                now() - interval '8 days', 'x', {_FIRST} + n from generate_series(0, {_UNITS} - 2) n"""
        )


def _copied(table: str, where: str, **given: str) -> str:
    """Numbered copies of the rows of `table`, with some columns given as SQL; keys that the database makes are left out."""
    columns = [one for one in Base.metadata.tables[table].columns if one.name in given or one.identity is None]
    values = [given.get(one.name, f"t.{one.name}") for one in columns]
    names = ", ".join(one.name for one in columns)
    numbers = "generate_series(%(first)s::bigint, %(last)s::bigint) n"
    return f"insert into {table} ({names}) select {', '.join(values)} from {table} t, {numbers} where {where}"


# Of the first 10,000 forms 4,200 wait at the office's desk, of all some 15,000; some 60,000 are in review, the others
# closed.
_WAITS = "(n < 4200 or n %% 92 = 0)"
_RUNS = f"({_WAITS} or n < 6000 or n %% 18 = 0)"
_UNIT = f"{_FIRST} + n %% {_UNITS}"
_CLOSED = f"case when not {_RUNS} then t.created_at end"
_OF = "t.submission_id = %(template)s"


def _statements() -> Iterator[str]:
    form = f"{_FIRST} + n"
    yield _copied(
        "submission",
        "t.id = %(template)s",
        id=form,
        department_id=_UNIT,
        fiscal_year=f"3000 + n / {_UNITS}",
        state=f"case when {_RUNS} then 'review' else 'closed' end",
        level=f"case when {_RUNS} then 4 end",
        head_revision_id=form,
        created_by=_UNIT,
        updated_at="t.created_at + n * interval '1 second'",
        approved_at=_CLOSED,
        closed_at=_CLOSED,
        reply_number=f"case when not {_RUNS} then '1' end",
    )
    yield _copied("revision", _OF, id=form, submission_id=form, document="'{}'::jsonb")
    event = "t.subject_kind = 'submission' and t.subject_id = %(template)s and t.seq = 2"
    yield _copied("event", event, id="'B' || lpad(n::text, 25, '0')", subject_id=form)
    seat = f"case when {_WAITS} then %(bureau)s else {_UNIT} end"
    role = f"case when {_WAITS} then 'finance_performance_office' else 'dept_head' end"
    due = "now() + (n * 7919 %% 100000) * interval '1 minute'"
    open_item = f"{_OF} and t.level = 1 and {_RUNS}"
    yield _copied(
        "work_item", open_item, id=f"{_FIRST} + 2 * n", submission_id=form, level="4", role=role, department_id=seat, due_at=due
    )  # fmt: skip
    handled = f"{_OF} and t.level = 1"
    yield _copied(
        "work_item",
        handled,
        id=f"{_FIRST} + 2 * n + 1",
        submission_id=form,
        department_id=_UNIT,
        closed_at="now() - n * interval '1 second'",
        closed_by=_UNIT,
        outcome="'pass'",
    )


def _grow(url: str, template: int, bureau: int, *, first: int, last: int) -> None:
    """Make the forms numbered `first` to `last` with everything that the pages read."""
    span = {"first": first, "last": last, "template": template, "bureau": bureau}
    with _bulk(url) as connection:
        for statement in _statements():
            connection.execute(statement, span)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")


class _bulk:  # noqa: N801 - used as a function
    """A connection that neither triggers nor foreign keys hold up."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)

    def __enter__(self) -> psycopg.Connection[Any]:
        self._connection.execute("set session_replication_role = replica")
        return self._connection

    def __exit__(self, *error: object) -> None:
        self._connection.commit() if error[0] is None else self._connection.rollback()
        self._connection.close()


def _measure(urls: Sequence[str], actor: Actor) -> list[Measured]:
    """Each page of each size in turn, so that whatever else the machine does weighs on all of them alike."""
    engines = [make_engine(url, pool_size=1, role="bench", statement_timeout_ms=60_000) for url in urls]
    connections = [engine.connect() for engine in engines]
    keys = [(None, _key(connection, actor)) for connection in connections]
    taken: dict[tuple[int, int], list[float]] = {}
    for turn in range(TIMES + WARM):
        for at, connection in enumerate(connections):
            for depth, key in enumerate(keys[at]):
                took = _timed(connection, actor, key)
                if turn >= WARM:
                    taken.setdefault((at, depth), []).append(took)
    found = []
    for at, (engine, connection) in enumerate(zip(engines, connections, strict=True)):
        whole = {table for key in keys[at] for table in _read_whole(engine, connection, actor, key)}
        first, deep = (Spread(tuple(taken[at, depth])) for depth in (0, 1))
        found.append(Measured(SIZES[at], first, deep, tuple(sorted(whole))))
        connection.close()
        engine.dispose()
    return found


def _key(connection: Connection, actor: Actor) -> InboxKey:
    """Where the 200th page begins, reached by turning pages."""
    key: InboxKey | None = None
    for _ in range(DEEP - 1):
        page = inbox.inbox(connection, actor, tab=Tab.TODO, after=key, limit=PER_PAGE)
        assert len(page) == PER_PAGE, "the desk has more than 200 pages"
        key = InboxKey(page[-1].at, page[-1].key)
    assert key is not None, "there are pages before"
    return key


def _timed(connection: Connection, actor: Actor, key: InboxKey | None) -> float:
    """Milliseconds of one page."""
    began = time.perf_counter()
    page = inbox.inbox(connection, actor, tab=Tab.TODO, after=key, limit=PER_PAGE + 1)
    took = (time.perf_counter() - began) * 1000
    assert len(page) == PER_PAGE + 1, "a full page"
    return took


def _read_whole(engine: Engine, connection: Connection, actor: Actor, key: InboxKey | None) -> set[str]:
    """The tables that the plan of this page scans from end to end."""
    heard: list[tuple[str, Mapping[str, Any]]] = []
    listen(engine, lambda sql, binds: heard.append((sql, binds)))
    inbox.inbox(connection, actor, tab=Tab.TODO, after=key, limit=PER_PAGE + 1)
    sql, binds = heard[-1]
    plan = connection.exec_driver_sql(f"explain (format json) {sql}", dict(binds)).scalar_one()
    return set(_scans(plan if isinstance(plan, list) else json.loads(plan)))


def _scans(node: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        for one in node:
            yield from _scans(one)
    elif isinstance(node, dict):
        if node.get("Node Type") == "Seq Scan":
            yield str(node["Relation Name"])
        for one in node.values():
            yield from _scans(one)


def _show(measured: list[Measured]) -> None:
    rows = [(f"{one.forms:,}", one.first.text(), one.deep.text(), ", ".join(one.whole) or "none") for one in measured]
    show("The desk, ms a page of 20", ("forms", "first page", f"{DEEP}th page", "tables read whole"), rows)


def _line(work: str, small: Spread, large: Spread) -> Line:
    ratio = large.median / small.median
    figure = f"{ratio:.2f} ({small.median:.2f} ms, {large.median:.2f} ms)"
    return Line(work, figure, f"{MOST}", ratio <= MOST)
