"""Check 42 of the interface, in the editor: everything that is pressed is large enough, by mouse and by finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# What can be pressed and is drawn. Links within a sentence and fields that a label enlarges may be smaller (WCAG 2.5.8).
_SMALL = """(least) => [...document.querySelectorAll('a[href], button, summary, select, input, textarea, [role=option]')]
    .filter((one) => one.offsetParent && !one.closest('.vh, .skip, p, [hidden]') && one.type !== 'hidden')
    .map((one) => one.matches('[type=checkbox], [type=radio]') && one.closest('label') || one)
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.height < least || box.width < least))
    .map(([one, box]) => `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 20)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""
_ACTIONS = """() => [...document.querySelectorAll('.foot .btn, .addrow .btn')].filter((one) => one.offsetParent)
    .filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent.trim())"""


@pytest.mark.parametrize("width", [390, 768, 1366])
def test_check_42_every_target_of_the_editor_is_large_enough(window: Page, width: int) -> None:
    window.set_viewport_size({"width": width, "height": 900})
    assert window.locator("#sec-key_tasks summary").count() >= 3
    if width > 768:
        window.locator("#r-key_tasks-0 summary").click()
    assert window.evaluate(_SMALL, 24) == []


def test_check_42_what_acts_on_a_phone_fits_a_thumb(window: Page) -> None:
    window.set_viewport_size({"width": 390, "height": 844})
    assert window.locator(".foot .btn").count() >= 2
    assert window.evaluate(_ACTIONS) == []
