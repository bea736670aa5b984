"""The cells of the text table: labels and gaps mended, fused values parted, each with the change that it is."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from workflows import levels, quantities
from workflows.catalogue import texts
from workflows.tidying import Change

# Ideographs and the punctuation that stands among them, double quotes included.
_CJK = r"\u3400-\u9fff\U00020000-\U0003ffff\u3001-\u3011\u3014-\u301b\uff01-\uff0f\uff1a-\uff20\u201c\u201d\u2018\u2019"
# One blank inside running Chinese is where a printed line broke; two or more, or a wide one, were meant.
_GAP = re.compile(rf"(?<=[{_CJK}]) (?=[{_CJK}])")
_NUMBERED_COUNT = re.compile(r"(?P<number>\d{1,9})\s*(?:人|名|个|家)")

_DATE = r"\d{6}(?:\d{2})?|\d{4}\s*[-./年]\s*\d{1,2}(?:\s*[-./月]\s*\d{1,2})?\s*[月日]?"
_PERIOD = re.compile(rf"(?P<start>{_DATE})\s*(?:-|—|–|~|至|到)+\s*(?P<end>{_DATE})")
_LONGEST_LABEL = 120  # characters; a title is the longest


@dataclass(slots=True)
class Notes:
    """The changes of one reading, in order."""

    changes: list[Change] = field(default_factory=list)

    def add(self, path: str, before: str | None, after: str | None, *, reason: str, **params: str) -> None:
        """Write one change down."""
        self.changes.append(Change(path, before, after, reason, params))

    def gaps_in_label(self, printed: str, path: str) -> None:
        """A label that a line break parted."""
        kept = printed.strip()
        if len(kept.split()) > 1:
            self.add(path, kept, "".join(kept.split()), reason="label_gap")


def label(text: str) -> str:
    """A printed label without its gaps, full-width brackets and signs as ASCII. A long text is none and stays as it is."""
    return _label(text) if len(text) <= _LONGEST_LABEL else text


@lru_cache(maxsize=4096)
def _label(text: str) -> str:
    return "".join(quantities.folded(text).split())


def free_text(text: str, path: str, *, notes: Notes) -> str | None:
    """A text cell: blanks that a line break left between Chinese characters go, and are reported."""
    kept = text.strip()
    mended = _GAP.sub("", kept) if " " in kept else kept
    if mended != kept:
        notes.add(path, kept, mended, reason="gap")
    return mended or None


def level(text: str, path: str, *, before: str | None, notes: Notes) -> str | None:
    """A first or second level name; blank below a merged cell is the name above it."""
    printed = text.strip()
    if not printed:
        if before is not None:
            notes.add(path, None, _printed_level(path, before), reason="carried_down")
        return before
    name, code = _level(printed, path.endswith("level1"))
    if name != printed:
        notes.add(path, printed, name, reason="label_gap")
    return code


@lru_cache(maxsize=1024)
def _level(printed: str, is_first: bool) -> tuple[str, str]:  # a key of the cache
    """The name without gaps, and its code; the name itself where it is none of ours."""
    name = "".join(printed.split())
    return name, (levels.level1(name) if is_first else levels.level2(name)) or name


def headcount(text: str, path: str, *, notes: Notes) -> str | None:
    """A count cell: the word for people or units behind the number goes, and is reported."""
    kept = text.strip()
    match = _NUMBERED_COUNT.fullmatch(quantities.folded(kept))
    if match is None:
        return kept or None
    notes.add(path, kept, match["number"], reason="fused")
    return match["number"]


def part_fused(row: dict[str, Any], path: str, *, notes: Notes) -> None:
    """Part `≥50个` in the target cell where the other cells are blank or say the same (domain guide, section 8.3)."""
    text = row["target_value"] or ""
    fused = quantities.split_fused(text) if quantities.number(text) is None else None
    if fused is None or quantities.comparator(row["comparator"] or "") == "qual":
        return
    sign = quantities.comparator(row["comparator"] or "")
    unit = (row["unit"] or "").strip()
    if fused.comparator not in (None, sign) and row["comparator"]:
        return
    if fused.unit and unit and not _same_unit(fused.unit, unit):
        return
    row["comparator"] = row["comparator"] or fused.comparator
    row["target_value"] = fused.value
    row["unit"] = unit or fused.unit
    parts = (_sign(row["comparator"]), row["target_value"], row["unit"])
    notes.add(f"{path}.target_value", text, " ".join(part for part in parts if part), reason="fused")


def _same_unit(one: str, other: str) -> bool:
    return one == other or (quantities.is_percent(one) and quantities.is_percent(other))


def _sign(cell: str | None) -> str | None:
    code = quantities.comparator(cell or "")
    return None if code is None else texts("zh")[f"label.comparator.{code}"]


def _printed_level(path: str, code: str) -> str:
    kind = "level1" if path.endswith("level1") else "level2"
    return texts("zh").get(f"label.{kind}.{code}", code)


def period(text: str) -> tuple[str, str]:
    """The two ends of a period such as 202001-202012 or 2020年1月至2020年12月, each as 2020-01; else the text, blank."""
    match = _PERIOD.fullmatch(quantities.folded(text))
    if match is None:
        return text, ""
    first, second = (match["start"], match["end"])
    return _month(first), _month(second)


def _month(text: str) -> str:
    digits = re.findall(r"\d+", text)
    if len(digits) == 1:
        digits = [part for part in (text[:4], text[4:6], text[6:8]) if part]
    return "-".join(part.zfill(2) for part in digits)
