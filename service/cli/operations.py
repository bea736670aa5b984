"""`jixiao deadlines scan`, `outbox list|replay`, `jobs`: what the workers do, looked at and pushed by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import click

from service.cli import Refused
from service.cli.database import data
from service.cli.output import JSON, LANG, print_table, printable
from service.db import unit_of_work
from service.deadline_scan import run_deadline_scan
from service.queries.jobs import Item, failed, queues, slots, waiting
from service.usecases.replay_outbox import QUEUES, replay
from workflows.catalogue import sentence
from workflows.deadlines import BEIJING

_ITEM_HEADS = ("id", "what", "attempts", "at", "last_error")


@click.group(short_help="Limits and reminders.")
def deadlines() -> None:
    """Limits and reminders."""


@deadlines.command(short_help="Write the reminders that are due; open the evaluations whose day has come.")
@LANG
def scan(*, lang: str) -> None:
    """Do now what the clock does once a minute. Harmless at any time and several times over."""
    with data(lang) as opened:
        scanned = run_deadline_scan(opened.factory)
    click.echo(sentence("cli.scanned", lang, reminders=scanned.reminders, evaluations=scanned.evaluations_opened))


@click.group(short_help="What still has to be told.")
def outbox() -> None:
    """What still has to be told, and what was given up."""


@outbox.command("list", short_help="List what waits, or with --dead what was given up.")
@click.option("--dead", is_flag=True, help="What was tried for the last time.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many at most.")
@JSON
@LANG
def list_(*, dead: bool, limit: int, as_json: bool, lang: str) -> None:
    """List outbox rows and deliveries. They name ids and topics, never the text of a form."""
    with data(lang) as opened, opened.factory() as session:
        items = (failed if dead else waiting)(session.connection(), limit=limit)
    if as_json:
        click.echo(json.dumps({"items": [_plain(item) for item in items]}, ensure_ascii=False, indent=2))
    elif not items:
        click.echo(sentence("cli.nothing_dead" if dead else "cli.nothing_waits", lang))
    else:
        print_table(_ITEM_HEADS, [_cells(item) for item in items], lang=lang)


@outbox.command("replay", short_help="Have what was given up tried again.")
@click.argument("names", nargs=-1, metavar="[QUEUE:ID]…")
@click.option("--all", "everything", is_flag=True, help="Everything that was given up.")
@LANG
def replay_(*, names: tuple[str, ...], everything: bool, lang: str) -> None:
    """Put rows such as outbox:12, delivery:5 or report:3 back into their queue; those that are not dead are left alone."""
    if bool(names) == everything:
        raise Refused(sentence("cli.replay_what", lang))
    chosen: dict[str, list[int] | None] = dict.fromkeys(QUEUES, None) if everything else dict(_chosen(names, lang))
    with data(lang) as opened, unit_of_work(opened.factory) as session:
        count = sum(replay(session, queue=queue, ids=ids) for queue, ids in chosen.items())
    click.echo(sentence("cli.replayed", lang, count=count))


def _chosen(names: Sequence[str], lang: str) -> dict[str, list[int]]:
    chosen: dict[str, list[int]] = {}
    for name in names:
        queue, _, number = name.partition(":")
        if queue not in QUEUES or not number.isdecimal() or not 0 < int(number) < 2**63:
            raise Refused(sentence("cli.no_such_row", lang, name=printable(name), queues=", ".join(QUEUES)))
        chosen.setdefault(queue, []).append(int(number))
    return chosen


@click.command(short_help="What the workers have before them.")
@JSON
@LANG
def jobs(*, as_json: bool, lang: str) -> None:
    """Queues with what waits, runs and failed, and by how many seconds they are late; when each clock ticked last."""
    with data(lang) as opened, opened.factory() as session:
        connection = session.connection()
        found, clocks, dead = queues(connection), slots(connection), failed(connection, limit=20)
    if as_json:
        every = {"queues": [asdict(row) for row in found], "clocks": [asdict(row) for row in clocks]}
        every["failed"] = [_plain(item) for item in dead]
        click.echo(json.dumps(every, ensure_ascii=False, indent=2, default=datetime.isoformat))
        return
    heads = ("queue", "waiting", "running", "failed", "late")
    print_table(heads, [[getattr(row, name) for name in heads] for row in found], lang=lang)
    print_table(("clock", "last", "ago"), [(row.name, _moment(row.last), row.ago) for row in clocks], lang=lang)
    if dead:
        print_table(_ITEM_HEADS, [_cells(item) for item in dead], lang=lang)


def _cells(item: Item) -> Sequence[object]:
    return (f"{item.queue}:{item.id}", item.what, item.attempts, _moment(item.at), item.last_error)


def _plain(item: Item) -> dict[str, object]:
    return {**asdict(item), "at": item.at.isoformat()}


def _moment(at: datetime) -> str:
    """Beijing time, as all screens show it."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
