"""The indicator library (指标库) as the domain knows it: what an entry is, and the starter set that ships as data.

Levels of use are 共性 (common to all), 行业 (an industry) and 部门 (a department and all below it). Taking an entry into a form
brings name, levels, explanation, sign and unit; the value stays for the unit to decide (domain guide, section 4).
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from workflows import levels, quantities
from workflows.document import text_fault
from workflows.errors import InvalidRequest
from workflows.secrecy import has_mark

# The cells of a row that an entry can fill: never the value, which is the unit's to decide.
CELLS: Final = ("level1", "level2", "level3", "interpretation", "comparator", "unit")
_LIMITS: Final = {"level3": 200, "interpretation": 1000, "unit": 30, "source": 200, "industry": 40}


class Scope(StrEnum):
    """For whom an entry is."""

    COMMON = "common"  # 共性
    INDUSTRY = "industry"  # 行业
    DEPARTMENT = "department"  # 部门


class Status(StrEnum):
    """What has become of an entry. Only active ones are found by those who fill in."""

    ACTIVE = "active"
    SUGGESTED = "suggested"
    RETIRED = "retired"
    MERGED = "merged"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry says. Levels and comparator are codes; a qualitative entry has no unit."""

    level1: str
    level2: str
    level3: str
    interpretation: str | None
    comparator: str | None
    unit: str | None
    source: str
    scope: Scope = Scope.COMMON
    industry: str | None = None
    department_id: int | None = None

    @property
    def direction(self) -> str:
        """positive: more is better; reverse: less is; neutral: the sign does not say (domain guide, section 3.7)."""
        if self.comparator in quantities.REVERSE:
            return "reverse"
        return "positive" if self.comparator in quantities.POSITIVE else "neutral"


@dataclass(frozen=True, slots=True)
class Starter:
    """An entry of the starter set with its code."""

    code: str
    content: Content


def checked(content: Content) -> Content:
    """The content with tidy cells. Raises InvalidRequest with the field that is wrong."""
    texts = {name: _text(getattr(content, name), name) for name in _LIMITS}
    level1, level2 = levels.level1(content.level1), levels.level2(content.level2)
    if level1 is None:
        raise InvalidRequest("library_level", field="level1")
    if level2 is None or level2 not in pairs().get(level1, ()):
        raise InvalidRequest("library_level", field="level2")
    sign = quantities.comparator(content.comparator) if content.comparator else None
    if content.comparator and sign is None:
        raise InvalidRequest("library_sign", field="comparator")
    if sign == "qual" and texts["unit"]:
        raise InvalidRequest("library_qualitative_unit", field="unit")
    for name in ("level3", "source"):
        if not texts[name]:
            raise InvalidRequest("text_length", field=name, shortest="1", longest=str(_LIMITS[name]))
    return _scoped(content, texts, level1=level1, level2=level2, sign=sign)


def _scoped(
    content: Content, texts: Mapping[str, str | None], *, level1: str, level2: str, sign: str | None
) -> Content:
    industry = texts["industry"] if content.scope is Scope.INDUSTRY else None
    department = content.department_id if content.scope is Scope.DEPARTMENT else None
    if content.scope is Scope.INDUSTRY and industry is None:
        raise InvalidRequest("library_industry", field="industry")
    if content.scope is Scope.DEPARTMENT and department is None:
        raise InvalidRequest("library_department", field="department_id")
    return Content(
        level1, level2, texts["level3"] or "", texts["interpretation"], sign, texts["unit"], texts["source"] or "",
        content.scope, industry, department,
    )  # fmt: skip


def _text(value: str | None, name: str) -> str | None:
    kept = " ".join((value or "").split())
    if len(kept) > _LIMITS[name]:
        raise InvalidRequest("text_length", field=name, shortest="1", longest=str(_LIMITS[name]))
    if text_fault(kept):
        raise InvalidRequest("text_fault", field=name)
    # The library is shared by everybody, so a mark may not even wait here for somebody to clear it.
    if has_mark(kept):
        raise InvalidRequest("library_mark", field=name)
    return kept or None


def proposable(row: Mapping[str, Any]) -> bool:
    """Whether an indicator of a form may be proposed: complete, not withheld, and without any mark of secrecy."""
    cells = [row.get(name) for name in CELLS]
    named = all(row.get(name) for name in ("level1", "level2", "level3", "comparator"))
    return named and not row.get("secrecy_tag") and not any(isinstance(cell, str) and has_mark(cell) for cell in cells)


@cache
def pairs() -> Mapping[str, tuple[str, ...]]:
    """Second levels by first level, of both schemes: 财预〔2020〕10号, and with cost first 财预〔2021〕101号."""
    return {
        "output": ("quantity", "quality", "timeliness", "cost"),
        "cost": ("economic_cost", "social_cost", "ecological_cost"),
        "benefit": ("economic_benefit", "social_benefit", "ecological_benefit", "sustainable_impact"),
        "satisfaction": ("service_recipients",),
    }


@cache
def starter_set() -> tuple[Starter, ...]:
    """The entries that ship with the product, each with the source that it was taken from."""
    folder = files("workflows.library")
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".toml"))
    return tuple(one for name in names for one in _read(tomllib.loads((folder / name).read_text("utf-8"))))


def _read(data: Mapping[str, Any]) -> Iterator[Starter]:
    scope = Scope(data["scope"])
    for index, row in enumerate(data["entry"], start=1):
        second = levels.level2(row["level2"]) or ""
        first = next((one for one, below in pairs().items() if second in below), "")
        content = Content(
            row.get("level1", first), second, row["level3"], row.get("interpretation"), row.get("comparator"),
            row.get("unit"), row.get("source", data["source"]), scope, data.get("industry"),
        )  # fmt: skip
        yield Starter(f"{data['prefix']}-{index:03d}", checked(content))
