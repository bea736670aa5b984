"""The look in numbers: contrast of the tokens, nothing newer than the oldest browser, what a first visit weighs."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CSS = ROOT / "service" / "assets" / "css"
BUILT = ROOT / "service" / "built"
TOKENS = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6})", (CSS / "tokens.css").read_text("utf-8")))
GROUNDS = ("card", "page", "wash", "head", "grey")
# Chrome 109 is the last of Windows 7: these came later, or are off there.
NEWER = r"color-mix\(|oklch\(|light-dark\(|@starting-style|:has\(|\bpopover\b|@scope|text-box-trim"
MOST_ASSETS = 60_000


def brightness(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two tokens."""
    dark, light = sorted((brightness(TOKENS[one]), brightness(TOKENS[other])))
    return (light + 0.05) / (dark + 0.05)


TEXTS = [(text, ground) for text in ("ink-900", "ink-700", "ink-500", "link") for ground in GROUNDS]
TINTS = [("ok", "ok-t"), ("warn", "warn-t"), ("err", "err-t"), ("teal", "teal-t"), ("vio", "vio-t"), ("add", "add-t"), ("del", "del-t"), ("brand", "brand-t")]  # fmt: skip


@pytest.mark.parametrize(("text", "ground"), TEXTS + TINTS)
def test_check_43_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("line", ["line-in", "focus", "brand", "c1", "c2", "c3", "c4"])
def test_check_43_lines_of_fields_and_graphics_stand_out(line: str) -> None:
    assert contrast(line, "card") >= 3


def test_check_54_nothing_is_newer_than_the_oldest_browser() -> None:
    found = {path.name: re.findall(NEWER, path.read_text("utf-8")) for path in CSS.glob("*.css")}
    assert {name: hits for name, hits in found.items() if hits} == {}
    assert '"chrome109", "es2020"' in (ROOT / "service" / "assets" / "build.mjs").read_text("utf-8")


def test_check_47_style_and_scripts_are_light_and_packed() -> None:
    names = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    sizes = {name: len((BUILT / f"{names[name]}.gz").read_bytes()) for name in ("app.css", "app.js", "icons.svg")}
    assert sum(sizes.values()) <= MOST_ASSETS, sizes
    assert gzip.decompress((BUILT / f"{names['app.js']}.gz").read_bytes()) == (BUILT / names["app.js"]).read_bytes()
