"""Checks 39 and 40 of the interface outside the editor: screens that refuse, that ask and that are empty, each really reached.

What a page looks like as it opens is `test_looks.py`; the states of the editor are `checks/test_looks_of_states.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import WIDTHS, faults_at
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

Act = Callable[[Page], None]
REFUSED, EMPTY, ASKED, NOWHERE = "#errors, [role=alert]", "main .blank", "dialog[open]", "main h1"

RETURNS_IN = """(lang) => { for (const one of document.querySelectorAll('form')) { const to = one.getAttribute('action') || '';
    one.setAttribute('action', `${to}${to.includes('?') ? '&' : '?'}lang=${lang}`); } }"""


@dataclass(frozen=True, slots=True)
class State:
    """A screen, how somebody comes to its state, and what shows that it was reached."""

    who: str
    path: str
    proof: str
    act: Act | None = None
    status: int = 200

    @property
    def name(self) -> str:
        kind = {REFUSED: "refused", EMPTY: "empty", ASKED: "asked", NOWHERE: "nowhere"}[self.proof]
        return f"{kind}-{self.who}{self.path}".replace("/", "-").replace("?", "-").strip("-")


def send(button: str = "main form .btn.p", **fields: str) -> Act:
    """Fill in a form and send it past the browser's own checks; `fields` are filled by their names."""

    def act(page: Page) -> None:
        page.evaluate("document.querySelectorAll('form').forEach((one) => { one.noValidate = true; })")
        for name, value in fields.items():
            page.locator(f"main [name={name}]").first.fill(value)
        with page.expect_navigation():
            page.locator(button).first.click()

    return act


def forged(name: str, button: str = "main form .btn.p") -> Act:
    """Send a choice that was never offered."""

    def act(page: Page) -> None:
        page.evaluate(
            "(name) => document.querySelectorAll(`[name=${name}]`).forEach((one) => {"
            " for (const held of [one, ...(one.options || [])]) held.value = 'x'; })",
            name,
        )
        send(button)(page)

    return act


def keys(page: Page) -> None:
    """The overview of shortcuts, the one dialog that every screen has."""
    page.locator("#main").focus()
    page.keyboard.press("?")


STATES = [
    State("", "/sign-in", REFUSED, send("main .btn.p", username="filler", password="wrong")),
    State("filler", "/import", REFUSED, send()),
    State("filler", "/import/bulk", REFUSED, send()),
    State("filler", "/reports", REFUSED, forged("submission")),
    State(
        "filler", "/account/password", REFUSED, send(current_password="wrong", new_password="x", new_password_again="y")
    ),
    State("filler", "/submissions/{draft}/preview", REFUSED, send(".foot .btn.p")),
    State("filler", "/submissions/{draft}/library", REFUSED, send(".foot .btn.p")),
    State("filler", "/submissions/999999", NOWHERE, status=404),
    State("filler", "/sign-out", NOWHERE, status=405),
    State("finance_business_office", "/submissions/{level3}", REFUSED, send("#decide .btn.d")),
    State("finance_performance_office", "/submissions/{scored}/evaluation", REFUSED, send(".foot .btn.p")),
    State("finance_performance_office", "/admin/cycles/new", REFUSED, send(fiscal_year="abc", code="")),
    State("finance_performance_office", "/admin/library/new", REFUSED, send()),
    State("sys_admin", "/admin/departments/new", REFUSED, send()),
    State("sys_admin", "/admin/people/new", REFUSED, send()),
    State("observer", "/inbox", EMPTY),
    State("observer", "/inbox?tab=mine", EMPTY),
    State("observer", "/notifications", EMPTY),
    State("observer", "/reports", EMPTY),
    State("filler", "/import/bulk", EMPTY),
    State("filler", "/submissions?q=没有这样的单据", EMPTY),
    State("filler", "/submissions/{draft}/library?q=没有这样的指标", EMPTY),
    State("filler", "/submissions/{draft}/attachments", EMPTY),
    State("finance_performance_office", "/admin/library?q=没有这样的指标", EMPTY),
    State("sys_admin", "/admin/people?q=zzz", EMPTY),
    *(State("filler", path, ASKED, keys) for path in ("/inbox", "/submissions", "/notifications", "/account")),
    State("filler", "/submissions/{closed}/timeline", ASKED, keys),
    State("finance_business_office", "/submissions/{level3}", ASKED, keys),
    State("finance_performance_office", "/admin/deadlines", ASKED, keys),
    State("sys_admin", "/admin/people", ASKED, keys),
]


# Widths that are kept for the eye; the others only where something is wrong.
PICTURED = (390, 1366)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_check_39_40_every_state_of_every_screen_is_legible(
    visitors: dict[str, Visitor], addresses: dict[str, int], state: State, language: str
) -> None:
    visitor = visitors[state.who]
    page, path = visitor.page, state.path.format(**addresses)
    page.set_viewport_size({"width": 1366, "height": 900})
    reply = page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert reply is not None
    assert reply.status == state.status
    if state.act is not None:
        # The answer of a form comes in the language of the page that sent it.
        page.evaluate(RETURNS_IN, language)
        state.act(page)
    expect(page.locator(state.proof).first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en" if language == "en" else "zh-CN")
    faults = []
    for width in WIDTHS:
        found = faults_at(page, width)
        if found or width in PICTURED:
            page.screenshot(path=visitor.pictures / f"{state.name}-{width}-{language}.png")
        faults += found
    assert faults == [], "\n".join(faults)
