"""Check 52 of the interface: a state is known without colour, and only what is late is solid red.

Every screen of `screens.py` is asked, those with lists first of all. The same pages without any colour lie under
`.ci/artefacts/grey`; a person looks at them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.screens import CASES
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

LISTS = re.compile(r"/(inbox|submissions|notifications|reports|library|cycles|deadlines|departments|people)(\?.*)?$")
STYLES = Path(__file__).parents[3] / "service" / "assets" / "css"
_CHIPS = "() => [...document.querySelectorAll('.chip')].map((one) => [one.className, one.textContent.trim(), one.querySelectorAll('svg.ic').length])"
_RED = """() => [...document.querySelectorAll('body *')].filter((one) => {
    if (one.getClientRects().length === 0) return false;
    const [red, green, blue, opaque = 1] = (getComputedStyle(one).backgroundColor.match(/[\\d.]+/g) || []).map(Number);
    return opaque > 0.5 && red > 120 && green < 100 && blue < 100; }).map((one) => `${one.className}|${one.textContent.trim()}`)"""
# What is tinted or coloured for its state has a word or an icon in it, or says what it is to those who hear it.
_MUTE = """() => [...document.querySelectorAll('.t-err, .t-warn, .t-ok, .plain, .cnt, .msg, td.warn, td.err, td.hold, .steps a, .tl .dot')]
    .filter((one) => one.tagName !== 'svg' && one.getClientRects().length > 0 && one.textContent.trim() === '' && one.querySelector('svg.ic') === null
        && !one.querySelector('.cell[aria-describedby]') && !one.matches('.dot[aria-hidden=true]')).map((one) => `${one.tagName}.${one.className}`)"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_check_52_a_state_is_a_word_with_an_icon_and_only_what_is_late_is_solid_red(
    visitors: dict[str, Visitor], addresses: dict[str, int], artefacts: Path, language: str
) -> None:
    met, late, mute = set[str](), set[str](), []
    folder = artefacts / "grey"
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        page = visitors[case.who].page
        page.set_viewport_size({"width": 1366, "height": 900})
        page.goto(f"{case.path.format(**addresses)}{'&' if '?' in case.path else '?'}lang={language}")
        for kind, words, icons in page.evaluate(_CHIPS):
            assert words, (case.name, kind)
            assert icons == 1 or kind == "chip line", (case.name, kind, words)  # an outline is a name, no state
            met.add(kind)
        red = page.evaluate(_RED)
        assert [one for one in red if not one.startswith("chip over|")] == [], case.name
        late |= set(red)
        mute += [(case.name, one) for one in page.evaluate(_MUTE)]
        page.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
        page.screenshot(path=folder / f"{case.name}-{language}.png")
    assert mute == []
    assert late, "something is late in the demonstration"
    assert all(("逾期" if language == "zh" else "late") in one or "overdue" in one.lower() for one in late), late
    assert len([case for case in CASES if LISTS.search(case.path)]) >= 15, "every screen with a list is among them"
    kinds = {one.removeprefix("chip").strip() for one in met}
    assert {"", "ok", "over", "dept", "fin", "perf"} <= kinds, kinds


def test_check_52_chips_are_told_apart_by_more_than_their_tint() -> None:
    """Solid red belongs to one kind alone, in the style sheets too, where a state stands that no page shows today."""
    sheets = "\n".join(one.read_text("utf-8") for one in sorted(STYLES.glob("*.css")))
    solid = set(re.findall(r"([^{}]+)\{[^{}]*background(?:-color)?:\s*var\(--(?:over|err)\)", sheets))
    assert {one.strip().rsplit("}", 1)[-1].strip() for one in solid} == {".chip.over", ".ht.x"}  # both say 逾期
