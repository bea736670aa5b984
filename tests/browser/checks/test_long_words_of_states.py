"""Check 53 of the interface in the states of the editor: 40 % more English has room in its panel, its dialogs and its choices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks.conftest import Opened
from tests.browser.checks.editing import paste
from tests.browser.checks.test_looks_of_states import AMOUNT, HEADS, deleted, offered, offline, pasted, signed_out
from tests.browser.test_long_words import LENGTHEN, UNTRANSLATED, overflows

pytestmark = pytest.mark.browser

State = Callable[[Page, Page], None]


def clash(page: Page, other: Page) -> None:
    """Two people in one cell; the other page speaks Chinese."""
    with other.expect_response("**/sections/key_tasks*"):
        other.locator(AMOUNT).fill("95")
        other.keyboard.press("Control+s")
    page.locator(AMOUNT).fill("112.4")
    expect(page.locator("#clash-key_tasks")).to_be_visible(timeout=10_000)


def findings(page: Page, _other: Page) -> None:
    """The panel with an error, reminders, notes and the answer to one of them open."""
    with page.expect_response("**/state*"):
        page.locator("#c-budget-project_expenditure").fill("560.26")
        page.keyboard.press("Control+s")
    expect(page.locator("#panel .fgroup").first).to_be_visible()
    page.evaluate("document.querySelectorAll('#panel details').forEach((one) => { one.open = true; })")


def units(page: Page, _other: Page) -> None:
    """The preview of a block whose amounts bear a unit."""
    page.locator("#c-other_tasks-6-name").focus()
    paste(page, "法治宣传\t进社区\t300000元\n普法\t讲座\t叁拾\n")
    expect(page.locator("dialog")).to_be_visible()


def keys(page: Page, _other: Page) -> None:
    """The overview of shortcuts."""
    page.locator("#main").focus()
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()


def menu(page: Page, _other: Page) -> None:
    """What can be done with a row."""
    page.locator("#r-other_tasks-2 summary").click()
    expect(page.locator("#r-other_tasks-2 .acts-b")).to_be_visible()


def present(page: Page, other: Page) -> None:
    """Somebody else in the same form."""
    other.locator(HEADS).focus()
    page.reload()
    expect(page.locator("#presence")).to_be_visible(timeout=40_000)


@pytest.mark.parametrize(
    "state",
    [clash, pasted, units, signed_out, keys, deleted, offered, offline, findings, menu, present],
    ids=lambda one: one.__name__,
)
def test_check_53_states_of_the_editor_are_english_and_have_room_to_grow(
    opened: Opened, seeded: int, artefacts: Path, state: State
) -> None:
    page, other = opened(), opened()
    page.goto(f"/submissions/{seeded}?lang=en")
    state(page, other)
    faults = page.evaluate(UNTRANSLATED)
    assert page.evaluate(LENGTHEN) > 0
    folder = artefacts / "checks"
    folder.mkdir(parents=True, exist_ok=True)
    for width in (1366, 390):
        faults += overflows(page, width)
        page.screenshot(path=folder / f"long-{state.__name__}-{width}.png")
    assert faults == [], "\n".join(faults)
