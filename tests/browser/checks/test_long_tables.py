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
