"""Check 14 of the interface: with scripts switched off a whole form is filled in, mended and handed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from tests.browser.checks.editing import give_reasons, kept, submits
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

TASKS = "#sec-key_tasks"


@pytest.fixture
def plain(browser: Browser, site: Site, seeded: int) -> Iterator[Page]:
    """The filler in front of the form, in a browser that runs no scripts."""
    context = browser.new_context(base_url=site.url, locale="zh-CN", java_script_enabled=False)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("#username").fill("filler")
    page.locator("#password").fill(site.password)
    page.get_by_role("button", name="登录", exact=True).click()
    page.goto(f"/submissions/{seeded}")
    yield page
    context.close()


def press(page: Page, section: str, words: str) -> None:
    """Press a button of a section and wait for the page that answers."""
    with page.expect_navigation():
        page.locator(f"#sec-{section}").get_by_role("button", name=words).first.click()


def row_does(page: Page, number: int, words: str) -> None:
    """Open the menu of a row and press an entry of it."""
    row = page.locator(f"#r-key_tasks-{number}")
    row.locator("summary").click()
    with page.expect_navigation():
        row.get_by_role("button", name=words).click()


@pytest.mark.parametrize(
    ("section", "cell", "typed"),
    [
        ("basic", "#c-basic-fiscally_supported_headcount", "73"),
        ("budget", "#c-budget-other_funds", "1.50"),
        ("overall_goal", "#c-overall_goal", "无脚本的目标"),
        ("key_tasks", "#c-key_tasks-2-content", "重点任务的内容"),
        ("other_tasks", "#c-other_tasks-6-planned_amount", "12.50"),
        ("indicators", "#c-indicators-11-level3", "群众安全感"),
    ],
)
def test_check_14_every_section_saves_without_scripts(
    plain: Page, seeded: int, section: str, cell: str, typed: str
) -> None:
    plain.locator(cell).fill(typed)
    press(plain, section, "保存本节")
    expect(plain.locator(cell)).to_have_value(typed)
    plain.goto(f"/submissions/{seeded}")
    expect(plain.locator(cell)).to_have_value(typed)


def test_check_14_rows_are_added_moved_and_deleted_by_buttons(plain: Page, site: Site, seeded: int) -> None:
    names = [row["name"] for row in kept(site, seeded, "key_tasks")]
    plain.locator("#c-key_tasks-0-name").fill("与按钮一起送出")  # what is typed goes with whichever button is pressed
    press(plain, "key_tasks", "添加一行")
    plain.locator("#c-key_tasks-3-name").fill("第四行")
    row_does(plain, 3, "上移")
    expect(plain.locator("#c-key_tasks-2-name")).to_have_value("第四行")
    row_does(plain, 0, "下移")
    expect(plain.locator("#c-key_tasks-1-name")).to_have_value("与按钮一起送出")
    row_does(plain, 0, "复制")
    expect(plain.locator("#c-key_tasks-1-name")).to_have_value(names[1])
    row_does(plain, 1, "删除")
    row_does(plain, 0, "移到")
    assert [row["name"] for row in kept(site, seeded, "key_tasks")] == ["与按钮一起送出", "第四行", names[2]]
    assert kept(site, seeded, "other_tasks")[-1]["name"] == names[1]


def test_check_14_the_whole_form_is_handed_in_and_taken_back_without_scripts(
    plain: Page, site: Site, seeded: int
) -> None:
    plain.locator("#c-basic-second_level_unit_count").fill("2")
    press(plain, "basic", "保存本节")
    follow(plain, "检查")
    expect(plain.get_by_text("“= 1 %”疑似单位有误").first).to_be_visible()
    plain.goto(f"/submissions/{seeded}")
    follow(plain, "提交部门审核")
    expect(plain.locator(".sheet")).to_contain_text("平安揭阳专项工作")
    give_reasons(plain)
    send(plain)
    expect(plain.locator("#errors")).to_contain_text("请先勾选声明")
    plain.locator("#declared").check()
    send(plain)
    expect(plain.get_by_role("heading", level=1)).to_have_text("已提交")
    assert plain.url.endswith(f"/submissions/{seeded}/submitted")
    expect(plain.locator("dl.kv")).to_contain_text("部门负责人")
    assert state_of(site, seeded) == "review"
    with plain.expect_navigation():
        plain.get_by_role("button", name="撤回").click()
    assert state_of(site, seeded) == "draft"
    plain.goto(f"/submissions/{seeded}")
    expect(plain.locator("#c-basic-second_level_unit_count")).to_have_value("2")


def test_check_17_a_double_click_without_scripts_is_one_act_too(plain: Page, site: Site, seeded: int) -> None:
    before = submits(site, seeded)
    plain.goto(f"/submissions/{seeded}/preview")
    give_reasons(plain)
    plain.locator("#declared").check()
    plain.locator(".foot").get_by_role("button", name="提交部门审核").dblclick()
    plain.wait_for_url("**/submitted")
    expect(plain.get_by_role("heading", level=1)).to_have_text("已提交")
    assert submits(site, seeded) == before + 1


def follow(page: Page, words: str) -> None:
    """Follow a link of the foot."""
    with page.expect_navigation():
        page.locator(".foot").get_by_role("link", name=words, exact=True).click()


def send(page: Page) -> None:
    """Press the button that hands the form in."""
    with page.expect_navigation():
        page.locator(".foot").get_by_role("button", name="提交部门审核").click()


def state_of(site: Site, form: int) -> str:
    with site.engine.connect() as connection:
        statement = text("select state from submission where id = :id")
        return str(connection.execute(statement, {"id": form}).scalar_one())
