"""`jixiao lifecycle draw|table|check`: the process as a picture and a table, and whether it holds. Needs no server."""

from __future__ import annotations

import tomllib
from pathlib import Path

import click

from service.cli import Refused
from service.cli.output import LANG, printable
from workflows.catalogue import sentence
from workflows.diagram import diagram
from workflows.lifecycle import RouteKind
from workflows.lifecycle_check import check_lifecycle
from workflows.policy_table import page
from workflows.refusals import explained_error
from workflows.route import Route, RouteFault, read_route, shipped_route

_SHIPPED = {RouteKind.TARGET: "city-standard", RouteKind.EVALUATION: "city-evaluation"}


@click.group(short_help="The process: its picture, its check.")
def lifecycle() -> None:
    """The process itself, as the rows of workflows/lifecycle.py and the routes say it."""


@lifecycle.command(short_help="Print the states and actions as a Mermaid diagram.")
@LANG
def draw(*, lang: str) -> None:
    """Print a Mermaid diagram; workflows/README.md shows it."""
    click.echo(diagram(lang), nl=False)


@lifecycle.command(short_help="Print who may do what, in which state, as Markdown.")
@LANG
def table(*, lang: str) -> None:  # noqa: ARG001 - every verb takes --lang; the page has both languages side by side
    """Print the table of role, state, level and verb; docs/policy.md is it."""
    click.echo(page(), nl=False)


@lifecycle.command(short_help="Walk every form that can come about; exit 1 on a fault.")
@click.option("--route", "files", multiple=True, type=click.Path(path_type=Path),
              help="TOML of a route to check in place of the shipped one of its kind.")  # fmt: skip
@LANG
@click.pass_context
def check(context: click.Context, *, files: tuple[Path, ...], lang: str) -> None:
    """Look for places from which no form ends, and for ways in which one person alone approves or closes one."""
    routes = {kind: shipped_route(code) for kind, code in _SHIPPED.items()}
    for file in files:
        route = _route(file, lang)
        routes[route.kind] = route
    faults = check_lifecycle(routes[RouteKind.TARGET], routes[RouteKind.EVALUATION])
    for fault in faults:
        shape = sentence(f"lifecycle.{fault.shape}", lang)
        click.echo(sentence(f"lifecycle.{fault.reason}", lang, shape=shape, place=fault.place))
    if not faults:
        names = ", ".join(f"{route.code}@{route.version}" for route in routes.values())
        click.echo(sentence("lifecycle.holds", lang, routes=names))
    context.exit(1 if faults else 0)


def _route(file: Path, lang: str) -> Route:
    try:
        return read_route(tomllib.loads(file.read_text("utf-8")))
    except FileNotFoundError as error:
        raise Refused(sentence("cli.no_file", lang, file=printable(file))) from error
    except OSError as error:
        raise Refused(sentence("cli.unreadable_file", lang, file=printable(file))) from error
    except RouteFault as error:
        raise Refused(
            sentence("lifecycle.no_route", lang, file=printable(file), why=explained_error(error, lang=lang))
        ) from error
    except ValueError as error:
        raise Refused(sentence("lifecycle.no_route", lang, file=printable(file), why=printable(error))) from error
