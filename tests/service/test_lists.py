"""The register and the four boxes: pages that join without a gap, counts that are lengths, filters, and desks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.queries import inbox, lists
from service.queries.events import events_of
from service.queries.frame import masthead
from service.queries.inbox import InboxKey, Tab
from service.queries.lists import Filter, NewestKey
from service.queries.submissions import read
from service.usecases.circulate import circulate, read_copy
from service.usecases.decide import decide
from tests.factories import City, make_city, make_cycle, make_department, make_draft, make_person, make_submitted
from workflows.deadlines import beijing_date
from workflows.facts import Actor, Grant, Request
from workflows.lifecycle import Action, Role, State

TODAY = beijing_date(datetime.now(UTC))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session
        session.rollback()


@pytest.fixture
def city(session: Session) -> City:
    return make_city(session, today=TODAY)


def many(session: Session, city: City, count: int) -> list[int]:
    """Forms of as many units, all at level 1, on the desks of heads of their own."""
    units = [make_department(session, business_office_id=city.office) for _ in range(count)]
    cycle = make_cycle(session, departments=units, today=TODAY)
    forms = []
    for number, unit in enumerate(units):
        filler = make_person(session, f"many{number}", filler=unit)
        one = City(city.bureau, city.office, unit, city.superior, city.below, cycle, {"filler": filler})
        forms.append(make_submitted(session, one))
    return forms


def test_pages_of_the_register_join_without_gap_or_double(session: Session, city: City) -> None:
    forms = many(session, city, 7)
    # All of one transaction bear one moment: the id alone then keeps the order total.
    session.execute(text("update submission set updated_at = now()"))
    connection, reader, seen, after = session.connection(), city["finance_performance_office"], [], None
    while page := lists.submissions(connection, reader, narrowed=Filter(), after=after, limit=3):
        seen += [line.id for line in page]
        after = NewestKey(page[-1].updated_at, page[-1].id)
    assert seen == sorted(forms, reverse=True)
    assert lists.count(connection, reader, narrowed=Filter()) == len(seen)


def test_a_line_says_with_whom_it_lies_and_what_was_found(session: Session, city: City) -> None:
    make_submitted(session, city)
    line = lists.submissions(session.connection(), city["dept_head"], narrowed=Filter())[0]
    assert (line.state, line.level, line.waits_role, line.waits_department) == (State.REVIEW, 1, "dept_head", "政法委")
    assert (line.basic_expenditure, line.project_expenditure) == (Decimal("1263.12"), Decimal("560.25"))
    assert (line.indicators, line.errors) == (12, 0)
    assert line.warnings
    assert line.due_at is not None


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        (Filter(fiscal_year=2022), 2),
        (Filter(fiscal_year=2023), 0),
        (Filter(states=(State.DRAFT,)), 1),
        (Filter(states=(State.DRAFT, State.REVIEW)), 2),
        (Filter(level=1), 1),
        (Filter(text="政法"), 1),
        (Filter(text="第一中学"), 1),
        (Filter(text="%"), 0),
        (Filter(text="_"), 0),
        (Filter(text="' or 1=1--"), 0),
        (Filter(overdue=True), 0),
        (Filter(project_expenditure_from=Decimal("560.25")), 1),
        (Filter(project_expenditure_from=Decimal("560.26")), 0),
        (Filter(fiscal_year=2022, states=(State.REVIEW,), level=1, text="一中"), 1),
    ],
)
@pytest.mark.slow
def test_filters_narrow(session: Session, city: City, narrowed: Filter, found: int) -> None:
    make_draft(session, city)
    make_submitted(session, city, filler="filler2")
    connection, reader = session.connection(), city["finance_performance_office"]
    assert len(lists.submissions(connection, reader, narrowed=narrowed)) == found
    assert lists.count(connection, reader, narrowed=narrowed) == found


def test_who_sees_only_their_own_is_served_by_the_index_of_units(session: Session, city: City) -> None:
    """The shortcut for narrow scopes drops nothing that the policy shows."""
    form = make_draft(session, city)
    session.execute(text("set local enable_seqscan = off"))
    for name in ("filler", "dept_head"):
        assert [line.id for line in lists.submissions(session.connection(), city[name], narrowed=Filter())] == [form]
    two_roles = Actor(city["filler2"].id, "x", (Grant(Role.FILLER, city.below), Grant(Role.DEPT_HEAD, city.below)))
    assert lists.submissions(session.connection(), two_roles, narrowed=Filter()) == []


@pytest.mark.parametrize("few", [0, 1, 40])
def test_few_units_and_many_are_served_by_different_indexes_with_one_answer(
    session: Session, city: City, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "FEW", few)
    first, second = make_submitted(session, city), make_submitted(session, city, filler="filler2")
    connection = session.connection()
    expected = {
        "superior_reviewer": [second],
        "finance_business_office": [second, first],
        "secrecy_reviewer": [first],
        "external_expert": [first],
        "observer": [],
        "sec_admin": [],
    }
    for name, forms in expected.items():
        for narrowed in (Filter(), Filter(text="中")):  # 中共… and …中学
            lines = lists.submissions(connection, city[name], narrowed=narrowed)
            assert sorted((line.id for line in lines), reverse=True) == forms, name
            assert lists.count(connection, city[name], narrowed=narrowed) == len(forms)


def test_a_number_finds_the_form_of_that_number(session: Session, city: City) -> None:
    form = make_submitted(session, city)
    connection = session.connection()
    found = lists.submissions(connection, city["finance_performance_office"], narrowed=Filter(text=str(form)))
    assert [line.id for line in found] == [form]
    assert lists.submissions(connection, city["filler2"], narrowed=Filter(text=str(form))) == []
    assert lists.submissions(connection, city["filler"], narrowed=Filter(text="9" * 30)) == []


def test_the_box_of_open_work_joins_all_desks_in_the_order_of_limits(session: Session, city: City) -> None:
    forms = many(session, city, 6)
    connection = session.connection()
    desks = (
        session.execute(text("select distinct department_id from work_item where role = 'dept_head'")).scalars().all()
    )
    head = make_person(session, "head-of-all")
    for desk in desks:
        session.execute(
            text("insert into role_assignment (person_id, role, department_id) values (:p, 'dept_head', :d)"),
            {"p": head.id, "d": desk},
        )
    session.execute(
        text("update work_item set due_at = due_at - make_interval(days => (id % 3)::int) where closed_at is null")
    )
    seen: list[tuple[datetime, int]] = []
    after = None
    while page := inbox.inbox(connection, head, tab=Tab.TODO, after=after, limit=2):
        seen += [(line.at, line.key) for line in page]
        after = InboxKey(page[-1].at, page[-1].key)
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == len(forms)
    assert inbox.count(connection, head, tab=Tab.TODO) == len(forms)


def test_the_filler_finds_the_draft_in_the_same_box(session: Session, city: City) -> None:
    form = make_draft(session, city)
    line = inbox.inbox(session.connection(), city["filler"], tab=Tab.TODO)[0]
    assert (line.submission_id, line.level, line.role, line.errors) == (form, 0, Role.FILLER, None)


def test_what_was_handled_moves_to_the_box_of_the_handled(session: Session, city: City) -> None:
    form = make_submitted(session, city)
    head, connection = city["dept_head"], session.connection()
    decide(session.connection(), head, submission_id=form, request=Request(Action.PASS), version=2)
    assert inbox.inbox(connection, head, tab=Tab.TODO) == []
    done = inbox.inbox(connection, head, tab=Tab.DONE)
    assert [(line.submission_id, line.outcome) for line in done] == [(form, "pass")]
    office = inbox.inbox(connection, city["finance_business_office"], tab=Tab.TODO)
    assert [(line.submission_id, line.level) for line in office] == [(form, 3)]
    mine = inbox.inbox(connection, city["filler"], tab=Tab.MINE)
    assert [line.submission_id for line in mine] == [form]


def test_a_copy_lies_in_its_readers_box_as_long_as_they_may_see_the_form(session: Session, city: City) -> None:
    form = make_submitted(session, city)
    connection, reader = session.connection(), city["finance_performance_office"]
    circulate(connection, city["filler"], submission_id=form, people=[reader.id or 0])
    [line] = inbox.inbox(connection, reader, tab=Tab.CC)
    assert (line.submission_id, line.by, line.read_at, line.waits_role) == (form, "filler", None, "dept_head")
    read_copy(connection, reader, submission_id=form)
    assert inbox.inbox(connection, reader, tab=Tab.CC)[0].read_at is not None
    for name in ("dept_head", "filler", "filler2", "secrecy_reviewer"):
        assert inbox.inbox(connection, city[name], tab=Tab.CC) == [], name
    session.execute(text("delete from role_assignment where person_id = :p"), {"p": reader.id})
    assert inbox.inbox(connection, reader, tab=Tab.CC) == []


def test_what_i_decided_is_handled_while_it_runs_and_ever_after(session: Session, city: City) -> None:
    form, connection = make_submitted(session, city), session.connection()
    decide(connection, city["dept_head"], submission_id=form, request=Request(Action.PASS), version=2)
    decide(connection, city["dept_head"], submission_id=form, request=Request(Action.UNDO_PASS), version=4)
    decide(connection, city["dept_head"], submission_id=form, request=Request(Action.PASS), version=5)
    for tab in (Tab.DONE, Tab.EVER):  # one line for a form that I handled twice
        [line] = inbox.inbox(connection, city["dept_head"], tab=tab)
        assert (line.submission_id, line.outcome, line.waits_role) == (form, "pass", "finance_business_office")
    for who in ("finance_business_office", "finance_performance_office"):
        version = read(connection, form).locked.version
        decide(
            connection, city[who], submission_id=form, version=version, request=Request(Action.PASS, grade="excellent")
        )
    reply = Request(Action.ISSUE_REPLY, reply_number="1", reply_date=TODAY)
    version = read(connection, form).locked.version
    decide(connection, city["finance_budget_office"], submission_id=form, request=reply, version=version)
    assert inbox.inbox(connection, city["dept_head"], tab=Tab.DONE) == []
    assert [line.submission_id for line in inbox.inbox(connection, city["dept_head"], tab=Tab.EVER)] == [form]


def test_each_line_says_at_which_desk_and_for_whom_it_waits(session: Session, city: City) -> None:
    form, connection = make_submitted(session, city), session.connection()
    deputy = make_person(session, "deputy")
    session.execute(
        text(
            "insert into delegation (person_id, delegate_id, role, department_id, starts_at, ends_at, reason, set_by)"
            " values (:p, :d, 'dept_head', :u, now() - interval '1 day', now() + interval '1 day', 'x', :p)"
        ),
        {"p": city["dept_head"].id, "d": deputy.id, "u": city.unit},
    )
    own = inbox.inbox(connection, city["dept_head"], tab=Tab.TODO)
    lent = inbox.inbox(connection, deputy, tab=Tab.TODO)
    assert [(one.submission_id, one.role, one.desk, one.on_behalf_of) for one in own] == [
        (form, Role.DEPT_HEAD, "政法委", None)
    ]
    assert [(one.submission_id, one.desk, one.on_behalf_of) for one in lent] == [(form, "政法委", "dept_head")]
    assert masthead(connection, deputy.id).todo == inbox.count(connection, deputy, tab=Tab.TODO) == 1
    session.execute(
        text("update work_item set person_id = :p, added_by_id = :f where submission_id = :s and closed_at is null"),
        {"p": city["dept_head"].id, "f": city["filler"].id, "s": form},
    )
    for who, behalf in ((city["dept_head"], None), (deputy, "dept_head")):
        [line] = inbox.inbox(connection, who, tab=Tab.TODO)
        assert (line.by, line.on_behalf_of) == ("filler", behalf)
        assert masthead(connection, who.id).todo == inbox.count(connection, who, tab=Tab.TODO) == 1


FILTERS = {
    "year": Filter(fiscal_year=2022),
    "another year": Filter(fiscal_year=2031),
    "state": Filter(states=(State.REVIEW,)),
    "draft": Filter(states=(State.DRAFT,)),
    "stage": Filter(stage=Role.DEPT_HEAD),
    "other stage": Filter(stage=Role.FINANCE_BUDGET_OFFICE),
    "name": Filter(text="政法"),
    "other name": Filter(text="无此部门"),
    "overdue": Filter(overdue=True),
    "warned": Filter(warned=True),
    "from": Filter(project_expenditure_from=Decimal("560.25")),
    "above": Filter(project_expenditure_from=Decimal("560.26")),
    "to": Filter(project_expenditure_to=Decimal("560.25")),
    "below": Filter(project_expenditure_to=Decimal("560.24")),
}
NOTHING = {"another year", "draft", "other stage", "other name", "overdue", "above", "below"}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_narrows_every_box_as_it_narrows_the_register(session: Session, city: City, name: str) -> None:
    form, connection = make_submitted(session, city), session.connection()
    head, narrowed = city["dept_head"], FILTERS[name]
    warned = bool(inbox.inbox(connection, head, tab=Tab.TODO)[0].warnings)
    expected = [] if name in NOTHING or (name == "warned" and not warned) else [form]
    circulate(connection, city["filler"], submission_id=form, people=[head.id or 0])
    assert [line.id for line in lists.submissions(connection, head, narrowed=narrowed)] == expected
    for who, tab in ((head, Tab.TODO), (head, Tab.CC), (city["filler"], Tab.MINE), (city["filler"], Tab.DONE)):
        lines = inbox.inbox(connection, who, tab=tab, narrowed=narrowed)
        assert [line.submission_id for line in lines] == expected, tab
        assert inbox.count(connection, who, tab=tab, narrowed=narrowed) == len(expected)


def test_nothing_is_left_on_the_desk_of_a_role_that_is_gone(session: Session, city: City) -> None:
    form = make_submitted(session, city)
    head = city["dept_head"]
    decide(session.connection(), head, submission_id=form, request=Request(Action.PASS), version=2)
    session.execute(text("delete from role_assignment where person_id = :p"), {"p": head.id})
    for tab in Tab:
        assert inbox.inbox(session.connection(), head, tab=tab) == []


def test_events_come_with_their_words(session: Session, city: City) -> None:
    form = make_submitted(session, city)
    decide(
        session.connection(),
        city["dept_head"],
        submission_id=form,
        request=Request(Action.RETURN_FOR_REVISION, comment="请补充依据"),
        version=2,
    )
    connection = session.connection()
    events = events_of(connection, form)
    assert [(e.seq, e.action, e.comment) for e in events] == [
        (1, "create", None),
        (2, "submit", None),
        (3, "return_for_revision", "请补充依据"),
    ]
    assert events[2].role is Role.DEPT_HEAD
    assert (events[2].from_state, events[2].to_state) == (State.REVIEW, State.DRAFT)
    assert [e.seq for e in events_of(connection, form, after=1, limit=1)] == [2]
