"""The filters of a list, all of them in its address: a colleague who gets the address sees the same list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import Connection

from service.i18n import mark as _
from service.queries.departments import Unit, tree
from service.queries.narrowing import Filter
from service.queries.years import fiscal_years
from service.web.frame import gettext, label
from service.web.paging import address
from workflows.facts import Actor
from workflows.lifecycle import Role, State
from workflows.policy import REACH, Scope

LONGEST: Final = 100
FLAGS: Final = {
    "overdue": _("只看逾期"),
    "warned": _("有提醒"),
    "submitted": _("已提交过"),
    "returned": _("退回待改"),
}
NAMES: Final = ("q", "year", "department", "state", "stage", "from", "to", *FLAGS)
# With whom a form can lie.
STAGES: Final = (
    Role.FILLER,
    Role.DEPT_HEAD,
    Role.SUPERIOR_REVIEWER,
    Role.FINANCE_BUSINESS_OFFICE,
    Role.FINANCE_PERFORMANCE_OFFICE,
    Role.FINANCE_BUDGET_OFFICE,
)


@dataclass(frozen=True, slots=True)
class Tag:
    """One active filter: its words, and the address without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of an address. `narrowed` is None where one of them can match nothing."""

    given: Mapping[str, str]
    narrowed: Filter | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters of a page offer. `units` is empty for those who see but a few."""

    years: Sequence[int]
    units: Sequence[Unit]
    states: Sequence[State]
    stages: Sequence[Role]


def read_filters(values: Mapping[str, str]) -> Asked:
    """The filters of a query string. One that can't be understood matches nothing: it never silently shows all."""
    given = {name: values[name].strip()[:LONGEST] for name in NAMES if values.get(name, "").strip()}
    try:
        return Asked(given, _filter(given))
    except (ValueError, InvalidOperation):
        return Asked(given, None)


def choices(connection: Connection, actor: Actor) -> Choices:
    """What there is to choose from, for this person."""
    units = [unit for unit in tree(connection) if unit.kind == "budget_unit" and unit.active]
    return Choices(fiscal_years(connection), units if sees_more_than_own(actor) else [], list(State), STAGES)


def shown(asked: Asked) -> dict[str, str]:
    """Every filter by its name, for the fields of the page."""
    return {name: asked.given.get(name, "") for name in NAMES}


def tags(path: str, asked: Asked, units: Sequence[Unit], *, kept: Mapping[str, Any] | None = None) -> list[Tag]:
    """The active filters with the address without each. `kept`: what else the address holds, such as the box."""
    return [
        Tag(
            _words(name, value, units),
            address(path, {**(kept or {}), **{n: v for n, v in asked.given.items() if n != name}}),
        )
        for name, value in asked.given.items()
    ]


def sees_more_than_own(actor: Actor) -> bool:
    """Whether the figures of a city mean anything to this person."""
    return any(REACH[grant.role].scope not in (Scope.OWN, Scope.NOTHING) for grant in actor.grants)


def _filter(given: Mapping[str, str]) -> Filter:
    return Filter(
        fiscal_year=_small(given.get("year")),
        department_id=_small(given.get("department")),
        states=(State(given["state"]),) if "state" in given else (),
        stage=Role(given["stage"]) if "stage" in given else None,
        text=_searched(given.get("q")),
        overdue="overdue" in given or None,
        warned="warned" in given or None,
        submitted="submitted" in given or None,
        returned="returned" in given or None,
        project_expenditure_from=_amount(given.get("from")),
        project_expenditure_to=_amount(given.get("to")),
    )


def _amount(typed: str | None) -> Decimal | None:
    if typed is None:
        return None
    amount = Decimal(typed.replace(",", "").replace("，", ""))
    if not amount.is_finite() or abs(amount) >= 10**12:
        raise ValueError("no amount")
    return amount


def _small(typed: str | None) -> int | None:
    if typed is None:
        return None
    if not typed.isdecimal() or len(typed) > 12:
        raise ValueError("no number")
    return int(typed)


def _searched(typed: str | None) -> str | None:
    """A number of a form as screens show it (PB-2022-0031) is looked up by its id."""
    if typed is None:
        return None
    if "\x00" in typed:
        raise ValueError("no text")
    head, _year, number = typed.upper().rpartition("-")
    return str(int(number)) if head.startswith("PB-") and number.isdecimal() and len(number) <= 18 else typed


def _words(name: str, value: str, units: Sequence[Unit]) -> str:
    if name in FLAGS:
        return gettext(FLAGS[name])
    if name == "state" and value in list(State):
        value = label("state", value)
    if name == "stage" and value in list(Role):
        value = label("role", value)
    if name == "department":
        value = next((unit.short_name for unit in units if str(unit.id) == value), value)
    names = {
        "q": _("查找"),
        "year": _("年度"),
        "department": _("部门"),
        "state": _("状态"),
        "stage": _("环节"),
        "from": _("项目支出 ≥"),
        "to": _("项目支出 ≤"),
    }
    return f"{gettext(names[name])} {value}"
