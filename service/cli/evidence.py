"""`jixiao verify`, `jixiao heads`: the proof of what became of forms, here and kept off the machine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Connection, text

from service.cli import Refused
from service.cli.database import data
from service.cli.output import JSON, LANG, print_table, printable, write_whole
from service.db import unit_of_work
from service.queries.evidence_against_heads import head_faults
from service.queries.evidence_database import Counted, RowFault, row_faults
from service.queries.evidence_heads import leaves_under, newest_heads
from service.render.standalone import standalone_verifier
from service.security import signing_seed
from service.usecases.write_head import write_head
from workflows import heads as domain
from workflows import verifier
from workflows.catalogue import sentence
from workflows.ed25519 import public_key, public_pem
from workflows.heads import Head, Leaf, UnreadableHead
from workflows.verifier import Judged, Say, Unreadable, read_json, read_key

MOST_FAULTS = 100
_OUTPUT = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write."
)
_WHOLE = text(
    "set transaction isolation level repeatable read read only; set local statement_timeout = 0;"
    " set local idle_in_transaction_session_timeout = 0"
)


@click.command(short_help="Check evidence: a bundle offline, or the whole database.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--database", is_flag=True, help="Everything that this installation keeps of forms.")
@click.option("--head", "head_file", type=click.Path(path_type=Path), help="An exported head, to find what was cut.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="Public key (PEM) that has to have signed.")
@click.option("--write-standalone", type=click.Path(path_type=Path, dir_okay=False),
              help="Write this verifier as one file of Python.")  # fmt: skip
@JSON
@LANG
@click.pass_context
def verify(
    context: click.Context, *, file: Path | None, database: bool, head_file: Path | None, key_file: Path | None,
    write_standalone: Path | None, as_json: bool, lang: str,
) -> None:  # fmt: skip
    """Check the evidence bundle or exported head FILE, or with --database every chain, revision and opinion that is kept.

    Exit 1 names the first bad item.
    """
    chosen = [file is not None, database, write_standalone is not None]
    if sum(chosen) != 1 or (head_file is not None and not database):
        raise Refused(sentence("cli.verify_what", lang))
    if write_standalone is not None:
        _write(write_standalone, standalone_verifier().encode(), lang)
        return
    try:
        key = None if key_file is None else read_key(key_file)
        if file is not None:
            holds = _file(file, key, as_json=as_json, lang=lang)
        else:
            exported = None if head_file is None else domain.read_exported(read_json(head_file))
            holds = _database(exported, key, as_json=as_json, lang=lang)
    except Unreadable as error:
        raise Refused(_say(lang)(error.key, **error.params)) from error
    except UnreadableHead as error:
        raise Refused(sentence("bundle.no_head", lang, file=printable(head_file), place=str(error))) from error
    except OSError as error:
        missing = "cli.no_file" if isinstance(error, FileNotFoundError) else "cli.unreadable_file"
        raise Refused(sentence(missing, lang, file=printable(error.filename))) from error
    context.exit(0 if holds else 1)


def _say(lang: str) -> Say:
    def say(key: str, /, **params: object) -> str:
        return sentence(f"bundle.{key}", lang, **params)

    return say


def _file(file: Path, key: str | None, *, as_json: bool, lang: str) -> bool:
    verdict = verifier.judged(read_json(file), name=printable(file), public_key=key)
    _print(_json_of(verdict, lang) if as_json else verifier.told(verdict, _say(lang)))
    return verdict.fault is None


def _json_of(verdict: Judged, lang: str) -> list[str]:
    return [json.dumps(verifier.as_json(verdict, _say(lang)), ensure_ascii=False, indent=2)]


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(line)


def _database(exported: tuple[Head, list[Leaf]] | None, key: str | None, *, as_json: bool, lang: str) -> bool:
    counted = Counted()
    with data(lang) as opened, opened.factory() as session:
        connection = session.connection()
        connection.execute(_WHOLE)
        newest = next(iter(newest_heads(connection, limit=1)), None)
        found = _faults(connection, counted, exported=exported, key=key)
    _print(_database_json(counted, found, newest, lang) if as_json else _database_words(counted, found, newest, lang))
    return not found


def _faults(
    connection: Connection, counted: Counted, *, exported: tuple[Head, list[Leaf]] | None, key: str | None
) -> list[RowFault]:
    """The first bad rows, in order; after so many of them nobody reads on."""
    found = []
    looks = (row_faults(connection, counted), head_faults(connection, exported=exported, public_key=key))
    for fault in (fault for look in looks for fault in look):
        found.append(fault)
        if len(found) == MOST_FAULTS:
            break
    return found


def _database_words(counted: Counted, found: Sequence[RowFault], newest: Head | None, lang: str) -> list[str]:
    say = _say(lang)
    if found:
        return [say("broken", place=fault.place, words=say(fault.reason, **fault.params)) for fault in found]
    numbers = {name: getattr(counted, name) for name in ("chains", "events", "revisions", "opinions")}
    lines = [say("database_holds", **numbers)]
    if counted.withheld:
        lines.append(say("withheld", count=counted.withheld))
    lines.append(say("no_head_yet") if newest is None else _signed(newest, say))
    return lines


def _signed(head: Head, say: Say) -> str:
    return say("signed", number=head.seq, at=head.at, covered=head.events, key=domain.fingerprint(head.public_key))


def _database_json(counted: Counted, found: Sequence[RowFault], newest: Head | None, lang: str) -> list[str]:
    say = _say(lang)
    names = ("chains", "events", "revisions", "opinions", "withheld")
    rows = [
        {
            **{name: getattr(fault, name) for name in ("table", "key", "kind", "id", "reason")},
            "message": say(fault.reason, **fault.params),
        }
        for fault in found
    ]
    head = None if newest is None else {"seq": newest.seq, "at": newest.at, "public_key": newest.public_key}
    said = {
        "holds": not found,
        "faults": rows,
        "counts": {name: getattr(counted, name) for name in names},
        "head": head,
    }
    return [json.dumps(said, ensure_ascii=False, indent=2)]


@contextmanager
def signing_key_faults(lang: str) -> Iterator[None]:
    """A signing key that is not there, or is none, as one sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise Refused(sentence("cli.no_file", lang, file=printable(error.filename))) from error
    except ValueError as error:
        raise Refused(sentence("bundle.no_signing_key", lang)) from error


