"""单据: find and compare. Every filter stands in the address, so that a colleague sees the same list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from flask import Blueprint, current_app, request
from sqlalchemy import Connection
from werkzeug import Response

from service.api.auth import sign_in_required
from service.i18n import mark as _
from service.queries import lists
from service.queries.departments import Unit, tree
from service.queries.lists import Filter, Listed, NewestKey
from service.queries.years import fiscal_years
from service.web.frame import PER_PAGE, gettext, label, page, who
from service.web.inbox import sees_more_than_own
from service.web.paging import address, key_of, written
from workflows.facts import Actor
from workflows.lifecycle import Role, State

blueprint = Blueprint("submissions", __name__)
sign_in_required(blueprint)

LONGEST = 100
FLAGS = {"overdue": _("只看逾期"), "submitted": _("已提交过"), "returned": _("退回待改")}
NAMES = ("q", "year", "department", "state", "from", *FLAGS)


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


@blueprint.get("/submissions")
def show() -> Response:
    """One page of the register, newest first."""
    actor = who().actor
    asked = read_filters(request.args)
    after = key_of(request.args.get("after"))
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = _found(connection, actor, asked, after=NewestKey(*after) if after else None)
        counted = lists.count(connection, actor, narrowed=asked.narrowed) if asked.narrowed else 0
        everything = lists.count(connection, actor, narrowed=Filter()) if asked.given else counted
        units = [unit for unit in tree(connection) if unit.kind == "budget_unit" and unit.active]
        years = fiscal_years(connection)
    return page(
        "submissions.html",
        lines=found[:PER_PAGE],
        following=_following(found, asked),
        first=after is None,
        asked={name: asked.given.get(name, "") for name in NAMES},
        tags=_tags(asked.given, units),
        counted=counted,
        everything=everything,
        count_cap=lists.COUNT_CAP,
        units=units if sees_more_than_own(actor) else [],
        years=years,
        states=list(State),
        back=address("/submissions", asked.given),
        can_open=any(grant.role is Role.FILLER for grant in actor.grants),
    )


def read_filters(values: Mapping[str, str]) -> Asked:
    """The filters of a query string. One that can't be understood matches nothing: it never silently shows all."""
    given = {name: values[name].strip()[:LONGEST] for name in NAMES if values.get(name, "").strip()}
    try:
        return Asked(given, _filter(given))
    except (ValueError, InvalidOperation):
        return Asked(given, None)


def _filter(given: Mapping[str, str]) -> Filter:
    amount = Decimal(given["from"].replace(",", "").replace("，", "")) if "from" in given else None
    if amount is not None and (not amount.is_finite() or abs(amount) >= 10**12):
        raise ValueError("no amount")
    return Filter(
        fiscal_year=_small(given.get("year")),
        department_id=_small(given.get("department")),
        states=(State(given["state"]),) if "state" in given else (),
        text=_searched(given.get("q")),
        overdue="overdue" in given or None,
        submitted="submitted" in given or None,
        returned="returned" in given or None,
        project_expenditure_from=amount,
    )


def _small(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise ValueError("no number")
    return int(text)


def _searched(text: str | None) -> str | None:
    """A number of a form as screens show it (PB-2022-0031) is looked up by its id."""
    if text is None or "\x00" in text:
        return None if text is None else ""
    head, _year, number = text.upper().rpartition("-")
    return str(int(number)) if head.startswith("PB-") and number.isdecimal() else text


def _found(connection: Connection, actor: Actor, asked: Asked, *, after: NewestKey | None) -> list[Listed]:
    if asked.narrowed is None:
        return []
    return lists.submissions(connection, actor, narrowed=asked.narrowed, after=after, limit=PER_PAGE + 1)


def _following(found: list[Listed], asked: Asked) -> str | None:
    if len(found) <= PER_PAGE:
        return None
    last = found[PER_PAGE - 1]
    return address("/submissions", {**asked.given, "after": written(last.updated_at, last.id)})


def _tags(given: Mapping[str, str], units: list[Unit]) -> list[Tag]:
    return [
        Tag(_words(name, value, units), address("/submissions", {n: v for n, v in given.items() if n != name}))
        for name, value in given.items()
    ]


def _words(name: str, value: str, units: list[Unit]) -> str:
    if name in FLAGS:
        return gettext(FLAGS[name])
    if name == "state" and value in list(State):
        value = label("state", value)
    if name == "department":
        value = next((unit.short_name for unit in units if str(unit.id) == value), value)
    names = {"q": _("查找"), "year": _("年度"), "department": _("部门"), "state": _("状态"), "from": _("项目支出 ≥")}
    return f"{gettext(names[name])} {value}"
