"""The SQL of one warm approve as a pgbench script: what PostgreSQL alone would do with exactly the same statements.

Binds become literals. What must vary from one transaction to the next is told from the number of the form: ids of its
rows, the event, the opinion, the key of the request; and from the number of the client: whose session it is. The head of
the chain is read by the SELECT of the case, as the service reads it. Both sides write the same rows; the benchmark counts
them. It is one script for all clients: with one for each, every client would plan every one of them anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from flask import Flask
from psycopg import sql
from psycopg.types.json import Json, Jsonb
from sqlalchemy import Engine, text

from service.db import listen
from service.security import token_hash
from service.settings import Settings
from tests.bench.in_process import action_body, action_headers, action_path, call, statements_of
from tests.bench.stock import CLIENTS, DEPARTMENT, FORM, OPEN_ITEM, PERSON, REVISION, Reviewer, Stock

_WARM: Final = 3  # the request whose SQL is taken: caches and prepared statements have settled
# Told from the form: it, and the ids that lie a fixed way from its own.
_NUMBERS: Final = {"id": FORM, "item": OPEN_ITEM, "revision": REVISION, "department": DEPARTMENT}
# Read once by each client, before its first transaction.
_SESSION: Final = "\\if :n = 0\nselect token_hash from web_session where person_id = :person\n\\gset\n\\endif"
_KNOWN: Final = {*_NUMBERS, "person", "token_hash", "head_hash", "n", "first", "client_id"}
# A bind, and where only one key of it is read there, that key.
_BIND: Final = re.compile(r"%\((\w+)\)s((?:::\w+)? -> '(\w+)')?")
_READS_HEAD: Final = re.compile(r"^select\b.*\bas head_hash\b", re.DOTALL)
_VARIABLE: Final = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_ID_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Sent:
    """One trip to the server: a statement with its binds, or BEGIN or COMMIT without."""

    statement: str
    binds: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Captured:
    """The trips of one approve of one form, and the texts in their binds that belong to this form alone."""

    trips: tuple[Sent, ...]
    replaced: Mapping[str, str]  # text → what stands in its place, a pgbench variable in braces


def capture(app: Flask, settings: Settings, stock: Stock, reviewer: Reviewer) -> Captured:
    """Pass forms as this reviewer and record what the last one sends. Raises RefusedError."""
    engine = statements_of(app)
    sent = _record(engine)
    form, key = 0, ""
    for _ in range(_WARM):
        form = stock.take(1)
        key = f"capture-{form}"
        before = _head(engine, form)
        sent.clear()
        call(app, action_path(form), headers=action_headers(settings, reviewer, key), body=action_body(stock.version))
    trips = tuple(sent)
    mine = {before: "{head_hash}", key: "bench-{id}", token_hash(reviewer.token): "{token_hash}"}
    return Captured(trips, mine | {str(reviewer.actor.id): "{person}"} | _replacements(engine, form))


def _record(engine: Engine) -> list[Sent]:
    """Everything that goes to the server on this engine from now on, in order."""
    sent: list[Sent] = []
    listen(engine, lambda statement, binds: sent.append(Sent(statement, dict(binds))))
    return sent


def _head(engine: Engine, form: int) -> str:
    with engine.connect() as connection:
        return str(
            connection.execute(text("select head_hash from submission where id = :id"), {"id": form}).scalar_one()
        )


_WRITTEN = text("""
select e.id as event_id, e.hash, o.id as opinion_id from submission s
    join event e on e.subject_kind = 'submission' and e.subject_id = s.id and e.seq = s.version
    join opinion o on o.event_id = e.id
where s.id = :id
""")


def _replacements(engine: Engine, form: int) -> dict[str, str]:
    with engine.connect() as connection:
        row = connection.execute(_WRITTEN, {"id": form}).one()
    number = form - FORM
    replaced = {unique: unique[:-_ID_DIGITS] + "{id}" for unique in (row.event_id, row.hash, row.opinion_id)}
    return replaced | {str(base + number): f"{{{name}}}" for name, base in _NUMBERS.items()}


def pgbench_script(captured: Captured, engine: Engine) -> str:
    """It wants `-D n=0 -D first=<id>`; a client takes form `first + n * clients + client_id`."""
    lines = [f"\\set person {PERSON} + :client_id", _SESSION]
    lines += [f"\\set id :first + :n * {CLIENTS} + :client_id", "\\set n :n + 1"]
    lines += [f"\\set {name} :id + {base - FORM}" for name, base in _NUMBERS.items() if name != "id"]
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection), "the engine speaks through psycopg"
        for trip in captured.trips:
            statement = _literal_statement(trip, captured.replaced, driver)
            lines.append(f"{statement}\n\\gset" if _READS_HEAD.search(statement) else f"{statement};")
    script = "\n".join(lines) + "\n"
    unknown = set(_VARIABLE.findall(script)) - _KNOWN
    assert not unknown, f"pgbench would take these for variables: {unknown}"
    return script


def _literal_statement(trip: Sent, replaced: Mapping[str, str], connection: psycopg.Connection[Any]) -> str:
    """The statement with its binds written out. Its own percent signs were doubled for the driver.

    The service sends one payload that PostgreSQL parses once and each part of the statement takes its key from. Here
    what reads one key gets that key alone, and what reads the rest gets the rest, so that no text is parsed twice.
    """
    written, end = [], 0
    alone = {match[3] for match in _BIND.finditer(trip.statement)}
    for match in _BIND.finditer(trip.statement):
        value, rest, key = trip.binds[match[1]], match[2] or "", match[3]
        if isinstance(value, Json | Jsonb):
            keys = {key} if key is not None else value.obj.keys() - alone
            value = type(value)({name: value.obj[name] for name in keys}, dumps=value.dumps)
        written += [trip.statement[end : match.start()].replace("%%", "%"), _literal(value, replaced, connection), rest]
        end = match.end()
    statement = "".join([*written, trip.statement[end:].replace("%%", "%")]).strip()
    assert ";" not in statement, "pgbench ends a statement at the semicolon"
    return statement


def _literal(value: object, replaced: Mapping[str, str], connection: psycopg.Connection[Any]) -> str:
    """A bind as SQL. One that holds something varying is put together by `format`, a few µs of the server's time."""
    written = sql.Literal(value).as_string(connection)
    if str(value) in replaced and isinstance(value, int | str):
        before, name = replaced[str(value)].removesuffix("}").split("{")
        if not before:
            return f":{name}" if isinstance(value, int) else f":{name}::text"
    written = written.replace('":', '": ')  # `"level":null` would hold a variable of pgbench
    pattern, names = written.replace("%", "%%"), list[str]()
    for original, varying in replaced.items():
        if original not in pattern:
            continue
        before, name = varying.removesuffix("}").split("{")
        names += [] if name in names else [name]
        pattern = pattern.replace(original, f"{before}%{names.index(name) + 1}$s")
    if not names:
        return written
    quoted, quote, kind = pattern.rpartition("'")
    arguments = ", ".join(f":{name}::text" for name in names)
    return f"format({quoted}{quote}, {arguments}){kind}"
