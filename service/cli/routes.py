"""`jixiao routes list|check|import|migrate`: routes as files and versions, and the one command that moves running forms."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session

from service.cli import Refused
from service.cli.database import data
from service.cli.output import JSON, LANG, print_table, printable
from service.db import unit_of_work
from service.queries.actor import by_username
from service.queries.route_versions import RouteLine, route_lines
from service.usecases.migrate_route import Migration, Running, migrate_route
from service.usecases.save_route import save_route
from workflows.catalogue import label, sentence
from workflows.facts import SYSTEM, Actor
from workflows.lifecycle import State
from workflows.lifecycle_check import MOST_FORMS
from workflows.refusals import explained, explained_error
from workflows.route import Route, RouteFault, read_route
from workflows.route_check import check_route, needs_sound
from workflows.route_data import route_data

_LONGEST_FILE = 1_000_000


@click.group(short_help="Routes: versions, files, running forms moved.")
def routes() -> None:
    """Routes of review and evaluation: their versions, files of them, and the move of running forms."""


@routes.command("list", short_help="List every version with its cycles and running forms.")
@JSON
@LANG
def list_(*, as_json: bool, lang: str) -> None:
    """List the versions of all routes, the newest of each first."""
    with data(lang) as opened, opened.factory() as session:
        lines = route_lines(session.connection())
    if as_json:
        items = [{**route_data(line.route), "cycles": line.cycles, "running": line.running} for line in lines]
        click.echo(json.dumps({"items": items}, ensure_ascii=False, indent=2))
        return
    print_table(("route", "kind", "levels", "cycles", "in_hand"), [_cells(line, lang) for line in lines], lang=lang)


def _cells(line: RouteLine, lang: str) -> Sequence[object]:
    kind, cycles = label("route_kind", line.route.kind, lang), " ".join(line.cycles)
    return line.name, kind, len(line.route.levels), cycles or None, line.running


@routes.command(short_help="Check a file of a route; exit 1 on a fault.")
@click.argument("file", type=click.Path(path_type=Path))
@LANG
@click.pass_context
def check(context: click.Context, *, file: Path, lang: str) -> None:
    """Read a route from a TOML file and walk every form that can come about on it. Needs no server."""
    route = _route(file, lang)
    try:
        faults = check_route(route)
    except RouteFault as fault:
        raise Refused(explained_error(fault, lang=lang)) from fault
    for one in faults:
        click.echo(explained_error(one, lang=lang))
    if not faults:
        click.echo(sentence("route_cli.sound", lang, route=route.code))
    context.exit(1 if faults else 0)


@routes.command("import", short_help="Keep a file of a route as its next version.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "username", help="Account that imports; without it, the machine.")
@LANG
def import_(*, file: Path, username: str | None, lang: str) -> None:
    """Check a route in a TOML file and keep it as the version that follows the newest one of its code."""
    route = _route(file, lang)
    try:
        needs_sound(route)  # takes its time: before anything of the database is held
    except RouteFault as fault:
        raise Refused(explained_error(fault, lang=lang)) from fault
    with data(lang) as opened, unit_of_work(opened.factory) as session:
        kept = save_route(session, _actor(session, username, lang), data=route_data(route), most=MOST_FORMS)
    click.echo(sentence("route_cli.imported", lang, route=f"{kept.code}@{kept.version}"))


@routes.command(short_help="Move running forms to another version; without --apply only say which.")
@click.option("--from", "old", required=True, metavar="CODE@V", help="The version that they are on.")
@click.option("--to", "new", required=True, metavar="CODE@V", help="The version that they go to.")
@click.option("--cycle", help="Only the forms of the cycle of this code.")
@click.option("--dry-run/--apply", "dry", default=True, help="Only say what would move (the default), or do it.")
@click.option("--as", "username", help="Account that moves them; without it, the machine.")
@LANG
def migrate(*, old: str, new: str, cycle: str | None, dry: bool, username: str | None, lang: str) -> None:
    """Move running forms from one version of a route to another, and have its open cycles begin new forms on it.

    Forms move where the levels up to their own ask for the same in both versions; the others are listed and stay. What is
    done is noted in the chain of each cycle.
    """
    with data(lang) as opened, unit_of_work(opened.factory) as session:
        done = migrate_route(session, _actor(session, username, lang), old=old, new=new, cycle=cycle, apply=not dry)
    _report(done, old, new, dry=dry, lang=lang)


def _report(done: Migration, old: str, new: str, *, dry: bool, lang: str) -> None:
    head = "route_cli.would_move" if dry else "route_cli.moved"
    names = {"from_route": printable(old), "to_route": printable(new)}
    click.echo(sentence(head, lang, count=len(done.moved), **names))
    for form in done.moved:
        click.echo(sentence("route_cli.moved_line", lang, id=form.id, where=_where(form, lang)))
    if done.left:
        click.echo(sentence("route_cli.left", lang, count=len(done.left)))
    for form in done.left:
        why = explained(f"route_cli.{form.why}", form.params, lang=lang)
        click.echo(sentence("route_cli.left_line", lang, id=form.id, why=why))
    if done.cycles:
        click.echo(sentence("route_cli.cycles", lang, codes=", ".join(done.cycles)))
    if dry:
        click.echo(sentence("route_cli.dry", lang))


def _where(form: Running, lang: str) -> str:
    if form.level is not None:
        return sentence("route_cli.at_level", lang, level=form.level)
    return sentence("route_cli.draft" if form.state is State.DRAFT else "route_cli.waiting", lang)


def _actor(session: Session, username: str | None, lang: str) -> Actor:
    if username is None:
        return SYSTEM
    found = by_username(session.connection(), username)
    if found is None:
        raise Refused(sentence("cli.no_account", lang, username=printable(username)))
    return found


def _route(file: Path, lang: str) -> Route:
    name = printable(file)
    try:
        with file.open("rb") as opened:
            content = opened.read(_LONGEST_FILE + 1)
    except FileNotFoundError as error:
        raise Refused(sentence("cli.no_file", lang, file=name)) from error
    except OSError as error:
        raise Refused(sentence("cli.unreadable_file", lang, file=name)) from error
    try:
        return read_route(tomllib.loads(content[:_LONGEST_FILE].decode("utf-8")))
    except RouteFault as error:
        raise Refused(sentence("lifecycle.no_route", lang, file=name, why=explained_error(error, lang=lang))) from error
    except ValueError as error:
        raise Refused(sentence("lifecycle.no_route", lang, file=name, why=printable(error))) from error
