"""The desk (工作台): what waits for me, what I handled, what I began, what I got a copy of.

What waits is read by desk: 51 index entries for each role at each department, whatever the table holds. A plain join
read every waiting item of the desk instead and was a hundred times slower at a million forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache

from sqlalchemy import Connection, Row, text
from sqlalchemy.sql.elements import TextClause

from service.queries.narrowing import CLAUSES, Filter, narrowing_binds, narrowing_values
from service.queries.visible import VISIBLE
from workflows.facts import Actor
from workflows.lifecycle import Role, RouteKind, State

COUNT_CAP = 1000


class Tab(StrEnum):
    """The boxes that every office knows."""

    TODO = "todo"  # 待办
    DONE = "done"  # 已办: I handled it, and it still runs
    MINE = "mine"  # 我发起的
    CC = "cc"  # 抄送我的
    EVER = "ever"  # 曾经办: all that I ever handled, ended or not


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One line of a box. `at` orders it: the limit of an open item, else when it was handled, changed or copied.

    `key` is the id beside `at`: of the work item, the submission or the copy. `last_action` says how a form came back to
    its unit. `role`, `level` and `desk` (a unit) are those of the work item, None where the box has none. Why it is with
    me: `on_behalf_of` is for whom I stand in, `by` who handed it over or gave the copy. `waits_*` is the first open item
    of the form. Money in 万元. `errors` and `warnings` count findings of the head revision.
    """

    key: int
    at: datetime
    submission_id: int
    department: str
    department_short: str
    department_en: str | None
    fiscal_year: int
    form: str
    kind: str
    state: State
    version: int
    route_kind: RouteKind | None
    round: int
    level: int | None
    role: Role | None
    outcome: str | None
    due_at: datetime | None
    opened_at: datetime | None
    desk: str | None
    desk_en: str | None
    on_behalf_of: str | None
    by: str | None
    read_at: datetime | None
    waits_role: str | None
    waits_department: str | None
    waits_department_en: str | None
    waits_since: datetime | None
    grade: str | None
    blocked: bool
    basic_expenditure: Decimal | None
    project_expenditure: Decimal | None
    last_action: str | None
    errors: int | None
    warnings: int | None


@dataclass(frozen=True, slots=True)
class InboxKey:
    """Where the next page begins: after this line of its box."""

    at: datetime
    id: int


# Desks of a person with one line for each role and unit: one's own right before what is held for another.
_DESKS = """(select role, department_id,
        case when not bool_or(on_behalf_of is null) then min(on_behalf_of) end as on_behalf_of
    from grant_in_force where person_id = :person_id group by role, department_id)"""
# Items that name somebody for whom this person stands in at that desk.
_NAMED_FOR = """(select distinct role, department_id, on_behalf_of from grant_in_force
    where person_id = :person_id and on_behalf_of is not null)"""
# The open work of a person, for those who only count it.
ON_DESK = f"""
select w.id from {_DESKS} g join work_item w on w.closed_at is null and w.role = g.role
    and w.department_id = g.department_id and w.person_id is null
union all select w.id from work_item w where w.closed_at is null and w.person_id = :person_id
union all select w.id from {_NAMED_FOR} g join work_item w on w.closed_at is null and w.role = g.role
    and w.department_id = g.department_id and w.person_id = g.on_behalf_of
"""  # noqa: S608 - constant text, no value of a request is in it

# Every box yields: key, at, submission_id, route_kind, round, level, role, outcome, due_at, opened_at, desk_id,
# on_behalf_of_id, by_id, read_at. `{narrow}` takes the filters.
_ITEM = """w.id as key, w.due_at as at, w.submission_id, w.route_kind, w.round, w.level, w.role, w.outcome, w.due_at,
    w.opened_at, w.department_id as desk_id"""
_NEXT = """(w.due_at, w.id) > (:at, :id) and w.due_at <= :until {narrow}
    order by w.due_at, w.id limit :limit"""
