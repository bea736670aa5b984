"""Check 53 of the interface: in English no word is missing, and 40 % more text fits into every screen, the editor's included."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.screens import CASES, SQUASH, Case
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
LENGTHEN, SPILL, UNTRANSLATED = (
    (HERE / f"{name}.js").read_text("utf-8") for name in ("lengthen", "spill", "untranslated")
)


def overflows(page: Page, width: int) -> list[str]:
    """Where the text of a page has no room at one width."""
    page.set_viewport_size({"width": width, "height": 900})
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found = [f"{width}: scrolls sideways by {over} px"] if over > 0 else []
    return found + [f"{width}: {words}" for words in page.evaluate(SQUASH) + page.evaluate(SPILL)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_check_53_english_is_whole_and_has_room_to_grow(
    visitors: dict[str, Visitor], addresses: dict[str, int], case: Case
) -> None:
    visitor = visitors[case.who]
    page, path = visitor.page, case.path.format(**addresses)
    page.set_viewport_size({"width": 1366, "height": 900})
    reply = page.goto(f"{path}{'&' if '?' in path else '?'}lang=en")
    assert reply is not None
    assert reply.status == case.status
    faults = page.evaluate(UNTRANSLATED)
    grown = page.evaluate(LENGTHEN)
    assert grown > 0 or path.endswith("/print"), "only what is printed stays Chinese"
    for width in (1366, 390):
        found = overflows(page, width)
        if found:  # a picture of each page would cost more than the look at it
            page.screenshot(path=visitor.pictures / f"long-{case.name}-{width}.png", full_page=True)
        faults += found
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<div style="width:60px;white-space:nowrap">far too many words</div>', "leaves it by"),
        ('<div style="height:18px;overflow:hidden"><p>one</p></div>', "is cut off"),
        ('<p style="margin-bottom:-18px">below</p><p style="margin-top:0">above</p>', "lies over"),
        ('<div style="width:20px">a b c d e f g h</div>', "is squeezed"),
        ("<p>room enough</p>", ""),
    ],
)
def test_the_measure_of_overflow_sees_what_does_not_fit(visitors: dict[str, Visitor], body: str, said: str) -> None:
    page = visitors[""].page
    page.goto("about:blank")  # no policy of a site there
    page.set_content(f'<html lang="en"><body>{body}</body></html>')
    found = page.evaluate(SPILL)
    assert (len(found) == 1 and said in found[0]) if said else found == []


def test_the_measure_of_translation_sees_what_has_no_words(visitors: dict[str, Visitor]) -> None:
    page = visitors[""].page
    page.goto("about:blank")
    page.set_content(
        '<html lang="en"><body><p>表</p><p lang="zh-CN">表</p><p>error.no_such_thing</p><p>words</p>'
        '<input aria-label="表"><input lang="zh-CN" aria-label="表"></body></html>'
    )
    assert len(page.evaluate(UNTRANSLATED)) == 3
    assert page.evaluate(LENGTHEN) == 2
