"""A notice of the library on the page of messages: it names no form, and leads its keeper to what is proposed."""

from __future__ import annotations

from sqlalchemy import text

from service.db import unit_of_work
from tests.web.conftest import Browse, Town
from tests.web.visitor import press

_NOTICE = """
insert into notification (person_id, topic, dedupe_key, params)
values (:who, :topic, :topic, '{"entry_id": 1, "code": "BM-001", "count": 3}') returning id
"""


def _noted(town: Town, username: str, topic: str) -> int:
    with unit_of_work(town.factory) as session:
        found = session.execute(text(_NOTICE), {"who": town.city[username].id, "topic": topic}).scalar_one()
    assert isinstance(found, int)
    return found


def test_a_keeper_opens_the_proposals_and_the_notice_is_read(town: Town, browse: Browse) -> None:
    notice, client = _noted(town, "finance_performance_office", "library.suggest"), browse("finance_performance_office")
    assert "有 3 条指标推荐入库（从 BM-001 起），请审核" in client.get("/notifications").text
    opened = press(client, f"/notifications/{notice}/open", page="/notifications", topic="library.suggest")
    assert (opened.status_code, opened.headers["Location"]) == (303, "/admin/library?tab=suggested")
    assert town.rows("select read_at is not null from notification where id = :id", id=notice) == [(True,)]


def test_whoever_proposed_reads_what_became_of_it(town: Town, browse: Browse) -> None:
    _noted(town, "filler", "library.adopt")
    assert "您推荐的指标 BM-001 已入库" in browse("filler").get("/notifications").text
    shown = browse("filler", language="en").get("/notifications").text
    assert "the indicator BM-001 that you proposed is in the library" in shown
    assert "/notifications/" in shown
    assert "library.adopt" not in shown
