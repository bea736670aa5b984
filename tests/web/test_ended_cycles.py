"""Cycles whose filing has ended: nothing new is begun there, and the pages say why their lists are empty."""

from __future__ import annotations

from datetime import timedelta

from service.db import unit_of_work
from service.web.formats import now
from tests.factories import make_cycle
from tests.web.conftest import Browse, Town
from tests.web.visitor import press
from workflows.deadlines import beijing_date


def _cycle(town: Town, year: int, *, days: int, unit: int | None = None, budget_round: int = 1) -> int:
    """A cycle whose filing ends so many days from now."""
    today = beijing_date(now())
    with unit_of_work(town.factory) as session:
        return make_cycle(
            session, departments=[unit or town.city.unit], today=today, fiscal_year=year,
            filing_due_on=today + timedelta(days=days), budget_round=budget_round,
        )  # fmt: skip


def test_an_ended_cycle_is_not_offered_and_not_opened(town: Town, browse: Browse) -> None:
    ended, last_day = _cycle(town, 2091, days=-1), _cycle(town, 2092, days=0)
    client = browse("filler")
    for path in ("/submissions/new", "/import"):
        page = client.get(path).text
        assert f'value="{ended}-{town.city.unit}"' not in page, path
        assert f'value="{last_day}-{town.city.unit}"' in page, path
    bulk = client.get("/import/bulk").text
    assert f'<option value="{ended}"' not in bulk
    assert f'<option value="{last_day}"' in bulk
    assert "填报已截止，不再列出" in client.get("/submissions/new").text
    refused = press(client, "/submissions/new", page="/submissions/new", where=f"{ended}-{town.city.unit}")
    assert (refused.status_code, "请选择" in refused.text) == (400, True)
    assert town.rows("select count(*) from submission where cycle_id = :id", id=ended) == [(0,)]


def test_a_draft_is_finished_late_from_a_file(town: Town, browse: Browse) -> None:
    cycle = _cycle(town, 2093, days=3)
    client = browse("filler")
    press(client, "/submissions/new", page="/submissions/new", where=f"{cycle}-{town.city.unit}")
    with unit_of_work(town.factory) as session:
        session.connection().exec_driver_sql(
            "update cycle set filing_due_on = filing_due_on - 5 where id = %(id)s", {"id": cycle}
        )
    assert f'value="{cycle}-{town.city.unit}"' in client.get("/import").text


def test_two_cycles_of_one_year_are_told_apart(town: Town, browse: Browse) -> None:
    _cycle(town, 2094, days=5)
    _cycle(town, 2094, days=7)
    page = browse("filler").get("/import/bulk").text
    words = [line.partition("</option>")[0] for line in page.split("<option ")[1:] if "2094" in line]
    assert len(words) == len(set(words)) == 2
    assert all("填报至" in one for one in words)
