"""The browser of the tests draws Chinese with the font of the build, and reaches no other host."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page

from tests import chromium

pytestmark = pytest.mark.browser

SAMPLE = "绩效目标（密）"
PAGE = f"<!doctype html><html lang=zh-CN><p id=text style='font-family: sans-serif'>{SAMPLE}</p>"


@pytest.fixture
def page(browser: Browser) -> Page:
    page = browser.new_page()
    page.set_content(PAGE)
    return page


def test_every_letter_has_a_glyph_of_the_font_that_the_build_brings(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": "#text"})["nodeId"]
    (font,) = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    assert (font["familyName"], font["glyphCount"]) == ("Noto Sans SC", len(SAMPLE))


def test_letters_are_drawn_and_no_box_stands_for_them(page: Page) -> None:
    drawn = page.evaluate(
        """() => ["绩", "效", "\\u{10FFFD}", " "].map((letter) => {
            const canvas = new OffscreenCanvas(64, 64), pen = canvas.getContext("2d");
            pen.font = "48px sans-serif";
            pen.fillText(letter, 4, 52);
            return Array.from(pen.getImageData(0, 0, 64, 64).data).filter((_, i) => i % 4 === 3).join();
        })"""
    )
    assert len(set(drawn)) == 4, "two letters, the box of an unknown one, and a blank all look different"


def test_no_other_host_can_be_reached(page: Page) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://jixiao.invalid.example/")


def test_fonts_are_the_only_change_to_the_environment(tmp_path: Path) -> None:
    changed = chromium.font_environment(tmp_path, {"HOME": "/nowhere"})
    assert changed == {"HOME": "/nowhere", "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    assert str(chromium.FONTS) in (tmp_path / "fonts.conf").read_text(encoding="utf-8")
