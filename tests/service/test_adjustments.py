"""Adjustments after approval, and the two rounds of a budget year, on a real database."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.queries.cycles import cycles
from service.queries.drafts import draft
from service.queries.evidence_database import Counted, row_faults
from service.queries.evidence_rows import evidence_rows
from service.queries.submissions import Case, read
from service.render.bundle import evidence_bundle
from service.usecases.issue_control_figure import issue_control_figure
from service.usecases.open_adjustment import open_adjustment
from service.usecases.save_section import save_section
from tests.factories import City, make_city, make_cycle, make_submitted
from tests.steps import Step, empty, step_taker
from workflows.bundle import check_bundle
from workflows.deadlines import beijing_date
from workflows.errors import CommentRequired, FormHasErrors, InvalidRequest, NotAllowed, NotPossibleNow, StaleVersion
from workflows.facts import Request
from workflows.lifecycle import Action, State

REPLY = {"reply_number": "揭市财预〔2022〕5号", "reply_date": date(2022, 2, 10)}


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture
def city(engine: Engine, factory: sessionmaker[Session]) -> City:
    empty(engine)
    with unit_of_work(factory) as session:
        made = make_city(session)
        later = text("update cycle set evaluation_opens_on = current_date + 20, evaluation_due_on = current_date + 90")
        session.execute(later)
    return made


@pytest.fixture
def step(factory: sessionmaker[Session], city: City) -> Step:
    return step_taker(factory, city)


def to_reply(step: Step, form: int) -> None:
    """Through every level but the last."""
    step(form, "dept_head", Action.PASS)
    step(form, "finance_business_office", Action.PASS)
    step(form, "finance_performance_office", Action.PASS, grade="excellent")


@pytest.fixture
def approved(factory: sessionmaker[Session], city: City, step: Step) -> int:
    with unit_of_work(factory) as session:
        form = make_submitted(session, city)
    to_reply(step, form)
    step(form, "finance_budget_office", Action.ISSUE_REPLY, **REPLY)
    return form


def case_of(factory: sessionmaker[Session], form: int) -> Case:
    with unit_of_work(factory) as session:
        return read(session.connection(), form)


def adjust(factory: sessionmaker[Session], city: City, form: int, **changes: Any) -> int:  # noqa: ANN401 - the parameters
    given = {"source": "own_request", "comment": "追加经费"} | changes
    with unit_of_work(factory) as session:
        who = city[given.pop("who", "filler")]
        version = given.pop("version", read(session.connection(), form).locked.version)
        return open_adjustment(session, who, submission_id=form, version=version, **given).id


class TestAdjustment:
    def test_it_begins_as_the_approved_targets_and_takes_their_place_by_its_reply(
        self, factory: sessionmaker[Session], city: City, step: Step, approved: int
    ) -> None:
        before = case_of(factory, approved)
        child = adjust(factory, city, approved)
        with unit_of_work(factory) as session:
            case = read(session.connection(), child)
            begun = draft(session.connection(), case)
            ids = {row["id"] for row in begun.document["key_tasks"]}
            tasks = [{**row, "content": "调整后的内容"} for row in begun.document["key_tasks"]]
            save_section(
                session, city["filler"], submission_id=child, section="key_tasks", value=tasks,
                base_version=begun.sections["key_tasks"].version,
            )  # fmt: skip
        assert case_of(factory, approved).locked.approved_revision_id == before.locked.approved_revision_id
        step(child, "filler", Action.SUBMIT)
        to_reply(step, child)
        step(child, "finance_budget_office", Action.ISSUE_REPLY, **REPLY)
        done, adjusted = case_of(factory, child), case_of(factory, approved)
        assert (done.locked.state, adjusted.locked.state) == (State.CLOSED, State.APPROVED)
        assert adjusted.locked.approved_revision_id == done.locked.approved_revision_id
        with unit_of_work(factory) as session:
            rows = session.execute(
                text("select action from event where subject_id = :id and subject_kind = 'submission' order by seq"),
                {"id": approved},
            )
            assert list(rows.scalars())[-2:] == ["open_adjustment", "amend"]
            stands = session.execute(
                text("select document -> 'key_tasks' as tasks from revision where id = :id"),
                {"id": adjusted.locked.approved_revision_id},
            ).scalar_one()
        assert {row["content"] for row in stands} == {"调整后的内容"}
        assert {row["id"] for row in stands} == ids, (
            "rows keep their identity, so that before and after stand side by side"
        )

    def test_a_unit_with_an_adjustment_counts_once(
        self, factory: sessionmaker[Session], city: City, step: Step, approved: int
    ) -> None:
        child = adjust(factory, city, approved)
        step(child, "filler", Action.SUBMIT)
        to_reply(step, child)
        step(child, "finance_budget_office", Action.ISSUE_REPLY, **REPLY)
        with unit_of_work(factory) as session:
            (line,) = cycles(session.connection())
        assert (line.forms, line.submitted) == (1, 1)

    def test_the_evidence_of_both_forms_holds(
        self, factory: sessionmaker[Session], city: City, step: Step, approved: int
    ) -> None:
        child = adjust(factory, city, approved)
        step(child, "filler", Action.SUBMIT)
        to_reply(step, child)
        step(child, "finance_budget_office", Action.ISSUE_REPLY, **REPLY)
        for form in (child, approved):
            with unit_of_work(factory) as session:
                assert faults_in(session, form) is None
                assert list(row_faults(session.connection(), Counted())) == []

    def test_one_at_a_time_with_a_reason_by_the_unit_and_on_what_they_saw(
        self, factory: sessionmaker[Session], city: City, approved: int
    ) -> None:
        with pytest.raises(CommentRequired):
            adjust(factory, city, approved, comment=" ")
        with pytest.raises(InvalidRequest, match="no_such_source"):
            adjust(factory, city, approved, source="whim")
        with pytest.raises(NotAllowed):
            adjust(factory, city, approved, who="dept_head")
        with pytest.raises(StaleVersion):
            adjust(factory, city, approved, version=1)
        adjust(factory, city, approved)
        with pytest.raises(NotPossibleNow, match="adjustment_open"):
            adjust(factory, city, approved)

    def test_the_reply_comes_too_late_once_results_are_asked_for(
        self, engine: Engine, factory: sessionmaker[Session], city: City, step: Step, approved: int
    ) -> None:
        child = adjust(factory, city, approved)
        step(child, "filler", Action.SUBMIT)
        to_reply(step, child)
        with engine.begin() as connection:
            connection.execute(text("update cycle set evaluation_opens_on = current_date - 1"))
        step(approved, "system", Action.OPEN_EVALUATION)
        with pytest.raises(NotPossibleNow, match="adjusted_form_moved_on"):
            step(child, "finance_budget_office", Action.ISSUE_REPLY, **REPLY)
        step(child, "finance_budget_office", Action.RETURN_FOR_REVISION, comment="年度已结束")
        with pytest.raises(NotPossibleNow, match="adjustment_closed"):
            step(child, "filler", Action.SUBMIT)

    def test_nobody_amends_a_form_by_itself(self, step: Step, approved: int) -> None:
        for who in ("finance_budget_office", "filler"):
            with pytest.raises(NotPossibleNow, match="action_has_its_own_door"):
                step(approved, who, Action.AMEND)


class TestTwoRounds:
    @pytest.fixture
    def second(self, engine: Engine, factory: sessionmaker[Session], city: City) -> int:
        """The cycle of the second round, which follows the city's own."""
        today = beijing_date_of(factory)
        with unit_of_work(factory) as session:
            cycle = make_cycle(
                session, departments=[city.unit, city.below], today=today, budget_round=2,
                filing_due_on=today + timedelta(days=60),
            )  # fmt: skip
            session.execute(
                text("update cycle set followed_by_id = :next where id = :id"), {"next": cycle, "id": city.cycle}
            )
        return cycle

    def issue(self, factory: sessionmaker[Session], city: City, form: int, figure: Decimal | None) -> None:
        with unit_of_work(factory) as session:
            version = read(session.connection(), form).locked.version
            request = Request(Action.ISSUE_CONTROL_FIGURE, control_figure=figure)
            issue_control_figure(
                session, city["finance_budget_office"], submission_id=form, request=request, version=version
            )

    def test_the_control_figure_comes_down_and_the_second_round_ends_in_the_reply(
        self, factory: sessionmaker[Session], city: City, step: Step, second: int
    ) -> None:
        with unit_of_work(factory) as session:
            form = make_submitted(session, city)
        to_reply(step, form)
        with pytest.raises(NotPossibleNow, match="not_in_this_state"):
            step(form, "finance_budget_office", Action.ISSUE_REPLY, **REPLY)
        for nothing in (None, Decimal(0), Decimal(-1)):
            with pytest.raises(InvalidRequest, match="control_figure_required"):
                self.issue(factory, city, form, nothing)
        self.issue(factory, city, form, Decimal("1800.00"))
        with unit_of_work(factory) as session:
            row = session.execute(
                text("select s.state, s.cycle_id, s.control_figure, w.due_at from submission s join work_item w "
                     "on w.submission_id = s.id and w.closed_at is null where s.id = :id"), {"id": form}
            ).one()  # fmt: skip
        assert (row.state, row.cycle_id, row.control_figure) == ("draft", second, Decimal(1800))
        assert beijing_date(row.due_at) == beijing_date_of(factory) + timedelta(days=60)
        with pytest.raises(FormHasErrors) as over:
            step(form, "filler", Action.SUBMIT)
        assert {finding.rule for finding in over.value.findings} == {"A35"}
        with unit_of_work(factory) as session:
            session.execute(text("update submission set control_figure = 1823.37 where id = :id"), {"id": form})
        step(form, "filler", Action.SUBMIT)
        to_reply(step, form)
        with pytest.raises(NotPossibleNow):
            self.issue(factory, city, form, Decimal(1800))
        step(form, "finance_budget_office", Action.ISSUE_REPLY, **REPLY)
        assert case_of(factory, form).locked.state is State.APPROVED
        with unit_of_work(factory) as session:
            assert faults_in(session, form) is None


def faults_in(session: Session, form: int) -> object:
    return check_bundle(json.loads(evidence_bundle(evidence_rows(session.connection(), form))))


def beijing_date_of(factory: sessionmaker[Session]) -> date:
    with unit_of_work(factory) as session:
        return beijing_date(session.execute(text("select clock_timestamp()")).scalar_one())
