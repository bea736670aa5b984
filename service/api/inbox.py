"""The boxes of the desk (待办, 已办, 我发起的, 抄送我的, 曾经办)."""

from __future__ import annotations

from flask import Response

from service.api import desk_replies
from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint
from service.api.edge import work
from service.api.idempotency import answer
from service.api.narrowing import filter_of
from service.api.paging import key_of, plain, written
from service.api.query_schemas import InboxQuery
from service.queries import inbox as boxes

blueprint = api_blueprint("inbox", about="What waits for you")
sign_in_required(blueprint)


@blueprint.get("/inbox", responses={200: desk_replies.InboxOut})
def show_inbox(query: InboxQuery) -> Response:
    """One page of a box, open items by their limit and the others newest first; the count stops at 1,000."""
    tab, key = boxes.Tab(query.tab), key_of(query.after)
    after = boxes.InboxKey(*key) if key else None
    with work() as session:
        connection, actor = session.connection(), current().actor
        narrowed = filter_of(query)
        lines = boxes.inbox(connection, actor, tab=tab, after=after, limit=query.limit + 1, narrowed=narrowed)
        counted = boxes.count(connection, actor, tab=tab, narrowed=narrowed)
    page = lines[: query.limit]
    following = written(page[-1].at, page[-1].key) if len(lines) > query.limit else None
    return answer(200, {"items": [plain(line) for line in page], "next": following, "count": counted})
