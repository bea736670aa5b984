"""`jixiao init`, `people import`, `token create`: who there is, before anybody can sign in and after."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from sqlalchemy import text
from sqlalchemy.orm import Session

from service.cli import Refused
from service.cli.database import data
from service.cli.evidence import signing_key_faults
from service.cli.output import LANG, print_table, printable, write_private
from service.cli.people_file import Enrolled, Enrolment, UnreadablePeople, read_people
from service.db import unit_of_work
from service.models.people import DepartmentKind
from service.queries.actor import by_username
from service.security import signing_seed
from service.usecases.accounts import create_person, grant_role
from service.usecases.departments import create_department
from service.usecases.library_starter import import_starter_set
from service.usecases.tokens import MOST_DAYS, create_token
from workflows.catalogue import label, sentence
from workflows.facts import SYSTEM
from workflows.lifecycle import Role

ADMINISTRATORS: Final = (Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDIT_ADMIN)
_EMPTY = text("select not exists (select 1 from department) and not exists (select 1 from person)")


@click.command(short_help="Set up an empty city with its first administrators.")
@click.option("--bureau", help="Name of the finance bureau; by default 财政局 behind the name of the region.")
@LANG
def init(*, bureau: str | None, lang: str) -> None:
    """Make the schema, the finance bureau and three administrators. Their one-time passwords are printed once."""
    with data(lang, creates=True) as opened:
        name = bureau or f"{opened.settings.region or ''}财政局"
        with unit_of_work(opened.factory) as session:
            if not session.execute(_EMPTY).scalar_one():
                raise Refused(sentence("cli.not_empty", lang))
            passwords = _first_city(session, name, lang)
        with signing_key_faults(lang):
            signing_seed(opened.settings)
    print_table(("account", "role", "password"), passwords, lang=lang)
    click.echo(sentence("cli.initialised", lang, bureau=printable(name)))


def _first_city(session: Session, bureau: str, lang: str) -> list[Sequence[str]]:
    bureau_id = create_department(
        session, SYSTEM, code="finance", name=bureau, short_name="财政局", kind=DepartmentKind.FINANCE_BUREAU
    )
    import_starter_set(session, SYSTEM)
    rows: list[Sequence[str]] = []
    for role in ADMINISTRATORS:
        created = create_person(session, SYSTEM, username=role.value, name=label("role", role, "zh"))
        grant_role(session, SYSTEM, person_id=created.person_id, role=role, department_id=bureau_id)
        rows.append((role.value, label("role", role, lang), created.one_time_password))
    return rows


@click.group(short_help="Accounts in bulk.")
def people() -> None:
    """Accounts in bulk."""


@people.command("import", short_help="Create accounts and roles from a CSV file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--passwords", type=click.Path(path_type=Path, dir_okay=False),
              help="New file for the one-time passwords (0600); by default beside FILE.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing. Exit 1 if any is wrong.")
@LANG
@click.pass_context
def import_people(context: click.Context, *, file: Path, passwords: Path | None, dry_run: bool, lang: str) -> None:
    """Create accounts and roles from FILE: username,name,email,role,department_code in UTF-8 or GB18030; all or nothing.

    Several rows of one account give it several roles; what is there already is left as it is.
    """
    try:
        rows = read_people(file)
    except UnreadablePeople as error:
        raise Refused(f"{printable(file)}: {error.sentence(lang)}") from error
    kept = passwords or file.with_name(f"{file.stem}-passwords.csv")
    with data(lang) as opened:
        enrolment = Enrolment(opened.factory, rows, lang)
        enrolled = enrolment.tried() if dry_run else enrolment.done(lambda new: _keep(kept, new, lang))
    print_table(("line", "account", "role", "result"), [row.cells(lang) for row in enrolled], lang=lang)
    new = sum(row.password is not None for row in enrolled)
    if new and not dry_run:
        click.echo(sentence("cli.passwords_kept", lang, count=new, file=printable(kept)))
    context.exit(1 if any(row.refusal for row in enrolled) else 0)


def _keep(path: Path, new: Sequence[Enrolled], lang: str) -> None:
    """Write the passwords before the accounts are committed: an account without its password would be of no use."""
    if not new:
        return
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [("username", "password"), *((row.username, row.password) for row in new)]
    )
    try:
        write_private(path, out.getvalue())
    except OSError as error:
        raise Refused(sentence("cli.cannot_write", lang, file=printable(path), why=error.strerror)) from error


@click.group(short_help="Tokens for programs.")
def token() -> None:
    """Tokens for programs that speak to the API."""


@token.command("create", short_help="Make a token of an account.")
@click.argument("username", metavar="USER")
@click.option("--label", "name", default="cli", show_default=True, help="What the token is for.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=90, show_default=True, help="How long it is valid.")
@LANG
def create(*, username: str, name: str, days: int, lang: str) -> None:
    """Print a new token of USER; it is shown this once. It may do what USER may."""
    with data(lang) as opened, unit_of_work(opened.factory) as session:
        person = by_username(session.connection(), username)
        if person is None or person.id is None:
            raise Refused(sentence("cli.no_account", lang, username=printable(username)))
        created = create_token(session, SYSTEM, person_id=person.id, label=name, days=days)
    click.echo(created.token)
