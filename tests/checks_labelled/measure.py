"""Runs the checks over the labelled rows and forms, and counts what they should have found and did."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.workflows.documents import changed
from workflows.check import check
from workflows.forms import form_type
from workflows.forms.base import CheckContext, Document
from workflows.plausibility import Known, peers

HERE = Path(__file__).parent
# Rules that judge one row of indicators by itself; the others look at the form around it.
OF_A_ROW = frozenset("A0 A10 A11 A12 A16 A17 A26 A27 A28 A29 A30 A31 A32 A33".split())
# `fresh.txt` was written after the rules were settled.
FILES = ("rows.txt", "fresh.txt")
_COLUMNS = ("level1", "level2", "level3", "interpretation", "comparator", "target_value", "unit")
_SEED = json.loads((HERE.parent / "forms" / "seed-clean.json").read_text("utf-8"))
FORM = form_type(_SEED["form"])


@dataclass(slots=True)
class Tally:
    """How often a rule found what is there (`hits`), missed it, or found what is not there (`false`)."""

    hits: int = 0
    missed: int = 0
    false: int = 0

    @property
    def positives(self) -> int:
        """How many labelled cases have this fault."""
        return self.hits + self.missed

    @property
    def precision(self) -> float | None:
        """The part of what it found that is there; None where it found nothing."""
        return self.hits / (self.hits + self.false) if self.hits + self.false else None

    @property
    def recall(self) -> float | None:
        """The part of what is there that it found; None where nothing is."""
        return self.hits / self.positives if self.positives else None


@dataclass(slots=True)
class Measured:
    """Tallies by rule, the number of labelled rows and forms, and each case that came out otherwise than labelled."""

    rules: dict[str, Tally] = field(default_factory=dict)
    rows: int = 0
    forms: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def whole(self) -> Tally:
        """All rules together."""
        sums: Counter[str] = Counter()
        for tally in self.rules.values():
            sums.update(hits=tally.hits, missed=tally.missed, false=tally.false)
        return Tally(sums["hits"], sums["missed"], sums["false"])

    def count(self, rule: str, where: str, *, wanted: bool, found: bool) -> None:
        """Count one case of one rule."""
        tally = self.rules.setdefault(rule, Tally())
        tally.hits += wanted and found
        tally.missed += wanted and not found
        tally.false += found and not wanted
        if wanted != found:
            self.wrong.append(f"{rule} {'missed' if wanted else 'false'}: {where}")


def measure(*files: str) -> Measured:
    """The rows of the files (all of them where none is named, and the forms with them)."""
    result = Measured()
    for where, row, wanted in labelled_rows(*(files or FILES)):
        result.rows += 1
        document = {**_SEED, "indicators": [row]}
        found = {
            one.rule for one in check(document, CheckContext(FORM)) if one.path.partition(".")[0] == "indicators[0]"
        }
        for rule in sorted((wanted | found) & OF_A_ROW):
            result.count(rule, where, wanted=rule in wanted, found=rule in found)
    for entry in () if files else tomllib.loads((HERE / "forms.toml").read_text("utf-8"))["form"]:
        result.forms += 1
        document, context = _form(entry)
        fired = any(one.rule == entry["about"] for one in check(document, context))
        result.count(entry["about"], str(entry["set"]), wanted=entry["fires"], found=fired)
    return result


def labelled_rows(*files: str) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    """Where a row stands, the row, and the rules that should find fault with it."""
    for name in files:
        for number, line in enumerate((HERE / name).read_text("utf-8").splitlines(), start=1):
            if line and not line.startswith("#"):
                *cells, rules = (cell.strip(" ") for cell in line.split("|"))
                row = {column: cell or None for column, cell in zip(_COLUMNS, cells, strict=True)}
                yield f"{name}:{number} {row['level3']}", {**row, "secrecy_tag": None}, set(rules.split())


def _form(entry: dict[str, Any]) -> tuple[Document, CheckContext]:
    document, last_year, others = _with(entry["set"]), entry.get("last_year"), entry.get("peers", ())
    known = [Known(owner, name, unit, Decimal(value)) for owner, (name, unit, value) in enumerate(others, start=1)]
    context = CheckContext(
        FORM,
        last_year=None if last_year is None else _with({"fiscal_year": _SEED["fiscal_year"] - 1} | last_year),
        peers=peers(known, own=0) if known else None,
        control_figure=Decimal(entry["control_figure"]) if "control_figure" in entry else None,
    )
    return document, context


def _with(cells: dict[str, Any]) -> Document:
    document: Document = json.loads(json.dumps(_SEED))
    for path, value in cells.items():
        document = changed(document, path, value)
    return document
