"""What a person was told."""

from __future__ import annotations

from typing import Any

from flask import Response

from service.api import desk_replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint, json_alone
from service.api.edge import work
from service.api.idempotency import answer
from service.api.problems import language
from service.api.query_schemas import NotificationsQuery
from service.api.schemas import ReadIn
from service.queries.notices import Notice, notices
from service.usecases.read_notices import read_notices
from workflows.notices import Subject, title

blueprint = json_alone(api_blueprint("notifications", about="What you were told"))
sign_in_required(blueprint)


@blueprint.get("/notifications", responses={200: desk_replies.NotificationsOut})
def list_notifications(query: NotificationsQuery) -> Response:
    """The newest first; `next` is the id below which the following page begins."""
    actor = current().actor
    assert actor.id is not None, "a person is told"
    with work() as session:
        rows = notices(session.connection(), actor.id, unread=query.unread, before=query.before, limit=query.limit + 1)
    page, lang = rows[: query.limit], language()
    following = page[-1].id if len(rows) > query.limit else None
    return answer(200, {"items": [_shown(row, lang) for row in page], "next": following})


@blueprint.post("/notifications/read", responses={204: None})
def mark_read(body: ReadIn) -> Response:
    """Mark one of your notifications as read, or all of them."""
    with work() as session:
        read_notices(session, current().actor, notice_id=body.id)
    return Response(status=204)


def _shown(row: Notice, lang: str) -> dict[str, Any]:
    """The line in words; of a form that went out of sight only that there was something."""
    subject = Subject(row.unit or "", row.form or "", row.fiscal_year or 0)
    return {
        "id": row.id,
        "topic": row.topic,
        "submission_id": row.submission_id if row.visible else None,
        "title": title(row.topic, row.params, subject, lang=lang) if row.visible or row.submission_id is None else None,
        "created_at": row.created_at,
        "read_at": row.read_at,
    }
