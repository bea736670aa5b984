"""The seed form in a real browser, from its published text to a closed evaluation, one picture a step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from tests.browser.conftest import PASSWORD, Site
from tests.browser.walk import Visitor

SEED = Path(__file__).parents[1] / "forms" / "seed-jieyang-2022.txt"
WEIGHTS = ["6", "5", "5", "6", "6", "5", "5", "6", "6", "15", "15", "10"]
ACTUALS = ["135000", "72", "100", "46", "100", "3", "1", "1", "22", "100", "97", "86"]
REASONS = {
    0: "印制量按实际需要增加。",
    2: "培训因故少办一期。",
    3: "两次巡检合并进行。",
    8: "纸张价格上涨。",
    11: "评测在下半年进行。",
}

pytestmark = pytest.mark.browser


class Walk:
    """The people of the walk, each in a browser of their own, and the form they pass along."""

    def __init__(self, browser: Browser, site: Site, pictures: Path) -> None:
        self.browser, self.site, self.pictures = browser, site, pictures
        self.visitors: dict[str, Visitor] = {}
        self.form = 0
        self.step = 0

    def as_(self, username: str) -> Visitor:
        """The visitor of this account, signed in once."""
        if username not in self.visitors:
            made = Visitor(self.browser, self.site.url, password=PASSWORD, pictures=self.pictures)
            self.visitors[username] = made.sign_in(username)
        return self.visitors[username]

    def at_form(self, username: str) -> Visitor:
        """The visitor in front of the form."""
        visitor = self.as_(username)
        visitor.page.goto(f"/submissions/{self.form}")
        return visitor

    def picture(self, visitor: Visitor, name: str) -> None:
        self.step += 1
        visitor.picture(f"{self.step:02d}-{name}")

    def state(self) -> tuple[str, int | None]:
        with self.site.engine.connect() as connection:
            row = connection.execute(
                text("select state, level from submission where id = :id"), {"id": self.form}
            ).one()
        return row.state, row.level


@pytest.fixture(scope="module")
def walk(browser: Browser, site: Site, artefacts: Path) -> Iterator[Walk]:
    walk = Walk(browser, site, artefacts / "life")
    yield walk
    for visitor in walk.visitors.values():
        visitor.context.close()


def test_the_seed_is_read_shown_and_written(walk: Walk) -> None:
    filler = walk.as_("filler")
    walk.picture(filler, "inbox-of-the-filler")
    filler.page.goto("/import")
    filler.page.locator("#file").set_input_files(SEED)
    filler.press("先看结果")
    expect(filler.page.get_by_text("社会效益指标").first).to_be_visible()
    walk.picture(filler, "import-preview")
    filler.press("写入草稿")
    walk.form = int(filler.page.url.rsplit("/", 1)[1])
    expect(filler.page.get_by_role("heading", level=1)).to_contain_text("2022 年部门整体支出")
    walk.picture(filler, "editor")
    assert walk.state() == ("draft", None)


def test_four_marks_hold_it_until_each_is_resolved(walk: Walk) -> None:
    filler = walk.as_("filler")
    filler.page.goto(f"/submissions/{walk.form}/preview")
    expect(filler.page.get_by_text("处必须处理，才能提交")).to_be_visible()
    walk.picture(filler, "preview-held")
    filler.page.goto(f"/submissions/{walk.form}/holds")
    assert filler.page.locator("mark").count() == 4
    walk.picture(filler, "holds")
    for _ in range(3):
        filler.page.get_by_label("理由").first.fill("具体内容按保密规定线下报送")
        with filler.page.expect_navigation():
            filler.page.get_by_role("button", name="换成").first.click()
    reviewer = walk.as_("secrecy_reviewer")
    reviewer.page.goto(f"/submissions/{walk.form}/holds")
    reviewer.page.get_by_label("理由").fill("工程款支付，不涉及国家秘密")
    walk.picture(reviewer, "hold-cleared-by-the-secrecy-reviewer")
    reviewer.press("认定不涉密")
    expect(reviewer.page.get_by_text("没有待处理的密级标志")).to_be_visible()


def test_it_is_submitted_and_returned_once(walk: Walk) -> None:
    filler = walk.as_("filler")
    submit(walk, filler)
    expect(filler.page.get_by_role("heading", name="已提交")).to_be_visible()
    walk.picture(filler, "submitted")
    head = walk.at_form("dept_head")
    walk.picture(head, "review-by-the-department")
    head.press("退回修改")
    expect(head.page.locator("#comment-error")).to_be_visible()
    head.page.locator("#comment").fill("请核对“技术人员的培训要求”的单位")
    head.press("退回修改")
    assert walk.state() == ("draft", None)
    walk.at_form("filler")
    expect(filler.page.get_by_text("请核对“技术人员的培训要求”的单位").first).to_be_visible()
    walk.picture(filler, "editor-returned")
    unit = filler.page.locator("#sec-indicators").get_by_label(re.compile("第 7 行.*计量单位"))
    unit.fill("次")
    unit.blur()
    filler.page.keyboard.press("Control+s")
    expect(filler.page.locator("#save-status")).to_contain_text("已自动保存")
    submit(walk, filler)
    assert walk.state() == ("review", 1)


def submit(walk: Walk, filler: Visitor) -> None:
    filler.page.goto(f"/submissions/{walk.form}/preview")
    filler.page.locator("#declared").check()
    filler.press("提交部门审核")


def test_every_level_passes_it_and_the_reply_approves(walk: Walk) -> None:
    head = walk.at_form("dept_head")
    head.page.locator("#comment").fill("同意报送。")
    head.press("通过")
    assert walk.state() == ("review", 3)
    office = walk.at_form("finance_business_office")
    walk.picture(office, "review-by-the-business-office")
    office.press("通过")
    performance = walk.at_form("finance_performance_office")
    performance.page.locator("input[name=grade][value=good]").check()
    performance.page.locator("#comment").fill("目标明确，建议细化时效指标。")
    walk.picture(performance, "review-with-grade")
    performance.press("通过")
    budget = walk.at_form("finance_budget_office")
    budget.page.locator("#reply_number").fill("揭市财预〔2022〕5号")
    budget.page.locator("#reply_date").fill("2022-02-10")
    walk.picture(budget, "reply")
    budget.press("批复")
    assert walk.state() == ("approved", None)
    walk.at_form("filler")
    walk.picture(walk.as_("filler"), "approved")


def test_it_is_evaluated_confirmed_and_closed(walk: Walk) -> None:
    performance = walk.at_form("finance_performance_office")
    performance.press("开启年终自评")
    filler = walk.at_form("filler")
    walk.picture(filler, "evaluation-empty")
    filler.page.locator("#e-adjusted_budget").fill("1823.37")
    filler.page.locator("#e-executed_amount").fill("1750.2")
    for index, (weight, actual) in enumerate(zip(WEIGHTS, ACTUALS, strict=True)):
        filler.page.locator(f"#a-{index}-weight").fill(weight)
        filler.page.locator(f"#a-{index}-actual").fill(actual)
    filler.page.locator("#a-0-actual").blur()
    filler.page.keyboard.press("Control+s")
    expect(filler.page.locator("#save-status")).to_contain_text("已自动保存")
    filler.page.reload()
    for index, words in REASONS.items():
        filler.page.locator(f"#a-{index}-why").fill(words)
    filler.page.keyboard.press("Control+s")
    expect(filler.page.locator("#save-status")).to_contain_text("已自动保存")
    filler.page.reload()
    expect(filler.page.locator("#strip")).to_contain_text("98.24")
    filler.page.get_by_text("怎么算的").first.click()
    walk.picture(filler, "evaluation-filled")
    filler.press("提交部门审核")
    assert walk.state() == ("year_end_evaluation", 1)
    walk.at_form("dept_head").press("通过")
    performance = walk.at_form("finance_performance_office")
    walk.picture(performance, "evaluation-under-review")
    performance.press("确认评价结果")
    assert walk.state() == ("closed", None)
    walk.at_form("filler")
    walk.picture(filler, "closed")


def test_the_record_holds_and_no_page_complained(walk: Walk) -> None:
    filler = walk.as_("filler")
    filler.page.goto(f"/submissions/{walk.form}/timeline")
    expect(filler.page.get_by_text("揭市财预〔2022〕5号").first).to_be_visible()
    walk.picture(filler, "timeline")
    filler.page.goto(f"/submissions/{walk.form}/print")
    walk.picture(filler, "print")
    faults = [fault for visitor in walk.visitors.values() for fault in visitor.faults]
    assert [fault for fault in faults if "status of 422" not in fault] == []
    assert len(faults) == 1, "the return without words, which was refused on purpose"
