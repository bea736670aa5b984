"""Attachments in a browser: several at once with their progress, refusals that stay, and pages legible to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site
from tests.browser.screens import WIDTHS, faults_at, forms
from tests.browser.walk import Visitor
from tests.uploads import files

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def filler(browser: Browser, demo_site: Site, artefacts: Path) -> Iterator[Visitor]:
    visitor = Visitor(browser, demo_site.url, password=demo_site.password, pictures=artefacts / "attachments")
    visitor.sign_in("filler")
    yield visitor
    visitor.context.close()


@pytest.fixture(scope="module")
def address(demo_site: Site) -> str:
    return f"/submissions/{forms(demo_site.engine)['draft']}/attachments"


def chosen(folder: Path, **contents: bytes) -> list[str]:
    """Files on the disk, by names in which the last `_` is a dot."""
    paths = []
    for name, content in contents.items():
        path = folder / ".".join(name.rsplit("_", 1))
        path.write_bytes(content)
        paths.append(str(path))
    return paths


def test_several_files_go_up_one_after_the_other(filler: Visitor, address: str, tmp_path: Path) -> None:
    page = filler.page
    page.goto(f"{address}?lang=zh")
    filler.picture("empty")
    page.set_input_files(
        "#file", chosen(tmp_path, 合同_pdf=files.pdf(), 照片_png=files.png(), 统计表_xlsx=files.xlsx("1"))
    )
    page.click("#upload button.p")
    page.wait_for_url("**added=*")
    for name in ("合同.pdf", "照片.png", "统计表.xlsx"):
        expect(page.locator(".att").get_by_role("link", name=name)).to_be_visible()
    with page.expect_download() as fetched:
        page.locator(".att").get_by_role("link", name="合同.pdf").click()
    assert fetched.value.suggested_filename == "合同.pdf"
    page.locator(".att tr", has_text="照片.png").get_by_role("button").click()
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".att").get_by_role("link", name="照片.png")).to_be_visible()
    assert filler.faults == []


def test_what_is_refused_stays_with_its_reason_and_the_rest_goes_up(
    filler: Visitor, address: str, tmp_path: Path
) -> None:
    page = filler.page
    page.goto(f"{address}?lang=zh")
    large = b"%PDF-1.7" + b"\x00" * (21 * 1024 * 1024)
    page.set_input_files(
        "#file", chosen(tmp_path, 方案_docx=files.docx("（机密）★10年"), 大_pdf=large, 验收_ofd=files.ofd())
    )
    page.click("#upload button.p")
    lines = page.locator("#progress li")
    expect(lines.nth(2)).to_contain_text("已上传")
    expect(lines.nth(0)).to_contain_text("密级标志")
    expect(lines.nth(1)).to_contain_text("超过 20 MB")
    assert "added" not in page.url, "the reasons are not swept away"
    filler.picture("refused")
    found = [fault for width in WIDTHS for fault in faults_at(page, width)]
    filler.faults.clear()  # the refusal itself is a line in the console
    assert found == []


def test_a_connection_that_breaks_can_be_tried_again(filler: Visitor, address: str, tmp_path: Path) -> None:
    page = filler.page
    page.goto(f"{address}?lang=zh")
    page.set_input_files("#file", chosen(tmp_path, 回执_png=files.png(3, 3)))
    filler.context.set_offline(True)
    page.click("#upload button.p")
    again = page.locator("#progress").get_by_role("button", name="重试")
    expect(again).to_be_visible()
    filler.context.set_offline(False)
    again.click()
    page.wait_for_url("**added=*")
    expect(page.locator(".att").get_by_role("link", name="回执.png")).to_be_visible()
    filler.faults.clear()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_is_legible_to_everybody(filler: Visitor, address: str, language: str) -> None:
    page = filler.page
    page.goto(f"{address}?lang={language}")
    found = [fault for width in (320, *WIDTHS) for fault in faults_at(page, width)]
    filler.picture(f"list-{language}")
    assert found + filler.faults == []
