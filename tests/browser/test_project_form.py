"""The pages of the second form type: legible at every width in both languages, sums that follow the hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from service.queries.actor import by_username
from service.usecases.open_draft import open_draft
from service.web.formats import now
from tests.browser.checks.test_focus_and_hands import backwards, walk
from tests.browser.conftest import Site
from tests.browser.screens import WIDTHS, faults_at
from tests.browser.walk import Visitor
from tests.factories import make_cycle
from tests.web.test_project_form import FIELDS, FORM, ROWS
from workflows.deadlines import beijing_date
from workflows.document import empty_document, empty_row
from workflows.forms import form_type

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def draft(site: Site) -> int:
    """A project form as its filler left it."""
    form = form_type(FORM)
    document = empty_document(
        form, region="揭阳市", fiscal_year=2022, department="政法委", supervising_department="政法委"
    )
    for name, cells in FIELDS.items():
        if name in document:
            document[name] = cells[name] if isinstance(document[name], str | None) else document[name] | cells
    for name, rows in ROWS.items():
        document[name] = [empty_row(form.section(name)) | row for row in rows]
    with unit_of_work(session_factory(site.engine)) as session:
        unit = session.execute(text("select id from department where short_name = '政法委'")).scalar_one()
        today = beijing_date(now())
        cycle = make_cycle(session, departments=[unit], today=today, fiscal_year=2022, form=FORM)
        filler = by_username(session.connection(), "filler")
        assert filler is not None
        return open_draft(session, filler, department_id=unit, cycle_id=cycle, document=document).id


@pytest.fixture(scope="module")
def filler(browser: Browser, site: Site, artefacts: Path) -> Iterator[Visitor]:
    with Visitor(browser, site.url, password=site.password, pictures=artefacts / "project") as visitor:
        yield visitor.sign_in("filler")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("view", ["", "/check", "/preview", "/print"])
def test_its_pages_are_legible_to_everybody(filler: Visitor, draft: int, view: str, language: str) -> None:
    filler.faults.clear()
    reply = filler.page.goto(f"/submissions/{draft}{view}?lang={language}")
    assert reply is not None
    assert reply.status == 200
    faults = [fault for width in WIDTHS for fault in faults_at(filler.page, width)] + filler.faults
    filler.picture(f"{view.strip('/') or 'editor'}-{language}")
    filler.page.set_viewport_size({"width": 390, "height": 900})
    filler.page.screenshot(path=filler.pictures / f"{view.strip('/') or 'editor'}-{language}-390.png", full_page=True)
    assert faults == []


@pytest.mark.parametrize("width", [1366, 390])
def test_check_41_the_focus_is_seen_and_goes_as_one_reads(filler: Visitor, draft: int, width: int) -> None:
    filler.page.set_viewport_size({"width": width, "height": 800})
    filler.page.goto(f"/submissions/{draft}?lang=zh")
    stops = walk(filler.page)
    assert len(stops) > 60
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    assert backwards(stops) == []


def test_its_sums_follow_the_hand(filler: Visitor, draft: int) -> None:
    page = filler.page
    page.set_viewport_size({"width": 1366, "height": 900})
    page.goto(f"/submissions/{draft}?lang=zh")
    page.locator("#c-funds-other_funds").fill("5")
    expect(page.locator("#sum-fund_sources")).to_have_text("125.00")
    expect(page.locator("#bal")).to_contain_text("资金总额比资金来源合计少 5.00 万元")
    page.locator("#c-calculation-0-planned_amount").fill("35")
    expect(page.locator("#sub-calculation")).to_have_text("125.00")
    expect(page.locator("#bal")).to_contain_text("测算合计 125.00，比资金总额多 5.00 万元")
