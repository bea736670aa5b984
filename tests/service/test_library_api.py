"""The indicator library over the API: found as in the editor, for those whom an entry is for."""

from __future__ import annotations

from service.api.edge import Edge
from service.db import unit_of_work
from service.usecases.library_keep import create_entry
from service.usecases.library_starter import import_starter_set
from tests.factories import City, make_draft
from tests.service.callers import Caller
from workflows.facts import SYSTEM
from workflows.library import Content, Scope


def names(caller: Caller, query: str) -> list[str]:
    reply = caller.get(f"/api/v1/library?{query}")
    assert reply.status_code == 200, reply.text
    return [one["level3"] for one in reply.json["items"]]  # type: ignore[index]


def test_it_is_found_by_name_and_initials_and_its_departments_are_respected(
    edge: Edge, city: City, caller: Caller
) -> None:
    own = Content("output", "quality", "部门自有合格率", None, "ge", "%", "测试", Scope.DEPARTMENT, None, city.superior)
    with unit_of_work(edge.factory) as session:
        import_starter_set(session, SYSTEM)
        create_entry(session, city["finance_performance_office"], content=own)
        form = make_draft(session, city)
    filler = caller.as_("filler")
    assert names(filler, "q=zfgzmyd") == ["政法工作满意度"]
    assert names(filler, f"q=政法工作&submission_id={form}") == ["政法工作满意度"]
    assert len(names(filler, "q=率")) == 8
    assert len(names(filler, "q=率&limit=20")) == 20
    assert names(filler, "q=部门自有") == []
    assert names(caller.other("filler2"), "q=部门自有") == ["部门自有合格率"]
    assert caller.other("filler2").get(f"/api/v1/library?q=率&submission_id={form}").status_code == 404


def test_impossible_queries_are_refused_with_their_field(caller: Caller) -> None:
    filler = caller.as_("filler")
    for query in ("q=" + "a" * 101, "q=%00", "limit=0", "limit=101", "submission_id=0", "x=1"):
        assert filler.get(f"/api/v1/library?{query}").status_code in (400, 422), query
