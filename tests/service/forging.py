"""Changes behind the back of the service: as the owner of the tables, with triggers off. Each says what it did.

Some are done by somebody who knows the format: every hash from the change on is made anew, and the form stands where its last
event then says, so that only a signed head tells.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from workflows.bundle_replay import standing
from workflows.chain import FIELDS, event_hash, instant

Mutation = Callable[[Connection, random.Random], str | None]


def rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(f"select * from {table} order by id")).mappings()]


def put(connection: Connection, table: str, key: Any, **values: Any) -> None:  # noqa: ANN401 - cells
    given = {
        f"v{place}": Jsonb(value) if isinstance(value, (dict, list)) else value
        for place, value in enumerate(values.values())
    }
    sets = ", ".join(f"{name} = %(v{place})s" for place, name in enumerate(values))
    connection.exec_driver_sql(f"update {table} set {sets} where id = %(key)s", {**given, "key": key})


def other(value: Any, rng: random.Random, column: str) -> Any:  # noqa: ANN401 - a cell
    """Another value of the same kind, sometimes nothing at all."""
    if value is None:
        return {
            "level": 3,
            "seat": 1,
            "from_level": 2,
            "to_level": 2,
            "round": 5,
            "score": {},
            "criteria": {"suitability": "good"},
            "voided_by_event_id": "01X",
        }.get(column, 1 if column.endswith("_id") and column not in ("opinion_id",) else "x")
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice((-1, 1, 7, 1_000))
    if isinstance(value, str):
        return changed_text(value, rng)
    if isinstance(value, list):
        return [*value, {"rule": "A1"}] if not value or rng.random() < 0.5 else value[1:]
    if isinstance(value, dict):
        return changed_object(value, rng)
    return value + timedelta(microseconds=rng.choice((1, -1, 86_400_000_000)))


def changed_text(value: str, rng: random.Random) -> str:
    place = rng.randrange(len(value)) if value else 0
    new = rng.choice("0123456789abcdef的x")
    changed = value[:place] + new + value[place + 1 :]
    return changed if changed != value else value + "x"


def changed_object(value: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    if not value or rng.random() < 0.1:
        return {**value, "more": "x"}
    name = rng.choice(sorted(value))
    if rng.random() < 0.1:
        return {key: cell for key, cell in value.items() if key != name}
    cell = value[name]
    return {**value, name: "x" if cell is None else other(cell, rng, name)}


def update(table: str) -> Mutation:
    def change(connection: Connection, rng: random.Random) -> str | None:
        row = rng.choice(rows(connection, table))
        column = rng.choice(sorted(row))
        new = other(row[column], rng, column)
        if column in {"to_state", "from_state"}:
            new = rng.choice(
                [state for state in ("draft", "review", "approved", "closed", None) if state != row[column]]
            )
        put(connection, table, row["id"], **{column: new})
        return f"{table}.{column}"

    return change


def delete(table: str) -> Mutation:
    def change(connection: Connection, rng: random.Random) -> str:
        row = rng.choice(rows(connection, table))
        connection.execute(text(f"delete from {table} where id = :id"), {"id": row["id"]})
        return f"{table} row gone"

    return change


def swap(table: str) -> Mutation:
    """Two rows of a table exchange one column."""

    def change(connection: Connection, rng: random.Random) -> str | None:
        one, two = rng.sample(rows(connection, table), 2)
        column = rng.choice([name for name in sorted(one) if name not in ("id",)])
        if one[column] == two[column]:
            return None
        if (
            table == "event"
            and column == "seq"
            and (one["subject_kind"], one["subject_id"]) == (two["subject_kind"], two["subject_id"])
        ):
            put(connection, table, one["id"], seq=1_000_000)  # past the unique constraint
        put(connection, table, two["id"], **{column: one[column]})
        put(connection, table, one["id"], **{column: two[column]})
        return f"{table}.{column} swapped"

    return change


def copy(table: str) -> Mutation:
    """A row is told twice, under another key, now and then as another form's."""

    def change(connection: Connection, rng: random.Random) -> str | None:
        row = rng.choice(rows(connection, table))
        changed: dict[str, Any] = {"id": f"{row['id'][:-2]}ZZ" if isinstance(row["id"], str) else 1_000}
        if table == "event":
            chain = [
                one
                for one in rows(connection, "event")
                if (one["subject_kind"], one["subject_id"]) == (row["subject_kind"], row["subject_id"])
            ]
            changed |= {"seq": len(chain) + 1}
        elif table == "revision":
            changed |= {"number": row["number"] + 10}
        else:
            changed |= {"seat": 9}
        columns = ", ".join(sorted(row))
        cells = ", ".join(
            f"cast(:{name} as {'text' if isinstance(changed[name], str) else 'bigint'})" if name in changed else name
            for name in sorted(row)
        )
        connection.execute(
            text(f"insert into {table} ({columns}) select {cells} from {table} where id = :key"),
            {**changed, "key": row["id"]},
        )
        return f"{table} told twice"

    return change