_TODO = f"""
select x.* from (
    select y.* from {_DESKS} g cross join lateral (
        select {_ITEM}, g.on_behalf_of as on_behalf_of_id, null::bigint as by_id, null::timestamptz as read_at
        from work_item w where w.closed_at is null and w.role = g.role and w.department_id = g.department_id
            and w.person_id is null and {_NEXT}) y
    union all
    (select {_ITEM}, null, w.added_by_id, null
        from work_item w where w.closed_at is null and w.person_id = :person_id and {_NEXT})
    union all
    select y.* from {_NAMED_FOR} g cross join lateral (
        select {_ITEM}, g.on_behalf_of, w.added_by_id, null::timestamptz
        from work_item w where w.closed_at is null and w.role = g.role and w.department_id = g.department_id
            and w.person_id = g.on_behalf_of and {_NEXT}) y) x
order by x.at, x.key limit :limit
"""  # noqa: S608 - constant text, no value of a request is in it
_SEEN = f"""from submission s join department d on d.id = s.department_id
    join department b on b.kind = 'finance_bureau' where s.id = box.submission_id and {VISIBLE}"""
_HANDLED = f"""
select box.id as key, box.closed_at as at, box.submission_id, box.route_kind, box.round, box.level, box.role, box.outcome,
    box.due_at, box.opened_at, box.department_id as desk_id, null::bigint as on_behalf_of_id, null::bigint as by_id,
    null::timestamptz as read_at
from work_item box where box.closed_by = :person_id and box.closed_at is not null
    and (box.closed_at, box.id) < (:at, :id) and exists (select 1 {_SEEN} {{running}})
    and not exists (select 1 from work_item n where n.closed_by = :person_id and n.closed_at is not null
        and n.submission_id = box.submission_id and n.id > box.id) {{narrow}}
order by box.closed_at desc, box.id desc limit :limit
"""  # noqa: S608 - constant text, no value of a request is in it
_MINE = f"""
select box.id as key, box.updated_at as at, box.id as submission_id, null::text as route_kind, box.round, box.level,
    null::text as role, null::text as outcome, null::timestamptz as due_at, box.created_at as opened_at,
    null::bigint as desk_id, null::bigint as on_behalf_of_id, null::bigint as by_id, null::timestamptz as read_at
from submission box
where box.created_by = :person_id and (box.updated_at, box.id) < (:at, :id)
    and exists (select 1 {_SEEN.replace("box.submission_id", "box.id")}) {{narrow}}
order by box.updated_at desc, box.id desc limit :limit
"""  # noqa: S608 - constant text, no value of a request is in it
_CC = f"""
select box.id as key, box.created_at as at, box.submission_id, null::text as route_kind, null::bigint as round,
    null::bigint as level, null::text as role, null::text as outcome, null::timestamptz as due_at,
    box.created_at as opened_at, null::bigint as desk_id, null::bigint as on_behalf_of_id, box.given_by as by_id,
    box.read_at
from circulation box where box.person_id = :person_id and (box.created_at, box.id) < (:at, :id)
    and exists (select 1 {_SEEN}) {{narrow}}
order by box.created_at desc, box.id desc limit :limit
"""  # noqa: S608 - constant text, no value of a request is in it
_RUNNING = "and s.state in ('draft', 'review', 'year_end_evaluation')"
# The box, and how its lines name their form.
_BOXES = {
    Tab.TODO: (_TODO, "w.submission_id"),
    Tab.DONE: (_HANDLED.replace("{running}", _RUNNING), "box.submission_id"),
    Tab.EVER: (_HANDLED.replace("{running}", ""), "box.submission_id"),
    Tab.MINE: (_MINE, "box.id"),
    Tab.CC: (_CC, "box.submission_id"),
}


def _box(tab: Tab, names: tuple[str, ...]) -> str:
    box, form = _BOXES[tab]
    found = f"""and exists (select 1 from submission s join department d on d.id = s.department_id
        where s.id = {form} and {" and ".join(CLAUSES[name] for name in names)})"""  # noqa: S608 - constant text
    return box.replace("{narrow}", found if names else "")


