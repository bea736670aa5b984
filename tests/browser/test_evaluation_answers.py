"""A reason that answers a warning of the year's end, given on the score sheet without leaving it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from tests.browser.conftest import Site
from tests.browser.screens import WIDTHS, faults_at, forms
from tests.browser.walk import Visitor

pytestmark = pytest.mark.browser

_FILLS = """
insert into role_assignment (person_id, role, department_id)
select p.id, 'filler', s.department_id from person p, submission s where p.username = 'filler' and s.id = :id
"""


@pytest.fixture(scope="module")
def address(demo_site: Site) -> str:
    """A form whose actuals are entered, by the filler too."""
    form = forms(demo_site.engine)["evaluating"]
    with demo_site.engine.begin() as connection:
        connection.execute(text(_FILLS), {"id": form})
    return f"/submissions/{form}/evaluation"


@pytest.fixture(scope="module")
def filler(browser: Browser, demo_site: Site, artefacts: Path) -> Iterator[Visitor]:
    visitor = Visitor(browser, demo_site.url, password=demo_site.password, pictures=artefacts / "evaluation-answers")
    visitor.sign_in("filler")
    yield visitor
    visitor.context.close()


def test_a_warning_appears_is_answered_and_stays_legible(filler: Visitor, address: str) -> None:
    page = filler.page
    page.goto(f"{address}?lang=zh")
    weight = page.locator("#a-0-weight")
    before = page.locator("#panel .issue").count()
    weight.fill(str(float(weight.input_value() or "5") + 3))
    page.locator("#a-1-weight").focus()
    expect(page.locator("#save-status")).to_contain_text("已自动保存")
    page.locator("#a-0-actual").fill("99999999")
    page.locator("#a-1-actual").focus()
    panel = page.locator("#panel")
    expect(panel).to_be_visible()
    expect(page.locator("#panel .issue").nth(before)).to_be_visible()
    issue = page.locator("#panel .issue").first
    issue.get_by_text("说明理由").click()
    issue.get_by_label("理由（审核人会看到）").fill("全年新增任务，已在附件中说明。")
    filler.picture("open")
    issue.get_by_role("button", name="保存理由").click()
    expect(page.locator("#panel .reply").first).to_contain_text("全年新增任务，已在附件中说明。")
    expect(page).to_have_url(f"{filler.url}{address}?lang=zh")
    filler.picture("answered")
    found = [fault for width in WIDTHS for fault in faults_at(page, width)]
    page.set_viewport_size({"width": 390, "height": 844})
    filler.picture("answered-390")
    page.goto(f"{address}?lang=en")
    page.set_viewport_size({"width": 1366, "height": 768})
    filler.picture("answered-en")
    page.set_viewport_size({"width": 390, "height": 844})
    filler.picture("answered-en-390")
    assert (found, filler.faults) == ([], [])
