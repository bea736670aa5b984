"""Suggestions of the indicator library in a real browser: by keys, by an input method, and never in anybody's way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from service.queries.actor import by_username
from service.usecases.library_starter import import_starter_set
from service.usecases.open_draft import open_draft
from tests.browser.conftest import Site
from tests.browser.walk import Visitor
from workflows.facts import SYSTEM

pytestmark = pytest.mark.browser

SAVED = re.compile("已自动保存")

EMPTY = {"level1": None, "level2": None, "level3": None, "interpretation": None, "comparator": None, "target_value": None,
         "unit": None}  # fmt: skip
ROWS = [
    {**EMPTY, "id": "01J00000000000000000000001"},
    {**EMPTY, "id": "01J00000000000000000000002", "comparator": "eq", "unit": "分", "interpretation": "我写的解释"},
]


@pytest.fixture(scope="module")
def form(site: Site) -> int:
    with unit_of_work(session_factory(site.engine)) as session:
        connection = session.connection()
        import_starter_set(session, SYSTEM)
        actor = by_username(connection, "filler")
        assert actor is not None
        cycle = connection.execute(text("select id from cycle")).scalar_one()
        return open_draft(session, actor, department_id=actor.grants[0].department_id, cycle_id=cycle).id


@pytest.fixture
def window(browser: Browser, site: Site, form: int, artefacts: Path) -> Iterator[Page]:
    """The filler in front of two rows of indicators: an empty one, and one that is half filled in."""
    with unit_of_work(session_factory(site.engine)) as session:
        sql = "update draft_section set body = :body, version = version + 1 where submission_id = :id and section = 'indicators'"
        session.execute(text(sql), {"body": json.dumps({"value": ROWS}), "id": form})
    with Visitor(browser, site.url, password=site.password, pictures=artefacts / "library") as visitor:
        visitor.sign_in("filler").page.goto(f"/submissions/{form}")
        yield visitor.page
        # What a page still holds is saved when it goes, which would reach into the next test.
        visitor.page.keyboard.press("Control+s")
        expect(visitor.page.locator("#save-status")).to_have_text(SAVED, timeout=10_000)
        assert visitor.faults == []


def cell(page: Page, row: int, field: str) -> str:
    return page.locator(f"#c-indicators-{row}-{field}").input_value()


def type_name(page: Page, row: int, words: str) -> None:
    page.locator(f"#c-indicators-{row}-level3").focus()
    page.keyboard.type(words)


def test_arrows_and_enter_take_an_entry_over_into_empty_cells(window: Page, artefacts: Path) -> None:
    type_name(window, 0, "zfgz")
    options = window.locator("#library-list [role=option]")
    expect(options).to_have_count(1)
    window.screenshot(path=artefacts / "library-suggest.png")
    name = window.locator("#c-indicators-0-level3")
    assert name.get_attribute("aria-controls") == "library-list"
    window.keyboard.press("ArrowDown")
    assert name.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    expect(options.first).to_have_attribute("aria-selected", "true")
    window.keyboard.press("Enter")
    assert cell(window, 0, "level3") == "政法工作满意度"
    got = [cell(window, 0, field) for field in ("level1", "level2", "comparator", "unit", "target_value")]
    assert got == ["satisfaction", "service_recipients", "ge", "%", ""]
    expect(window.locator("#library-list")).to_be_hidden()
    assert window.evaluate("document.activeElement.id") == "c-indicators-0-level3"


def test_what_is_filled_in_stays(window: Page) -> None:
    type_name(window, 1, "政法工作")
    expect(window.locator("#library-list [role=option]")).to_have_count(1)
    window.locator("#library-list [role=option]").click()
    assert cell(window, 1, "level3") == "政法工作满意度"
    assert [cell(window, 1, field) for field in ("comparator", "unit", "interpretation")] == ["eq", "分", "我写的解释"]
    assert cell(window, 1, "level2") == "service_recipients"


def test_escape_tab_and_enter_without_a_choice_leave_the_text_as_typed(window: Page) -> None:
    for key in ("Escape", "Tab", "Enter"):
        window.locator("#c-indicators-0-level3").fill("")
        type_name(window, 0, "满意")
        expect(window.locator("#library-list")).to_be_visible()
        window.keyboard.press(key)
        expect(window.locator("#library-list")).to_be_hidden()
        assert cell(window, 0, "level3").strip() == "满意"
        assert cell(window, 0, "unit") == ""


def test_an_input_method_is_left_alone_until_it_has_finished(window: Page) -> None:
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url) if "/library?" in request.url else None)
    window.locator("#c-indicators-0-level3").focus()
    keyboard = window.context.new_cdp_session(window)
    for typed in ("m", "ma", "man", "manyi"):
        keyboard.send(
            "Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)}
        )
    expect(window.locator("#library-list")).to_be_hidden()
    assert asked == []
    keyboard.send("Input.insertText", {"text": "满意"})
    expect(window.locator("#library-list [role=option]").first).to_be_visible()
    assert len(asked) == 1
    assert cell(window, 0, "level3") == "满意"


def test_what_was_taken_over_is_saved_by_itself(window: Page, site: Site, form: int) -> None:
    type_name(window, 0, "pxrc")
    expect(window.locator("#library-list [role=option]")).not_to_have_count(0)
    window.keyboard.press("ArrowDown")
    with window.expect_response(lambda reply: "/sections/indicators" in reply.url and reply.ok):
        window.keyboard.press("Enter")
    sql = text("select body -> 'value' -> 0 from draft_section where submission_id = :id and section = 'indicators'")
    with site.engine.connect() as connection:
        row = connection.execute(sql, {"id": form}).scalar_one()
    assert (row["level3"], row["comparator"], row["unit"]) == ("培训人次", "ge", "人次")
