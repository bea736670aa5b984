"""Checks 23 to 28, 37 and 38 of the review: the decision, its remarks, the comparison, pages that are out of date."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from tests.browser.checks import reviewing
from tests.browser.checks.reviewing import take
from tests.browser.conftest import Site
from tests.browser.walk import Visitor
from tests.factories import seed_document
from workflows.lifecycle import Action

pytestmark = pytest.mark.browser

At = Callable[[str, str], Page]
_years = iter(range(2050, 2099))
REASON = "增幅 21.73%，请补充“雪亮工程”三期的依据文号。"


@pytest.fixture
def at(browser: Browser, site: Site, artefacts: Path) -> Iterator[At]:
    """Somebody at an address, each person in a browser of their own."""
    visitors: dict[str, Visitor] = {}

    def open_one(who: str, address: str) -> Page:
        if who not in visitors:
            visitors[who] = Visitor(browser, site.url, password=site.password, pictures=artefacts / "review").sign_in(
                who
            )
        visitors[who].page.goto(address)
        return visitors[who].page

    yield open_one
    for visitor in visitors.values():
        visitor.context.close()


def press(page: Page, value: str) -> None:
    """Press the button of an act, in the panel, and wait for the page that follows."""
    button = page.locator(f"#decide button[name=action][value={value}]")
    if not button.is_visible():
        page.locator("#decide details.more summary").click()
    with page.expect_navigation():
        button.click()


def write(page: Page, path: str, words: str) -> None:
    """Write a remark on a place and keep it, without deciding."""
    box = page.locator(f'[data-remark="{path}"]')
    box.locator("summary").click()
    box.locator("textarea").fill(words)
    box.locator("[data-keep]").click()
    expect(page.locator(f'[data-pin="{path}"]')).to_contain_text(words)


def events(site: Site, form: int) -> list[str]:
    with site.engine.connect() as connection:
        rows = connection.execute(
            text("select action from event where subject_kind = 'submission' and subject_id = :id order by seq"),
            {"id": form},
        )
        return [row.action for row in rows]


def test_check_23_words_are_due_for_a_return_and_below_excellent(site: Site, at: At) -> None:
    form = reviewing.at_grade(site, year=next(_years))
    page = at("finance_performance_office", f"/submissions/{form}")
    press(page, "return_for_revision")
    assert page.title().startswith("错误：")
    expect(page.locator("#comment-error")).to_be_visible()
    expect(page.locator("#errors")).to_be_focused()
    page.locator("#errors a").click()
    expect(page.locator("#comment")).to_be_focused()
    page.locator("input[name=grade][value=good]").check()
    press(page, "pass")
    expect(page.locator("#comment-error")).to_be_visible()
    expect(page.locator("input[name=grade][value=good]")).to_be_checked()
    page.locator("input[name=grade][value=fair]").check()
    page.locator("#comment").fill("先写在这里")
    press(page, "pass")
    expect(page.locator("#errors")).to_contain_text("不能通过")
    expect(page.locator("#comment")).to_have_value("先写在这里")
    page.locator("input[name=grade][value=excellent]").check()
    page.locator("#comment").fill("")
    press(page, "pass")
    assert events(site, form)[-1] == "pass"


def test_check_23_one_filled_button_and_one_outlined_in_red(site: Site, at: At) -> None:
    form = reviewing.submitted(site, year=next(_years))
    page = at("dept_head", f"/submissions/{form}")
    assert page.locator("#decide button.p:visible").count() == 1
    assert page.locator("#decide button.d:visible").count() == 1
    painted = "(one) => getComputedStyle(one).backgroundColor"
    assert page.locator("#decide button.d").evaluate(painted) == "rgb(255, 255, 255)"


def test_check_24_a_remark_is_its_authors_until_the_decision(site: Site, at: At) -> None:
    form = reviewing.submitted(site, year=next(_years))
    address = f"/submissions/{form}"
    head = at("dept_head", f"{address}?view=full")
    write(head, "budget.project_expenditure", REASON)
    head.locator("#comment").fill("还没有想好")
    expect(head.locator("#kept")).to_contain_text("1 条逐项意见会一起提交")
    # The words survive another view of the form at once, another visit, and a choice that was refused.
    with head.expect_navigation():
        head.locator(".steps a").filter(has_text="流转与证据").click()
    head.goto(f"{address}?view=full")
    expect(head.locator("#comment")).to_have_value("还没有想好")
    for page in (f"{address}?view=full", f"{address}/remarks", f"{address}/timeline"):
        assert REASON not in at("filler", page).content()
    press(head, "return_for_revision")
    filler = at("filler", address)
    expect(filler.locator(".notice").filter(has_text=REASON)).to_be_visible()
    filler.get_by_role("link", name="逐条答复意见").click()
    expect(filler.locator(".said")).to_contain_text(REASON)


def test_check_25_a_withdrawn_form_cannot_be_decided(site: Site, at: At) -> None:
    form = reviewing.submitted(site, year=next(_years))
    head = at("dept_head", f"/submissions/{form}")
    head.clock.install()
    head.goto(f"/submissions/{form}")
    head.locator("#comment").fill("同意报送。")
    filler = at("filler", f"/submissions/{form}?view=full")
    press(filler, "withdraw")
    head.clock.run_for(60_000)
    expect(head.locator("#outdated")).to_contain_text("撤回")
    for button in head.locator("button[name=action]").all():
        expect(button).to_be_disabled()
    expect(head.locator("#comment")).to_have_value("同意报送。")
    # Forced all the same, it is refused by name and time, and the words stay.
    with head.expect_navigation() as reply:
        head.evaluate(
            """() => { const form = document.querySelector('#decide'), made = document.createElement('input');
                Object.assign(made, {type: 'hidden', name: 'action', value: 'pass'}); form.append(made); form.submit(); }"""
        )
    assert reply.value.status == 409
    expect(head.locator("body")).to_contain_text("同意报送。")
    assert events(site, form)[-1] == "withdraw"


def test_check_25_the_second_of_two_clicks_gets_the_answer_of_the_first(site: Site, at: At) -> None:
    form = reviewing.submitted(site, year=next(_years))
    page = at("dept_head", f"/submissions/{form}")
    answers = page.evaluate(
        """async () => { const form = document.querySelector('#decide'), body = new URLSearchParams(new FormData(form));
            body.set('action', 'pass');
            const one = () => fetch(form.getAttribute('action'), {method: 'POST', body, redirect: 'follow'});
            return (await Promise.all([one(), one()])).map((reply) => [reply.status, reply.url]); }"""
    )
    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    assert "done=pass" in answers[0][1]
    assert events(site, form).count("pass") == 1


def test_check_26_differences_and_counts_agree_with_the_data(site: Site, at: At) -> None:
    year = next(_years)
    next(_years)
    reviewing.approved(site, year=year, document=reviewing.year_before())
    form = reviewing.submitted(site, year=year + 1)
    page = at("dept_head", f"/submissions/{form}")
    row = page.locator("tr#budget-project_expenditure")
    for words in ("460.25", "560.25", "+100.00", "+21.73%"):
        expect(row).to_contain_text(words)
    heads = page.locator("section.card > header")
    expect(heads.filter(has_text="绩效指标")).to_contain_text("新增 1 · 有修改 2 · 已移动 1 · 未变 8")
    expect(heads.filter(has_text="其他需完成任务")).to_contain_text("有修改 1 · 未变 6")
    expect(heads.filter(has_text="年度重点工作任务")).to_contain_text("未变 3")
    expect(page.locator("tr").filter(has_text="维护（巡检）次数")).to_contain_text("维护巡查次数")


def test_check_27_a_change_is_read_without_colour(site: Site, at: At) -> None:
    year = next(_years)
    next(_years)
    reviewing.approved(site, year=year, document=reviewing.year_before())
    form = reviewing.submitted(site, year=year + 1)
    page = at("dept_head", f"/submissions/{form}?view=year")
    line = "(one) => getComputedStyle(one).textDecorationLine"
    goal = page.locator("#overall_goal")
    assert goal.locator("del").evaluate(line) == "line-through"
    assert goal.locator("ins").evaluate(line) == "underline"
    expect(goal.locator("del")).to_have_text("平安建设为抓手")
    expect(goal.locator("ins")).to_have_text("总体国家安全观为统领")
    assert page.locator("td.chg ins").first.evaluate(line) == "underline"


def test_check_28_a_second_round_opens_on_what_changed_with_every_answer(site: Site, at: At) -> None:
    form = reviewing.submitted(site, year=next(_years))
    address = f"/submissions/{form}"
    head = at("dept_head", f"{address}?view=full")
    write(head, "budget.project_expenditure", REASON)
    write(head, "indicators[3]", "请核对批次")
    write(head, "overall_goal", "请写清重点")
    head.locator("#comment").fill("请逐条处理。")
    press(head, "return_for_revision")
    filler = at("filler", f"{address}/preview")
    expect(filler.locator(".issues")).to_contain_text("审核意见“请核对批次”还没有答复")
    filler.locator("#declared").check()
    with filler.expect_navigation():
        filler.get_by_role("button", name="提交部门审核").click()
    assert "submitted" not in filler.url, "unanswered remarks hold it"
    rows = seed_document()["indicators"]
    rows[3]["target_value"] = "46"
    reviewing.rewrite(site, form, "indicators", rows)
    filler.goto(f"{address}/remarks")
    for words, answer, reason in [
        (REASON, "explained", "依据为揭政发〔2021〕8号。"),
        ("请核对批次", "changed", ""),
        ("请写清重点", "unchanged", ""),
    ]:
        line = filler.locator(".said > li").filter(has_text=words)
        line.locator(f"input[value={answer}]").check()
        line.locator("textarea").fill(reason)
    with filler.expect_navigation():
        filler.get_by_role("button", name="保存答复").click()
    expect(filler.get_by_role("status").filter(has_text="全部意见都已答复")).to_be_visible()
    take(site, form, "filler", Action.SUBMIT)
    head = at("dept_head", address)
    expect(head.locator(".steps a[aria-current=page]")).to_contain_text("与上次提交对比")
    said = head.locator("#earlier li")
    expect(said).to_have_count(3)
    for words, answer in [(REASON, "已说明"), ("请核对批次", "已改"), ("请写清重点", "未改")]:
        expect(said.filter(has_text=words)).to_contain_text(answer)
    expect(said.filter(has_text=REASON)).to_contain_text("依据为揭政发〔2021〕8号。")
    expect(head.locator("tr#indicators-3")).to_contain_text("46")


def test_check_37_every_score_recomputes_and_the_cap_is_said(site: Site, at: At) -> None:
    form = reviewing.approved(site, year=next(_years), profile="mof-2020-capped")
    reviewing.evaluate(site, form, executed="1389.41")  # 76.2 % of 1823.37
    for who, address in (("dept_head", f"/submissions/{form}"), ("dept_head", f"/submissions/{form}/evaluation")):
        page = at(who, address)
        shown = [
            one.inner_text() for one in page.locator("details.how, details.calc").filter(has_text="怎么算的").all()
        ]
        assert shown
        expect(page.locator("main")).to_contain_text("76.20%")
        expect(page.locator("main")).to_contain_text("总分上限 89 分")
        expect(page.locator("main")).to_contain_text("89.00")
    page = at("dept_head", f"/submissions/{form}")
    rows = page.locator("table.scored tbody tr.has-cm")
    assert rows.count() == 12
    for index in range(12):
        points = rows.nth(index).locator('td[data-l="自评得分"]').inner_text().split("/")[0].strip()
        reckoned = rows.nth(index).locator("xpath=following-sibling::tr[1]").locator(".trace li").all_text_contents()
        assert recomputed(reckoned) == points, reckoned
    reckoned = page.locator("#execution .trace li").all_text_contents()
    assert recomputed(reckoned) == page.locator(".strip").get_by_text(re.compile(r"^7\.62$")).inner_text()


def recomputed(lines: list[str]) -> str:
    """The points of a trace, reckoned anew from the sum that it shows; numbers, %, × ÷ − and brackets are all there is."""
    sums = [line.partition("：")[2].rpartition(" = ")[0] for line in lines if line.startswith("得分：")]
    assert len(sums) == 1, lines
    tokens = re.findall(r"\d+(?:\.\d+)?%?|[×÷−()]", sums[0])
    assert "".join(tokens) == sums[0].replace(" ", ""), "nothing else stands in a sum"

    def factor() -> Fraction:
        token = tokens.pop(0)
        if token == "(":
            inner = difference()
            assert tokens.pop(0) == ")"
            return inner
        return Fraction(token[:-1]) / 100 if token.endswith("%") else Fraction(token)

    def product() -> Fraction:
        value = factor()
        while tokens and tokens[0] in "×÷":
            value = value * factor() if tokens.pop(0) == "×" else value / factor()
        return value

    def difference() -> Fraction:
        value = product()
        while tokens and tokens[0] == "−":
            tokens.pop(0)
            value -= product()
        return value

    value = difference()
    return str((Decimal(value.numerator) / value.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP))


def test_check_38_a_form_is_withdrawn_until_somebody_decided(site: Site, at: At) -> None:
    form = reviewing.submitted(site, year=next(_years))
    filler = at("filler", f"/submissions/{form}?view=full")
    expect(filler.locator("button[value=withdraw]")).to_be_enabled()
    take(site, form, "dept_head", Action.PASS)
    filler.goto(f"/submissions/{form}?view=full")
    expect(filler.locator("button[value=withdraw]")).to_have_count(0)
    expect(filler.locator(".no").filter(has_text="撤回")).to_contain_text("已有审核人作出决定，不能再撤回")


def test_keys_lead_along_the_changes_and_press_nothing_by_accident(site: Site, at: At) -> None:
    year = next(_years)
    next(_years)
    reviewing.approved(site, year=year, document=reviewing.year_before())
    form = reviewing.submitted(site, year=year + 1)
    page = at("dept_head", f"/submissions/{form}")
    page.keyboard.press("n")
    expect(page.locator("tr#budget-project_expenditure")).to_be_focused()
    page.keyboard.press("n")
    page.keyboard.press("p")
    expect(page.locator("tr#budget-project_expenditure")).to_be_focused()
    page.keyboard.press("c")
    area = page.locator('[name="remark:budget.project_expenditure"]')
    expect(area).to_be_focused()
    page.keyboard.type("n p c ] [")
    expect(area).to_have_value("n p c ] [")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#decide button[value=pass]")).to_be_focused()
    assert events(site, form)[-1] == "submit", "the first press only leads to the button"
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert "pass" in events(site, form)[-2:]
    expect(at("filler", f"/submissions/{form}/remarks").locator(".said")).to_contain_text("n p c ] [")


def test_keys_are_silent_where_they_are_switched_off(site: Site, at: At) -> None:
    form = reviewing.submitted(site, year=next(_years))
    with site.engine.begin() as connection:
        connection.execute(text("update person set shortcuts = false where username = 'dept_head'"))
    try:
        page = at("dept_head", f"/submissions/{form}?view=full")
        page.keyboard.press("c")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".rm[open]")).to_have_count(0)
        expect(page.locator("#decide button[value=pass]")).not_to_be_focused()
    finally:
        with site.engine.begin() as connection:
            connection.execute(text("update person set shortcuts = true where username = 'dept_head'"))


def test_a_phone_reaches_every_action_with_a_thumb(site: Site, at: At) -> None:
    form = reviewing.at_grade(site, year=next(_years))
    page = at("finance_performance_office", f"/submissions/{form}")
    page.set_viewport_size({"width": 390, "height": 844})
    for button in page.locator(".foot button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= 844, "the bar of the decision is in view"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator('[data-remark="indicators[11]"] summary').click()
    for action in page.locator('[data-remark="indicators[11]"] .btn, #decide summary.btn').all():
        if action.is_visible():
            box = action.bounding_box()
            assert box is not None
            assert box["height"] >= 44, action.inner_text()


def test_phrases_go_where_the_caret_is(site: Site, at: At) -> None:
    form = reviewing.submitted(site, year=next(_years))
    page = at("dept_head", "/opinions")
    page.locator("#body").fill("请补充依据文号。")
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^添加$")).click()
    page.goto(f"/submissions/{form}")
    page.locator("#comment").fill("一、")
    page.locator("summary").filter(has_text="常用语").click()
    page.locator("[data-phrase]").click()
    expect(page.locator("#comment")).to_have_value("一、请补充依据文号。")
