"""The same approve as one would first write it: entities loaded, checks run again, changes flushed.

Same tables, same engine of the domain, same headers, log line and body validation around it. What differs is the
shape: a `Session` with its defaults, one SELECT for each kind of entity, the rows of tasks and indicators loaded to be
checked, an INSERT for each row written, and the entity read again after the commit for the reply.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Flask, Response, jsonify, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.api.auth import CSRF_HEADER, cookie_name, public
from service.api.edge import edge
from service.api.idempotency import HEADER, request_hash
from service.api.schemas import ActionIn
from service.models.audit import Event, IdempotencyReply
from service.models.cycle import Cycle, RouteVersion
from service.models.outbox import Outbox
from service.models.people import Department, Person, RoleAssignment, WebSession
from service.models.submission import (
    DraftEditor,
    Opinion,
    Revision,
    RevisionIndicator,
    RevisionTask,
    Submission,
    WorkItem,
)  # fmt: skip
from service.queries.calendar import working_days
from service.security import same, token_hash
from workflows.chain import event_hash, instant
from workflows.check import check
from workflows.deadlines import due_at
from workflows.engine import step
from workflows.errors import FormHasErrors, NotAllowed, NotFound, StaleVersion
from workflows.facts import Actor, Decision, Facts, Grant, Outcome, Place, Request, Seat
from workflows.findings import blocking
from workflows.forms import form_type
from workflows.forms.base import CheckContext, Document
from workflows.lifecycle import Action, RouteKind
from workflows.route import read_route
from workflows.ulid import new_ulid

PATH: Final = "/orm/submissions/{form}/actions"


def register(app: Flask) -> None:
    """Put it beside the service's own, under the same hooks. It asks itself who comes."""
    blueprint = Blueprint("orm_form", __name__)
    public(blueprint, anonymous=True)
    blueprint.add_url_rule("/orm/submissions/<int:form>/actions", view_func=act, methods=["POST"])
    app.register_blueprint(blueprint)


def act(form: int) -> Response:
    """One pass of one form."""
    body = ActionIn.model_validate_json(request.get_data())
    with Session(edge().engine) as session:
        actor = _signed_in(session)
        if session.get(IdempotencyReply, (actor.id, request.headers[HEADER])) is not None:
            raise StaleVersion
        submission = session.get(Submission, form, with_for_update=True)
        if submission is None:
            raise NotFound
        if submission.version != body.version:
            raise StaleVersion
        outcome = step(actor, _facts(session, submission), Request(Action(body.action), body.comment))
        event = _record(session, submission, actor=actor, outcome=outcome)
        session.commit()
        return jsonify(
            id=submission.id,
            state=submission.state.value,
            level=submission.level,
            version=submission.version,
            event_id=event.id,
        )


def _signed_in(session: Session) -> Actor:
    token = request.cookies[cookie_name(edge().settings)]
    web = session.scalars(
        select(WebSession).where(WebSession.token_hash == token_hash(token), WebSession.expires_at > func.now())
    ).one()
    if not same(request.headers[CSRF_HEADER], web.csrf):
        raise NotAllowed("csrf")
    person = session.get_one(Person, web.person_id)
    grants = session.scalars(select(RoleAssignment).where(RoleAssignment.person_id == person.id)).all()
    return Actor(person.id, person.name, tuple(Grant(g.role, g.department_id) for g in grants), person.language)


def _facts(session: Session, submission: Submission) -> Facts:
    department = session.get_one(Department, submission.department_id)
    bureau = session.scalars(select(Department).where(Department.kind == "finance_bureau")).one()
    cycle = session.get_one(Cycle, submission.cycle_id)
    route = read_route(session.get_one(RouteVersion, submission.target_route_id).body)
    items = session.scalars(
        select(WorkItem).where(WorkItem.submission_id == submission.id, WorkItem.closed_at.is_(None))
    ).all()
    opinions = session.scalars(
        select(Opinion).where(
            Opinion.submission_id == submission.id,
            Opinion.round == submission.round,
            Opinion.seat.is_not(None),
            Opinion.voided_by_event_id.is_(None),
        )
    ).all()
    editors = session.scalars(select(DraftEditor).where(DraftEditor.submission_id == submission.id)).all()
    findings = blocking(check(_document(session, submission), CheckContext(form_type(submission.form))))
    if findings:
        raise FormHasErrors(findings)
    return Facts(
        state=submission.state,
        level=submission.level,
        version=submission.version,
        round=submission.round,
        place=Place(
            department.id,
            tuple(department.path),
            department.parent_id,
            department.business_office_id or bureau.id,
            bureau.id,
        ),
        route=route,
        kind=RouteKind.TARGET,
        seats=tuple(Seat(i.id, i.level, i.seat, i.role, i.department_id, i.person_id) for i in items),
        decisions=tuple(Decision(o.level or 0, o.seat or 0, o.person_id, Action(o.action)) for o in opinions),
        prepared_by=frozenset(e.person_id for e in editors),
        window_open=cycle.closed_at is None,
    )


