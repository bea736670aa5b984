"""Every page of filling and administration opens for those who may, in both languages."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from service.db import unit_of_work
from tests.factories import make_person
from tests.web.conftest import Browse, Town
from tests.web.visitor import chinese_outside

EVERYBODY = (
    "filler dept_head filler2 superior_reviewer finance_business_office finance_performance_office finance_budget_office "
    "secrecy_reviewer observer external_expert sys_admin sec_admin audit_admin"
).split()

# An English sentence of a check quotes the form and the law, whose language is Chinese.
ENGLISH = re.compile("[A-Za-z]{3}")


PAGES = "/submissions/new /import /reports /admin/departments /admin/departments/new /admin/people /admin/people/new /admin/cycles /admin/cycles/new /admin/deadlines".split()  # fmt: skip
ADMINISTRATORS = {"sys_admin", "sec_admin", "audit_admin"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.slow
def test_every_page_opens_or_says_no(town: Town, browse: Browse, who: str, language: str) -> None:
    client = browse(who, language=language)
    for path in PAGES:
        reply = client.get(path)
        administers = path.startswith("/admin/") and path != "/admin/deadlines"
        may = not administers or who in ADMINISTRATORS or ("cycles" in path and who == "finance_performance_office")
        assert reply.status_code == (200 if may else 403), path
        if language == "en":
            assert chinese_outside(reply.text) == [], path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_of_a_form_in_both_languages(browse: Browse, draft: int, entering: int, language: str) -> None:
    client = browse("filler", language=language)
    paths = [f"/submissions/{draft}{end}" for end in ("", "/check", "/holds", "/preview")]
    for path in (*paths, f"/submissions/{entering}/evaluation"):
        reply = client.get(path)
        assert reply.status_code == 200, path
        if language == "en":
            assert [words for words in chinese_outside(reply.text) if not ENGLISH.search(words)] == [], path


@pytest.mark.parametrize("who", [name for name in EVERYBODY if name not in ("filler", "dept_head", "secrecy_reviewer")])
@pytest.mark.slow
def test_nobody_outside_reads_a_draft(browse: Browse, draft: int, who: str) -> None:
    client = browse(who)
    for end in ("", "/check", "/holds", "/preview", "/print", "/print/stamp.css", "/evaluation", "/submitted"):
        reply = client.get(f"/submissions/{draft}{end}")
        assert reply.status_code in (200, 303, 404, 409), end
        assert "反邪教" not in reply.text, (who, end)


@pytest.mark.parametrize(
    ("who", "start"), [("filler", "/inbox"), ("observer", "/inbox"), ("sys_admin", "/admin/departments")]
)
def test_everybody_begins_where_they_have_something_to_do(browse: Browse, who: str, start: str) -> None:
    assert browse(who).get("/").headers["Location"] == start


def test_whoever_has_no_role_is_told_whom_to_ask(town: Town, browse: Browse) -> None:
    with unit_of_work(town.factory) as session:
        make_person(session, "nobody-yet")
        session.execute(
            text(
                "update person set password_hash = p.password_hash from person p "
                "where p.username = 'filler' and person.username = 'nobody-yet'"
            )
        )
    page = browse("nobody-yet").get("/inbox").text
    assert "还没有角色" in page
    assert "全部处理完了" not in page


def test_the_performance_office_finds_its_cycles(browse: Browse) -> None:
    page = browse("finance_performance_office").get("/inbox").text
    assert page.count('href="/admin/cycles"') == 2, "on top and at the foot of a phone"


def test_the_print_has_a_page_of_its_own(browse: Browse, draft: int) -> None:
    client = browse("filler")
    page = client.get(f"/submissions/{draft}/print").text
    assert "揭阳市市级2031年部门整体支出预算绩效目标表" in page
    assert page.count("<tr") == 32
    stamp = client.get(f"/submissions/{draft}/print/stamp.css")
    assert stamp.headers["Content-Type"].startswith("text/css")
    assert "@bottom-right" in stamp.text
