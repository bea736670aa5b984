"""`jixiao read`, `check`, `score`: what can be done with a form file alone, without any server."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from service.cli import Refused
from service.cli.output import JSON, LANG, print_table, printable
from service.importers import ReadResult, UnreadableForm, read_form
from service.importers.decode import MAX_BYTES
from workflows.catalogue import label, sentence
from workflows.check import check as check_document
from workflows.findings import Finding, Severity, blocking, place, rendered
from workflows.forms import form_type
from workflows.forms.base import CheckContext, Document
from workflows.rules.reading import quoted
from workflows.scoring import Score, score_json, two_places
from workflows.scoring import score as score_document
from workflows.scoring_profile import ScoringProfile, shipped_profile, shipped_profiles


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@LANG
def read(file: Path, lang: str) -> None:
    """Parse a form file; print the document and everything that reading changed, as JSON."""
    _print_json(_read(file, lang).as_json(lang))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--last-year", type=click.Path(path_type=Path), help="Last year's form, to compare targets with.")
@JSON
@LANG
@click.pass_context
def check(context: click.Context, file: Path, *, last_year: Path | None, as_json: bool, lang: str) -> None:
    """Run the checks on a form file or document JSON. Exit 1 on errors or secrecy holds."""
    document = _read(file, lang).document
    before = None if last_year is None else _read(last_year, lang).document
    findings = check_document(document, CheckContext(form_type(document["form"]), last_year=before))
    if as_json:
        _print_json({"findings": [rendered(finding, lang) for finding in findings]})
    else:
        _print_findings(findings, lang, none="cli.no_findings")
    if blocking(findings):
        context.exit(1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--profile", required=True, help="Scoring profile, such as mof-2020.")
@JSON
@LANG
def score(file: Path, *, profile: str, as_json: bool, lang: str) -> None:
    """Score a document that carries weights and actuals, with the sum behind each figure."""
    chosen = _profile(profile, lang)
    document = _read(file, lang).document
    result = score_document(document, chosen)
    if as_json:
        _print_json(score_json(result, lang))
    else:
        _print_score(document, result, lang)


def _read(file: Path, lang: str) -> ReadResult:
    """The form in the file. Raises Refused with one sentence."""
    try:
        return read_form(_content(file, lang), file.name)
    except UnreadableForm as refusal:
        raise Refused(f"{printable(file)}: {refusal.sentence(lang)}") from refusal


def _content(file: Path, lang: str) -> bytes:
    try:
        # One byte more than is allowed: enough to see that the file is too large.
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as fault:
        key = "cli.no_file" if isinstance(fault, FileNotFoundError) else "cli.unreadable_file"
        raise Refused(sentence(key, lang, file=printable(file))) from fault


def _profile(name: str, lang: str) -> ScoringProfile:
    try:
        return shipped_profile(name)
    except KeyError as fault:
        known = ", ".join(shipped_profiles())
        raise Refused(sentence("cli.unknown_profile", lang, name=quoted(name), known=known)) from fault


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _print_findings(findings: Iterable[Finding], lang: str, *, none: str) -> None:
    found = list(findings)
    if not found:
        click.echo(sentence(none, lang))
        return
    print_table(("severity", "place", "problem", "fix", "rule"), [_finding_row(one, lang) for one in found], lang=lang)
    counts = {str(one): str(sum(finding.severity is one for finding in found)) for one in Severity}
    click.echo(sentence("cli.counts", lang, **counts))


def _finding_row(finding: Finding, lang: str) -> Sequence[str]:
    words = rendered(finding, lang)
    severity = label("severity", finding.severity, lang)
    return (severity, place(finding.path, lang), words["message"], words["fix"], finding.rule)


def _print_score(document: Document, result: Score, lang: str) -> None:
    data = score_json(result, lang)
    execution, scored = data["execution"], data["rows"]
    assert isinstance(execution, dict)
    assert isinstance(scored, list)
    rows = [_score_row(label("section", "execution", lang), execution)]
    for row in scored:
        name = document["indicators"][int(row["path"][11:-1])].get("level3")
        rows.append(_score_row(quoted(name or place(row["path"], lang)), row))
    print_table(("indicator", "weight", "points", "trace"), rows, lang=lang)
    total = two_places(result.total)
    if total is None:
        click.echo(sentence("cli.no_total", lang, profile=result.profile))
    else:
        grade = label("grade", result.grade, lang) if result.grade else "--"
        click.echo(sentence("cli.total", lang, total=total, grade=grade, profile=result.profile))
    if result.findings:
        _print_findings(result.findings, lang, none="cli.no_findings")


def _score_row(name: str, row: dict[str, object]) -> Sequence[object]:
    return (name, *(row[key] for key in ("weight", "score", "trace")))
