"""Check 44 of the interface: keys that act are inert where somebody writes, and while an input method composes.

There is no switch for them, because none is needed: the only keys without Ctrl or Alt that act are `j` and `k`, and they act
only while the focus is inside the list that they move in (WCAG 2.1.4, its third way; `test_keys_move_only_inside_the_list`).
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.checks.editing import kept, settle
from tests.browser.conftest import Site
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

LETTERS = "jk?/gnsx"
ALT, CONTROL, PROCESSING = 1, 2, 229
FIRST, SECOND = "#c-key_tasks-0-name", "#c-key_tasks-1-name"
# Every key of the editor that does something in a cell.
ACTING = (
    ("ArrowDown", ALT),
    ("ArrowUp", ALT),
    ("ArrowDown", CONTROL),
    ("d", CONTROL),
    ("Enter", CONTROL),
    ("Enter", 0),
)


def press(keyboard: CDPSession, key: str, modifiers: int) -> None:
    """A key as the browser reports it while an input method works: the code says that it belongs to the method."""
    given = {"key": key, "modifiers": modifiers, "windowsVirtualKeyCode": PROCESSING}
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **given})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **given})


@pytest.mark.parametrize("cell", ["#c-overall_goal", FIRST, "#c-indicators-0-level3", "#c-budget-other_funds"])
def test_check_44_letters_in_a_field_of_the_editor_are_letters(window: Page, cell: str) -> None:
    field, here = window.locator(cell), window.url
    field.fill("")
    window.keyboard.type(LETTERS)
    expect(field).to_have_value(LETTERS)
    expect(field).to_be_focused()
    assert window.url == here


def test_check_44_letters_in_the_fields_of_a_list_are_letters(
    browser: Browser, demo_site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pictures = tmp_path_factory.mktemp("pictures")
    with Visitor(browser, demo_site.url, password=demo_site.password, pictures=pictures) as visitor:
        page = visitor.sign_in("finance_performance_office").page
        page.goto("/submissions")
        field = page.locator("input[name=q]").first
        field.focus()
        page.keyboard.type(LETTERS)
        expect(field).to_have_value(LETTERS)
        expect(field).to_be_focused()
        page.goto("/inbox")
        writes = "#inbox-rows :is(input:not([type=checkbox], [type=hidden]), textarea, select)"
        expect(page.locator(writes)).to_have_count(0)  # nothing to write in where j and k move


def test_check_44_no_key_acts_while_an_input_method_composes(site: Site, seeded: int, window: Page) -> None:
    before, keyboard = kept(site, seeded, "key_tasks"), window.context.new_cdp_session(window)
    rows, field = window.locator("#sec-key_tasks tbody tr[id]"), window.locator(FIRST)
    had, text = rows.count(), field.input_value()
    field.focus()
    window.keyboard.press("End")
    keyboard.send("Input.imeSetComposition", {"text": "ren", "selectionStart": 3, "selectionEnd": 3})
    for key, modifiers in (*ACTING, ("F8", 0)):
        press(keyboard, key, modifiers)
        expect(field).to_be_focused()
    keyboard.send("Input.insertText", {"text": "任"})
    settle(window)
    expect(field).to_have_value(f"{text}任")
    expect(rows).to_have_count(had)
    after = kept(site, seeded, "key_tasks")
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert [row["name"] for row in after] == [f"{text}任", *(row["name"] for row in before[1:])]
    window.keyboard.press("Control+ArrowDown")
    expect(window.locator(SECOND)).to_be_focused()  # the same key acts again once the word is chosen
    window.keyboard.press("Alt+ArrowUp")
    expect(window.locator("#live")).to_have_text("已移到第 1 行")
