"""A reason answers a finding: who may give it, what it lets pass, how long it holds, and who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.db import session_factory
from service.queries.revisions import revision
from service.queries.submissions import read
from service.queries.waivers import frozen_answers, waivers_of
from service.usecases.save_section import save_section
from service.usecases.submit import submit
from service.usecases.waive import Asked, waive, withdraw_waiver
from tests.factories import City, make_city, make_draft, seed_document
from workflows.canonical import document_hash
from workflows.errors import FormHasErrors, InvalidRequest, NotAllowed, NotFound, NotPossibleNow
from workflows.facts import Request
from workflows.lifecycle import Action

SMALL = Asked("A12", "indicators[6]")
UNLISTED = Asked("A2", "budget.project_expenditure")


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A transaction that is taken back."""
    with session_factory(engine)() as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def town(session: Session) -> City:
    return make_city(session)


def _save(session: Session, city: City, form: int, section: str, value: Any) -> None:  # noqa: ANN401
    held = session.execute(
        text("select version from draft_section where submission_id = :id and section = :section"),
        {"id": form, "section": section},
    ).scalar_one()
    save_section(session, city["filler"], submission_id=form, section=section, value=value, base_version=held)


def _rows(session: Session, form: int, section: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = session.execute(
        text("select body -> 'value' from draft_section where submission_id = :id and section = :section"),
        {"id": form, "section": section},
    ).scalar_one()
    return found


def _submit(session: Session, city: City, form: int) -> None:
    version = read(session.connection(), form).locked.version
    submit(session, city["filler"], submission_id=form, request=Request(Action.SUBMIT), version=version)


def test_a_reason_is_kept_with_who_and_when_and_a_second_one_replaces_it(session: Session, town: City) -> None:
    form = make_draft(session, town)
    waive(session, town["filler"], submission_id=form, asked=SMALL, reason="  合同约定为有或无。 ")
    waive(session, town["filler"], submission_id=form, asked=SMALL, reason="合同第 7 条：培训一次即达标。")
    (kept,) = waivers_of(session.connection(), form)
    assert (kept.reason, kept.by, kept.person_id) == ("合同第 7 条：培训一次即达标。", "filler", town["filler"].id)
    assert kept.spot.section == "indicators"
    assert kept.spot.row_id == _rows(session, form, "indicators")[6]["id"]


def test_it_moves_with_its_row_and_ends_when_the_cell_means_something_else(session: Session, town: City) -> None:
    form = make_draft(session, town)
    waive(session, town["filler"], submission_id=form, asked=SMALL, reason="合同约定为有或无。")
    rows = _rows(session, form, "indicators")
    _save(session, town, form, "indicators", [rows[6], *rows[:6], *rows[7:]])
    assert [one.finding.path for one in _open(session, town, form) if one.waiver] == ["indicators[0]"]
    moved = _rows(session, form, "indicators")
    _save(session, town, form, "indicators", [{**moved[0], "target_value": "2"}, *moved[1:]])
    assert [one for one in _open(session, town, form) if one.waiver] == []


def _open(session: Session, town: City, form: int) -> Any:  # noqa: ANN401
    from service.queries.drafts import draft
    from service.queries.waivers import draft_answers

    case = read(session.connection(), form)
    return draft_answers(session.connection(), case, draft(session.connection(), case).document)


def test_an_error_that_the_form_type_names_passes_with_a_reason_and_reviewers_read_it(
    session: Session, town: City
) -> None:
    document = seed_document()
    document["other_tasks"][6]["planned_amount"] = "100"
    form = make_draft(session, town, document=document)
    with pytest.raises(FormHasErrors) as refused:
        _submit(session, town, form)
    assert [one.rule for one in refused.value.findings] == ["A2"]
    waive(session, town["filler"], submission_id=form, asked=UNLISTED, reason="2.03 万元为预留的项目资金，不单列任务。")
    _submit(session, town, form)
    case = read(session.connection(), form)
    assert case.locked.head_revision_id is not None
    head = revision(session.connection(), case.locked.head_revision_id)
    answers = {one.finding.rule: one.waiver for one in frozen_answers(head)}
    reason = answers["A2"]
    assert reason is not None
    assert (reason.reason, reason.by) == ("2.03 万元为预留的项目资金，不单列任务。", "filler")
    assert document_hash(head.document) == head.sha256


def test_a_reason_for_another_sum_does_not_let_it_pass(session: Session, town: City) -> None:
    document = seed_document()
    document["other_tasks"][6]["planned_amount"] = "100"
    form = make_draft(session, town, document=document)
    waive(session, town["filler"], submission_id=form, asked=UNLISTED, reason="2.03 万元为预留的项目资金。")
    rows = _rows(session, form, "other_tasks")
    _save(session, town, form, "other_tasks", [*rows[:6], {**rows[6], "planned_amount": "90"}])
    with pytest.raises(FormHasErrors):
        _submit(session, town, form)


def test_what_was_frozen_stays_when_the_draft_changes_its_mind(session: Session, town: City) -> None:
    form = make_draft(session, town)
    waive(session, town["filler"], submission_id=form, asked=SMALL, reason="合同约定为有或无。")
    _submit(session, town, form)
    with pytest.raises(NotPossibleNow):
        withdraw_waiver(session, town["filler"], submission_id=form, asked=SMALL)
    case = read(session.connection(), form)
    assert case.locked.head_revision_id is not None
    head = revision(session.connection(), case.locked.head_revision_id)
    assert [one.reason for one in head.waivers] == ["合同约定为有或无。"]


def test_a_reason_can_be_taken_back_and_twice_is_once(session: Session, town: City) -> None:
    form = make_draft(session, town)
    waive(session, town["filler"], submission_id=form, asked=SMALL, reason="合同约定为有或无。")
    for _ in range(2):
        withdraw_waiver(session, town["filler"], submission_id=form, asked=SMALL)
        assert waivers_of(session.connection(), form) == ()


def test_a_cycle_that_asks_for_reasons_holds_the_form_until_each_warning_has_one(session: Session, town: City) -> None:
    session.execute(text("update cycle set asks_reasons = true"))
    form = make_draft(session, town)
    with pytest.raises(FormHasErrors) as refused:
        _submit(session, town, form)
    assert {str(one.severity) for one in refused.value.findings} == {"warning"}
    for one in _open(session, town, form):
        if one.is_open:
            asked = Asked(one.finding.rule, one.finding.path, one.spot.meaning)
            waive(session, town["filler"], submission_id=form, asked=asked, reason="情况属实，已核对。")
    _submit(session, town, form)
    assert read(session.connection(), form).locked.state == "review"


@pytest.mark.parametrize(
    ("reason", "field"),
    [("", "reason"), (" \n ", "reason"), ("字" * 501, "reason"), ("内部掌握（密）", "reason"), ("零\x00字", "reason")],
)
def test_words_that_are_none_are_refused(session: Session, town: City, reason: str, field: str) -> None:
    form = make_draft(session, town)
    with pytest.raises(InvalidRequest) as refused:
        waive(session, town["filler"], submission_id=form, asked=SMALL, reason=reason)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "asked",
    [
        Asked("A99", "indicators[6]"),
        Asked("A12", "indicators[5]"),
        Asked("A12", "indicators[6]", "0" * 64),
        Asked("A17", "indicators[3]"),
        Asked("A12", "nonsense[[["),
    ],
)
def test_only_a_finding_that_is_there_and_takes_a_reason_is_answered(
    session: Session, town: City, asked: Asked
) -> None:
    form = make_draft(session, town)
    with pytest.raises(NotPossibleNow):
        waive(session, town["filler"], submission_id=form, asked=asked, reason="已核对。")