@cache
def _page(tab: Tab, names: tuple[str, ...]) -> TextClause:
    order = "at, key" if tab is Tab.TODO else "at desc, key desc"
    return text(f"""
with box as ({_box(tab, names)})
select box.*, d.name as department, d.short_name as department_short, d.name_en as department_en, s.fiscal_year, s.form,
    s.kind, s.state, s.version, coalesce(box.round, s.round) as rounds, s.grade, s.blocked, s.basic_expenditure,
    s.project_expenditure, k.short_name as desk, k.name_en as desk_en,
    (select p.name from person p where p.id = box.on_behalf_of_id) as on_behalf_of,
    (select p.name from person p where p.id = box.by_id) as by,
    waits.role as waits_role, waits.short_name as waits_department, waits.name_en as waits_department_en,
    waits.opened_at as waits_since,
    (select e.action from event e where e.subject_kind = 'submission' and e.subject_id = s.id
        and e.action not in ('replace_with_placeholder', 'clear_mark') order by e.seq desc limit 1) as last_action,
    (select count(*) from jsonb_array_elements(r.findings) f where f ->> 'severity' in ('error', 'block')) as errors,
    (select count(*) from jsonb_array_elements(r.findings) f where f ->> 'severity' = 'warning') as warnings,
    r.id is not null as checked
from box join submission s on s.id = box.submission_id join department d on d.id = s.department_id
    left join revision r on r.id = s.head_revision_id
    left join lateral (select short_name, name_en from department where id = box.desk_id limit 1) k on true
    left join lateral (select w.role, u.short_name, u.name_en, w.opened_at
        from work_item w join department u on u.id = w.department_id
        where w.submission_id = s.id and w.closed_at is null order by w.level, w.seat limit 1) waits on true
order by {order}
""").bindparams(*narrowing_binds(names))  # noqa: S608 - constant text, no value of a request is in it


@cache
def _count(tab: Tab, names: tuple[str, ...]) -> TextClause:
    counted = f"select count(*) from ({_box(tab, names)}) counted"  # noqa: S608 - constant text
    return text(counted).bindparams(*narrowing_binds(names))


_FIRST_DUE = InboxKey(datetime(1, 1, 2, tzinfo=UTC), 0)
_NEWEST = InboxKey(datetime(9999, 1, 1, tzinfo=UTC), 0)
_LAST_DUE = datetime(9999, 1, 1, tzinfo=UTC)


def inbox(
    connection: Connection,
    actor: Actor,
    *,
    tab: Tab,
    after: InboxKey | None = None,
    limit: int = 50,
    until: datetime | None = None,
    narrowed: Filter | None = None,
) -> list[InboxLine]:
    """One page of a box: open items by their limit, the others newest first. Ask for one more to know if more follow.

    `until` narrows what waits to limits at or before it, `narrowed` every box to forms that match.
    """
    filters = narrowing_values(narrowed or Filter())
    values = {**_bounds(actor, tab, until), **filters, "limit": limit}
    if after is not None:
        values |= {"at": after.at, "id": after.id}
    return [_line(row) for row in connection.execute(_page(tab, tuple(filters)), values)]


def count(
    connection: Connection, actor: Actor, *, tab: Tab, until: datetime | None = None, narrowed: Filter | None = None
) -> int:
    """How many lines a box has, up to COUNT_CAP; `until` and `narrowed` as for the page."""
    filters = narrowing_values(narrowed or Filter())
    values = {**_bounds(actor, tab, until), **filters, "limit": COUNT_CAP}
    return int(connection.execute(_count(tab, tuple(filters)), values).scalar_one())


def _bounds(actor: Actor, tab: Tab, until: datetime | None) -> dict[str, object]:
    start = _FIRST_DUE if tab is Tab.TODO else _NEWEST
    bounds: dict[str, object] = {"person_id": actor.id, "at": start.at, "id": start.id}
    return bounds | {"until": until or _LAST_DUE} if tab is Tab.TODO else bounds


def _line(row: Row[tuple[object, ...]]) -> InboxLine:
    values = row._mapping
    named = {name: values[name] for name in _PLAIN}
    return InboxLine(
        **named,
        state=State(values["state"]),
        route_kind=RouteKind(values["route_kind"]) if values["route_kind"] else None,
        role=Role(values["role"]) if values["role"] else None,
        round=values["rounds"],
        errors=values["errors"] if values["checked"] else None,
        warnings=values["warnings"] if values["checked"] else None,
    )


_PLAIN = (
    "key at submission_id department department_short department_en fiscal_year form kind version level outcome due_at "
    "opened_at desk desk_en on_behalf_of by read_at waits_role waits_department waits_department_en waits_since grade "
    "blocked basic_expenditure project_expenditure last_action"
).split()
