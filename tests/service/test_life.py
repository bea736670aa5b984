"""The whole life of a form through its use cases, on a real database: draft, return, levels, reply, evaluation, close."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import count_round_trips, session_factory, unit_of_work
from service.queries.drafts import draft
from service.queries.revisions import revisions_of
from service.queries.submissions import read
from service.usecases.decide import decide
from service.usecases.departments import deactivate_department, move_department
from service.usecases.re_score import re_score
from service.usecases.resolve_mark import resolve_mark
from service.usecases.save_section import save_section
from tests.factories import City, make_city, make_draft, make_person, make_submitted, seed_document
from tests.steps import Step, empty, step_taker
from workflows.chain import first_broken, instant
from workflows.errors import CommentRequired, FormHasErrors, NotAllowed, NotFound, NotPossibleNow, StaleVersion
from workflows.facts import Request
from workflows.lifecycle import Action, State

WEIGHTS = ["6", "5", "5", "6", "6", "5", "5", "6", "6", "15", "15", "10"]
ACTUALS = ["135000", "72", "100", "46", "100", "3", "1", "1", "22", "100", "97", "86"]
REPLY = Request(Action.ISSUE_REPLY, reply_number="揭市财预〔2022〕5号", reply_date=date(2022, 2, 10))


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture
def city(engine: Engine, factory: sessionmaker[Session]) -> City:
    """A city of its own for each test: everything is emptied first, past the triggers that keep history."""
    empty(engine)
    with unit_of_work(factory) as session:
        return make_city(session)


@pytest.fixture
def step(factory: sessionmaker[Session], city: City) -> Step:
    """Take one step as somebody, in a transaction of its own, on the version that stands."""
    return step_taker(factory, city)


@pytest.fixture
def approved(factory: sessionmaker[Session], city: City, step: Step) -> int:
    with unit_of_work(factory) as session:
        form = make_submitted(session, city)
    step(form, "dept_head", Action.PASS)
    step(form, "finance_business_office", Action.PASS, comment="金额与目标相符")
    step(form, "finance_performance_office", Action.PASS, grade="excellent")
    step(
        form,
        "finance_budget_office",
        Action.ISSUE_REPLY,
        reply_number="揭市财预〔2022〕5号",
        reply_date=date(2022, 2, 10),
    )
    return form


def save(factory: sessionmaker[Session], city: City, form: int, *, section: str, value: object, base: int) -> int:
    with unit_of_work(factory) as session:
        return save_section(
            session, city["filler"], submission_id=form, section=section, value=value, base_version=base
        ).version


def chain_of(engine: Engine, form: int) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("select * from event where subject_kind = 'submission' and subject_id = :id order by seq"),
            {"id": form},
        )
        return [{**row, "at": instant(row["at"])} for row in rows.mappings()]


def test_the_whole_life_with_one_return(engine: Engine, factory: sessionmaker[Session], city: City, step: Step) -> None:
    with unit_of_work(factory) as session:
        form = make_submitted(session, city)
    passed = step(form, "dept_head", Action.PASS)
    assert (passed.level, passed.version) == (3, 4), "the level without a superior is skipped, with an event"
    step(form, "finance_business_office", Action.RETURN_FOR_REVISION, comment="请补充依据文号")
    again = step(form, "filler", Action.SUBMIT)
    assert (again.state, again.level) == (State.REVIEW, 1)
    step(form, "dept_head", Action.PASS)
    step(form, "finance_business_office", Action.PASS)
    step(form, "finance_performance_office", Action.PASS, grade="good", comment="建议细化时效指标")
    assert (
        step(
            form,
            "finance_budget_office",
            Action.ISSUE_REPLY,
            reply_number=REPLY.reply_number,
            reply_date=REPLY.reply_date,
        ).state
        is State.APPROVED
    )
    assert step(form, "system", Action.OPEN_EVALUATION).state is State.YEAR_END_EVALUATION
    rows = [
        {"weight": w, "actual_value": a, "entered_score": None, "deviation_analysis": "说明"}
        for w, a in zip(WEIGHTS, ACTUALS, strict=True)
    ]
    save(factory, city, form, section="actuals", value=rows, base=0)
    save(
        factory,
        city,
        form,
        section="execution",
        value={"adjusted_budget": "1823.37", "executed_amount": "1750.2", "deviation_analysis": None},
        base=0,
    )
    step(form, "filler", Action.SUBMIT_EVALUATION)
    step(form, "dept_head", Action.PASS)
    with unit_of_work(factory) as session:
        version = read(session.connection(), form).locked.version
        request = Request(Action.RE_SCORE, comment="核对票据")
        re_score(
            session,
            city["finance_performance_office"],
            submission_id=form,
            version=version,
            request=request,
            scores={"indicators[0]": "5.5"},
        )
    assert step(form, "finance_performance_office", Action.CONFIRM).state is State.CLOSED

    events = chain_of(engine, form)
    assert first_broken(events) is None
    assert [event["action"] for event in events].count("skip_level") == 3
    with engine.connect() as connection:
        revisions = revisions_of(connection, form)
        open_items = connection.execute(text("select count(*) from work_item where closed_at is null")).scalar_one()
    assert [revision.score["total"] for revision in revisions if revision.score] == ["98.24", "98.24"]
    assert revisions[-1].score is not None
    assert revisions[-1].score["audit_total"] == "97.74"
    assert revisions[-1].base_sha256 == revisions[1].sha256
    assert open_items == 0


def test_a_changed_link_of_the_chain_is_named(engine: Engine, approved: int) -> None:
    events = chain_of(engine, approved)
    assert first_broken(events) is None
    events[2]["action"] = "reject"
    broken = first_broken(events)
    assert broken is not None
    assert (broken.seq, broken.reason) == (3, "chain_content")
    assert first_broken(events[:1] + events[2:]).seq == 2  # type: ignore[union-attr]


def test_marks_hold_a_form_until_each_is_resolved(factory: sessionmaker[Session], city: City, step: Step) -> None:
    document = seed_document()
    document["key_tasks"][1]["content"] = "推进重点地区整治。（密）"
    document["key_tasks"][2]["content"] = "开展有关工作。【密】"
    for row in document["key_tasks"]:
        row.pop("secrecy_tag", None)
    with unit_of_work(factory) as session:
        form = make_draft(session, city, document=document)
    with pytest.raises(FormHasErrors) as held:
        step(form, "filler", Action.SUBMIT)
    assert [finding.path for finding in held.value.findings] == ["key_tasks[1].content", "key_tasks[2].content"]
    for who, action, path in (
        ("filler", Action.REPLACE_WITH_PLACEHOLDER, "key_tasks[1]"),
        ("secrecy_reviewer", Action.CLEAR_MARK, "key_tasks[2].content"),
    ):
        with unit_of_work(factory) as session:
            version = read(session.connection(), form).locked.version
            with pytest.raises(CommentRequired):
                resolve_mark(
                    session, city[who], submission_id=form, version=version, request=Request(action), path=path
                )
            request = Request(action, comment="按保密规定处理")
            resolve_mark(session, city[who], submission_id=form, version=version, request=request, path=path)
            with pytest.raises(NotPossibleNow, match="no_mark_here"):
                resolve_mark(session, city[who], submission_id=form, version=version + 1, request=request, path=path)
    step(form, "filler", Action.SUBMIT)
    with unit_of_work(factory) as session:
        tasks = revisions_of(session.connection(), form)[0].document["key_tasks"]
    assert [task["content"] for task in tasks[1:]] == ["涉密事项，线下报送", "开展有关工作。"]
    assert [task["secrecy_tag"] for task in tasks[1:]] == ["withheld_public"] * 2
    assert [task["planned_amount"] for task in tasks[1:]] == ["80", "10"]


def test_a_mark_that_is_typed_away_still_holds_the_form(factory: sessionmaker[Session], city: City, step: Step) -> None:
    document = seed_document()
    document["key_tasks"][1] |= {"content": "推进重点地区整治。（密）", "secrecy_tag": None}
    with unit_of_work(factory) as session:
        form = make_draft(session, city, document=document)
        rows = draft(session.connection(), read(session.connection(), form)).sections["key_tasks"].value
    typed = [{**row, "content": row["content"].replace("（密）", "")} for row in rows]
    save(factory, city, form, section="key_tasks", value=typed, base=1)
    with pytest.raises(FormHasErrors) as held:
        step(form, "filler", Action.SUBMIT)
    assert [(finding.rule, finding.path) for finding in held.value.findings] == [("A16", "key_tasks[1]")]
    save(factory, city, form, section="key_tasks", value=[{**row, "secrecy_tag": None} for row in typed], base=2)
    with unit_of_work(factory) as session:
        version = read(session.connection(), form).locked.version
        request = Request(Action.CLEAR_MARK, comment="误标，不涉密")
        resolve_mark(
            session, city["secrecy_reviewer"], submission_id=form, version=version, request=request, path="key_tasks[1]"
        )
    step(form, "filler", Action.SUBMIT)


def test_a_section_saved_meanwhile_is_not_overwritten(factory: sessionmaker[Session], city: City) -> None:
    with unit_of_work(factory) as session:
        form = make_draft(session, city)
    budget = dict(seed_document()["budget"])
    assert save(factory, city, form, section="budget", value={**budget, "other_funds": "不是数字"}, base=1) == 2, (
        "a draft takes any text"
    )
    assert save(factory, city, form, section="budget", value={**budget, "other_funds": "不是数字"}, base=1) == 2, (
        "the same again is no change"
    )
    with pytest.raises(StaleVersion):
        save(factory, city, form, section="budget", value=budget, base=1)
    assert save(factory, city, form, section="budget", value=budget, base=2) == 3


def test_what_one_may_not_see_is_not_there(factory: sessionmaker[Session], city: City, step: Step) -> None:
    with unit_of_work(factory) as session:
        form = make_draft(session, city)
    for stranger in ("filler2", "dept_head2", "superior_reviewer", "sys_admin", "finance_business_office", "observer"):
        with pytest.raises(NotFound):
            step(form, stranger, Action.SUBMIT)


def test_who_filled_in_may_not_review_even_with_the_role(
    factory: sessionmaker[Session], city: City, step: Step
) -> None:
    with unit_of_work(factory) as session:
        city.people["both"] = make_person(session, "both", filler=city.unit, dept_head=city.unit)
        form = make_draft(session, city, filler="both")
    step(form, "filler", Action.SUBMIT)
    with pytest.raises(NotAllowed, match="own_submission"):
        step(form, "both", Action.PASS)


def test_undo_and_withdraw(engine: Engine, factory: sessionmaker[Session], city: City, step: Step) -> None:
    with unit_of_work(factory) as session:
        form = make_submitted(session, city)
    step(form, "dept_head", Action.PASS)
    with pytest.raises(NotPossibleNow, match="already_decided"):
        step(form, "filler", Action.WITHDRAW)
    assert step(form, "dept_head", Action.UNDO_PASS).level == 1
    assert step(form, "filler", Action.WITHDRAW).state is State.DRAFT
    with engine.connect() as connection:
        levels = connection.execute(text("select level from work_item where closed_at is null")).scalars().all()
        voided = connection.execute(
            text("select count(*) from opinion where voided_by_event_id is not null")
        ).scalar_one()
    assert levels == [0]
    assert voided == 1


def test_a_return_to_an_earlier_level_and_forward_again(factory: sessionmaker[Session], city: City, step: Step) -> None:
    with unit_of_work(factory) as session:
        form = make_submitted(session, city, filler="filler2")
    step(form, "dept_head2", Action.PASS)
    step(form, "superior_reviewer", Action.PASS)
    back = step(form, "finance_business_office", Action.RETURN_FOR_REVISION, comment="请主管部门复核", to_level=2)
    assert (back.state, back.level) == (State.REVIEW, 2)
    assert step(form, "superior_reviewer", Action.PASS).level == 3
    assert step(form, "finance_business_office", Action.PASS).level == 4


def test_the_decision_path_makes_five_round_trips_at_most(
    engine: Engine, factory: sessionmaker[Session], city: City
) -> None:
    """BEGIN, lock, write, COMMIT; the actor is the request's own statement."""
    with unit_of_work(factory) as session:
        form = make_submitted(session, city)
    trips = count_round_trips(engine)
    with unit_of_work(factory) as session:
        decide(session.connection(), city["dept_head"], submission_id=form, request=Request(Action.PASS), version=2)
    assert len(trips) <= 5 + 1, trips  # the route of a fresh process is read once
    assert sum(sql.lstrip().startswith("with s as") for sql in trips) == 1


