"""Check 41 of the interface, and two things of the editor that only a hand shows: rows drawn by their numbers, the end of a session."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser.checks.editing import kept, settle
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

STOPS = 400
# What sticks to the window and what stands beside the form have an order of their own.
_FOCUSED = """() => { const one = document.activeElement; if (one === document.body) return null;
    const box = one.getBoundingClientRect();
    // Of what is taller than the window the middle of its part in sight is looked at.
    const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const at = document.elementFromPoint(box.left + Math.min(box.width, 40) / 2, box.height > innerHeight / 2 ? middle : box.top + Math.min(box.height, 24) / 2);
    const seen = one.closest('.vh, .skip') !== null || box.height < 2 || (at !== null && (at === one || one.contains(at) || at.contains(one)));
    const zone = one.closest('.appbar, .pagebar, aside, .foot, .tabbar, .skip') ? 'beside' : 'form';
    // Two tables that stand beside each other are read one after the other.
    const column = one.closest('.ledger > table');
    return {name: `${one.tagName} ${one.id} ${one.className} ${(one.textContent || '').trim().slice(0, 12)}`, zone, seen,
        column: column && {left: column.getBoundingClientRect().left, right: column.getBoundingClientRect().right}, left: box.left, top: box.top + scrollY, bottom: box.bottom + scrollY}; }"""


def walk(page: Page) -> list[dict[str, Any]]:
    """Every stop of Tab from the top of the page to its end."""
    page.locator("#main").focus()
    stops: list[dict[str, Any]] = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop is not None and not stop["seen"]:  # the page may still be on its way there
            page.wait_for_timeout(500)
            stop = page.evaluate(_FOCUSED)
        if stop is None or (stops and stop["name"].startswith("A  skip")):
            break
        stops.append(stop)
    return stops


def backwards(stops: list[dict[str, Any]]) -> list[str]:
    """Steps that go up the page, or to the left within a line; from the foot of a column to its neighbour's head is on."""
    inside = [stop for stop in stops if stop["zone"] == "form"]
    found = []
    for one, other in pairwise(inside):
        if one["column"] and other["column"] and one["column"]["right"] <= other["column"]["left"]:
            continue
        up = other["bottom"] <= one["top"] + 4
        beside = other["top"] < one["bottom"] - 4 and one["top"] < other["bottom"] - 4
        if up or (beside and other["left"] < one["left"] - 4):
            found.append(f"{one['name']} → {other['name']}")
    return found


@pytest.mark.parametrize("width", [1366, 390])
def test_check_41_the_focus_is_seen_and_goes_as_one_reads(window: Page, width: int) -> None:
    window.set_viewport_size({"width": width, "height": 800})
    window.reload()
    stops = walk(window)
    assert len(stops) > 60
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    assert backwards(stops) == []


def test_rows_are_drawn_by_their_numbers(site: Site, seeded: int, window: Page) -> None:
    before = [row["id"] for row in kept(site, seeded, "other_tasks")]
    rows = window.locator("#sec-other_tasks tbody tr[id]")
    rows.nth(0).locator("td.h").first.drag_to(rows.nth(2).locator("td.h").first)
    expect(window.locator("#live")).to_have_text("已移到第 3 行")
    settle(window)
    after = [row["id"] for row in kept(site, seeded, "other_tasks")]
    assert after == [before[1], before[2], before[0], *before[3:]]


def test_a_row_is_not_drawn_into_another_table(site: Site, seeded: int, window: Page) -> None:
    before = {one: kept(site, seeded, one) for one in ("key_tasks", "other_tasks")}
    window.locator("#sec-key_tasks tbody tr[id] td.h").last.drag_to(
        window.locator("#sec-other_tasks tbody tr[id] td.h").first
    )
    window.keyboard.press("Control+s")
    expect(window.locator("#live")).not_to_have_text("已移到")
    assert {one: kept(site, seeded, one) for one in before} == before


def test_the_end_of_a_session_is_announced_and_one_press_keeps_it(site: Site, seeded: int, window: Page) -> None:
    window.clock.install()
    window.goto(f"/submissions/{seeded}")
    with site.engine.begin() as connection:
        # 28 of the 30 minutes without a request are over.
        connection.execute(text("update web_session set last_seen_at = now() - interval '28 minutes'"))
    window.clock.fast_forward(31_000)
    status = window.locator("#save-status")
    expect(status).to_contain_text("登录将在 2 分钟后过期")
    keep = status.get_by_role("button", name="保持登录")
    keep.focus()
    window.keyboard.press("Enter")
    expect(status).to_contain_text("登录已延长")
    with site.engine.connect() as connection:
        statement = text("select bool_or(last_seen_at > now() - interval '1 minute') from web_session")
        assert connection.execute(statement).scalar_one()