def test_a_secrecy_hold_takes_no_reason(session: Session, town: City) -> None:
    document = seed_document()
    document["key_tasks"][0]["content"] += "（密）"
    form = make_draft(session, town, document=document)
    with pytest.raises(NotPossibleNow):
        waive(
            session, town["filler"], submission_id=form, asked=Asked("A16", "key_tasks[0].content"), reason="不涉密。"
        )


def test_two_findings_of_one_rule_at_one_place_need_their_meaning(session: Session, town: City) -> None:
    document = seed_document()
    document["indicators"] = [row for row in document["indicators"] if row["level2"] not in ("cost", "timeliness")]
    form = make_draft(session, town, document=document)
    with pytest.raises(InvalidRequest) as refused:
        waive(session, town["filler"], submission_id=form, asked=Asked("A7", "indicators"), reason="不适用。")
    assert refused.value.field == "meaning"
    for one in _open(session, town, form):
        if one.finding.rule == "A7":
            asked = Asked("A7", "indicators", one.spot.meaning)
            waive(session, town["filler"], submission_id=form, asked=asked, reason="不适用。")
    assert len(waivers_of(session.connection(), form)) == 2


def test_nobody_else_gives_a_reason(session: Session, town: City) -> None:
    form = make_draft(session, town)
    with pytest.raises(NotAllowed):
        waive(session, town["dept_head"], submission_id=form, asked=SMALL, reason="已核对。")
    with pytest.raises(NotFound):
        waive(session, town["filler2"], submission_id=form, asked=SMALL, reason="已核对。")