def test_a_form_returned_in_a_closed_cycle_is_handed_in_again(
    engine: Engine, factory: sessionmaker[Session], city: City, step: Step
) -> None:
    with unit_of_work(factory) as session:
        form = make_submitted(session, city)
    with engine.begin() as connection:
        connection.execute(text("update cycle set closed_at = now()"))
    step(form, "dept_head", Action.RETURN_FOR_REVISION, comment="请补充依据")
    assert step(form, "filler", Action.SUBMIT).level == 1


def test_amounts_of_a_frozen_form_are_exact(factory: sessionmaker[Session], engine: Engine, approved: int) -> None:
    with engine.connect() as connection:
        case = read(connection, approved)
        total = connection.execute(
            text("select sum(planned_amount) from revision_task where revision_id = :id"),
            {"id": case.locked.head_revision_id},
        ).scalar_one()
    assert case.locked.basic_expenditure == Decimal("1263.12")
    assert total == Decimal("560.25") == case.locked.project_expenditure


def test_a_mark_in_what_is_typed_at_year_end_is_not_frozen(
    factory: sessionmaker[Session], city: City, step: Step, approved: int
) -> None:
    step(approved, "finance_performance_office", Action.OPEN_EVALUATION)
    rows = [
        {"weight": w, "actual_value": a, "entered_score": None, "deviation_analysis": "另有安排（密）"}
        for w, a in zip(WEIGHTS, ACTUALS, strict=True)
    ]
    save(factory, city, approved, section="actuals", value=rows, base=0)
    with pytest.raises(FormHasErrors) as held:
        step(approved, "filler", Action.SUBMIT_EVALUATION)
    assert {finding.rule for finding in held.value.findings} >= {"A16", "S2"}


