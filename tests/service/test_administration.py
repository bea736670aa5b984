# ruff: noqa: ARG005 - the acts of a table take the same arguments
"""Three powers in three hands, the tree of departments, cycles and their dates: who may, and what each act leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.models.people import DepartmentKind
from service.queries.departments import tree, units_of
from service.queries.people import people, person
from service.usecases import accounts, cycles, departments, tokens
from tests.factories import City, make_city, make_draft
from workflows.chain import first_broken, instant
from workflows.deadlines import beijing_date, close_of
from workflows.errors import DomainError, InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import SYSTEM, Actor
from workflows.lifecycle import ADMINISTRATORS, Role

TODAY = beijing_date(datetime.now(UTC))
DATES = cycles.Dates(TODAY, TODAY + timedelta(days=30), TODAY + timedelta(days=300), TODAY + timedelta(days=330))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session
        session.rollback()


@pytest.fixture
def city(session: Session) -> City:
    return make_city(session, today=TODAY)


def newcomer(session: Session, name: str = "newcomer") -> int:
    return accounts.create_person(session, SYSTEM, username=name, name="填报人").person_id


ACTS: dict[str, tuple[Role, Callable[[Session, Actor, City, int], object]]] = {
    "create": (Role.SYS_ADMIN, lambda s, a, c, p: accounts.create_person(s, a, username="another", name="填报人")),
    "change": (Role.SYS_ADMIN, lambda s, a, c, p: accounts.change_person(s, a, person_id=p, name="审核人", email=None)),
    "reset": (Role.SYS_ADMIN, lambda s, a, c, p: accounts.reset_password(s, a, person_id=p)),
    "disable": (Role.SYS_ADMIN, lambda s, a, c, p: accounts.disable_person(s, a, person_id=p)),
    "enable": (Role.SYS_ADMIN, lambda s, a, c, p: accounts.enable_person(s, a, person_id=p)),
    "grant": (
        Role.SEC_ADMIN,
        lambda s, a, c, p: accounts.grant_role(s, a, person_id=p, role=Role.FILLER, department_id=c.unit),
    ),
    "department": (Role.SYS_ADMIN, lambda s, a, c, p: departments.create_department(s, a, code="N1", name="市水利局")),
    "keeps_unsaved": (
        Role.SYS_ADMIN,
        lambda s, a, c, p: departments.set_keeps_unsaved(s, a, department_id=c.unit, keeps=False),
    ),
    "rename": (
        Role.SYS_ADMIN,
        lambda s, a, c, p: departments.rename_department(
            s, a, department_id=c.unit, name="市委政法委", short_name="政法委", name_en=None
        ),
    ),
    "deactivate": (Role.SYS_ADMIN, lambda s, a, c, p: departments.deactivate_department(s, a, department_id=c.unit)),
    "cycle": (Role.FINANCE_PERFORMANCE_OFFICE, lambda s, a, c, p: new_cycle(s, a, c)),
    "dates": (
        Role.FINANCE_PERFORMANCE_OFFICE,
        lambda s, a, c, p: cycles.change_dates(s, a, cycle_id=c.cycle, dates=DATES),
    ),
    "close": (Role.FINANCE_PERFORMANCE_OFFICE, lambda s, a, c, p: cycles.close_cycle(s, a, cycle_id=c.cycle)),
}


def new_cycle(session: Session, actor: Actor, city: City, **values: object) -> int:
    given: dict[str, object] = {
        "code": "2027-1",
        "fiscal_year": 2027,
        "region": "揭阳市",
        "form": "department_overall@2022",
        "dates": DATES,
        "department_ids": [city.unit],
    }
    return cycles.create_cycle(session, actor, **given | values)  # type: ignore[arg-type]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.slow
def test_each_act_belongs_to_one_power(session: Session, city: City, act: str) -> None:
    role, do = ACTS[act]
    target = newcomer(session)
    for name in city.people:
        if name != role.value:
            with pytest.raises(NotAllowed, match="needs_role"):
                do(session, city[name], city, target)
    do(session, city[role.value], city, target)


@pytest.mark.parametrize("admin", sorted(role.value for role in ADMINISTRATORS))
def test_nobody_acts_on_themselves(session: Session, city: City, admin: str) -> None:
    me = city[admin]
    assert me.id is not None
    with pytest.raises(NotAllowed):
        accounts.grant_role(session, me, person_id=me.id, role=Role.FILLER, department_id=city.unit)
    with pytest.raises(NotAllowed):
        accounts.reset_password(session, me, person_id=me.id)
    with pytest.raises(NotAllowed):
        accounts.disable_person(session, me, person_id=me.id)


@pytest.mark.parametrize("second", [Role.SEC_ADMIN, Role.AUDIT_ADMIN, Role.FILLER, Role.OBSERVER])
def test_an_administrator_holds_nothing_beside(session: Session, city: City, second: Role) -> None:
    who, grantor = newcomer(session), city["sec_admin"]
    accounts.grant_role(session, grantor, person_id=who, role=Role.SYS_ADMIN, department_id=city.bureau)
    with pytest.raises(NotPossibleNow, match="administrator_holds_one_power"):
        accounts.grant_role(session, grantor, person_id=who, role=second, department_id=city.bureau)


def test_an_administrator_s_password_is_reset_by_the_security_administrator(session: Session, city: City) -> None:
    auditor = city["audit_admin"].id or 0
    with pytest.raises(NotAllowed):
        accounts.reset_password(session, city["sys_admin"], person_id=auditor)
    assert accounts.reset_password(session, city["sec_admin"], person_id=auditor)


@pytest.mark.parametrize(
    ("role", "place", "reason"),
    [
        (Role.FINANCE_PERFORMANCE_OFFICE, "unit", "role_needs_bureau"),
        (Role.FINANCE_BUDGET_OFFICE, "office", "role_needs_bureau"),
        (Role.OBSERVER, "unit", "role_needs_bureau"),
        (Role.FINANCE_BUSINESS_OFFICE, "unit", "role_needs_office"),
    ],
)
def test_a_role_is_given_where_it_reaches_something(
    session: Session, city: City, role: Role, place: str, reason: str
) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        accounts.grant_role(
            session, city["sec_admin"], person_id=newcomer(session), role=role, department_id=getattr(city, place)
        )


@pytest.mark.parametrize("username", ["", "x", "-ab", "用户", "аdmin", "a b", "a@b", "x" * 41, "a\x00b", "a\nb"])
def test_user_names_are_plain(session: Session, city: City, username: str) -> None:
    """The Cyrillic а looks like a Latin one: only ASCII is taken."""
    with pytest.raises(InvalidRequest, match="username_shape"):
        accounts.create_person(session, city["sys_admin"], username=username, name="填报人")


@pytest.mark.parametrize("email", ["a@b\r\nBcc: c@d.cn", '"<x>"@b.cn', "a@b", "a b@c.cn", "x" * 320 + "@c.cn", "@c.cn"])
def test_mail_addresses_carry_no_header(session: Session, city: City, email: str) -> None:
    with pytest.raises(InvalidRequest, match="email_shape"):
        accounts.create_person(session, city["sys_admin"], username="ab", name="填报人", email=email)


def test_people_are_found_with_their_roles(session: Session, city: City) -> None:
    connection = session.connection()
    page = people(connection, limit=3)
    assert [one.username for one in page] == ["audit_admin", "dept_head", "dept_head2"]
    rest = people(connection, after=page[-1].username, limit=50)
    assert len(page) + len(rest) == len(city.people)
    found = people(connection, search="SEC_")
    assert [one.username for one in found] == ["sec_admin"]
    assert [(held.role, held.department_id) for held in found[0].roles] == [(Role.SEC_ADMIN, city.bureau)]
    assert person(connection, city["filler"].id or 0) is not None
    assert person(connection, 10**9) is None


def test_the_tree_is_sorted_by_pinyin_and_moves_with_what_hangs_below(session: Session, city: City) -> None:
    admin = city["sys_admin"]
    ids = {
        name: departments.create_department(session, admin, code=f"T{n}", name=name, parent_id=city.bureau)
        for n, name in enumerate(("综合科", "办公室", "农业科"))
    }
    below = [unit.name for unit in tree(session.connection()) if unit.parent_id == city.bureau]
    assert [name for name in below if name in ids] == ["办公室", "农业科", "综合科"]
    child = departments.create_department(session, admin, code="T9", name="信访股", parent_id=ids["综合科"])
    departments.move_department(
        session, admin, department_id=ids["综合科"], parent_id=city.superior, business_office_id=None
    )
    paths = session.execute(text("select path from department where id = :id"), {"id": child}).scalar_one()
    assert paths == [city.superior, ids["综合科"], child]
    with pytest.raises(InvalidRequest, match="department_below_itself"):
        departments.move_department(
            session, admin, department_id=ids["综合科"], parent_id=child, business_office_id=None
        )
    departments.move_department(
        session, admin, department_id=ids["综合科"], parent_id=None, business_office_id=city.office
    )
    paths = session.execute(text("select path from department where id = :id"), {"id": child}).scalar_one()
    assert paths == [ids["综合科"], child]


def test_departments_are_refused_with_the_field(session: Session, city: City) -> None:
    admin = city["sys_admin"]
    refused: list[tuple[str, type[DomainError], dict[str, object]]] = [
        ("code_shape", InvalidRequest, {"code": "a b"}),
        ("text_length", InvalidRequest, {"name": "  "}),
        ("text_fault", InvalidRequest, {"name": "a\x00b"}),
        ("text_fault", InvalidRequest, {"name": "政\u202e法委"}),
        ("no_such_department", InvalidRequest, {"parent_id": 10**9}),
        ("office_is_no_office", InvalidRequest, {"business_office_id": city.unit}),
        ("one_finance_bureau", NotPossibleNow, {"kind": DepartmentKind.FINANCE_BUREAU}),
    ]
    for reason, kind, values in refused:
        given: dict[str, object] = {"code": "X1", "name": "市水利局"} | values
        with pytest.raises(kind, match=reason):
            departments.create_department(session, admin, **given)  # type: ignore[arg-type]
    with pytest.raises(NotPossibleNow, match="department_has_children"):
        departments.deactivate_department(session, admin, department_id=city.superior)
    with pytest.raises(NotFound):
        departments.activate_department(session, admin, department_id=10**9)


def test_units_where_one_fills_in(session: Session, city: City) -> None:
    mine = units_of(session.connection(), city["filler2"].id or 0, roles=["filler"])
    assert [unit.id for unit in mine] == [city.below]


def test_a_cycle_binds_what_ships_and_a_second_one_the_same_rows(session: Session, city: City) -> None:
    office = city["finance_performance_office"]
    first = new_cycle(session, office, city)
    second = new_cycle(session, office, city, code="2027-2", budget_round=2)
    bound = "select target_route_id, evaluation_route_id, profile_id from cycle where id = :id"
    rows = [session.execute(text(bound), {"id": one}).one() for one in (first, second)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("values", "reason", "field"),
    [
        ({"code": "年度"}, "code_shape", "code"),
        ({"fiscal_year": 1999}, "year_out_of_range", "fiscal_year"),
        ({"region": ""}, "text_length", "region"),
        ({"form": "nothing@1"}, "no_such_form_type", "form"),
        ({"profile": "../../etc/passwd"}, "no_such_profile", "profile"),
        ({"target_route": "city-evaluation"}, "no_such_profile", "target_route"),
        ({"target_route": "nothing"}, "no_such_profile", "target_route"),
        ({"department_ids": [10**9]}, "no_such_department", "department_ids"),
        ({"dates": cycles.Dates(TODAY, TODAY - timedelta(1), TODAY, TODAY)}, "dates_out_of_order", "filing_due_on"),
        ({"dates": cycles.Dates(TODAY, TODAY, TODAY, date(2020, 2, 29))}, "dates_out_of_order", "evaluation_due_on"),
    ],
)
def test_cycles_are_refused_with_the_field(
    session: Session, city: City, values: dict[str, object], reason: str, field: str
) -> None:
    with pytest.raises(InvalidRequest, match=reason) as refused:
        new_cycle(session, city["finance_performance_office"], city, **values)
    assert refused.value.field == field


def test_moving_a_date_moves_what_fillers_have_open_and_names_a_new_deadline(session: Session, city: City) -> None:
    form = make_draft(session, city)
    office = city["finance_performance_office"]
    later = cycles.Dates(TODAY, TODAY + timedelta(days=60), TODAY + timedelta(days=300), TODAY + timedelta(days=330))
    cycles.change_dates(session, office, cycle_id=city.cycle, dates=later)
    cycles.change_dates(session, office, cycle_id=city.cycle, dates=later)  # again: nothing changes
    due = session.execute(text("select due_at from work_item where submission_id = :id"), {"id": form}).scalar_one()
    assert due == close_of(later.filing_due_on)
    version = session.execute(text("select deadline_version from cycle where id = :id"), {"id": city.cycle})
    assert version.scalar_one() == 2


def test_units_come_and_go_but_not_with_a_form(session: Session, city: City) -> None:
    make_draft(session, city)
    office = city["finance_performance_office"]
    with pytest.raises(NotPossibleNow, match="cycle_has_forms"):
        cycles.change_participants(session, office, cycle_id=city.cycle, removed=[city.unit])
    cycles.change_participants(session, office, cycle_id=city.cycle, removed=[city.below])
    cycles.change_participants(session, office, cycle_id=city.cycle, added=[city.below, city.below])
    cycles.close_cycle(session, office, cycle_id=city.cycle)
    with pytest.raises(NotPossibleNow, match="cycle_closed"):
        cycles.close_cycle(session, office, cycle_id=city.cycle)


def test_tokens_are_for_oneself(session: Session, city: City) -> None:
    mine, other = city["filler"], city["filler2"]
    with pytest.raises(NotAllowed):
        tokens.create_token(session, mine, person_id=other.id or 0, label="x")
    made = tokens.create_token(session, mine, person_id=mine.id or 0, label="x")
    with pytest.raises(NotFound):
        tokens.revoke_token(session, other, token_id=made.id)
    tokens.revoke_token(session, city["sys_admin"], token_id=made.id)
    with pytest.raises(InvalidRequest, match="token_days"):
        tokens.create_token(session, mine, person_id=mine.id or 0, label="x", days=1000)


def test_every_act_is_a_link_that_holds(session: Session, city: City) -> None:
    who = newcomer(session)
    given = accounts.grant_role(session, city["sec_admin"], person_id=who, role=Role.FILLER, department_id=city.unit)
    accounts.revoke_role(session, city["sec_admin"], assignment_id=given)
    accounts.disable_person(session, city["sys_admin"], person_id=who)
    rows = session.execute(
        text("select * from event where subject_kind = 'person' and subject_id = :id order by seq"), {"id": who}
    )
    chain = [{**row._mapping, "at": instant(row.at)} for row in rows]
    assert [link["action"] for link in chain] == ["create", "grant_role", "revoke_role", "disable"]
    assert first_broken(chain) is None
    assert [link["actor_role"] for link in chain] == [None, "sec_admin", "sec_admin", "sys_admin"]
