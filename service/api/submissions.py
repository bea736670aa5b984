"""Forms: the list, a new draft, one form as this person may see it, one section saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from service.api import replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.edge import work
from service.api.idempotency import Once, answer, once
from service.api.narrowing import filter_of
from service.api.paging import key_of, plain, written
from service.api.query_schemas import ListQuery
from service.api.schemas import NewSubmissionIn, SectionIn, SubmissionPath
from service.api.strict_json import as_typed
from service.queries import lists
from service.queries.drafts import draft
from service.queries.revisions import revision
from service.queries.seen import seen
from service.queries.submissions import Case
from service.usecases.open_draft import open_draft
from service.usecases.save_section import save_section
from workflows.document import shape_problems
from workflows.errors import InvalidRequest
from workflows.facts import Actor
from workflows.forms import form_type
from workflows.lifecycle import State
from workflows.policy import may_see_draft

blueprint = json_alone(api_blueprint("submissions", about="Forms and their drafts"))
sign_in_required(blueprint)


@blueprint.get("/submissions", responses={200: replies.SubmissionsOut})
def list_submissions(query: ListQuery) -> Response:
    """Forms that you may see, the newest first; `next` is the key of the next page."""
    key = key_of(query.after)
    with work() as session:
        after = lists.NewestKey(*key) if key else None
        rows = lists.submissions(
            session.connection(), current().actor, narrowed=filter_of(query), after=after, limit=query.limit + 1
        )
    page = rows[: query.limit]
    following = written(page[-1].updated_at, page[-1].id) if len(rows) > query.limit else None
    return answer(200, {"items": [plain(row) for row in page], "next": following})


@blueprint.post("/submissions", responses={201: replies.OpenedOut})
def create_submission(body: NewSubmissionIn) -> Response:
    """Open the form of a unit in a cycle, empty or with the cells of a document."""
    document = as_typed(body.document)
    _check_document(document)

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        actor = current().actor
        opened = open_draft(session, actor, department_id=body.department_id, cycle_id=body.cycle_id, document=document)
        made = {"id": opened.id, "state": opened.state.value, "version": opened.version}
        this.keep(session, 201, made)
        return 201, made

    return once(current(), write)


def _check_document(document: Any) -> None:  # noqa: ANN401 - any JSON object
    if document is None:
        return
    try:
        form = form_type(str(document.get("form")))
    except KeyError:
        raise InvalidRequest("no_such_form_type", field="document.form") from None
    problems = shape_problems(document, form)
    if problems:
        raise InvalidRequest(
            f"shape.{problems[0].case}", field=f"document.{problems[0].path}", **dict(problems[0].params)
        )


@blueprint.get("/submissions/<int:submission_id>", responses={200: replies.SubmissionOut})
def show_submission(path: SubmissionPath) -> Response:
    """A form: where it is, with whom, and its document: the draft for those who fill it in, else the last revision."""
    with work() as session:
        connection = session.connection()
        case = seen(connection, current().actor, submission_id=path.submission_id)
        body = _shown(case) | _content(connection, current().actor, case)
    return answer(200, body)


@blueprint.patch("/submissions/<int:submission_id>", responses={200: replies.SectionOut})
def change_section(path: SubmissionPath, body: SectionIn) -> Response:
    """Keep a section of a draft as typed. Whoever saved it meanwhile wins: 409, and nothing is overwritten."""

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        saved = save_section(
            session,
            current().actor,
            submission_id=path.submission_id,
            section=body.section,
            value=as_typed(body.value),
            base_version=body.base_version,
        )
        kept = {"section": saved.section, "version": saved.version, "value": saved.value, "changed": saved.changed}
        this.keep(session, 200, kept)
        return 200, kept

    return once(current(), write)


_SHOWN = (
    "id department_id cycle_id level version round evaluation_round grade blocked reply_number reply_date "
    "basic_expenditure project_expenditure submitted_at approved_at closed_at"
).split()


def _shown(case: Case) -> dict[str, Any]:
    locked = case.locked
    seats = [
        {"level": s.level, "seat": s.seat, "role": s.role.value, "department_id": s.department_id} for s in case.seats
    ]
    return {
        **{name: getattr(locked, name) for name in _SHOWN},
        "state": locked.state.value,
        "form": case.form,
        "fiscal_year": case.fiscal_year,
        "waits_for": seats,
    }


def is_being_filled(case: Case) -> bool:
    """Whether the form lies with its unit: a draft, or actuals not yet handed in."""
    return case.locked.state in (State.DRAFT, State.YEAR_END_EVALUATION) and case.locked.level is None


def _content(connection: Connection, actor: Actor, case: Case) -> dict[str, Any]:
    if is_being_filled(case) and may_see_draft(actor, case.place):
        found = draft(connection, case)
        sections = {name: {"version": one.version, "value": one.value} for name, one in found.sections.items()}
        return {"document": found.document, "revision": None, "sections": sections}
    if case.locked.head_revision_id is None:
        return {"document": None, "revision": None, "sections": None}
    frozen = revision(connection, case.locked.head_revision_id)
    named = {"number": frozen.number, "kind": frozen.kind.value, "sha256": frozen.sha256}
    return {"document": frozen.document, "revision": named, "sections": None}
