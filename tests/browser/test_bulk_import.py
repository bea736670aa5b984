"""A batch in a real browser, with a real server and somebody who works the files off: by mouse, and for the eye."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from service.bulk_run import run_next
from service.db import session_factory
from tests.browser.conftest import Site
from tests.browser.screens import WIDTHS, faults_at
from tests.browser.walk import Visitor
from tests.workers.zips import form_of, zipped

pytestmark = pytest.mark.browser

UNIT = "中共揭阳市委政法委员会"


@contextmanager
def worker(site: Site) -> Iterator[None]:
    """Works files off until told to stop."""
    factory, stop = session_factory(site.engine), threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            run_next(factory, home=site.home, lease_seconds=60)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def look(visitor: Visitor, name: str, faults: list[str]) -> None:
    """Both languages, every width, and pictures at the two ends."""
    path = visitor.page.url.partition("?")[0]
    for language in ("zh", "en"):
        visitor.page.goto(f"{path}?lang={language}")
        for width in WIDTHS:
            faults += [f"{name} {language} {fault}" for fault in faults_at(visitor.page, width)]
            if width != WIDTHS[1]:
                visitor.page.screenshot(path=visitor.pictures / f"{name}-{width}-{language}.png", full_page=True)
    visitor.page.goto(f"{path}?lang=zh")


def test_a_batch_by_mouse(browser: Browser, site: Site, artefacts: Path, tmp_path: Path) -> None:
    pictures, faults = artefacts / "bulk", list[str]()
    pictures.mkdir(parents=True, exist_ok=True)
    archive = tmp_path / "各单位绩效目标表.zip"
    archive.write_bytes(
        zipped({
            "01 政法委/部门整体支出绩效目标表（二上）.json": form_of(UNIT),
            "02 教育局/绩效目标表.json": form_of("市教育局"),
            "03 另一份/政法委.json": form_of(UNIT, overall_goal="另一份"),
            "04 坏的/表.txt": b"\x00\x01",
        })
    )  # fmt: skip
    with Visitor(browser, site.url, password=site.password, pictures=pictures) as visitor:
        page = visitor.sign_in("filler").page
        page.goto("/import/bulk")
        look(visitor, "empty", faults)
        page.get_by_label("zip 文件").set_input_files(archive)
        visitor.press("上传并预演")
        expect(page.get_by_text("正在预演…")).to_be_visible()
        look(visitor, "waiting", faults)
        with worker(site):
            # The page follows by itself, to its end.
            expect(page.get_by_role("button", name="确认导入")).to_be_visible(timeout=30_000)
            look(visitor, "rehearsed", faults)
            visitor.press("确认导入")
            expect(page.get_by_role("button", name="重试没有通过的")).to_be_visible(timeout=30_000)
        look(visitor, "imported", faults)
        page.get_by_role("link", name="没有通过").first.click()
        expect(page.get_by_text("市教育局").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="下载没有通过的").click()
        assert download.value.path().read_bytes().startswith("\ufeff文件".encode())
        page.goto("/import/bulk")
        look(visitor, "batches", faults)
        page.set_viewport_size({"width": WIDTHS[2], "height": 900})
        page.get_by_role("link", name=archive.name).click()
        page.get_by_role("link", name="政法委").first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        # A request that the next page cut short, and a download, are none.
        faults += [fault for fault in visitor.faults if fault.startswith("error")]
    assert faults == []
