"""Check 44 of the interface: keys that act are inert where somebody writes, and while an input method composes.

Keys without Ctrl or Alt act only inside the list that they move in or where nobody writes, and every shortcut can be switched
off by the person (WCAG 2.1.4).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import text

from tests.browser.checks.conftest import Opened
from tests.browser.checks.editing import kept, settle, switch
from tests.browser.conftest import Site
from tests.browser.screens import AXE
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
    had, words = rows.count(), field.input_value()
    field.focus()
    window.keyboard.press("End")
    keyboard.send("Input.imeSetComposition", {"text": "ren", "selectionStart": 3, "selectionEnd": 3})
    for key, modifiers in (*ACTING, ("F8", 0)):
        press(keyboard, key, modifiers)
        expect(field).to_be_focused()
    keyboard.send("Input.insertText", {"text": "任"})
    settle(window)
    expect(field).to_have_value(f"{words}任")
    expect(rows).to_have_count(had)
    after = kept(site, seeded, "key_tasks")
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert [row["name"] for row in after] == [f"{words}任", *(row["name"] for row in before[1:])]
    window.keyboard.press("Control+ArrowDown")
    expect(window.locator(SECOND)).to_be_focused()  # the same key acts again once the word is chosen
    window.keyboard.press("Alt+ArrowUp")
    expect(window.locator("#live")).to_have_text("已移到第 1 行")


def held(site: Site, username: str) -> bool:
    """What is kept of a person's choice."""
    with site.engine.connect() as connection:
        found = connection.execute(text("select shortcuts from person where username = :name"), {"name": username})
        return bool(found.scalar_one())


@pytest.fixture
def silent(site: Site, window: Page) -> Iterator[Page]:
    """The filler without shortcuts; afterwards they are as they were."""
    switch(window, "off")
    yield window
    switch(window, "on")


def test_check_44_no_shortcut_of_the_editor_acts_once_they_are_off(site: Site, seeded: int, silent: Page) -> None:
    assert not held(site, "filler")
    silent.goto(f"/submissions/{seeded}")
    before, rows = kept(site, seeded, "key_tasks"), silent.locator("#sec-key_tasks tbody tr[id]")
    had, last = rows.count(), silent.locator("#sec-key_tasks tbody tr[id]").count() - 1
    for cell in (FIRST, f"#c-key_tasks-{last}-name"):
        for key in ("Alt+ArrowDown", "Alt+ArrowUp", "Control+ArrowDown", "Control+d", "Control+Enter", "F8"):
            silent.locator(cell).focus()
            silent.keyboard.press(key)
            expect(silent.locator(cell)).to_be_focused()
    expect(silent.locator("#panel [data-keys]")).to_be_hidden()
    silent.locator("#main").focus()
    silent.keyboard.press("?")
    expect(silent.locator("dialog")).to_have_count(0)
    expect(rows).to_have_count(had)
    # The cells themselves work on: Enter goes down, letters are letters, what is typed is saved.
    silent.locator("#c-key_tasks-0-planned_amount").press("Enter")
    expect(silent.locator("#c-key_tasks-1-planned_amount")).to_be_focused()
    silent.locator(FIRST).press("End")
    silent.keyboard.type("jk?")
    settle(silent)
    assert [row["name"] for row in kept(site, seeded, "key_tasks")] == [
        f"{before[0]['name']}jk?",
        *(row["name"] for row in before[1:]),
    ]


def test_check_44_the_choice_goes_with_the_person_and_comes_back(
    site: Site, seeded: int, opened: Opened, silent: Page
) -> None:
    other = opened()  # another browser of the same person
    other.keyboard.press("F8")
    expect(other.locator("#c-other_tasks-1-name")).not_to_be_focused()
    switch(silent, "on")
    assert held(site, "filler")
    other.reload()
    other.keyboard.press("F8")
    expect(other.locator("#c-other_tasks-1-name")).to_be_focused()


@pytest.mark.parametrize(
    ("language", "words"), [("zh", ("键盘快捷键", "立即保存")), ("en", ("Keyboard shortcuts", "Save at once"))]
)
def test_check_44_a_key_shows_which_there_are(window: Page, seeded: int, language: str, words: tuple[str, ...]) -> None:
    window.goto(f"/submissions/{seeded}?lang={language}")
    window.locator("#main").focus()
    window.keyboard.press("?")
    shown = window.locator("dialog[open]")
    for word in words:
        expect(shown).to_contain_text(word)
    assert Axe().run(window, options=AXE).response["violations"] == []
    window.keyboard.press("?")
    expect(window.locator("dialog")).to_have_count(1)
    window.keyboard.press("Escape")
    expect(window.locator("dialog")).to_have_count(0)
    expect(window.locator("#main")).to_be_focused()
    window.goto(f"/help?lang={language}")
    listed = window.locator("[aria-labelledby=h-keys] dt").all_inner_texts()
    inside = window.evaluate(
        "[...document.querySelector('#keys').content.querySelectorAll('dt')].map((one) => one.innerText)"
    )
    assert listed == inside, "the page of help and the overview say the same"