def test_nobody_but_the_reply_writes_number_and_grade(
    engine: Engine, factory: sessionmaker[Session], city: City, approved: int, step: Step
) -> None:
    forged = {"grade": "poor", "reply_number": "伪造1号", "reply_date": date(2001, 1, 1)}
    step(approved, "finance_performance_office", Action.OPEN_EVALUATION, **forged)
    with unit_of_work(factory) as session:
        locked = read(session.connection(), approved).locked
    assert (locked.grade, locked.reply_number, locked.reply_date) == (
        "excellent",
        REPLY.reply_number,
        REPLY.reply_date,
    )


def test_a_grade_that_was_taken_back_is_gone(factory: sessionmaker[Session], city: City, step: Step) -> None:
    with unit_of_work(factory) as session:
        form = make_submitted(session, city)
    step(form, "dept_head", Action.PASS)
    step(form, "finance_business_office", Action.PASS)
    step(form, "finance_performance_office", Action.PASS, grade="excellent")
    step(form, "finance_performance_office", Action.UNDO_PASS)
    with unit_of_work(factory) as session:
        assert read(session.connection(), form).locked.grade is None


def test_a_form_whose_unit_was_moved_is_decided_where_it_lies(
    factory: sessionmaker[Session], city: City, step: Step
) -> None:
    with unit_of_work(factory) as session:
        form = make_submitted(session, city, filler="filler2")
    step(form, "dept_head2", Action.PASS)
    with unit_of_work(factory) as session:
        move_department(
            session, city["sys_admin"], department_id=city.below, parent_id=None, business_office_id=city.office
        )
    assert step(form, "superior_reviewer", Action.PASS).level == 3
    with pytest.raises(NotFound):
        step(form, "superior_reviewer", Action.UNDO_PASS)


