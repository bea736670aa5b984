"""A draft leaves as a workbook and comes back after somebody else has saved: one choice, at every width, by keyboard."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from service.queries.actor import by_username
from service.usecases.open_draft import open_draft
from tests.browser.conftest import Site
from tests.browser.walk import Visitor
from tests.factories import seed_document
from workflows.catalogue import label

pytestmark = pytest.mark.browser

WIDTHS = (1366, 390)
AMOUNT, CONTENT, NEW = (6, 5), (7, 4), (9, 3)  # line and column from 1


def _draft(site: Site) -> int:
    with unit_of_work(session_factory(site.engine)) as session:
        actor = by_username(session.connection(), "filler")
        assert actor is not None
        cycle = session.execute(text("select id from cycle")).scalar_one()
        unit = actor.grants[0].department_id
        return open_draft(session, actor, department_id=unit, cycle_id=cycle, document=seed_document()).id


def _colleague_saves(site: Site, form: int) -> None:
    with unit_of_work(session_factory(site.engine)) as session:
        session.execute(
            text(
                "update draft_section set version = version + 1, "
                "body = jsonb_set(body, '{value,0,planned_amount}', '\"95\"') where submission_id = :id and section = 'key_tasks'"
            ),
            {"id": form},
        )


def _pictures(page: Page, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1366, "height": 768})


def test_out_filled_in_and_back_with_one_choice(browser: Browser, site: Site, artefacts: Path, tmp_path: Path) -> None:
    form, folder = _draft(site), artefacts / "offline"
    with Visitor(browser, site.url, password=site.password, pictures=folder).sign_in("filler") as filler:
        page = filler.page
        page.goto(f"/submissions/{form}")
        page.get_by_role("link", name="离线填报").click()
        with page.expect_download() as started:
            page.get_by_role("link", name="下载离线填报工作簿").click()
        _pictures(page, folder, "import-zh")
        book = openpyxl.load_workbook(io.BytesIO(started.value.path().read_bytes()))
        tasks = book[label("section", "key_tasks", "zh")]
        tasks.cell(*AMOUNT).value, tasks.cell(*CONTENT).value, tasks.cell(*NEW).value = (
            111.5,
            "离线改写的内容",
            "新增的任务",
        )
        filled = tmp_path / "填好.xlsx"
        book.save(filled)
        _colleague_saves(site, form)
        page.locator("#file").set_input_files(filled)
        filler.press("先看结果")
        expect(page.get_by_role("group")).to_have_count(1)
        _pictures(page, folder, "preview-zh")
        page.get_by_label("保留系统中的").focus()
        page.keyboard.press("ArrowDown")
        expect(page.get_by_label("采用文件里的")).to_be_checked()
        filler.press("写入草稿")
        expect(page.locator("#c-key_tasks-0-planned_amount")).to_have_value("111.50")
        page.get_by_role("button", name="EN", exact=True).click()
        page.goto(f"/import?submission={form}")
        page.locator("#file").set_input_files(filled)
        with page.expect_navigation():
            page.locator("main form .btn.p").click()
        _pictures(page, folder, "same-again-en")
        # A page that is left takes its sign of life with it.
        assert [one for one in filler.faults if "/presence" not in one] == []
