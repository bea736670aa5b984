"""Every page of the life over the demonstration city, in both languages: axe, squeezed text, width, hosts, console."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, text

from tests.browser.conftest import Site
from tests.browser.walk import Visitor

WIDTHS = (390, 768, 1366)
SQUASH = Path(__file__).with_name("squash.js").read_text("utf-8")
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
ROLES = "select p.username from person p join role_assignment g on g.person_id = p.id where p.password_hash is not null"

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Case:
    """A page and who looks at it; the address may name a form by the state that it is in."""

    who: str
    path: str
    status: int = 200

    @property
    def name(self) -> str:
        return f"{self.who}{self.path}".replace("/", "-").replace("?", "-").replace("{", "").replace("}", "")


CASES = [
    Case("", "/sign-in"),
    Case("filler", "/help"),
    *(
        Case("filler", path)
        for path in (
            "/inbox",
            "/inbox?tab=done",
            "/inbox?tab=mine",
            "/submissions",
            "/submissions?q=没有这样的单据",
            "/submissions/new",
            "/import",
            "/submissions/{draft}",
            "/submissions/{draft}/check",
            "/submissions/{draft}/holds",
            "/submissions/{draft}/preview",
            "/submissions/{draft}/timeline",
            "/submissions/{draft}/print",
            "/submissions/{closed}",
            "/submissions/{closed}/timeline",
            "/notifications",
            "/account",
            "/reports",
        )
    ),
    Case("filler", "/submissions/999999", 404),
    Case("secrecy_reviewer", "/submissions/{draft}/holds"),
    Case("finance_business_office", "/inbox"),
    Case("finance_business_office", "/submissions"),
    Case("finance_business_office", "/submissions/{level3}"),
    Case("finance_performance_office", "/inbox"),
    Case("finance_performance_office", "/submissions/{level4}"),
    Case("finance_performance_office", "/submissions/{approved}"),
    Case("finance_performance_office", "/submissions/{evaluating}"),
    Case("finance_performance_office", "/submissions/{scored}"),
    Case("finance_performance_office", "/submissions/{scored}/evaluation"),
    Case("finance_performance_office", "/admin/cycles"),
    Case("finance_performance_office", "/admin/deadlines"),
    Case("finance_budget_office", "/submissions/{level5}"),
    Case("observer", "/inbox"),
    Case("sys_admin", "/admin/departments"),
    Case("sys_admin", "/admin/people"),
    Case("sec_admin", "/admin/people"),
]

_FORMS = {
    "draft": "department_id = (select department_id from role_assignment g join person p on p.id = g.person_id"
    " where p.username = 'filler') and state = 'draft'",
    "closed": "department_id = (select department_id from role_assignment g join person p on p.id = g.person_id"
    " where p.username = 'filler') and state = 'closed'",
    "level3": "state = 'review' and level = 3 and exists (select 1 from work_item w join role_assignment g"
    " on g.role = w.role and g.department_id = w.department_id join person p on p.id = g.person_id"
    " where w.submission_id = s.id and w.closed_at is null and p.username = 'finance_business_office')",
    "level4": "state = 'review' and level = 4",
    "level5": "state = 'review' and level = 5",
    "approved": "state = 'approved'",
    "evaluating": "state = 'year_end_evaluation' and level is null",
    "scored": "state = 'year_end_evaluation' and level = 3",
}


def forms(engine: Engine) -> dict[str, int]:
    """One form of each kind."""
    with engine.connect() as connection:
        return {
            name: connection.execute(
                text(f"select id from submission s where {where} order by id limit 1")
            ).scalar_one()
            for name, where in _FORMS.items()
        }


@pytest.fixture(scope="module")
def visitors(browser: Browser, demo_site: Site, artefacts: Path) -> Iterator[dict[str, Visitor]]:
    """One signed-in visitor for each account that looks at something."""
    made = {}
    for who in dict.fromkeys(case.who for case in CASES):
        made[who] = Visitor(browser, demo_site.url, password=demo_site.password, pictures=artefacts / "looks")
        if who:
            made[who].sign_in(who)
    yield made
    for visitor in made.values():
        visitor.context.close()


@pytest.fixture(scope="module")
def addresses(demo_site: Site) -> dict[str, int]:
    return forms(demo_site.engine)


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


def faults_at(page: Page, width: int) -> list[str]:
    """What is wrong at one width: sideways scrolling, squeezed text, axe at the narrow and the wide end."""
    page.set_viewport_size({"width": width, "height": 900})
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found = [f"{width}: scrolls sideways by {over} px"] if over > 0 else []
    found += [f"{width}: squeezed {words}" for words in page.evaluate(SQUASH)]
    if width != WIDTHS[1]:
        violations = Axe().run(page, options=AXE).response["violations"]
        found += [f"{width}: axe {one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]
    return found
