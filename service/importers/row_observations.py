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
_ALIKE = 4  # rows with one target that were probably copied
_MOST_NAMED = 10  # rows in one sentence
_MISREAD = re.compile(r"2(?P<rest>[1-9]\d{0,8})(?P<remark>\(.{1,40}\))?")


def observe_row(reading: Reading, row: Row, found: Mapping[str, str], *, path: str) -> None:
    """One row: texts where figures belong, points that don't fit what was reached."""
    target, actual = row.get("target_value") or "", row.get("actual_value") or ""
    wanted, reached = quantities.number(target), quantities.number(actual)
    if _is_misread_sign(row, found, reached=reached):
        _note(reading, f"{path}.target_value", target, "scanned_sign")
    elif target and wanted is None and (_is_cost(row) or found.get("comparator") == "定量"):
        _note(reading, f"{path}.target_value", target, "target_is_text")
    if wanted is not None and actual and reached is None:
        _note(reading, f"{path}.actual_value", actual, "actual_is_text")
    if _is_overrated(row, found, wanted=wanted, reached=reached):
        reading.notes.add(f"{path}.actual_value", actual, actual, reason="coefficient_high", target=target)


def observe_rows(reading: Reading) -> None:
    """All rows together: weights of which some could not be read, targets that look copied."""
    rows = reading.rows("indicators")
    weights = [quantities.number(row.get("weight") or "") for row in rows]
    if None in weights and any(weights):
        total = sum(filter(None, weights), Decimal(0))
        unread = [str(index + 1) for index, weight in enumerate(weights) if weight is None]
        reading.notes.add(
            "indicators", quantities.plain(total), quantities.plain(total), reason="weights_left",
            total=quantities.plain(total), rows="、".join(unread[:_MOST_NAMED]),
        )  # fmt: skip
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


def _is_misread_sign(row: Row, found: Mapping[str, str], *, reached: Decimal | None) -> bool:
    """A first figure 2 that is probably a sign ≥ as a scanner read it: 26 for ≥6.

    So where no sign stands in the row, what was reached gets full points, and is enough for the figure without its 2 but
    not with it; or where a bracket behind the figure says that it was scanned.
    """
    match = _MISREAD.fullmatch(quantities.folded(row.get("target_value") or ""))
    if match is None or quantities.comparator(row.get("comparator") or "") or found.get("coefficient") != "100%":
        return False
    if reached is None or reached < Decimal(match["rest"]):
        return False
    return bool(match["remark"]) or reached < Decimal(f"2{match['rest']}")


def _is_cost(row: Row) -> bool:
    return levels.level2(row["level2"] or "") == "cost"


def _target(row: Row) -> tuple[str, str, str]:
    return (str(row.get("comparator") or ""), str(row.get("target_value") or ""), str(row.get("unit") or ""))


def _level1(row: Row) -> str | None:
    return levels.level1(row["level1"] or "")


def _note(reading: Reading, path: str, text: str, reason: str) -> None:
    reading.notes.add(path, text, text, reason=reason)
