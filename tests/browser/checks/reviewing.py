"""Forms in review for the checks of the review screen, made through the use cases, and people in front of them."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.db import session_factory, unit_of_work
from service.models.cycle import ProfileVersion
from service.queries.actor import by_username
from service.queries.submissions import read
from service.usecases.decide import decide
from service.usecases.open_draft import open_draft
from service.usecases.save_section import save_section
from service.usecases.submit import submit
from service.web.formats import now
from tests.browser.conftest import Site
from tests.factories import make_cycle, seed_document
from workflows.deadlines import beijing_date
from workflows.facts import Actor, Request
from workflows.lifecycle import Action
from workflows.scoring_profile import shipped_profile

WEIGHTS = ("6", "5", "5", "6", "6", "5", "5", "6", "6", "15", "15", "10")
ACTUALS = ("135000", "72", "100", "46", "100", "3", "1", "1", "22", "100", "97", "86")


def person(site: Site, username: str) -> Actor:
    """The actor of an account."""
    with site.engine.connect() as connection:
        actor = by_username(connection, username)
    assert actor is not None
    return actor


def form_of(site: Site, document: dict[str, Any], *, year: int, profile: str | None = None) -> int:
    """A draft of the first unit in a cycle of its own."""
    filler = person(site, "filler")
    unit = filler.grants[0].department_id
    with unit_of_work(session_factory(site.engine)) as session:
        given = {"profile_id": profile_of(session, profile)} if profile else {}
        cycle = make_cycle(session, departments=[unit], today=beijing_date(now()), fiscal_year=year, **given)
        return open_draft(session, filler, department_id=unit, cycle_id=cycle, document=document).id


def take(site: Site, form: int, who: str, action: Action, **fields: Any) -> None:  # noqa: ANN401 - the fields of Request
    """One step by somebody, on the version that stands."""
    with unit_of_work(session_factory(site.engine)) as session:
        version = read(session.connection(), form).locked.version
        given: dict[str, Any] = {"submission_id": form, "request": Request(action, **fields), "version": version}
        if action in (Action.SUBMIT, Action.SUBMIT_EVALUATION):
            submit(session, person(site, who), **given)
        else:
            decide(session.connection(), person(site, who), **given)


def submitted(site: Site, *, year: int, document: dict[str, Any] | None = None, profile: str | None = None) -> int:
    """A form at its department's head."""
    form = form_of(site, document or seed_document(), year=year, profile=profile)
    take(site, form, "filler", Action.SUBMIT)
    return form


def at_grade(site: Site, *, year: int) -> int:
    """A form at the level that asks a grade."""
    form = submitted(site, year=year)
    for who in ("dept_head", "finance_business_office"):
        take(site, form, who, Action.PASS)
    return form


def approved(site: Site, *, year: int, document: dict[str, Any] | None = None, profile: str | None = None) -> int:
    """A form with its reply."""
    form = submitted(site, year=year, document=document, profile=profile)
    for who in ("dept_head", "finance_business_office"):
        take(site, form, who, Action.PASS)
    take(site, form, "finance_performance_office", Action.PASS, grade="excellent")
    take(
        site, form, "finance_budget_office", Action.ISSUE_REPLY, reply_number="1号", reply_date=date(2022, 2, 10)
    )  # fmt: skip
    return form


def profile_of(session: Session, code: str) -> int:
    """The id of a shipped scoring profile, put into its table."""
    known = session.execute(select(ProfileVersion.id).where(ProfileVersion.code == code)).scalar()
    if known is None:
        data = dict(shipped_profile(code).data)
        row = ProfileVersion(code=code, version=data["version"], body=data)
        session.add(row)
        session.flush()
        known = row.id
    return int(known)


def evaluate(site: Site, form: int, *, executed: str) -> None:
    """Enter actuals, with a reason wherever one could be due, and hand them in."""
    take(site, form, "finance_performance_office", Action.OPEN_EVALUATION)
    rows = [
        {"weight": weight, "actual_value": actual, "entered_score": None, "deviation_analysis": "按实际需要调整。"}
        for weight, actual in zip(WEIGHTS, ACTUALS, strict=True)
    ]
    money = {"adjusted_budget": "1823.37", "executed_amount": executed, "deviation_analysis": "项目延期。"}
    filler = person(site, "filler")
    for section, value in (("actuals", rows), ("execution", money)):
        with unit_of_work(session_factory(site.engine)) as session:
            save_section(session, filler, submission_id=form, section=section, value=value, base_version=0)
    take(site, form, "filler", Action.SUBMIT_EVALUATION)


def year_before() -> dict[str, Any]:
    """The seed as it may have been a year before: 460.25 of project spending, one row more, one other, one elsewhere."""
    document = deepcopy(seed_document())
    document["budget"] |= {"project_expenditure": "460.25", "fiscal_appropriation": "1723.37"}
    document["other_tasks"][3]["planned_amount"] = "37.22"
    rows = document["indicators"]
    rows[11]["target_value"] = "85"
    rows[3]["level3"] = "维护巡查次数"  # renamed since: known by its likeness
    rows[0], rows[1] = rows[1], rows[0]
    del rows[7]
    document["overall_goal"] = document["overall_goal"].replace("以总体国家安全观为统领", "以平安建设为抓手")
    return document


def rewrite(site: Site, form: int, section: str, value: Any) -> None:  # noqa: ANN401 - what a section holds
    """Change a section of a draft behind the editor."""
    import json

    with unit_of_work(session_factory(site.engine)) as session:
        session.execute(
            text(
                "update draft_section set body = :body, version = version + 1 where submission_id = :id and section = :s"
            ),
            {"body": json.dumps({"value": value}), "id": form, "s": section},
        )
