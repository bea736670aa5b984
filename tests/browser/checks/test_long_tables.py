"""A table of more than forty rows: its menus are made when they are opened, and do what those of a short one do."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from tests.browser.checks.conftest import Opened
from tests.browser.checks.editing import kept, settle
from tests.browser.conftest import Site
from workflows.ulid import new_ulid

pytestmark = pytest.mark.browser
ROWS = 45


@pytest.fixture
def long(site: Site, seeded: int, opened: Opened) -> Page:
    """The form with 45 other tasks."""
    rows = [{"id": new_ulid(), "name": f"任务{n + 1}", "content": "内容", "planned_amount": "1"} for n in range(ROWS)]
    put = "update draft_section set body = :body, version = version + 1 where submission_id = :id and section = :s"
    with unit_of_work(session_factory(site.engine)) as session:
        session.execute(text(put), {"body": json.dumps({"value": rows}), "id": seeded, "s": "other_tasks"})
    return opened()


def test_the_menu_of_a_row_acts_on_this_row(site: Site, seeded: int, long: Page) -> None:
    row = long.locator("#r-other_tasks-2")
    expect(row.locator(".acts-b")).to_have_count(0)
    row.locator("summary").click()
    held = kept(site, seeded, "other_tasks")[2]["id"]
    expect(row.locator('.acts-b a[href*="/attachments"]')).to_have_attribute(
        "href", f"/submissions/{seeded}/attachments?row={held}"
    )
    row.get_by_role("button", name="上移").click()
    settle(long)
    assert [one["name"] for one in kept(site, seeded, "other_tasks")[:3]] == ["任务1", "任务3", "任务2"]
    moved = long.locator("#r-other_tasks-1")
    moved.locator("summary").click()
    moved.get_by_role("button", name="删除").click()
    expect(long.locator("#undo")).to_contain_text("已删除")
    assert [one["name"] for one in kept(site, seeded, "other_tasks")[:3]] == ["任务1", "任务2", "任务4"]
    long.locator("#undo").get_by_role("button").click()
    settle(long)
    assert [one["name"] for one in kept(site, seeded, "other_tasks")[:3]] == ["任务1", "任务3", "任务2"]


_EDGES = """() => [...new Set([...document.querySelectorAll('table.many tr')].filter((row) => row.offsetParent).map((row) =>
    [...row.children].map((cell) => Math.round(cell.getBoundingClientRect().left)).join(' ')))]"""
_CLIPPED = """(id) => { const one = document.getElementById(id); return one.scrollHeight > one.clientHeight + 3; }"""


@pytest.mark.parametrize("width", [1366, 1440, 1920])
def test_its_rows_stand_under_their_heads_and_grow_alone(long: Page, width: int) -> None:
    long.set_viewport_size({"width": width, "height": 900})
    assert len(long.evaluate(_EDGES)) == 1, "head, rows and sum share their columns"
    cell = long.locator("#c-other_tasks-20-content")
    cell.click()
    long.keyboard.insert_text("一段很长的内容。" * 30)
    assert not long.evaluate(_CLIPPED, "c-other_tasks-20-content")
    row, below = (long.locator(f"#r-other_tasks-{at}").bounding_box() for at in (20, 21))
    assert row is not None
    assert below is not None
    assert row["y"] + row["height"] == pytest.approx(below["y"], abs=1)
    assert len(long.evaluate(_EDGES)) == 1


def test_its_cells_keep_their_size_when_the_section_is_drawn_anew(long: Page) -> None:
    long.locator("#c-other_tasks-1-content").click()
    long.keyboard.insert_text("一段很长的内容。" * 30)
    long.locator("#r-other_tasks-3 summary").click()
    long.locator("#r-other_tasks-3").get_by_role("button", name="删除").click()
    expect(long.locator("#undo")).to_contain_text("已删除")
    expect(long.locator("#sec-other_tasks tbody tr[id]")).to_have_count(ROWS - 1)
    long.locator("#c-other_tasks-1-content").scroll_into_view_if_needed()
    long.wait_for_function(f"!({_CLIPPED})('c-other_tasks-1-content')")


def test_a_reader_of_the_screen_finds_a_table(long: Page) -> None:
    table = long.locator("#sec-other_tasks").get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(ROWS + 2)
    expect(table.get_by_role("columnheader")).to_have_count(4)
    whole = long.context.new_cdp_session(long).send("Accessibility.getFullAXTree")["nodes"]
    roles = [one["role"]["value"] for one in whole if not one["ignored"]]
    assert roles.count("row") >= ROWS + 2
    assert roles.count("cell") + roles.count("gridcell") >= ROWS * 5, "no row is put away while it is out of sight"
