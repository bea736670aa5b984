"""Check 48 of the interface: a page stands still while it loads, and nothing in it moves when a slow answer arrives."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.checks.editing import settle
from tests.browser.screens import CASES, Case
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

SLOW_MS = 700
MOST_ON_LOAD = 0.02
# What the browser itself counts: the movements that no press or key of the last half second explains.
_WATCH = """() => { window.moves = []; new PerformanceObserver((list) => { for (const one of list.getEntries())
    if (!one.hadRecentInput) window.moves.push([one.value, (one.sources || []).map((from) => from.node && from.node.nodeType === 1 ? `${from.node.tagName}#${from.node.id}.${from.node.className}` : '').join(' ')]);
    }).observe({type: 'layout-shift', buffered: true}); }"""


def moves(page: Page) -> list[tuple[float, str]]:
    """What has moved since the page began or since the last question, once two more frames are drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_timeout(100)  # the observer is told after the frame
    return page.evaluate("() => window.moves.splice(0)")  # type: ignore[no-any-return]


def slowed(page: Page, pattern: str) -> None:
    """Every answer to an address takes its time."""

    def wait(route: Route) -> None:
        page.wait_for_timeout(SLOW_MS)
        route.continue_()

    page.route(pattern, wait)


def watched(visitor: Visitor, path: str) -> Page:
    """A page that counts from now on what moves in it; what moved while it loaded is in it too."""
    page = visitor.page
    page.set_viewport_size({"width": 1366, "height": 900})
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate(_WATCH)
    assert sum(value for value, _what in moves(page)) <= MOST_ON_LOAD
    return page


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_check_48_a_screen_stands_still_while_it_loads(
    visitors: dict[str, Visitor], addresses: dict[str, int], case: Case, width: int
) -> None:
    page = visitors[case.who].page
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(case.path.format(**addresses))
    page.wait_for_load_state("networkidle")
    page.evaluate(_WATCH)
    moved = moves(page)
    assert sum(value for value, _what in moved) <= MOST_ON_LOAD, moved


def test_check_48_nothing_of_the_editor_moves_for_a_slow_save(
    visitors: dict[str, Visitor], addresses: dict[str, int]
) -> None:
    page = watched(visitors["filler"], f"/submissions/{addresses['draft']}?lang=zh")
    slowed(page, "**/sections/**")
    page.locator("#c-overall_goal").press("Control+End")
    page.keyboard.type("。")
    settle(page)
    assert moves(page) == []
    page.unroute_all()


def test_check_48_nothing_of_the_editor_moves_when_it_asks_who_is_here(
    visitors: dict[str, Visitor], addresses: dict[str, int]
) -> None:
    page = visitors["filler"].page
    page.clock.install()
    page = watched(visitors["filler"], f"/submissions/{addresses['draft']}?lang=zh")
    slowed(page, "**/presence*")
    with page.expect_response("**/presence*"):
        page.clock.run_for(60_000)
    assert moves(page) == []
    page.unroute_all()


def test_check_48_nothing_of_the_editor_moves_while_a_slow_check_is_on_its_way(
    visitors: dict[str, Visitor], addresses: dict[str, int]
) -> None:
    page = watched(visitors["filler"], f"/submissions/{addresses['draft']}?lang=zh")
    slowed(page, "**/check*")
    # What is asked for is a page of its own: until it is here, the editor stays as it is.
    page.evaluate(
        "() => { window.addEventListener('pagehide', () => { localStorage.setItem('moves', JSON.stringify(window.moves)); }); }"
    )
    with page.expect_navigation():
        page.locator(".foot a[href$='/check']").click()
    assert page.evaluate("localStorage.getItem('moves')") == "[]"
    page.evaluate("localStorage.clear()")
    page.wait_for_load_state("networkidle")
    page.evaluate(_WATCH)
    assert sum(value for value, _what in moves(page)) <= MOST_ON_LOAD
    page.unroute_all()


def test_check_48_nothing_of_the_review_moves_for_a_slow_answer(
    visitors: dict[str, Visitor], addresses: dict[str, int]
) -> None:
    visitor = visitors["finance_business_office"]
    visitor.page.clock.install()
    page = watched(visitor, f"/submissions/{addresses['level3']}?lang=zh")
    slowed(page, "**/remarks*")
    slowed(page, "**/fresh*")
    with page.expect_response("**/remarks*"):
        page.locator("#comment").fill("请核对合计。")
        page.clock.run_for(2_000)
    expect(page.locator("#kept")).to_contain_text("已保存")
    assert moves(page) == [], "what is written is kept"
    with page.expect_response("**/fresh*"):
        page.clock.run_for(31_000)
    assert moves(page) == [], "the page asks whether it still holds"
    page.evaluate("document.querySelector('#decide [name=version]').value = '1'")  # as if opened long ago
    page.clock.run_for(31_000)
    expect(page.locator("#outdated")).to_be_visible()
    assert moves(page) == [], "it does not any more"
    page.unroute_all()
