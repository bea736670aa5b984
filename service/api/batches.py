"""Many forms at once: 批量通过 and 批量批复. There is no batch return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from service.api import replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.idempotency import Once, once
from service.api.problems import problem_of
from service.api.schemas import BatchIn
from service.usecases.decide_many import Batch, Chosen, Skipped, decide_many
from workflows.facts import Request
from workflows.lifecycle import Action

blueprint = json_alone(api_blueprint("batches", about="Many forms at once"))
sign_in_required(blueprint)


@blueprint.post("/submissions/actions", responses={200: replies.BatchOut})
def act_on_many(body: BatchIn) -> Response:
    """Pass or approve up to 500 forms of one stage. A form that can't go is left out with its reason and stops no other."""
    who = current()
    request = Request(
        Action(body.action), body.comment, grade=body.grade, reply_number=body.reply_number, reply_date=body.reply_date
    )
    chosen = [Chosen(one.id, one.version) for one in body.items]

    def write(session: Session, this: Once) -> tuple[int, Mapping[str, Any]]:
        connection = session.connection()
        batch = decide_many(connection, who.actor, chosen=chosen, request=request, first_number=body.first_number)
        kept = _told(batch)
        this.keep(session, 200, kept)
        return 200, kept

    return once(who, write)


def _told(batch: Batch) -> dict[str, Any]:
    done = [
        {
            "id": one.id,
            "state": one.state.value,
            "level": one.level,
            "version": one.version,
            "event_id": one.event_id,
            "reply_number": batch.numbers.get(one.id),
        }
        for one in batch.done
    ]
    return {"done": done, "skipped": [_why(one) for one in batch.skipped]}


def _why(one: Skipped) -> dict[str, Any]:
    """The reason as the refusal of a single form would put it."""
    problem = problem_of(one.reason)
    at = problem.at.isoformat() if problem.at else None
    return {
        "id": one.id,
        "code": problem.code,
        "reason": one.reason.reason,
        "detail": problem.detail,
        "by": problem.by,
        "at": at,
    }
