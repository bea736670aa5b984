"""The official form as PDF and workbook, read back by other programs; data as JSON and CSV."""

import csv
import io
import json
from typing import Any
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from pypdf import PdfReader

from service.render.cells import harmless, number
from service.render.export import FORMATS, MEDIA_TYPES, FormatError, document_export, file_name
from service.render.official import Stamp
from tests.factories import seed_document

STAMP = Stamp(7, "9f2c41ab" + "0" * 56)
HEADS = ("一级指标", "二级指标", "三级指标", "三级指标解释", "对比符号", "指标值", "计量单位")


def long_document() -> dict[str, Any]:
    """Several pages: tasks and indicators both break, one text is longer than a page."""
    document = seed_document()
    document["other_tasks"] *= 6
    document["indicators"] *= 6
    document["overall_goal"] *= 8
    document["key_tasks"][0]["content"] = "甲子乙丑丙寅。" * 270
    return document


def pages(document: dict[str, Any], stamp: Stamp = STAMP) -> list[str]:
    """The text of each page, without the spaces and line ends that a reader of PDF puts in."""
    reader = PdfReader(io.BytesIO(document_export(document, "pdf", stamp=stamp)))
    return ["".join(page.extract_text().split()) for page in reader.pages]


def sheet(document: dict[str, Any]) -> Worksheet:
    active = openpyxl.load_workbook(io.BytesIO(document_export(document, "xlsx", stamp=STAMP))).active
    assert isinstance(active, Worksheet)
    return active


def values(document: dict[str, Any]) -> list[list[object]]:
    return [[cell for cell in row if cell is not None] for row in sheet(document).iter_rows(values_only=True)]


def test_the_seed_form_takes_two_a4_pages_with_heads_and_numbers_on_each() -> None:
    data = document_export(seed_document(), "pdf", stamp=STAMP)
    reader = PdfReader(io.BytesIO(data))
    box = reader.pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)
    first, second = pages(seed_document())
    assert first.startswith("揭阳市市级2022年部门整体支出预算绩效目标表")
    assert "中共揭阳市委政法委员会" in first
    for number_, page in enumerate((first, second), start=1):
        assert f"第{number_}页/共2页" in page
        assert "v7·9f2c41ab" in page
        assert "".join(HEADS) in page


def test_every_word_and_figure_of_the_form_is_printed() -> None:
    document = seed_document()
    text = "".join(pages(document))
    for task in (*document["key_tasks"], *document["other_tasks"]):
        for name in ("name", "content", "planned_amount"):
            assert "".join(str(task[name]).split()) in text
    for row in document["indicators"]:
        for name in ("level3", "interpretation", "target_value", "unit"):
            assert "".join(str(row[name]).split()) in text
    for figure in ("1263.12", "560.25", "1823.37", "69"):
        assert figure in text
    assert "".join(document["overall_goal"].split()) in text


def test_heads_and_labels_come_again_after_a_break() -> None:
    all_pages = pages(long_document())
    assert len(all_pages) >= 5
    with_tasks = [page for page in all_pages if "法学会工作" in page]
    assert len(with_tasks) >= 2
    for page in with_tasks:
        assert "其他需完成任务" in page
        assert "序号名称主要实施内容拟投入金额(万元)" in page
    with_indicators = [page for page in all_pages if "心理健康社会工作职业技能培训时长（初级）" in page]
    assert len(with_indicators) >= 2
    for page in with_indicators:
        assert "部门履职的整体绩效指标" in page
        assert "".join(HEADS) in page
    assert "".join(all_pages).count("甲") == 270, "nothing is cut off at the foot"


def test_an_empty_draft_prints_empty_rows_and_says_that_it_is_one() -> None:
    document = seed_document()
    document.update(key_tasks=[], other_tasks=[], indicators=[], overall_goal=None, supervising_department=None)
    document["budget"] = dict.fromkeys(document["budget"])
    [page] = pages(document, Stamp())
    assert "其他需完成任务" in page
    assert "草稿" in page
    assert ["其他需完成任务", "序号", "名称", "主要实施内容", "拟投入金额(万元)"] in values(document)


@pytest.mark.parametrize(
    "text", ["（密）", "涉密事项，线下报送", "#set text(red)", "$x$ *b* _i_ `c` @a <b>", "a\\b", "\"'", "𠮷野家 ﷽"]
)
def test_text_is_printed_as_typed_and_is_never_markup(text: str) -> None:
    document = seed_document()
    document["key_tasks"][0]["content"] = text
    printed = pages(document)[0]
    if text.isascii() or "密" in text:
        assert "".join(text.split()) in printed
    assert sheet(document)["D9"].value == text


def test_line_breaks_in_a_cell_stay() -> None:
    document = seed_document()
    document["key_tasks"][0]["content"] = "一、宣传\n二、培训"
    assert sheet(document)["D9"].value == "一、宣传\n二、培训"
    assert "一、宣传二、培训" in pages(document)[0]


def test_the_same_document_gives_the_same_bytes() -> None:
    for format_ in FORMATS:
        first, second = (document_export(seed_document(), format_, stamp=STAMP) for _ in range(2))
        assert first == second, format_