def test_nobody_clears_a_mark_from_words_that_came_after_they_looked(
    factory: sessionmaker[Session], city: City, step: Step
) -> None:
    document = seed_document()
    document["key_tasks"][0]["content"] = "普通工作（密）"
    with unit_of_work(factory) as session:
        form = make_draft(session, city, document=document)
    document["key_tasks"][0]["content"] = "另一件事（绝密）"
    save(factory, city, form, section="key_tasks", value=document["key_tasks"], base=1)
    request, reviewer = Request(Action.CLEAR_MARK, comment="不涉密"), city["secrecy_reviewer"]
    asked: dict[str, Any] = {"submission_id": form, "version": 1, "request": request, "path": "key_tasks[0]"}
    with pytest.raises(StaleVersion) as stale, unit_of_work(factory) as session:
        resolve_mark(session, reviewer, base_version=1, **asked)
    assert stale.value.field == "base_version"
    with unit_of_work(factory) as session:
        resolve_mark(session, reviewer, base_version=2, **asked)


def test_a_resolved_row_keeps_its_tag_whatever_is_typed_over_it(
    engine: Engine, factory: sessionmaker[Session], city: City, step: Step
) -> None:
    document = seed_document()
    document["key_tasks"][0]["content"] = "专项行动（机密）"
    with unit_of_work(factory) as session:
        form = make_draft(session, city, document=document)
        request = Request(Action.REPLACE_WITH_PLACEHOLDER, comment="线下报送")
        resolve_mark(session, city["filler"], submission_id=form, version=1, request=request, path="key_tasks[0]")
    with engine.connect() as connection:
        rows = connection.execute(
            text("select body -> 'value' from draft_section where submission_id = :id and section = 'key_tasks'"),
            {"id": form},
        ).scalar_one()
    rows[0] |= {"secrecy_tag": None, "content": "专项行动"}
    with unit_of_work(factory) as session:
        saved = save_section(
            session, city["filler"], submission_id=form, section="key_tasks", value=rows, base_version=2
        )
    assert (saved.value[0]["content"], saved.value[0]["secrecy_tag"]) == ("专项行动", "withheld_public")


def test_whoever_put_the_placeholder_in_does_not_review(factory: sessionmaker[Session], city: City, step: Step) -> None:
    document = seed_document()
    document["key_tasks"][0]["content"] = "专项行动（机密）"
    with unit_of_work(factory) as session:
        form = make_draft(session, city, document=document)
        both = make_person(session, "both", filler=city.unit, dept_head=city.unit)
        request = Request(Action.REPLACE_WITH_PLACEHOLDER, comment="线下报送")
        resolve_mark(session, both, submission_id=form, version=1, request=request, path="key_tasks[0]")
    version = step(form, "filler", Action.SUBMIT).version
    with pytest.raises(NotAllowed, match="own_submission"), unit_of_work(factory) as session:
        decide(session.connection(), both, submission_id=form, request=Request(Action.PASS), version=version)


def test_a_closed_unit_opens_no_form(factory: sessionmaker[Session], city: City) -> None:
    with unit_of_work(factory) as session:
        deactivate_department(session, city["sys_admin"], department_id=city.unit)
    with pytest.raises(NotPossibleNow, match="department_inactive"), unit_of_work(factory) as session:
        make_draft(session, city)
