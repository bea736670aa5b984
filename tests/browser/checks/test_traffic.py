"""Checks 46 and 47 of the interface: what goes over the wire, to whom, how heavy, and what a cache may keep of it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Response, expect

from service.web.frame import BUILT
from tests.browser.checks.editing import compose, paste, settle
from tests.browser.conftest import Site
from tests.browser.screens import forms
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

MOST_BYTES = 150_000
PAGES = ("/sign-in", "/inbox", "/submissions", "/submissions/{draft}", "/submissions/{draft}/preview", "/reports")
_REFUSED = """document.addEventListener('securitypolicyviolation', (one) => {
    (window.refused = window.refused || []).push(`${one.violatedDirective} ${one.blockedURI}`); });"""


@pytest.fixture
def filler(browser: Browser, demo_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    pictures = tmp_path_factory.mktemp("pictures")
    with Visitor(browser, demo_site.url, password=demo_site.password, pictures=pictures) as visitor:
        yield visitor.sign_in("filler")


@pytest.fixture
def draft(demo_site: Site) -> str:
    return f"/submissions/{forms(demo_site.engine)['draft']}"


def heard(page: Page) -> list[Response]:
    """Every answer to the page from now on."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks what it is given
    return answers


def use(page: Page) -> None:
    """Wake every script of the editor: typing, composing, saving, suggestions, rows, a block, a dialog, findings, undo."""
    page.locator("#c-overall_goal").press("Control+End")
    compose(page, ["zhong"], "中")
    page.locator("#c-indicators-0-level3").fill("满意")
    expect(page.locator("[role=listbox]").first).to_be_attached()
    page.keyboard.press("Escape")
    settle(page)
    rows = page.locator("#sec-key_tasks tbody tr[id]")
    had = rows.count()
    page.locator("#sec-key_tasks .addrow button").first.click()
    expect(rows).to_have_count(had + 1)
    paste(page, "甲\t内容\t1\n乙\t内容\t2\n丙\t内容\t叁\n")
    page.locator("dialog [data-take]").click()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("#undo button")).to_be_visible()
    page.locator(f"#c-key_tasks-{had}-planned_amount").fill("100 元")
    page.keyboard.press("Tab")
    expect(page.locator(".offer")).to_be_visible()
    page.get_by_role("button", name="重新检查").click()
    page.keyboard.press("F8")
    settle(page)


def test_check_46_the_editor_speaks_to_its_own_host_alone_and_breaks_no_rule_of_its_policy(
    filler: Visitor, draft: str
) -> None:
    page, seen = filler.page, heard(filler.page)
    page.add_init_script(_REFUSED)
    page.goto(draft)
    use(page)
    own = urlsplit(filler.url).netloc
    assert {urlsplit(one.url).netloc for one in seen} == {own}
    assert {one.request.method for one in seen} == {"GET", "POST"}, "the scripts did something"
    for one in seen:
        policy = one.headers.get("content-security-policy", "")
        assert policy.startswith("default-src 'self';"), one.url
        assert "unsafe" not in policy, one.url
        assert "http" not in policy, one.url
    assert page.evaluate("window.refused || []") == []
    assert filler.faults == []
    text = page.content()
    assert not re.search(r"<[^>]+\son[a-z]+=", text), "no handler stands in the markup"
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "no script stands in the page"


def test_check_46_the_policy_holds_against_what_would_get_into_a_page(filler: Visitor, draft: str) -> None:
    page = filler.page
    page.add_init_script(_REFUSED)
    page.goto(draft)
    page.evaluate(
        """() => { const script = document.createElement('script'); script.textContent = 'window.broken = 1';
            document.body.append(script); document.body.setAttribute('style', 'color: red');
            const image = new Image(); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image); }"""
    )
    page.wait_for_function("() => (window.refused || []).length >= 3")
    assert page.evaluate("window.broken") is None
    assert {one.split()[0] for one in page.evaluate("window.refused")} == {
        "script-src-elem",
        "style-src-attr",
        "img-src",
    }


# Pages are weighed as a proxy would pack them.
def test_check_47_a_first_visit_is_light_and_its_files_are_kept_for_ever(
    browser: Browser, demo_site: Site, filler: Visitor
) -> None:
    addresses = forms(demo_site.engine)
    for path in PAGES:
        session = None if path == "/sign-in" else filler.context.storage_state()
        context = browser.new_context(base_url=demo_site.url, storage_state=session)
        page = context.new_page()
        seen = heard(page)
        page.goto(path.format(**addresses))
        page.wait_for_load_state("networkidle")
        files = [one for one in seen if "/static/" in one.url]
        assert {urlsplit(one.url).path.rsplit(".", 1)[1] for one in files} >= {"css", "js"}, path
        for one in files:
            assert re.search(r"/static/[a-z]+\.[0-9a-f]{12}\.(css|js|svg)$", urlsplit(one.url).path)
            assert one.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert one.headers["content-encoding"] == "gzip"
            assert "Accept-Encoding" in one.headers["vary"]
        whole = sum(len(gzip.compress(one.body())) for one in seen if one.status == 200)
        assert whole <= MOST_BYTES, (path, whole)
        context.close()


def test_check_47_files_are_packed_by_the_build_and_plain_for_those_who_cannot_unpack(filler: Visitor) -> None:
    for name in json.loads((BUILT / "manifest.json").read_text("utf-8")).values():
        plain = filler.context.request.get(f"/static/{name}", headers={"Accept-Encoding": "identity"})
        assert plain.ok
        assert "content-encoding" not in plain.headers
        assert plain.body() == (BUILT / name).read_bytes() == gzip.decompress((BUILT / f"{name}.gz").read_bytes())
        again = filler.context.request.get(f"/static/{name}", headers={"If-None-Match": plain.headers["etag"]})
        assert (again.status, again.body()) in {(304, b""), (200, plain.body())}


def varies(reply: APIResponse) -> set[str]:
    return {one.strip() for one in reply.headers.get("vary", "").split(",")}


def test_check_47_where_one_address_answers_twice_a_cache_is_told(filler: Visitor, draft: str) -> None:
    page = filler.page
    page.goto("/reports")
    page.get_by_role("button", name="生成").click()
    page.wait_for_url(re.compile(r"/reports/\d+$"))
    run, twofold = urlsplit(page.url).path, set[str]()
    paths = ("/inbox", "/submissions", "/notifications", "/import", "/reports", run, draft, f"{draft}/check")
    for path in (*paths, f"{draft}/state", f"{draft}/library", f"/library?submission={draft.rsplit('/', 1)[1]}&q=率"):
        whole = page.request.get(path)
        assert whole.headers["cache-control"] == "no-store", path
        for header, value in (("HX-Request", "true"), ("Accept", "application/json")):
            other = page.request.get(path, headers={header: value})
            if ("<html" in other.text()) == ("<html" in whole.text()):
                continue
            twofold.add(path)
            assert header in varies(whole) & varies(other), path
    assert twofold == {run}
