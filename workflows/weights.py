"""Weights to start from: the points of each first level shared out over its rows, whole points, the first rows one more.

Second and third level weights are set by importance (财预〔2020〕10号), which only the unit knows: these are a proposal that
foots, and the unit changes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workflows.levels import level1
from workflows.quantities import plain
from workflows.scoring_profile import ScoringProfile


def proposed_weights(indicators: Sequence[dict[str, Any]], profile: ScoringProfile) -> list[str | None]:
    """A weight for each indicator row, None where its first level has no points in the profile."""
    levels = [level1(str(row.get("level1") or "")) for row in indicators]
    return [_share(levels, index, profile) for index in range(len(levels))]


def _share(levels: list[str | None], index: int, profile: ScoringProfile) -> str | None:
    points = profile.level_weights.get(levels[index] or "")
    if points is None:
        return None
    rows = levels.count(levels[index])
    place = levels[:index].count(levels[index])
    whole, rest = divmod(points, rows)
    # What whole points leave over goes to the first rows, one each; a fraction of a point to the first of all.
    extra = 1 if place < int(rest) else 0
    fraction = rest - int(rest) if place == 0 else 0
    return plain(whole + extra + fraction)
