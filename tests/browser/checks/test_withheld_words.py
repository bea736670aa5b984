"""Check 55 of the interface for files and prints: no comment, no name of a user, no row that its reader has no right to.

A form of a unit below another is returned with comments by two people; then its filler goes on writing. Whoever prints it,
exports it or asks for a report gets the form and nothing about those who handled it, and rows of the draft only its own unit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from service.queries.actor import by_username
from service.queries.exportable import exportable
from service.queries.reports.official_form import read as report
from service.queries.submissions import read
from service.render.export import FORMATS, document_export
from service.render.official import Stamp
from service.render.offline_draft import offline_draft
from service.render.offline_workbook import offline_workbook
from service.usecases.decide import decide
from service.usecases.keep_remarks import Given, keep_remarks
from service.usecases.open_draft import open_draft
from service.usecases.submit import submit
from tests.browser.checks.test_withheld import readings
from tests.browser.conftest import Site
from tests.browser.walk import Visitor
from tests.factories import seed_document
from workflows.errors import NotFound
from workflows.facts import Actor, Request
from workflows.lifecycle import Action
from workflows.ulid import new_ulid

pytestmark = pytest.mark.browser

COMMENTS = ("批语甲：请重报指标", "批语乙：退回修改", "批语丙：本行单位不对")
HIDDEN = "尚未报送的新任务"
NAMED = ("filler2", "dept_head2", "superior_reviewer")


@dataclass(frozen=True, slots=True)
class Told:
    """A returned form, and the names of those who handled it."""

    form: int
    names: tuple[str, ...]


def actor_of(site: Site, username: str) -> Actor:
    """The person of this account."""
    with site.engine.connect() as connection:
        found = by_username(connection, username)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def returned(site: Site) -> Told:
    """Handed in, passed by its head with words, remarked and returned by the unit above, written on since."""
    factory, people = session_factory(site.engine), {name: actor_of(site, name) for name in NAMED}

    def act(who: str, action: Action, comment: str | None = None) -> None:
        with unit_of_work(factory) as session:
            version = read(session.connection(), form).locked.version
            given = {"submission_id": form, "request": Request(action, comment=comment), "version": version}
            if action is Action.SUBMIT:
                submit(session, people[who], **given)  # type: ignore[arg-type]
            else:
                decide(session.connection(), people[who], **given)  # type: ignore[arg-type]

    with unit_of_work(factory) as session:
        session.execute(
            text("update person set name = '欧阳' || username where username = any(:names)"), {"names": list(NAMED)}
        )
        cycle = session.execute(text("select id from cycle")).scalar_one()
        unit = people["filler2"].grants[0].department_id
        form = open_draft(session, people["filler2"], department_id=unit, cycle_id=cycle, document=seed_document()).id
    act("filler2", Action.SUBMIT)
    act("dept_head2", Action.PASS, COMMENTS[0])
    with unit_of_work(factory) as session:
        keep_remarks(
            session, people["superior_reviewer"], submission_id=form, given={"indicators[6]": Given(COMMENTS[2])}
        )
    act("superior_reviewer", Action.RETURN_FOR_REVISION, COMMENTS[1])
    rows = [{**row, "id": new_ulid()} for row in seed_document()["key_tasks"]]
    rows[0]["content"] = HIDDEN
    with unit_of_work(factory) as session:
        session.execute(
            text("update draft_section set body = :body, version = version + 1 where submission_id = :id and section = 'key_tasks'"),
            {"body": json.dumps({"value": rows}), "id": form},
        )  # fmt: skip
    return Told(form, tuple(f"欧阳{name}" for name in NAMED))


def files(site: Site, form: int, username: str) -> dict[str, bytes]:
    """Every file that this person can have of the form: the report in each format, the unit its draft as well."""
    with unit_of_work(session_factory(site.engine)) as session:
        connection, person = session.connection(), actor_of(site, username).id or 0
        found = report(connection, person, {"submission_id": form, "revision": "head", "format": "xlsx"})
        stamp = Stamp(found.revision, found.sha256)
        made = {f"report {one}": document_export(found.document, one, stamp=stamp) for one in FORMATS}
        if username == "filler2":
            made["workbook"] = offline_workbook(offline_draft(connection, None, submission_id=form), lang="zh")
            made |= {
                f"draft {one}": document_export(exportable(connection, form, which="draft").document, one)
                for one in FORMATS
            }
        return {
            name: json.dumps(json.loads(data), ensure_ascii=False).encode() if "json" in name else data
            for name, data in made.items()
        }


@pytest.mark.parametrize("username", ["filler2", "dept_head2", "superior_reviewer"])
def test_check_55_no_file_and_no_print_tells_of_those_who_handled_a_form(
    browser: Browser, site: Site, returned: Told, username: str
) -> None:
    with Visitor(browser, site.url, password=site.password, pictures=site.home) as visitor:
        page = visitor.sign_in(username).page
        seen = page.goto(f"/submissions/{returned.form}/timeline")
        assert seen is not None
        assert COMMENTS[0] in page.content(), "on the page for it, it is there for those who handle the form"
        page.goto(f"/submissions/{returned.form}/print")
        papers = {"print": page.content().encode(), "paper": page.pdf()} | files(site, returned.form, username)
    for name, data in papers.items():
        words = "".join(readings(data))
        assert "平安揭阳专项工作" in words, f"{name} was read at all"
        for hidden in (*COMMENTS, *returned.names, *NAMED):
            assert hidden not in words, (name, hidden)
        mine = username != "superior_reviewer" and not name.startswith("report")
        assert (HIDDEN in words) == mine, f"{name}: rows of a draft are for its unit alone"


@pytest.mark.parametrize("username", ["filler", "dept_head", "external_expert", "sys_admin"])
def test_check_55_nobody_without_the_right_gets_any_of_it(
    browser: Browser, site: Site, returned: Told, username: str
) -> None:
    with Visitor(browser, site.url, password=site.password, pictures=site.home) as visitor:
        page = visitor.sign_in(username).page
        for path in ("", "/print", "/preview", "/check", "/timeline", "/attachments", "/state"):
            reply = page.request.get(f"/submissions/{returned.form}{path}")
            assert reply.status in (403, 404), path
            assert not any(words in reply.text() for words in (*COMMENTS, *returned.names, HIDDEN)), path
    with site.engine.connect() as connection, pytest.raises(NotFound):
        report(connection, actor_of(site, username).id or 0, {"submission_id": returned.form, "revision": "head"})
