"""Every page of the life over the demonstration city, in both languages: axe, squeezed text, width, hosts, console."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.browser.screens import CASES, WIDTHS, Case, faults_at
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_page_is_legible_to_everybody(
    visitors: dict[str, Visitor], addresses: dict[str, int], case: Case, language: str
) -> None:
    visitor = visitors[case.who]
    page, path = visitor.page, case.path.format(**addresses)
    visitor.faults.clear()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    separator = "&" if "?" in path else "?"
    reply = page.goto(f"{path}{separator}lang={language}")
    assert reply is not None
    assert reply.status == case.status
    faults = [fault for width in WIDTHS for fault in faults_at(page, width)]
    strangers = {url for url in asked if urlsplit(url).netloc != urlsplit(visitor.url).netloc}
    faults += [f"asks {url}" for url in strangers] + [f for f in visitor.faults if f"status of {case.status}" not in f]
    visitor.picture(f"{case.name}-{language}")
    assert faults == []
