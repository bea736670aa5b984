"""The project form, which has more sections and columns than the other: its tables fit the page, before and after a first row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from service.queries.actor import by_username
from service.usecases.open_draft import open_draft
from service.web.formats import now
from tests.browser.conftest import Site
from tests.browser.walk import Visitor
from tests.factories import make_cycle
from workflows.deadlines import beijing_date
from workflows.document import empty_document
from workflows.forms import form_type

pytestmark = pytest.mark.browser

FORM = "project@2022"
ROW = "#sec-indicators tbody tr[id]"
_TOO_WIDE = """() => [...document.querySelectorAll('.tw')].filter((one) => one.scrollWidth > one.clientWidth)
    .map((one) => one.getAttribute('aria-label'))"""
_COLUMNS = "() => [...document.querySelectorAll('#sec-indicators thead tr > *')].map((one) => one.offsetWidth)"


@pytest.fixture(scope="module")
def draft(site: Site) -> int:
    """A project form with no row yet."""
    document = empty_document(
        form_type(FORM), region="揭阳市", fiscal_year=2022, department="政法委", supervising_department="政法委"
    )
    with unit_of_work(session_factory(site.engine)) as session:
        unit = session.execute(text("select id from department where short_name = '政法委'")).scalar_one()
        cycle = make_cycle(session, departments=[unit], today=beijing_date(now()), fiscal_year=2022, form=FORM)
        filler = by_username(session.connection(), "filler")
        assert filler is not None
        return open_draft(session, filler, department_id=unit, cycle_id=cycle, document=document).id


@pytest.fixture
def page(browser: Browser, site: Site, draft: int, artefacts: Path) -> Iterator[Page]:
    """Its filler in front of it."""
    with Visitor(browser, site.url, password=site.password, pictures=artefacts / "checks") as visitor:
        visitor.sign_in("filler").page.goto(f"/submissions/{draft}?lang=zh")
        yield visitor.page


def test_a_first_row_fits_is_not_red_and_stands_as_after_a_reload(page: Page, artefacts: Path) -> None:
    page.locator("#sec-indicators .addrow button").first.click()
    expect(page.locator(ROW)).to_have_count(1)
    page.locator("#sec-schedule .addrow button").first.click()
    expect(page.locator("#sec-schedule tbody tr[id]")).to_have_count(1)
    assert page.evaluate(_TOO_WIDE) == []
    columns, region = page.evaluate(_COLUMNS), page.locator("#sec-indicators .tw").evaluate("(one) => one.clientWidth")
    assert sum(columns) == pytest.approx(region, abs=2), "the columns share all of the card"
    assert page.locator("#sec-indicators .err, #sec-indicators [aria-invalid], #sec-indicators .msg.e").count() == 0
    expect(page.locator("#panel")).to_contain_text("绩效指标")
    page.locator("#sec-indicators").screenshot(path=artefacts / "checks" / "wide-first-row.png")
    page.reload()
    assert page.evaluate(_COLUMNS) == columns
    page.locator("#c-indicators-0-level3").fill("路灯完好率")
    expect(page.locator("#sec-indicators td.err").first).to_be_visible(timeout=10_000)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1366, 1440, 1920])
def test_the_names_of_its_sections_stand_within_the_bar(page: Page, artefacts: Path, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(f"{page.url.partition('?')[0]}?lang={language}")
    over = "() => { const one = document.querySelector('#steps .steps'); return one.scrollWidth - one.clientWidth; }"
    assert page.evaluate(over) <= 0
    page.screenshot(path=artefacts / "checks" / f"wide-steps-{width}-{language}.png")