def test_the_workbook_has_the_official_layout() -> None:
    page = sheet(seed_document())
    assert page["A1"].value == "揭阳市市级2022年部门整体支出预算绩效目标表"
    assert (page["A2"].value, page["B2"].value, page["E2"].value, page["G2"].value) == (
        "部门名称", "中共揭阳市委政法委员会", "资金主管部门", "政法委"
    )  # fmt: skip
    assert (page["B5"].value, page["D5"].value, page["E5"].value, page["G5"].value) == (
        "基本支出", 1263.12, "财政拨款", 1823.37
    )  # fmt: skip
    assert page["G6"].value is None, "unknown is empty, never 0"
    merged = {str(area) for area in page.merged_cells.ranges}
    assert {"A1:G1", "A4:A6", "A8:A11", "A12:A19", "A20:G20", "B7:G7"} <= merged
    assert tuple(cell.value for cell in page[21]) == HEADS
    assert page.print_title_rows == "$20:$21"
    assert page.oddFooter.center.text == "第 &P 页 / 共 &N 页"
    assert "v7" in (page.oddFooter.right.text or "")
    assert page["G9"].value == 100
    assert page["E22"].value == "≥"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠SUM", '=HYPERLINK("x")']
)
def test_no_cell_is_ever_a_formula(text: str) -> None:
    document = seed_document()
    document["key_tasks"][0]["name"] = text
    document["key_tasks"][0]["planned_amount"] = text
    document["overall_goal"] = text
    page = sheet(document)
    for cell in (page["C9"], page["G9"], page["B7"]):
        assert cell.data_type == "s", cell.value
    for row in csv.reader(io.StringIO(document_export(document, "csv").decode("utf-8-sig"))):
        assert not row[4].lstrip().startswith(tuple("=+-@＝＋－＠")), row


def test_numbers_are_numbers_and_long_ones_keep_their_digits() -> None:
    assert number("137.22") is not None
    for text in ("1e5", "１００", "1,000", "007", "NaN", "", "0x1", "1234567890123456"):
        assert number(text) is None, text
    assert harmless("-5.2") == "-5.2"
    assert harmless(" =1") == "' =1"
    document = seed_document()
    document["key_tasks"][0]["planned_amount"] = "1234567890.123456"
    assert sheet(document)["G9"].value == "1234567890.123456"


def test_json_reads_back_as_the_document() -> None:
    assert json.loads(document_export(seed_document(), "json")) == seed_document()


@pytest.mark.parametrize(("language", "head"), [("zh", "路径"), ("en", "Path")])
def test_csv_opens_in_a_spreadsheet(language: str, head: str) -> None:
    data = document_export(seed_document(), "csv", language=language)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert lines[0][0] == head
    cells = {line[0]: line[4] for line in lines[1:]}
    assert cells["budget.basic_expenditure"] == "1263.12"
    assert cells["budget.other_funds"] == ""
    assert cells["indicators[0].comparator"] == "ge"


def test_file_names_are_safe_in_every_system() -> None:
    document = seed_document()
    assert file_name(document, "pdf") == "揭阳市_2022_部门整体支出预算绩效目标表_中共揭阳市委政法委员会.pdf"
    document["department"] = '../../a\\b:c*?"<>|\r\n' + "部" * 300
    name = file_name(document, "xlsx")
    assert len(name.encode()) <= 185
    assert not set(name) & set('/\\:*?"<>|\r\n')


def test_an_unknown_format_is_refused() -> None:
    assert set(MEDIA_TYPES) == set(FORMATS)
    with pytest.raises(FormatError):
        document_export(seed_document(), "odt")


def test_no_part_of_a_file_but_its_cells_carries_the_text() -> None:
    document = seed_document()
    document["key_tasks"][0]["content"] = "ZQXJ"
    for format_, cells in (("xlsx", {"xl/sharedStrings.xml"}), ("docx", {"word/document.xml"})):
        with ZipFile(io.BytesIO(document_export(document, format_, stamp=STAMP))) as archive:
            assert {name for name in archive.namelist() if b"ZQXJ" in archive.read(name)} == cells, format_
    book = openpyxl.load_workbook(io.BytesIO(document_export(document, "xlsx", stamp=STAMP)))
    assert [(one.title, one.sheet_state) for one in book.worksheets] == [("绩效目标表", "visible")]
    assert not list(book.defined_names)
    reader = PdfReader(io.BytesIO(document_export(document, "pdf", stamp=STAMP)))
    assert "ZQXJ" not in str(reader.metadata)
    assert not reader.attachments


def test_rows_of_a_word_file_stay_whole_unless_they_could_fill_a_page_and_stand_in_the_middle() -> None:
    document = seed_document()
    document["key_tasks"][1]["content"] = "甲" * 3000
    word = docx.Document(io.BytesIO(document_export(document, "docx", stamp=STAMP)))
    broken = [row for table in word.tables for row in table.rows if not row._tr.xpath("./w:trPr/w:cantSplit")]
    assert [next(cell.text[:2] for cell in row.cells if len(cell.text) > 800) for row in broken] == ["甲甲"]
    placed = [cell.vertical_alignment for table in word.tables for row in table.rows for cell in row.cells]
    assert {str(one) for one in placed} == {"CENTER (1)"}


def test_a_word_file_has_the_same_words_and_no_field() -> None:
    document = seed_document()
    document["key_tasks"][0]["name"] = "=1+1"
    data = document_export(document, "docx", stamp=STAMP)
    word = docx.Document(io.BytesIO(data))
    frame, indicators = word.tables
    assert [cell.text for cell in indicators.rows[1].cells] == list(HEADS)
    assert len(indicators.rows) == 2 + len(document["indicators"])
    assert "=1+1" in [cell.text for row in frame.rows for cell in row.cells]
    assert word.sections[0].footer.paragraphs[0].text == STAMP.text
    with ZipFile(io.BytesIO(data)) as archive:
        body = archive.read("word/document.xml")
    assert b"fldChar" not in body
    assert b"fldSimple" not in body
    assert b"w:hyperlink" not in body
