"""Every screen of the life over the demonstration city: who looks at it, and what is wrong with how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import Engine, text

WIDTHS = (320, 390, 768, 1366)
# At the narrow and the wide layout; the widths between share their rules. Of a page in two languages only the words differ,
# so the English one is read at the wide end alone.
AXE_WIDTHS = {"zh-CN": (390, 1366), "en": (1366,)}
SQUASH = Path(__file__).with_name("squash.js").read_text("utf-8")
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


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
    Case("filler", "/account/password"),
    Case("filler", "/import/bulk"),
    Case("filler", "/submissions/{draft}/attachments"),
    Case("filler", "/submissions/{draft}/library"),
    *(
        Case("filler", path)
        for path in (
            "/inbox",
            "/inbox?tab=done",
            "/inbox?tab=mine",
            "/inbox?tab=ever",
            "/submissions/{closed}/courtesies",
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
    Case("finance_performance_office", "/submissions/{level4}/remarks"),
    Case("finance_performance_office", "/opinions"),
    Case("finance_performance_office", "/submissions/{approved}"),
    Case("finance_performance_office", "/submissions/{evaluating}"),
    Case("finance_performance_office", "/submissions/{scored}"),
    Case("finance_performance_office", "/submissions/{scored}/evaluation"),
    Case("finance_performance_office", "/admin/cycles"),
    Case("finance_performance_office", "/admin/deadlines"),
    Case("finance_budget_office", "/submissions/{level5}"),
    Case("finance_performance_office", "/admin/cycles/new"),
    Case("finance_performance_office", "/admin/routes"),
    Case("finance_performance_office", "/admin/routes/city-standard"),
    Case("audit_admin", "/admin/routes/city-evaluation"),
    Case("finance_performance_office", "/admin/library"),
    Case("finance_performance_office", "/admin/library/new"),
    Case("observer", "/inbox"),
    Case("sys_admin", "/admin/departments"),
    Case("sys_admin", "/admin/departments/new"),
    Case("sys_admin", "/admin/people"),
    Case("sys_admin", "/admin/people/new"),
    Case("sec_admin", "/admin/people"),
    Case("audit_admin", "/admin/evidence"),
    Case("secrecy_reviewer", "/submissions/{closed}/withhold"),
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


def faults_at(page: Page, width: int) -> list[str]:
    """What is wrong at one width: sideways scrolling, squeezed text, axe at the narrow and the wide end."""
    page.set_viewport_size({"width": width, "height": 900})
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found = [f"{width}: scrolls sideways by {over} px"] if over > 0 else []
    found += [f"{width}: squeezed {words}" for words in page.evaluate(SQUASH)]
    if width in AXE_WIDTHS.get(page.evaluate("document.documentElement.lang"), AXE_WIDTHS["zh-CN"]):
        violations = Axe().run(page, options=AXE).response["violations"]
        found += [f"{width}: axe {one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations]
    return found