def cut(connection: Connection, rng: random.Random) -> str:
    """The last events of a chain go, and the form is set back to where it then stands, so that nothing inside tells."""
    kind, id_, last = rng.choice(chains(connection))
    left = rng.randrange(last)
    where = {"kind": kind, "id": id_, "left": left}
    events = text("delete from event where subject_kind = :kind and subject_id = :id and seq > :left")
    if kind == "submission":
        gone = "(select id from event where subject_kind = :kind and subject_id = :id and seq > :left)"
        connection.execute(text(f"delete from opinion where event_id in {gone}"), where)
        connection.execute(
            text(f"update opinion set voided_by_event_id = null where voided_by_event_id in {gone}"), where
        )
        connection.execute(events, where)
        set_back(connection, id_)
    else:
        connection.execute(events, where)
    return "tail cut" if left else "chain cut to nothing"


def set_back(connection: Connection, form: int) -> None:
    """What a forger does beside: revisions that no event froze go, and the form stands where its last event says."""
    frozen = connection.execute(
        text("select count(*) from event where subject_kind = 'submission' and subject_id = :id and action in"
             " ('submit', 'submit_evaluation', 're_score')"), {"id": form}).scalar_one()  # fmt: skip
    connection.execute(
        text("delete from revision where submission_id = :id and number > :count"), {"id": form, "count": frozen}
    )
    events = [
        row for row in rows(connection, "event") if (row["subject_kind"], row["subject_id"]) == ("submission", form)
    ]
    events.sort(key=lambda event: event["seq"])
    if not events:
        return
    last, said = events[-1], standing(events)
    approved = last["to_state"] in ("approved", "year_end_evaluation", "closed")
    values = {
        "state": last["to_state"], "level": last["to_level"], "version": last["seq"], "hash": last["hash"],
        "grade": said["grade"], "closed": last["to_state"] == "closed", "approved": approved, "id": form,
    }  # fmt: skip
    connection.execute(
        text("""
update submission s set state = :state, level = :level, version = :version, head_hash = :hash, grade = :grade,
    head_revision_id = (select id from revision where submission_id = s.id order by number desc limit 1),
    closed_at = case when :closed then closed_at end, approved_at = case when :approved then approved_at end,
    reply_number = case when :approved then reply_number end, reply_date = case when :approved then reply_date end
where id = :id
"""),
        values,
    )


def remove_chain(connection: Connection, rng: random.Random) -> str:
    """A whole chain goes, of a form with everything that belongs to it."""
    kind, id_, _ = rng.choice(chains(connection))
    where = {"kind": kind, "id": id_}
    connection.execute(text("delete from event where subject_kind = :kind and subject_id = :id"), where)
    if kind == "submission":
        for table in ("opinion", "revision"):
            connection.execute(text(f"delete from {table} where submission_id = :id"), where)
        connection.execute(text("delete from submission where id = :id"), where)
    return f"chain of a {kind} gone"


def forge(connection: Connection, rng: random.Random) -> str | None:
    """Somebody who knows the format changes one event and makes every hash behind it anew, and the form's with it."""
    kind, id_, _ = rng.choice(chains(connection))
    events = [
        {**row, "at": instant(row["at"])}
        for row in rows(connection, "event")
        if (row["subject_kind"], row["subject_id"]) == (kind, id_)
    ]
    events.sort(key=lambda event: event["seq"])
    event = rng.choice(events)
    column = rng.choice(
        [
            name
            for name in FIELDS
            if name not in ("id", "subject_kind", "subject_id", "seq", "prev_hash", "at", "from_state", "to_state")
        ]
    )
    event[column] = other(event[column], rng, column)
    previous = events[0]["prev_hash"]
    for one in events:
        one["prev_hash"] = previous
        one["hash"] = previous = event_hash(one)
        put(
            connection,
            "event",
            one["id"],
            **{
                column: event[column] if one is event else one[column],
                "prev_hash": one["prev_hash"],
                "hash": one["hash"],
            },
        )
    if kind == "submission":
        connection.execute(
            text("update submission set head_hash = :hash where id = :id"), {"hash": previous, "id": id_}
        )
    return f"event.{column} forged"


def forge_without_leaves(connection: Connection, rng: random.Random) -> str | None:
    """The same, and the ends that the database keeps of its heads are set to fit: only the exported file tells."""
    said = forge(connection, rng) if rng.random() < 0.5 else cut(connection, rng)
    connection.execute(text("delete from chain_leaf"))
    connection.execute(text("delete from chain_head"))
    return f"{said}, heads gone"


def chains(connection: Connection) -> list[tuple[str, int, int]]:
    found = connection.execute(
        text("select subject_kind, subject_id, max(seq) as last from event group by 1, 2 order by 1, 2")
    )
    return [(row.subject_kind, row.subject_id, row.last) for row in found]


KINDS: tuple[tuple[Mutation, int], ...] = (
    *((update(table), weight) for table, weight in (("event", 22), ("opinion", 18), ("revision", 18))),
    *((delete(table), 4) for table in ("event", "opinion", "revision")),
    *((swap(table), 4) for table in ("event", "opinion", "revision")),
    *((copy(table), 4) for table in ("event", "opinion", "revision")),
    (cut, 8),
    (remove_chain, 4),
    (forge, 6),
    (forge_without_leaves, 4),
)


def done_by(mutation: Mutation, connection: Connection, rng: random.Random) -> str | None:
    """What was changed; None where nothing was, or where a constraint of the table, which is no trigger, stands against it."""
    try:
        with connection.begin_nested():
            return mutation(connection, rng)
    except IntegrityError:
        return None