def _document(session: Session, submission: Submission) -> Document:
    """The form put together again from its head and its rows."""
    revision = session.get_one(Revision, submission.head_revision_id)
    tasks = session.scalars(
        select(RevisionTask).where(RevisionTask.revision_id == revision.id).order_by(RevisionTask.position)
    ).all()
    indicators = session.scalars(
        select(RevisionIndicator)
        .where(RevisionIndicator.revision_id == revision.id)
        .order_by(RevisionIndicator.position)
    ).all()
    document: Document = dict(revision.document)
    for section in ("key_tasks", "other_tasks"):
        kept = zip(revision.document[section], (t for t in tasks if t.section == section), strict=True)
        document[section] = [{**row, "name": task.name} for row, task in kept]
    pairs = zip(revision.document["indicators"], indicators, strict=True)
    document["indicators"] = [{**row, "unit": indicator.unit} for row, indicator in pairs]
    return document


def _record(session: Session, submission: Submission, *, actor: Actor, outcome: Outcome) -> Event:
    now = datetime.now(UTC)
    event = _event(session, submission, actor=actor, outcome=outcome, now=now)
    session.add(event)
    _decide_seats(session, submission, actor=actor, outcome=outcome, event=event, now=now)
    submission.state = outcome.target
    submission.level = outcome.level_after
    submission.version += 1
    submission.head_hash = event.hash
    submission.updated_at = now
    payload = {"submission_id": submission.id, "event_id": event.id}
    session.add(Outbox(topic="submission.pass", dedupe_key=f"event:{event.id}", payload=payload))
    kept = {"id": submission.id, "version": submission.version, "event_id": event.id}
    session.add(
        IdempotencyReply(
            person_id=actor.id, key=request.headers[HEADER], request_hash=request_hash(), status=200, response=kept
        )
    )
    session.flush()
    return event


def _event(session: Session, submission: Submission, *, actor: Actor, outcome: Outcome, now: datetime) -> Event:
    seat = outcome.acts_on
    assert seat is not None, "a pass has a seat"
    revision = session.get_one(Revision, submission.head_revision_id)
    values: dict[str, Any] = {
        "id": new_ulid(),
        "subject_kind": "submission",
        "subject_id": submission.id,
        "seq": submission.version + 1,
        "action": outcome.action.value,
        "actor_id": actor.id,
        "actor_role": seat.role.value,
        "actor_department_id": seat.department_id,
        "from_state": submission.state.value,
        "to_state": outcome.target.value,
        "from_level": submission.level,
        "to_level": outcome.level_after,
        "round": submission.round,
        "body": {"revision_sha256": revision.sha256, "seat": seat.seat},
        "prev_hash": submission.head_hash,
    }
    digest = event_hash({**values, "at": instant(now)})
    states = {"from_state": submission.state, "to_state": outcome.target}
    return Event(**{**values, **states}, at=now, hash=digest)


def _decide_seats(
    session: Session, submission: Submission, *, actor: Actor, outcome: Outcome, event: Event, now: datetime
) -> None:
    assert outcome.acts_on is not None, "a pass has a seat"
    place = {"submission_id": submission.id, "route_kind": RouteKind.TARGET, "round": submission.round}
    session.flush()  # the event stands before the opinion that names it
    session.add(
        Opinion(
            **place, id=new_ulid(), event_id=event.id, revision_id=submission.head_revision_id, level=submission.level,
            seat=outcome.acts_on.seat, person_id=actor.id, role=outcome.acts_on.role, action=outcome.action.value,
            created_at=now,
        )
    )  # fmt: skip
    own = session.get_one(WorkItem, outcome.acts_on.work_item_id)
    own.closed_at, own.closed_by, own.outcome = now, actor.id, outcome.action.value
    calendar = working_days(session.connection())
    for plan in outcome.opens:
        due = due_at(now, working_days=plan.working_days or 0, calendar=calendar)
        seat = {"level": plan.level, "seat": plan.seat, "role": plan.role, "department_id": plan.department_id}
        session.add(WorkItem(**place, **seat, due_at=due, opened_at=now))
