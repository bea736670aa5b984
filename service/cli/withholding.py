"""`jixiao withhold`: two people empty a body that the law forbids to keep, without pages."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from service.cli import Refused
from service.cli.database import data
from service.cli.output import LANG, print_table, printable
from service.db import unit_of_work
from service.queries.actor import by_username
from service.queries.withholdings import Request, withholdings
from service.usecases.ask_withholding import Body, ask_withholding
from service.usecases.settle_withholding import confirm_withholding, refuse_withholding
from workflows.catalogue import sentence
from workflows.deadlines import BEIJING
from workflows.facts import Actor

_AS = click.option("--as", "username", required=True, help="Account that acts.")
_NUMBER = click.IntRange(1, 2**63 - 1)


@click.group(short_help="Empty what the law forbids to keep.")
def withhold() -> None:
    """Empty the body of an opinion or a revision that the law forbids to keep: one person asks, another confirms."""


@withhold.command(short_help="Ask for one body, as a secrecy reviewer.")
@click.argument("submission_id", metavar="ID", type=_NUMBER)
@click.option("--opinion", help="Id of an opinion.")
@click.option("--revision", type=_NUMBER, help="Number of a revision.")
@click.option("--reason", required=True, help="The basis, without the words that are to go.")
@_AS
@LANG
def ask(
    *, submission_id: int, opinion: str | None, revision: int | None, reason: str, username: str, lang: str
) -> None:
    """Ask that an opinion or a revision of form ID be emptied. Prints the number of the request."""
    with data(lang) as opened, unit_of_work(opened.factory) as session:
        actor = _actor(session, username, lang)
        body = Body(opinion_id=opinion, revision=revision)
        number = ask_withholding(session, actor, submission_id=submission_id, body=body, reason=reason)
    click.echo(sentence("cli.withholding_asked", lang, number=number))


@withhold.command(short_help="Confirm a request, as an audit administrator.")
@click.argument("number", type=_NUMBER)
@_AS
@LANG
def confirm(*, number: int, username: str, lang: str) -> None:
    """Empty what request NUMBER asks for. The words are gone for good; the hash of what was there stays."""
    with data(lang) as opened, unit_of_work(opened.factory) as session:
        confirm_withholding(session, _actor(session, username, lang), withholding_id=number)
    click.echo(sentence("cli.withholding_confirmed", lang, number=number))


@withhold.command(short_help="Refuse a request, as an audit administrator.")
@click.argument("number", type=_NUMBER)
@_AS
@LANG
def refuse(*, number: int, username: str, lang: str) -> None:
    """Leave what request NUMBER asks for as it is."""
    with data(lang) as opened, unit_of_work(opened.factory) as session:
        refuse_withholding(session, _actor(session, username, lang), withholding_id=number)
    click.echo(sentence("cli.withholding_refused", lang, number=number))


@withhold.command("list", short_help="What was asked for.")
@LANG
def list_(*, lang: str) -> None:
    """What waits first, then the newest. No words of a form."""
    with data(lang) as opened, opened.factory() as session:
        found = withholdings(session.connection())
    if not found:
        click.echo(sentence("cli.no_withholdings", lang))
        return
    heads = ("request", "form_id", "what", "asked", "at", "result")
    print_table(heads, [_row(one, lang) for one in found], lang=lang)


def _row(one: Request, lang: str) -> tuple[object, ...]:
    what = sentence("cli.withholding_revision", lang, number=one.revision) if one.revision else one.action
    at = one.asked_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    return (
        one.id,
        one.submission_id,
        what,
        one.asked_by,
        at,
        sentence(f"cli.withholding_{one.outcome or 'waits'}_", lang),
    )


def _actor(session: Session, username: str, lang: str) -> Actor:
    actor = by_username(session.connection(), username)
    if actor is None:
        raise Refused(sentence("cli.no_account", lang, username=printable(username)))
    return actor
