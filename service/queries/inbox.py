"""The desk (工作台): what waits for me, what I handled, what I began, what I was told of.

What waits is read by desk: 51 index entries for each role at each department, whatever the table holds. A plain join
read every waiting item of the desk instead and was a hundred times slower at a million forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Connection, Row, text

from service.queries.visible import VISIBLE
from workflows.facts import Actor
from workflows.lifecycle import Role, RouteKind, State

COUNT_CAP = 1000


class Tab(StrEnum):
    """The four boxes that every office knows."""

    TODO = "todo"  # 待办
    DONE = "done"  # 曾经办
    MINE = "mine"  # 我发起的
    CC = "cc"  # 抄送我的


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One line of a box. `at` orders it: the limit of an open item, else when it was handled, changed or told.

    `key` is the id beside `at`: of the work item, the submission or the notification. `last_action` says how a form
    came back to its unit. `role` and `level` are those of
    the work item, None where the box has none. Money in 万元. `errors` and `warnings` count findings of the head revision.
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


# Every box yields: key, at, submission_id, route_kind, round, level, role, outcome, due_at, opened_at.
_TODO = """
select x.* from (
    select y.* from (select distinct role, department_id from role_assignment where person_id = :person_id) g
        cross join lateral (
            select w.id as key, w.due_at as at, w.submission_id, w.route_kind, w.round, w.level, w.role, w.outcome,
                w.due_at, w.opened_at
            from work_item w
            where w.closed_at is null and w.role = g.role and w.department_id = g.department_id
                and w.person_id is null and (w.due_at, w.id) > (:at, :id) and w.due_at <= :until
            order by w.due_at, w.id limit :limit) y
    union all
    (select w.id, w.due_at, w.submission_id, w.route_kind, w.round, w.level, w.role, w.outcome, w.due_at, w.opened_at
        from work_item w
        where w.closed_at is null and w.person_id = :person_id and (w.due_at, w.id) > (:at, :id) and w.due_at <= :until
        order by w.due_at, w.id limit :limit)) x
order by x.at, x.key limit :limit
"""
_SEEN = f"""from submission s join department d on d.id = s.department_id
    join department b on b.kind = 'finance_bureau' where s.id = box.submission_id and {VISIBLE}"""
_DONE = f"""
select box.id as key, box.closed_at as at, box.submission_id, box.route_kind, box.round, box.level, box.role, box.outcome,
    box.due_at, box.opened_at
from work_item box where box.closed_by = :person_id and box.closed_at is not null
    and (box.closed_at, box.id) < (:at, :id) and exists (select 1 {_SEEN})
order by box.closed_at desc, box.id desc limit :limit
"""  # noqa: S608 - constant text, no value of a request is in it
_MINE = f"""
select s.id as key, s.updated_at as at, s.id as submission_id, null::text as route_kind, s.round, s.level,
    null::text as role, null::text as outcome, null::timestamptz as due_at, s.created_at as opened_at
from submission s join department d on d.id = s.department_id join department b on b.kind = 'finance_bureau'
where s.created_by = :person_id and (s.updated_at, s.id) < (:at, :id) and {VISIBLE}
order by s.updated_at desc, s.id desc limit :limit
"""  # noqa: S608 - constant text, no value of a request is in it
# Told of, and neither begun by me nor once on my desk. One line for a form: the newest thing that was told.
_CC = f"""
select box.id as key, box.created_at as at, box.submission_id, null::text as route_kind, null::bigint as round,
    null::bigint as level, null::text as role, box.topic as outcome, null::timestamptz as due_at,
    box.created_at as opened_at
from notification box where box.person_id = :person_id and box.submission_id is not null
    and (box.created_at, box.id) < (:at, :id)
    and not exists (select 1 from notification n where n.person_id = box.person_id
        and n.submission_id = box.submission_id and n.id > box.id)
    and not exists (select 1 from work_item w join role_assignment g on g.person_id = :person_id and g.role = w.role
        and g.department_id = w.department_id where w.submission_id = box.submission_id)
    and exists (select 1 {_SEEN} and s.created_by <> :person_id)
order by box.created_at desc, box.id desc limit :limit
"""  # noqa: S608 - constant text, no value of a request is in it
_BOXES = {Tab.TODO: _TODO, Tab.DONE: _DONE, Tab.MINE: _MINE, Tab.CC: _CC}


def _page(box: str, *, order: str) -> str:
    return f"""
with box as ({box})
select box.*, d.name as department, d.short_name as department_short, d.name_en as department_en, s.fiscal_year, s.form,
    s.kind, s.state, s.version, coalesce(box.round, s.round) as rounds, s.grade, s.blocked, s.basic_expenditure,
    s.project_expenditure,
    (select e.action from event e where e.subject_kind = 'submission' and e.subject_id = s.id
        and e.action not in ('replace_with_placeholder', 'clear_mark') order by e.seq desc limit 1) as last_action,
    (select count(*) from jsonb_array_elements(r.findings) f where f ->> 'severity' in ('error', 'block')) as errors,
    (select count(*) from jsonb_array_elements(r.findings) f where f ->> 'severity' = 'warning') as warnings,
    r.id is not null as checked
from box join submission s on s.id = box.submission_id join department d on d.id = s.department_id
    left join revision r on r.id = s.head_revision_id
order by {order}
"""  # noqa: S608 - constant text, no value of a request is in it


_PAGES = {
    tab: text(_page(box, order="at, key" if tab is Tab.TODO else "at desc, key desc")) for tab, box in _BOXES.items()
}
_COUNTS = {tab: text(f"select count(*) from ({box}) counted") for tab, box in _BOXES.items()}  # noqa: S608 - constant text

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
) -> list[InboxLine]:
    """One page of a box: open items by their limit, the others newest first. Ask for one more to know if more follow.

    `until` narrows what waits to limits at or before it.
    """
    values = {**_bounds(actor, tab, until), "limit": limit}
    if after is not None:
        values |= {"at": after.at, "id": after.id}
    return [_line(row) for row in connection.execute(_PAGES[tab], values)]


def count(connection: Connection, actor: Actor, *, tab: Tab, until: datetime | None = None) -> int:
    """How many lines a box has, up to COUNT_CAP; `until` as for the page."""
    values = {**_bounds(actor, tab, until), "limit": COUNT_CAP}
    return int(connection.execute(_COUNTS[tab], values).scalar_one())


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
    "opened_at grade blocked basic_expenditure project_expenditure last_action"
).split()
