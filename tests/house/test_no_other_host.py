"""No page, style or script asks another host for anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SERVICE = Path(__file__).parents[2] / "service"
SOURCES = [
    *(SERVICE / "templates").rglob("*.html"),
    *(SERVICE / "assets").rglob("*.css"),
    *(SERVICE / "assets").rglob("*.ts"),
    SERVICE / "assets" / "icons.svg",
]
# Names of XML namespaces are no addresses that anybody asks.
_NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
_ADDRESS = re.compile(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*")
_ASKED = re.compile(
    r"""(?:src|href|action|poster|data|formaction)=["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import\s+["'](?:https?:)?//"""
)
_INLINE = re.compile(r"""<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=["']|href=["']javascript:""")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_sources_name_no_host(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not _ASKED.search(text)
    code = re.sub(r"(?m)^\s*//.*$|/\*.*?\*/|\{#.*?#\}", "", text, flags=re.DOTALL)
    assert [one for one in _ADDRESS.findall(code) if not one.startswith(_NAMESPACES)] == []


@pytest.mark.parametrize("path", [p for p in SOURCES if p.suffix == ".html"], ids=lambda path: path.name)
def test_templates_hold_no_inline_script_or_style(path: Path) -> None:
    assert not _INLINE.search(path.read_text("utf-8"))


def test_what_is_built_asks_nobody() -> None:
    built = [path for path in (SERVICE / "built").iterdir() if path.suffix in (".css", ".js", ".svg")]
    assert built
    for path in built:
        text = path.read_text("utf-8")
        assert not re.search(r"""url\(["']?(?:https?:)?//|import\(["']https?:|fetch\(["']https?:""", text), path.name
