"""指标库: the list, one entry with its versions, and what units propose. Acts are those of the finance performance office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, current_app, redirect, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from werkzeug import Response

from service.models.people import DepartmentKind
from service.queries.departments import Unit, tree
from service.queries.library import Entry, counts, entries, entry, entry_of, history
from service.usecases.library_keep import change_entry, create_entry, merge_entry, move_entry
from service.usecases.library_starter import import_starter_set
from service.web.admin import Faults, done_or_again, holds, looks, number, typed
from service.web.frame import gettext, page, who
from service.web.paging import address
from workflows.errors import InvalidRequest, NotFound
from workflows.library import Content, Scope, Status, pairs
from workflows.lifecycle import Role
from workflows.quantities import COMPARATORS

blueprint = Blueprint("admin_library", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]

PER_PAGE: Final = 30
_READERS: Final = (Role.FINANCE_PERFORMANCE_OFFICE, Role.FINANCE_BUSINESS_OFFICE)
_TABS: Final = {
    "active": (Status.ACTIVE,),
    "suggested": (Status.SUGGESTED,),
    "retired": (Status.RETIRED, Status.MERGED, Status.DECLINED),
}


@blueprint.get("/admin/library")
def show() -> Response:
    """The list by code, one tab for what units propose, one for what is out of use."""
    looks(*_READERS)
    tab = request.args.get("tab", "active")
    tab = tab if tab in _TABS else "active"
    scope = request.args.get("scope", "")
    scope = scope if scope in list(Scope) else ""
    query = request.args.get("q", "")[:100]
    code, _, after = request.args.get("after", "").rpartition("~")
    key = (code[:60], int(after)) if after.isascii() and after.isdigit() and len(after) < 18 else ("", 0)
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = entries(
            connection,
            statuses=[one.value for one in _TABS[tab]],
            scope=scope,
            query=query,
            after=key,
            limit=PER_PAGE + 1,
        )
        number_of = counts(connection)
    shown, here = found[:PER_PAGE], {"tab": tab, "scope": scope, "q": query}
    following = (
        address("/admin/library", {**here, "after": f"{shown[-1].code}~{shown[-1].id}"})
        if len(found) > PER_PAGE
        else None
    )
    return page(
        "admin/library.html",
        entries=shown,
        tabs=[(name, sum(number_of[one.value] for one in statuses)) for name, statuses in _TABS.items()],
        tab=tab,
        scope=scope,
        scopes=list(Scope),
        q=query,
        start=address("/admin/library", here) if key != ("", 0) else None,
        following=following,
        nothing=not sum(number_of.values()),
        imported=request.args.get("imported", ""),
        acts=holds(Role.FINANCE_PERFORMANCE_OFFICE),
    )


@blueprint.post("/admin/library/starter")
def starter() -> Response:
    """Add the starter set that ships with the product."""

    def act(session: Session) -> Response:
        return redirect(f"/admin/library?imported={import_starter_set(session, who().actor)}", 303)

    return done_or_again(act, lambda _faults, _status: redirect("/admin/library", 303))


@blueprint.get("/admin/library/new")
def new() -> Response:
    """The form of a new entry."""
    looks(*_READERS)
    return _new([], 200)


@blueprint.post("/admin/library/new")
def create() -> Response:
    """Make it, and show it."""

    def act(session: Session) -> Response:
        made = create_entry(session, who().actor, content=_content())
        return redirect(f"/admin/library/{made}?done=create", 303)

    return done_or_again(act, _new)


@blueprint.get("/admin/library/<int:entry_id>")
def one(entry_id: int) -> Response:
    """One entry."""
    looks(*_READERS)
    return _one(entry_id, [], 200)


@blueprint.post("/admin/library/<int:entry_id>")
def change(entry_id: int) -> Response:
    """`do`: change, retire, restore, adopt, decline, merge (into the entry of a code)."""

    def act(session: Session) -> Response:
        do, version = request.form.get("do", ""), number("version") or 0
        if do == "change":
            change_entry(session, who().actor, entry_id=entry_id, version=version, content=_content())
        elif do == "merge":
            other = entry_of(session.connection(), typed("into"))
            if other is None:
                raise InvalidRequest("library_merge_target", field="into")
            merge_entry(session, who().actor, entry_id=entry_id, version=version, into_id=other.id)
        else:
            move_entry(session, who().actor, entry_id=entry_id, version=version, action=do)
        return redirect(f"/admin/library/{entry_id}?done={do}", 303)

    def again(faults: Faults, status: int) -> Response:
        if faults[0][0] != "#version":
            return _one(entry_id, faults, status)
        words = gettext("别人已经改过这条指标，您的改动没有保存。请核对后再保存。")
        return _one(entry_id, [(None, words)], 409, stale=True)

    return done_or_again(act, again)


def _content() -> Content:
    scope, level2 = typed("scope"), typed("level2")
    level1, _, second = level2.partition(".")
    return Content(
        level1=level1,
        level2=second,
        level3=typed("level3"),
        interpretation=request.form.get("interpretation", "").strip() or None,
        comparator=typed("comparator") or None,
        unit=typed("unit") or None,
        source=typed("source"),
        scope=Scope(scope) if scope in list(Scope) else Scope.COMMON,
        industry=typed("industry") or None,
        department_id=number("department_id"),
    )


def _new(faults: Faults, status: int) -> Response:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        values = _choices(connection)
    return page(
        "admin/library_new.html", status=status, faults=faults, typed=request.form, entry=None,
        acts=holds(Role.FINANCE_PERFORMANCE_OFFICE), **values,
    )  # fmt: skip


def _one(entry_id: int, faults: Faults, status: int, *, stale: bool = False) -> Response:
    with current_app.extensions["jixiao"].engine.connect() as connection:
        found = entry(connection, entry_id)
        if found is None:
            raise NotFound("no_such_library_entry")
        past, values = history(connection, entry_id), _choices(connection)
    again = bool(faults) and request.form.get("do") == "change"
    return page(
        "admin/library_entry.html",
        status=status,
        entry=found,
        past=past,
        typed=request.form if again else _kept(found),
        stale=_differences(found) if stale and again else [],
        faults=faults,
        into=request.form.get("into", ""),
        done=request.args.get("done", ""),
        acts=holds(Role.FINANCE_PERFORMANCE_OFFICE),
        is_open=found.status not in (Status.MERGED.value, Status.DECLINED.value),
        **values,
    )


def _choices(connection: Connection) -> dict[str, Any]:
    units: list[Unit] = [one for one in tree(connection) if one.kind is DepartmentKind.BUDGET_UNIT]
    return {"pairs": pairs(), "comparators": COMPARATORS, "scopes": list(Scope), "departments": units}


def _kept(found: Entry) -> Mapping[str, Any]:
    names = ("level3", "interpretation", "comparator", "unit", "source", "scope", "industry", "department_id")
    return {**{name: getattr(found, name) for name in names}, "level2": f"{found.level1}.{found.level2}"}


def _differences(found: Entry) -> list[tuple[str, str, str]]:
    """What differs between the entry as it now stands and what was typed: name of the field, now, typed."""
    kept = _kept(found)
    words = {
        "level3": gettext("三级指标"), "level2": gettext("二级指标"), "interpretation": gettext("指标解释"),
        "comparator": gettext("符号"), "unit": gettext("单位"), "source": gettext("来源"), "scope": gettext("适用范围"),
        "industry": gettext("行业"), "department_id": gettext("所属部门"),
    }  # fmt: skip
    pairs_ = ((name, str(kept[name] or ""), request.form.get(name, "").strip()) for name in words)
    return [(words[name], now, mine) for name, now, mine in pairs_ if now != mine]
