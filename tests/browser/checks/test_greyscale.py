"""Check 52 of the interface: a state is known without colour, and only what is late is solid red.

The same pages without any colour lie under `.ci/artefacts/grey`; a person looks at them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Site
from tests.browser.screens import forms
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

PAGES = {
    "filler": ("/inbox", "/inbox?tab=mine", "/submissions", "/submissions/{draft}", "/submissions/{draft}/check", "/submissions/{draft}/library", "/submissions/{closed}"),
    "finance_business_office": ("/inbox", "/submissions", "/submissions/{level3}"),
    "finance_performance_office": ("/submissions", "/submissions/{level4}", "/submissions/{scored}", "/admin/cycles"),
    "sys_admin": ("/admin/departments", "/admin/people"),
}  # fmt: skip
_CHIPS = "() => [...document.querySelectorAll('.chip')].map((one) => [one.className, one.textContent.trim(), one.querySelectorAll('svg.ic').length])"
_RED = """() => [...document.querySelectorAll('body *')].filter((one) => {
    if (one.getClientRects().length === 0) return false;
    const [red, green, blue, opaque = 1] = (getComputedStyle(one).backgroundColor.match(/[\\d.]+/g) || []).map(Number);
    return opaque > 0.5 && red > 120 && green < 100 && blue < 100; }).map((one) => `${one.className}|${one.textContent.trim()}`)"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_check_52_a_state_is_a_word_with_an_icon_and_only_what_is_late_is_solid_red(
    browser: Browser, demo_site: Site, artefacts: Path, language: str
) -> None:
    addresses, met, late = forms(demo_site.engine), set[str](), set[str]()
    folder = artefacts / "grey"
    folder.mkdir(parents=True, exist_ok=True)
    for who, paths in PAGES.items():
        with Visitor(browser, demo_site.url, password=demo_site.password, pictures=folder) as visitor:
            page = visitor.sign_in(who).page
            for path in paths:
                page.goto(f"{path.format(**addresses)}{'&' if '?' in path else '?'}lang={language}")
                for kind, words, icons in page.evaluate(_CHIPS):
                    assert words, (path, kind)
                    assert icons == 1, (path, kind, words)
                    met.add(kind)
                red = page.evaluate(_RED)
                assert [one for one in red if not one.startswith("chip over|")] == [], path
                late |= set(red)
                page.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
                name = f"{who}{path}".replace("/", "-").replace("?", "-").replace("{", "").replace("}", "")
                page.screenshot(path=folder / f"{name}-{language}.png")
    assert late, "something is late in the demonstration"
    assert all(("逾期" if language == "zh" else "late") in one or "overdue" in one.lower() for one in late), late
    assert len(met) >= 5, "and most states are met"
