"""Checks of the eye and of reach: nothing clipped, squeezed, hidden or moved, in every state of the editor, in both languages.

Each picture lies under `.ci/artefacts/checks`; a person looks at them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.checks.conftest import Opened
from tests.browser.checks.editing import paste, settle
from tests.browser.conftest import Site
from tests.browser.screens import AXE, SQUASH

pytestmark = pytest.mark.browser

AMOUNT, HEADS = "#c-key_tasks-0-planned_amount", "#c-basic-fiscally_supported_headcount"
WIDTHS = (320, 390, 768, 1366)
_CLIPPED = """() => [...document.querySelectorAll('.cell, .in')].filter((one) =>
    one.tagName === 'TEXTAREA' && one.scrollHeight > one.clientHeight + 3).map((one) => one.id)"""
_HIDDEN = """() => { const one = document.activeElement; const box = one.getBoundingClientRect();
    if (one === document.body || box.height === 0 || one.closest('.vh, .skip')) return null;
    const at = document.elementFromPoint(box.left + Math.min(box.width, 40) / 2, box.top + Math.min(box.height, 24) / 2);
    return at !== null && (at === one || one.contains(at) || at.contains(one)) ? null : `${one.tagName} ${one.id} ${one.className}`; }"""


def plain(_page: Page, _other: Page) -> None:
    """The form as it opens."""


def offline(page: Page, _other: Page) -> None:
    page.context.set_offline(True)
    page.locator(HEADS).fill("74")
    expect(page.locator("#save-status")).to_have_class("row t-warn", timeout=10_000)


def clash(page: Page, other: Page) -> None:
    other.locator(AMOUNT).fill("95")
    settle(other)
    page.locator(AMOUNT).fill("112.4")
    expect(page.locator("#clash-key_tasks")).to_be_visible(timeout=10_000)


def pasted(page: Page, _other: Page) -> None:
    page.locator("#c-other_tasks-6-name").focus()
    paste(page, "法治宣传\t进社区\t叁拾\n" + "普法\t讲座\t2\n" * 3)
    expect(page.locator("dialog")).to_be_visible()


def signed_out(page: Page, _other: Page) -> None:
    page.context.clear_cookies()
    page.locator(HEADS).fill("75")
    expect(page.locator("dialog")).to_be_visible(timeout=10_000)


def deleted(page: Page, _other: Page) -> None:
    page.locator("#r-other_tasks-2 summary").click()
    page.locator("#r-other_tasks-2 button[value^='delete']").click()
    expect(page.locator("#undo button")).to_be_visible()


def offered(page: Page, _other: Page) -> None:
    page.locator(AMOUNT).fill("100 元")
    page.locator(AMOUNT).press("Tab")
    expect(page.locator(".offer")).to_be_visible()


def _picture(page: Page, path: Path) -> None:
    """What a person sees there: the clash or the dialog, else the top of the page."""
    chooser = page.locator(".clash")
    if chooser.count():
        chooser.first.scroll_into_view_if_needed()
    page.screenshot(path=path)
    page.evaluate("window.scrollTo(0, 0)")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "state", [plain, offline, clash, pasted, signed_out, deleted, offered], ids=lambda one: one.__name__
)
def test_check_39_40_every_state_is_legible_at_every_width(
    opened: Opened, seeded: int, artefacts: Path, state: Callable[[Page, Page], None], language: str
) -> None:
    page, other = opened(), opened()
    page.goto(f"/submissions/{seeded}?lang={language}")
    if language == "zh" or state is not clash:
        state(page, other)
    else:
        other.locator(AMOUNT).fill("95")
        other.keyboard.press("Control+s")
        settle(other)
        page.locator(AMOUNT).fill("112.4")
        expect(page.locator("#clash-key_tasks")).to_be_visible(timeout=10_000)
    folder = artefacts / "checks"
    folder.mkdir(parents=True, exist_ok=True)
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("window.scrollTo(0, 0)")  # a field half under a bar is no small field
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        faults += [f"{width}: scrolls sideways by {over} px"] if over > 0 else []
        faults += [f"{width}: squeezed {words}" for words in page.evaluate(SQUASH)]
        if width in (390, 1366):
            _picture(page, folder / f"{state.__name__}-{width}-{language}.png")
            found = Axe().run(page, options=AXE).response["violations"]
            faults += [f"{width}: axe {one['id']}: {one['nodes'][0]['html'][:140]}" for one in found]
    assert faults == []


@pytest.mark.parametrize("width", [1366, 1440, 1920, 1093])  # 1093 px are 1366 at 125 %
def test_check_19_no_text_of_a_cell_is_clipped(window: Page, artefacts: Path, width: int) -> None:
    window.set_viewport_size({"width": width, "height": 900})
    window.locator("#c-key_tasks-0-content").fill("一段很长的内容。" * 60)
    assert window.evaluate(_CLIPPED) == []
    window.screenshot(path=artefacts / "checks" / f"cells-{width}.png", full_page=True)


def test_check_41_the_focus_is_never_under_a_bar(window: Page) -> None:
    window.set_viewport_size({"width": 1366, "height": 768})
    window.locator("#main").focus()
    hidden = []
    for _ in range(140):
        window.keyboard.press("Tab")
        under = window.evaluate(_HIDDEN)
        hidden += [under] if under else []
    assert hidden == []


@pytest.mark.parametrize("zoom", [150, 200])
def test_check_56_every_action_is_reachable_at_large_zoom(window: Page, zoom: int) -> None:
    window.set_viewport_size({"width": 1366 * 100 // zoom, "height": 768 * 100 // zoom})
    assert window.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for name in ("检查", "提交部门审核"):
        link = window.get_by_role("link", name=name, exact=True)
        link.scroll_into_view_if_needed()
        box = link.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 1366 * 100 / zoom


def test_check_20_a_block_of_fifty_rows_is_in_at_once(site: Site, seeded: int, window: Page) -> None:
    window.locator("#c-other_tasks-6-name").focus()
    paste(window, "".join(f"任务{number}\t内容\t{number}\n" for number in range(50)))
    window.locator("dialog [data-take]").click()
    expect(window.locator("#sec-other_tasks tbody tr[id]")).to_have_count(56)


def test_an_answer_to_the_script_is_in_the_language_of_the_page(window: Page, seeded: int) -> None:
    window.goto(f"/submissions/{seeded}?lang=en")
    with window.expect_response("**/state*"):
        window.locator(HEADS).fill("76")
    expect(window.locator("#steps")).to_contain_text("Basics")
    window.locator("#sec-key_tasks .addrow button").first.click()
    expect(window.locator("#sec-key_tasks tbody tr[id]")).to_have_count(4)
    expect(window.locator("#sec-key_tasks")).to_contain_text("Amount")