def _write(output: Path, content: bytes, lang: str) -> None:
    try:
        write_whole(output, content)
    except OSError as error:
        raise Refused(sentence("cli.cannot_write", lang, file=printable(output), why=error.strerror)) from error
    click.echo(sentence("cli.written", lang, file=printable(output), size=len(content)))


@click.group(short_help="Signed statements over all chains.")
def heads() -> None:
    """Signed statements over the ends of all chains: made once an hour, worth something once they are kept elsewhere."""


@heads.command("write", short_help="Sign one now.")
@LANG
def write_(*, lang: str) -> None:
    """Sign the ends of all chains now, beside what the workers do once an hour."""
    with data(lang) as opened:
        with signing_key_faults(lang):
            seed = signing_seed(opened.settings)
        with unit_of_work(opened.factory) as session:
            head = write_head(session, seed)
    click.echo(_signed(head, _say(lang)))


@heads.command("list", short_help="The newest ones.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=24, show_default=True, help="How many at most.")
@LANG
def list_(*, limit: int, lang: str) -> None:
    """The newest heads, the newest first."""
    with data(lang) as opened, opened.factory() as session:
        found = newest_heads(session.connection(), limit=limit)
    if not found:
        click.echo(_say(lang)("no_head_yet"))
        return
    rows = [(one.seq, one.at, one.chains, one.events, domain.fingerprint(one.public_key)) for one in found]
    print_table(("head", "at", "chains", "events", "key"), rows, lang=lang)


@heads.command("export", short_help="Write the newest one, to be kept off the machine.")
@_OUTPUT
@LANG
def export(*, output: Path, lang: str) -> None:
    """Write the newest head with the ends of all chains that it covers, for `jixiao verify --database --head`."""
    with data(lang) as opened, opened.factory() as session:
        connection = session.connection()
        connection.execute(_WHOLE)
        newest = next(iter(newest_heads(connection, limit=1)), None)
        if newest is None:
            raise Refused(_say(lang)("no_head_yet"))
        content = domain.exported(newest, leaves_under(connection, newest.seq))
    _write(output, (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode(), lang)
    click.echo(_signed(newest, _say(lang)))


@heads.command("key", short_help="Write the public key.")
@_OUTPUT
@LANG
def key(*, output: Path, lang: str) -> None:
    """Write the public key (PEM) of this installation, for auditors to keep."""
    with data(lang) as opened, signing_key_faults(lang):
        public = public_key(signing_seed(opened.settings))
    _write(output, public_pem(public).encode(), lang)
    click.echo(domain.fingerprint(public.hex()))
