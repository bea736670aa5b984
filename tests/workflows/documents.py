"""Documents for tests: the seed form, its year end, and one cell changed."""

import copy
import re
from functools import cache
from pathlib import Path
from typing import Any

from service.importers import read_form
from workflows.check import check
from workflows.findings import Finding
from workflows.forms import form_type
from workflows.forms.base import CheckContext, Document

FORMS = Path(__file__).parents[1] / "forms"
SEED = FORMS / "seed-jieyang-2022.txt"
FORM = form_type("department_overall@2022")
CONTEXT = CheckContext(FORM)

# Weights and actuals of the worked example of the domain guide, section 5.6.
WEIGHTS = ("6", "5", "5", "6", "6", "5", "5", "6", "6", "15", "15", "10")
ACTUALS = ("135000", "72", "100", "46", "100", "3", "1", "1", "22", "100", "97", "86")
EXECUTION = {"adjusted_budget": "1823.37", "executed_amount": "1750.2"}

_PATH = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")


@cache
def _seed() -> Document:
    return read_form(SEED.read_bytes(), SEED.name).document


def seed() -> Document:
    """The seed form, the reader's own copy each time."""
    return copy.deepcopy(_seed())


def evaluated() -> Document:
    """The seed form with weights, actuals and execution, without any reason."""
    document = seed()
    for row, weight, actual in zip(document["indicators"], WEIGHTS, ACTUALS, strict=True):
        row |= {"weight": weight, "actual_value": actual, "deviation_analysis": None}
    document["execution"] = dict(EXECUTION)
    return document


def changed(document: Document, path: str, value: Any) -> Document:  # noqa: ANN401  # any cell
    """A copy with one cell, row or section set; what is not on the path is shared with the original."""
    match = _PATH.fullmatch(path)
    assert match is not None
    section, row, name = match.groups()
    keys: list[Any] = [key for key in (section, None if row is None else int(row), name) if key is not None]
    result: Any = document.copy()
    holder = result
    for key in keys[:-1]:
        holder[key] = holder[key].copy()
        holder = holder[key]
    holder[keys[-1]] = value
    return dict(result)


def found(document: Document, rule: str, context: CheckContext = CONTEXT) -> list[Finding]:
    """What one rule finds, through the one door."""
    return [finding for finding in check(document, context) if finding.rule == rule]
