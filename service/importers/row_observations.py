"""What a reviewer would remark in the rows of a form that others printed. Reported beside the changes, nothing is altered."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from service.importers.reading_state import Reading
from workflows import levels, quantities

Row = Mapping[str, Any]

# Names of rates of which less is better although no sign says so.
_LESS_IS_BETTER = re.compile("控制|调整|结转|结余|变动|成本|投诉|事故")
_COUNT_IN_NAME = re.compile(r"\d+\s*(?:人|名|个|户|台|套|场|次)")
# 财预〔2020〕10号: output 50, benefit 30, satisfaction 10.
_LEVEL_WEIGHTS = {"output": Decimal(50), "benefit": Decimal(30), "satisfaction": Decimal(10)}
_ALIKE = 4  # rows with one target that were probably copied
_HALF = 50


def observe_row(reading: Reading, row: Row, found: Mapping[str, str], *, path: str) -> None:
    """One row: texts where figures belong, points that don't fit what was reached."""
    target, actual = row.get("target_value") or "", row.get("actual_value") or ""
    wanted, reached = quantities.number(target), quantities.number(actual)
    if target and wanted is None and (_is_cost(row) or found.get("comparator") == "定量"):
        _note(reading, f"{path}.target_value", target, "target_is_text")
    if wanted is not None and actual and reached is None:
        _note(reading, f"{path}.actual_value", actual, "actual_is_text")
    if _is_overrated(row, found, wanted=wanted, reached=reached):
        reading.notes.add(f"{path}.actual_value", actual, actual, reason="coefficient_high", target=target)
    weight = quantities.number(row.get("weight") or "")
    if weight is not None and weight >= _HALF:
        _note(reading, f"{path}.weight", row["weight"], "weight_alone")
    if _COUNT_IN_NAME.search(row["level3"] or ""):
        _note(reading, f"{path}.level3", row["level3"], "number_in_name")


def observe_rows(reading: Reading) -> None:
    """All rows together: weights of the levels, targets that look copied."""
    rows = reading.rows("indicators")
    weights = [quantities.number(row.get("weight") or "") for row in rows]
    if rows and None not in weights and sum(filter(None, weights)) in (90, 100):
        for name, wanted in _LEVEL_WEIGHTS.items():
            own = sum(
                (weight or Decimal(0) for row, weight in zip(rows, weights, strict=True) if _level1(row) == name),
                Decimal(0),
            )
            if own != wanted:
                text = f"{name} {quantities.plain(own)}"
                reading.notes.add("indicators", text, text, reason="level_weights", wanted=quantities.plain(wanted))
    _alike(reading, rows)


def _alike(reading: Reading, rows: Sequence[Row]) -> None:
    effects = sorted(_target(row) for row in rows if _level1(row) in ("benefit", "satisfaction") and _target(row)[1])
    for target, group in groupby(effects):
        if len(list(group)) >= _ALIKE:
            text = " ".join(part for part in target if part)
            reading.notes.add("indicators", text, text, reason="same_targets")


def _is_overrated(row: Row, found: Mapping[str, str], *, wanted: Decimal | None, reached: Decimal | None) -> bool:
    """Full points although less than the target was reached, where more is better."""
    if found.get("coefficient") != "100%" or wanted is None or reached is None:
        return False
    reverse = quantities.comparator(row.get("comparator") or "") in quantities.REVERSE
    return reached < wanted and not reverse and not _LESS_IS_BETTER.search(row["level3"] or "")


def _is_cost(row: Row) -> bool:
    return levels.level2(row["level2"] or "") == "cost"


def _target(row: Row) -> tuple[str, str, str]:
    return (str(row.get("comparator") or ""), str(row.get("target_value") or ""), str(row.get("unit") or ""))


def _level1(row: Row) -> str | None:
    return levels.level1(row["level1"] or "")


def _note(reading: Reading, path: str, text: str, reason: str) -> None:
    reading.notes.add(path, text, text, reason=reason)
