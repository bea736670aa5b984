"""The tree of departments: made, renamed, moved, closed. By the system administrator; each act is a link of its chain."""

from __future__ import annotations

import re
from typing import Final

from pypinyin import Style, lazy_pinyin
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.models.chain_event import append_event
from service.models.people import Department, DepartmentKind
from workflows.document import name_fault
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Actor
from workflows.lifecycle import Role

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")
# The whole tree is locked while a node moves: two moves at once could make a ring.
_LOCK_TREE = text("select pg_advisory_xact_lock(hashtextextended('department_tree', 0))")
_MOVE = text("""
update department set path = cast(:above as bigint[]) || path[cardinality(cast(:old as bigint[])):] where :id = any(path)
""")


def sort_key(name: str) -> str:
    """The name as it sorts: pinyin without tones, small letters. The embedded server has no Chinese collation."""
    return " ".join(lazy_pinyin(name, style=Style.NORMAL)).casefold()


def create_department(
    session: Session,
    actor: Actor,
    *,
    code: str,
    name: str,
    short_name: str | None = None,
    name_en: str | None = None,
    kind: DepartmentKind = DepartmentKind.BUDGET_UNIT,
    parent_id: int | None = None,
    business_office_id: int | None = None,
) -> int:
    """A new department. Raises NotAllowed, InvalidRequest, NotPossibleNow (the code or a second bureau)."""
    _needs_administrator(actor)
    if _CODE.fullmatch(code) is None:
        raise InvalidRequest("code_shape", field="code")
    session.connection().execute(_LOCK_TREE)
    if kind is DepartmentKind.FINANCE_BUREAU and _bureau(session) is not None:
        raise NotPossibleNow("one_finance_bureau", field="kind")
    parent = _parent(session, parent_id)
    full = _text(name, field="name", longest=100)
    short = _text(short_name or name, field="short_name", longest=100)
    department = Department(
        code=code,
        name=full,
        short_name=short,
        name_en=_text(name_en, field="name_en", longest=200) if name_en else None,
        sort_key=sort_key(short),
        kind=kind,
        parent_id=parent_id,
        path=[],
        business_office_id=_office(session, business_office_id),
    )
    session.add(department)
    session.flush()
    department.path = [*(parent.path if parent else []), department.id]
    session.flush()
    _note(session, actor, department.id, action="create")
    return department.id


def rename_department(
    session: Session, actor: Actor, *, department_id: int, name: str, short_name: str, name_en: str | None
) -> None:
    """Give it another name. Forms keep the name that they were frozen with."""
    _needs_administrator(actor)
    department = _department(session, department_id)
    department.name = _text(name, field="name", longest=100)
    department.short_name = _text(short_name, field="short_name", longest=100)
    department.name_en = _text(name_en, field="name_en", longest=200) if name_en else None
    department.sort_key = sort_key(department.short_name)
    _note(session, actor, department_id, action="rename")


def move_department(
    session: Session, actor: Actor, *, department_id: int, parent_id: int | None, business_office_id: int | None
) -> None:
    """Hang it, with everything below, under another node, and name the office in charge.

    Open work stays on the desks where it lies; the next level is asked of the new superior.
    """
    _needs_administrator(actor)
    connection = session.connection()
    connection.execute(_LOCK_TREE)
    department = _department(session, department_id)
    parent = _parent(session, parent_id)
    if parent is not None and department_id in parent.path:
        raise InvalidRequest("department_below_itself", field="parent_id")
    old, above = list(department.path), list(parent.path) if parent else []
    department.parent_id, department.business_office_id = parent_id, _office(session, business_office_id)
    session.flush()
    connection.execute(_MOVE, {"id": department_id, "old": old, "above": above})
    session.expire_all()
    _note(session, actor, department_id, action="move")


def deactivate_department(session: Session, actor: Actor, *, department_id: int) -> None:
    """Close it for new forms and new roles; its forms stay. Raises NotPossibleNow while units below it are active."""
    _needs_administrator(actor)
    department = _department(session, department_id)
    below = select(Department.id).where(Department.parent_id == department_id, Department.active).limit(1)
    if session.execute(below).scalar() is not None:
        raise NotPossibleNow("department_has_children")
    department.active = False
    _note(session, actor, department_id, action="deactivate")


def activate_department(session: Session, actor: Actor, *, department_id: int) -> None:
    """Open it again."""
    _needs_administrator(actor)
    _department(session, department_id).active = True
    _note(session, actor, department_id, action="activate")


def set_keeps_unsaved(session: Session, actor: Actor, *, department_id: int, keeps: bool) -> None:
    """Let what is typed into the unit's forms wait in the browser's tab until it is sent, or not.

    Where several people use one computer, what one of them typed must not stay in its browser. Pages that are open keep
    to the switch as it was when they were loaded.
    """
    _needs_administrator(actor)
    _department(session, department_id).keeps_unsaved = keeps
    _note(session, actor, department_id, action="keep_unsaved" if keeps else "forget_unsaved")


def _needs_administrator(actor: Actor) -> None:
    if not actor.is_system and all(grant.role is not Role.SYS_ADMIN for grant in actor.grants):
        raise NotAllowed("needs_role", role=Role.SYS_ADMIN.value)


def _department(session: Session, department_id: int) -> Department:
    department = session.get(Department, department_id, with_for_update=True)
    if department is None:
        raise NotFound("no_such_department")
    return department


def _parent(session: Session, parent_id: int | None) -> Department | None:
    if parent_id is None:
        return None
    parent = session.get(Department, parent_id)
    if parent is None:
        raise InvalidRequest("no_such_department", field="parent_id")
    if not parent.active:
        raise InvalidRequest("department_inactive", field="parent_id")
    return parent


def _office(session: Session, office_id: int | None) -> int | None:
    if office_id is None:
        return None
    office = session.get(Department, office_id)
    if office is None or office.kind is not DepartmentKind.FINANCE_OFFICE:
        raise InvalidRequest("office_is_no_office", field="business_office_id")
    return office_id


def _bureau(session: Session) -> int | None:
    return session.execute(
        select(Department.id).where(Department.kind == DepartmentKind.FINANCE_BUREAU)
    ).scalar_one_or_none()


def _text(value: str, *, field: str, longest: int) -> str:
    value = value.strip()
    if not 1 <= len(value) <= longest:
        raise InvalidRequest("text_length", field=field, shortest="1", longest=str(longest))
    if name_fault(value):
        raise InvalidRequest("text_fault", field=field)
    return value


def _note(session: Session, actor: Actor, department_id: int, *, action: str) -> None:
    session.flush()
    append_event(session.connection(), "department", department_id, action=action, actor=actor, body={})
