"""Check 17 of the interface: a button that is pressed twice acts once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from service.db import session_factory
from tests.browser.checks.editing import give_reasons, submits
from tests.browser.conftest import Site
from workers.outbox import drain_batch

pytestmark = pytest.mark.browser

_TOLD = (
    "select p.username, n.topic from notification n join person p on p.id = n.person_id"
    " where n.submission_id = :id order by n.id"
)


def told(site: Site, form: int) -> list[tuple[str, str]]:
    """Who is told of what, once the outbox is empty."""
    while drain_batch(session_factory(site.engine), host="city.invalid"):
        pass
    with site.engine.connect() as connection:
        return [(row.username, row.topic) for row in connection.execute(text(_TOLD), {"id": form})]


def test_check_17_a_double_click_hands_in_once(site: Site, seeded: int, window: Page) -> None:
    posts: list[str] = []
    window.goto(f"/submissions/{seeded}/preview")
    give_reasons(window)
    window.locator("#declared").check()
    window.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
    window.get_by_role("button", name="提交部门审核").dblclick()
    window.wait_for_url("**/submitted")
    assert len(posts) == 1, "the page spares the second request"
    assert submits(site, seeded) == 1
    assert told(site, seeded) == [("dept_head", "submission.submit")]
    window.goto(f"/submissions/{seeded}/timeline?show=decisions")
    expect(window.locator("ol.tl li:not(.todo) h3").filter(has_text="提交")).to_have_count(1)
