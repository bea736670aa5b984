"""The one way to check a document: the same for the panel beside a draft, a submission, an import, the API and the CLI."""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from workflows.document import Problem, shape_problems
from workflows.findings import Finding, Severity
from workflows.forms.base import Check, CheckContext, Document
from workflows.rules.beside import BESIDE

_HOUSE = Path(__file__).parent
_RULE_SOURCES = (
    "rules/*.py",
    "forms/*.py",
    "check.py",
    "document.py",
    "levels.py",
    "links.py",
    "quantities.py",
    "plausibility.py",
    "secrecy.py",
    "sums.py",
    "units.py",
    "units.toml",
    "wording.toml",
)


def _rules_version() -> str:
    """A hash over the code that decides: any change of it means that stored findings are to be checked again."""
    files = sorted(path for pattern in _RULE_SOURCES for path in _HOUSE.glob(pattern))
    return sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


RULES_VERSION = _rules_version()


def check(document: Document, context: CheckContext) -> list[Finding]:
    """Every finding, rule by rule in the order of the form type, within a rule from top to bottom. Never raises.

    A document whose shape does not hold gets one A0 finding per problem and no other. With neither last year's document
    nor a word on sub-units in the context, the findings depend on the document alone and may be stored with it.
    """
    return _run(context.form.checks, document, context=context)


class Checked(NamedTuple):
    """What one look at a document found: `found` with all that the context knows, `alone` from the document alone."""

    found: list[Finding]
    alone: list[Finding]


def check_once(document: Document, context: CheckContext) -> Checked:
    """`check` with the context and without it, at the price of one: only rules that look beside the document run again."""
    problems = shape_problems(document, context.form)
    if problems:
        misshapen = [_misshapen(problem, context) for problem in problems]
        return Checked(misshapen, misshapen)
    bare, done = CheckContext(context.form), Checked([], [])
    for rule in context.form.checks:
        found = list(rule(document, context))
        done.found.extend(found)
        done.alone.extend(rule(document, bare) if rule in BESIDE else found)
    return done


def check_year_end(document: Document, context: CheckContext) -> list[Finding]:
    """What the texts and amounts entered at year end must pass, marks of secrecy above all. The score finds the rest."""
    return _run(context.form.year_end_checks, document, context=context)


def _run(checks: tuple[Check, ...], document: Document, *, context: CheckContext) -> list[Finding]:
    problems = shape_problems(document, context.form)
    if problems:
        return [_misshapen(problem, context) for problem in problems]
    return [finding for rule in checks for finding in rule(document, context)]


def _misshapen(problem: Problem, context: CheckContext) -> Finding:
    params = dict(problem.params) | {"problem": problem.case}
    return Finding("A0", Severity.ERROR, problem.path, context.form.cites(problem.path), "shape", params)
