"""Checks 49 and 50 of the interface, and what of 55 can be held today: the form on paper, as Chromium prints the page 打印.

What Chromium prints lies under `.ci/artefacts/checks`; a person looks at it beside the sample of 2022.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from service.render.export import document_export
from service.render.official import Stamp
from tests.browser.conftest import Site
from tests.factories import seed_document
from workflows.ulid import new_ulid

pytestmark = pytest.mark.browser

SAMPLE = Path(__file__).parents[2] / "forms" / "seed-jieyang-2022.txt"
TASKS = "序号名称主要实施内容拟投入金额(万元)"
INDICATORS = "一级指标二级指标三级指标三级指标解释对比符号指标值计量单位"
# What Chromium writes into a PDF for words whose glyph a radical shares; compatibility forms cover the rest.
RADICALS = str.maketrans("⻚⻔⻓⻰⻛⻅⻋⻢⻥⻬⻘⻝⻮⻉⺠⻄⻆⻩⻑⻨", "页门长龙风见车马鱼齐青食齿贝民西角黄長麦")
# The words of the sample in the order of its page; labels that span rows may be drawn before or after these.
ORDER = (
    "揭阳市市级2022年部门整体支出预算绩效目标表", "部门名称", "中共揭阳市委政法委员会", "资金主管部门", "基本信息",
    "财政供养人员数", "二级预算单位数", "部门预算支出", "收入来源", "基本支出", "1263.12", "财政拨款",
    "1823.37", "项目支出", "560.25", "其他资金", "总体绩效目标", TASKS, "平安揭阳专项工作", "扫黑除恶工作", "反邪教专项工作",
    TASKS, "平安宣传和网络舆情工作", "政法网和党政内网维护", "部门履职的整体绩效指标", INDICATORS,
    "印制扫黑除恶宣传资料数量", "维护（巡检）次数", "线路运维验收合格率", "按时转发反邪教宣传信息", "平安工作宣传成本",
    "司法救助保障率", "政法工作满意度",
)  # fmt: skip
SPANNING = ("预算整体情况", "年度重点工作任务", "其他需完成任务")


def put(site: Site, form: int, document: dict[str, Any]) -> None:
    """Write rows and the goal of a document over those of the draft."""
    statement = (
        "update draft_section set body = :body, version = version + 1 where submission_id = :id and section = :s"
    )
    with unit_of_work(session_factory(site.engine)) as session:
        for section in ("key_tasks", "other_tasks", "indicators"):
            rows = [{**row, "id": new_ulid()} for row in document[section]]
            session.execute(text(statement), {"body": json.dumps({"value": rows}), "id": form, "s": section})


def plain(words: str) -> str:
    """Text as somebody reads it: no spaces or line ends, no radicals. `≥` and brackets stay as they are typed."""
    read = "".join(one if one in "（）：，；！？％" else unicodedata.normalize("NFKC", one) for one in words)
    return "".join(read.translate(RADICALS).split())


def printed(page: Page, form: int, keep: Path) -> PdfReader:
    """What Chromium makes of the print page; its file and a picture of the page are kept."""
    page.goto(f"/submissions/{form}/print")
    page.evaluate("document.fonts.ready")
    data = page.pdf(prefer_css_page_size=True)
    keep.parent.mkdir(parents=True, exist_ok=True)
    keep.write_bytes(data)
    page.screenshot(path=keep.with_suffix(".png"), full_page=True)
    return PdfReader(io.BytesIO(data))


@pytest.fixture
def long(site: Site, seeded: int) -> dict[str, Any]:
    """A form of many pages; each row begins and ends with words of its own."""
    document = seed_document()
    filling = "推进社会治理现代化建设。" * 8
    for section, column, name in (
        ("key_tasks", "content", "name"), ("other_tasks", "content", "name"), ("indicators", "interpretation", "level3")
    ):  # fmt: skip
        document[section] = [
            {**document[section][0], name: f"甲{section[0]}{at:03d}", column: f"{filling}乙{section[0]}{at:03d}"}
            for at in range(40)
        ]
    put(site, seeded, document)
    return document


def test_check_49_pages_are_a4_with_heads_and_numbers_and_whole_rows(
    long: dict[str, Any], seeded: int, window: Page, artefacts: Path
) -> None:
    pages = printed(window, seeded, artefacts / "checks" / "print-long.pdf").pages
    assert len(pages) >= 6
    spread: dict[str, list[int]] = {"k": [], "o": [], "i": []}
    for number, page in enumerate(pages, start=1):
        words = plain(page.extract_text())
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        assert f"第{number}页/共{len(pages)}页" in words
        assert "草稿" in words, "the stamp stands on each page"
        for begins in re.findall(r"甲([koi]\d{3})", words):
            assert f"乙{begins}" in words, f"row {begins} is torn on page {number}"
            spread[begins[0]].append(number)
            assert (INDICATORS if begins[0] == "i" else TASKS) in words, f"page {number} has no heads"
    for block, on in spread.items():
        assert len(on) == 40, f"every row of {block} can be read, once"
        assert len(set(on)) > 1, f"{block} breaks across pages"


def test_check_49_the_letters_are_those_of_a_book(seeded: int, window: Page, artefacts: Path) -> None:
    reader = printed(window, seeded, artefacts / "checks" / "print-seed.pdf")
    used = {font["/BaseFont"] for page in reader.pages for font in _fonts(page)}
    assert any(re.search(r"FangSong|SerifCJK|SourceHanSerif|NotoSansSC|NotoSansCJK", name) for name in used), used
    family = window.evaluate("getComputedStyle(document.body).fontFamily")
    assert family.startswith(("FangSong", '"FangSong"'))


def _fonts(page: Any) -> list[Any]:  # noqa: ANN401 - a page of pypdf
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


def test_check_50_the_words_stand_in_the_order_of_the_sample(
    site: Site, seeded: int, window: Page, artefacts: Path
) -> None:
    shown = plain(
        "".join(page.extract_text() for page in printed(window, seeded, artefacts / "checks" / "print-seed.pdf").pages)
    )
    official = document_export(seed_document(), "pdf", stamp=Stamp(1, "ab" * 32))
    (artefacts / "checks" / "official-seed.pdf").write_bytes(official)
    built = plain("".join(page.extract_text() for page in PdfReader(io.BytesIO(official)).pages))
    sample = plain(SAMPLE.read_text("utf-8"))
    for name, words in {"sample": sample, "print page": shown, "PDF": built}.items():
        assert [one for one in SPANNING if one not in words] == [], name
        at = 0
        for one in ORDER:
            found = words.find(plain(one), at)
            assert found >= 0, f"{name}: “{one}” does not follow"
            at = found + len(plain(one))


def test_check_50_cells_are_merged_as_in_the_sample(seeded: int, window: Page) -> None:
    window.goto(f"/submissions/{seeded}/print")
    spans = window.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('table.of :is(td, th)')]
            .filter((one) => one.rowSpan > 1 || one.colSpan > 1)
            .map((one) => [one.textContent.trim().slice(0, 11), [one.rowSpan, one.colSpan]]))"""
    )
    for words, span in {
        "预算整体情况": [3, 1],
        "部门预算支出": [1, 2],
        "中共揭阳市委政法委员会": [1, 3],
        "主要实施内容": [1, 2],
        "部门履职的整体绩效指标": [1, 7],
    }.items():
        assert spans[words] == span, words
