"""`jixiao import`, `export`: forms in, forms out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from sqlalchemy import Connection

from service.cli import Refused
from service.cli.bulk import import_batch, is_batch, refusal_of, row_of
from service.cli.database import data
from service.cli.importing import OUTCOME_HEADS, SIDES, FileOutcome, Importing
from service.cli.output import LANG, print_table, printable, write_whole
from service.queries.bulk_imports import FileResult
from service.queries.evidence_names import evidence_names
from service.queries.evidence_rows import evidence_rows
from service.queries.exportable import Exportable, exportable
from service.render.bundle import evidence_bundle
from service.render.export import FORMATS, document_export
from service.render.official import Stamp
from service.render.offline_draft import offline_draft
from service.render.offline_workbook import offline_workbook
from workflows.catalogue import sentence
from workflows.errors import NotPossibleNow

BUNDLE = "bundle"
CASE = "case"
WORKBOOK = "workbook"


@click.command("import", short_help="Read form files into drafts.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--cycle", required=True, help="Code of the cycle.")
@click.option("--as", "username", help="Account that imports; without it, the filler of the unit that the file names.")
@click.option("--dry-run", is_flag=True, help="Read and check, write nothing.")
@click.option("--overwrite", is_flag=True, help="Of a folder or zip: also what would type over a draft.")
@click.option("--prefer", type=click.Choice(sorted(SIDES)),
              help="Settles what an offline workbook and the draft disagree about.")  # fmt: skip
@LANG
@click.pass_context
def import_(
    context: click.Context, *, files: tuple[Path, ...], cycle: str, username: str | None, dry_run: bool,
    overwrite: bool, prefer: str | None, lang: str,
) -> None:  # fmt: skip
    """Create or update drafts from form FILES, each file wholly or not at all. Exit 2 if any could not be imported.

    A folder or a zip stands for all form files in it, up to 1,000.
    """
    batches, files = [one for one in files if is_batch(one)], tuple(one for one in files if not is_batch(one))
    with data(lang) as opened:
        given: dict[str, Any] = {"cycle": cycle, "username": username, "dry_run": dry_run, "lang": lang}
        results = [one for batch in batches for one in import_batch(opened, batch, overwrite=overwrite, **given)]
        importing = Importing(
            opened.factory, cycle=cycle, username=username, dry_run=dry_run, lang=lang, prefer=SIDES.get(prefer or "")
        )
        screen = Console(stderr=True)
        quiet = not screen.is_terminal
        steps = track(files, sentence("cli.importing", lang), console=screen, transient=True, disable=quiet)
        outcomes = [importing.file(file) for file in steps]
    _report(outcomes, lang)
    _report_batch(results, dry_run=dry_run, lang=lang)
    failed = any(outcome.refusal for outcome in outcomes) or any(refusal_of(one, lang) for one in results)
    context.exit(2 if failed else 0)


def _report(outcomes: list[FileOutcome], lang: str) -> None:
    for outcome in outcomes:
        if outcome.refusal:
            click.echo(f"{outcome.file}: {outcome.refusal}", err=True)
    rows = [outcome.row(lang) for outcome in outcomes if not outcome.refusal]
    if rows:
        print_table(OUTCOME_HEADS, rows, lang=lang)


def _report_batch(results: list[FileResult], *, dry_run: bool, lang: str) -> None:
    for file in results:
        refusal = refusal_of(file, lang)
        if refusal:
            click.echo(f"{printable(file.name)}: {refusal}", err=True)
    rows = [row_of(file, dry_run=dry_run, lang=lang) for file in results if refusal_of(file, lang) is None]
    if rows:
        print_table(OUTCOME_HEADS, rows, lang=lang)


@click.command(short_help="Write a form as a file.")
@click.argument("submission_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@click.option(
    "--format",
    "format_",
    required=True,
    type=click.Choice([*FORMATS, WORKBOOK, BUNDLE, CASE]),
    help="What to write.",
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option("--revision", type=click.Choice(["head", "approved", "draft"]), default="head", show_default=True,
              help="Newest revision (a draft where there is none), the approved one, or the draft.")  # fmt: skip
@LANG
def export(*, submission_id: int, format_: str, output: Path, revision: str, lang: str) -> None:
    """Write form ID in the official layout (xlsx, docx, pdf), as data (json, csv), or with its evidence (bundle, case).

    A workbook is a draft to fill in elsewhere: `jixiao import` merges it back.
    """
    with data(lang) as opened, opened.factory() as session:
        connection = session.connection()
        if format_ == BUNDLE:
            content = evidence_bundle(evidence_rows(connection, submission_id))
        elif format_ == CASE:
            content = _case(connection, submission_id)
        elif format_ == WORKBOOK:
            content = offline_workbook(offline_draft(connection, None, submission_id=submission_id), lang=lang)
        else:
            content = _rendered(exportable(connection, submission_id, which=revision), format_, lang=lang)
    try:
        write_whole(output, content)
    except OSError as error:
        raise Refused(sentence("cli.cannot_write", lang, file=printable(output), why=error.strerror)) from error
    click.echo(sentence("cli.written", lang, file=printable(output), size=len(content)))


def _case(connection: Connection, submission_id: int) -> bytes:
    from service.render.evidence_pdf import evidence_pdf

    rows = evidence_rows(connection, submission_id)
    if not rows["revisions"]:
        raise NotPossibleNow("no_revision_yet")
    return evidence_pdf(rows, evidence_names(connection, rows))


def _rendered(chosen: Exportable, format_: str, *, lang: str) -> bytes:
    stamp = Stamp(chosen.revision, chosen.sha256)
    return document_export(chosen.document, format_, stamp=stamp, language=lang)
