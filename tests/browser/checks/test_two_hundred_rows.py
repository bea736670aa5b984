"""Check 20 of the interface: two hundred rows on a slow machine. What a key costs is measured in `tests/bench/editor.py`;
here only what no machine may exceed, so that a quadratic loop fails and a busy machine does not.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from tests.browser.checks.editing import kept, paste, settle
from tests.browser.conftest import Site
from workflows.ulid import new_ulid

pytestmark = pytest.mark.browser

ROWS, AT, BLOCK = 200, 100, 50
# Ten times what the interface allows a key and a paste, milliseconds.
MOST_MS = 2_000
_LISTEN = """() => { window.blocked = [0]; new PerformanceObserver((list) => { for (const one of list.getEntries())
    window.blocked.push(one.duration); }).observe({type: 'longtask'}); }"""


def blocked(page: Page) -> float:
    """The longest time that the page could not answer, since the last call."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))")
    return float(page.evaluate("() => Math.max(...window.blocked.splice(0), 0)"))


@pytest.fixture
def long(site: Site, seeded: int, window: Page) -> Page:
    """The form with two hundred other tasks, at a quarter of the speed."""
    rows = [
        {"id": new_ulid(), "name": f"任务 {at}", "content": "一段内容。", "planned_amount": "1.25"}
        for at in range(ROWS)
    ]
    with unit_of_work(session_factory(site.engine)) as session:
        statement = "update draft_section set body = :body, version = version + 1 where submission_id = :id and section = 'other_tasks'"
        session.execute(text(statement), {"body": json.dumps({"value": rows}), "id": seeded})
    window.context.new_cdp_session(window).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    window.reload()
    expect(window.locator("#sec-other_tasks tbody tr[id]")).to_have_count(ROWS)
    window.evaluate(_LISTEN)
    return window


def test_check_20_a_block_of_fifty_rows_goes_over_two_hundred(site: Site, seeded: int, long: Page) -> None:
    long.locator(f"#c-other_tasks-{AT}-name").focus()
    long.keyboard.type("键")
    assert blocked(long) < MOST_MS
    settle(long)
    before = kept(site, seeded, "other_tasks")
    blocked(long)
    long.locator(f"#c-other_tasks-{AT}-name").focus()
    paste(long, "".join(f"粘贴 {number}\t新内容\t{number}.5\n" for number in range(BLOCK)))
    expect(long.locator(f"#c-other_tasks-{AT + BLOCK - 1}-name")).to_have_value(f"粘贴 {BLOCK - 1}")
    assert blocked(long) < MOST_MS
    after = kept(site, seeded, "other_tasks")
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert [row["name"] for row in after[AT : AT + BLOCK]] == [f"粘贴 {number}" for number in range(BLOCK)]
    assert (after[:AT], after[AT + BLOCK :]) == (before[:AT], before[AT + BLOCK :])
    # 150 rows of 1.25, and 50 that go from 0.5 to 49.5
    expect(long.locator("#sub-other_tasks")).to_have_text("1,437.50")
