"""What the checks of the editor do again and again: wait for a save, listen to requests, compose, paste."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser.conftest import Site

SAVED = re.compile("已自动保存")
# Longer than the page waits for the hand to rest, and a save.
SETTLED = 3_000


def kept(site: Site, form: int, section: str) -> Any:  # noqa: ANN401 - what a section holds
    """The stored value of a section."""
    with site.engine.connect() as connection:
        statement = text("select body -> 'value' from draft_section where submission_id = :id and section = :s")
        return connection.execute(statement, {"id": form, "s": section}).scalar_one()


def saves(page: Page) -> list[dict[str, str]]:
    """Fields of the saves of sections from now on."""
    sent: list[dict[str, str]] = []

    def note(request: Any) -> None:  # noqa: ANN401 - playwright's request
        if request.method == "POST" and "/sections/" in request.url:
            pairs = parse_qs(request.post_data or "", keep_blank_values=True)
            sent.append({name: values[0] for name, values in pairs.items()})

    page.on("request", note)
    return sent


def settle(page: Page) -> None:
    """Wait until everything is saved."""
    expect(page.locator("#save-status")).to_have_text(SAVED, timeout=15_000)


def compose(page: Page, spelled: list[str], word: str) -> None:
    """Type a word through an input method: each spelling is shown, the word is taken at the end."""
    keyboard = page.context.new_cdp_session(page)
    for typed in spelled:
        keyboard.send(
            "Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)}
        )
        page.wait_for_timeout(250)
    keyboard.send("Input.insertText", {"text": word})


def paste(page: Page, block: str) -> None:
    """Paste a text where the focus is, as Excel and WPS put it on the clipboard."""
    page.evaluate(
        """(block) => { const data = new DataTransfer(); data.setData('text/plain', block);
            document.activeElement.dispatchEvent(
                new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }""",
        block,
    )


def give_reasons(page: Page) -> None:
    """Answer every reminder that waits for a reason, on the preview or the page of the check; works without scripts."""
    waiting = page.locator(".issue details.answer").filter(has=page.locator("summary", has_text="说明理由"))
    for left in range(waiting.count(), 0, -1):
        waiting.first.locator("summary").click()
        waiting.first.locator("textarea").fill("合同第 7 条：培训一次即达标。")
        waiting.first.get_by_role("button", name="保存理由").click()
        expect(waiting).to_have_count(left - 1)


def submits(site: Site, form: int) -> int:
    """How often the form was handed in, by its record."""
    counted = "select count(*) from event where subject_kind = 'submission' and subject_id = :id and action = 'submit'"
    with site.engine.connect() as connection:
        return int(connection.execute(text(counted), {"id": form}).scalar_one())


def switch(page: Page, value: str) -> None:
    """Switch the shortcuts of whoever is signed in on or off, on their own account page."""
    page.goto("/account")
    page.locator(f"input[name=shortcuts][value={value}]").check()
    with page.expect_navigation():
        page.locator("form[action='/account/shortcuts'] button").click()
    expect(page.locator(f"input[name=shortcuts][value={value}]")).to_be_checked()
