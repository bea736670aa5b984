"""The seed in every kind of file, and our own prints: all read to the same document."""

import csv
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from openpyxl import Workbook

from service.importers import UnreadableForm, read_form
from service.render.export import document_export
from tests.importers.made_files import SEED_DOCX, SEED_PDF, edited, member, with_members, workbook
from tests.workflows.documents import changed, seed
from workflows.forms.base import Document

DATA = Path(__file__).with_name("data")
GOAL = "第一段写明总体目标，内容要足够长，占满打印的一行，还要多一些，才能看出换行是不是原来的换行，而不是因为一行写满。\n第二段。"


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("seed.*")))
def test_seed_reads_the_same_from_every_kind_of_file(name: str) -> None:
    result = read_form(DATA.joinpath(name).read_bytes(), name)
    assert result.document == seed()
    assert result.source["kind"] == Path(name).suffix[1:]


def test_seed_as_pdf_has_its_page_breaks_mended_and_named() -> None:
    result = read_form(SEED_PDF, "x")
    joined = [change for change in result.changes if change.reason == "page_break"]
    assert [change.path.split("[")[0] for change in joined] == ["key_tasks", "other_tasks", "indicators", "indicators"]
    assert result.places["indicators[11].target_value"].page == 5
    for lang in ("zh", "en"):
        assert result.places["indicators[11].unit"].text(lang)


def _project() -> Document:
    document: Document = json.loads(DATA.joinpath("project.json").read_text("utf-8"))
    return document


@pytest.mark.parametrize("kind", ["xlsx", "docx", "pdf"])
@pytest.mark.parametrize(
    "document", [seed(), changed(seed(), "overall_goal", GOAL), _project()], ids=["seed", "paragraphs", "project"]
)
def test_our_own_print_reads_back(kind: str, document: Document) -> None:
    result = read_form(document_export(document, kind), f"x.{kind}")
    assert result.document == document
    assert {change.reason for change in result.changes} <= {"repeated_head", "page_break"}


def test_places_of_a_workbook_are_cells_and_printed_by_read() -> None:
    result = read_form(DATA.joinpath("seed.xlsx").read_bytes(), "x")
    places = result.as_json("zh")["places"]
    assert isinstance(places, dict)
    assert places["budget.basic_expenditure"].partition("!")[2][0].isalpha()
    assert {path for path in places if path.startswith("key_tasks[0]")} == {
        "key_tasks[0].name",
        "key_tasks[0].content",
        "key_tasks[0].planned_amount",
    }
    assert "places" not in read_form(json.dumps(seed()).encode(), "x").as_json("zh")
    assert len(result.places) == len(list(result.places))
    assert result.places["indicators[3]"].column is None
    with pytest.raises(KeyError):
        result.places["indicators[99].unit"]


def test_word_text_that_was_deleted_or_moved_away_is_not_read() -> None:
    name = "word/document.xml"
    text = "开展司法救助。".encode()
    assert text in member(SEED_DOCX, name)
    gone = b"<w:del><w:r><w:t>X</w:t></w:r></w:del><w:moveFrom><w:r><w:t>Y</w:t></w:r></w:moveFrom>"
    run = member(SEED_DOCX, name)
    at = run.rindex(b"<w:r>", 0, run.index(text))
    data = with_members(SEED_DOCX, {name: run[:at] + gone + run[at:]})
    assert read_form(data, "x").document == seed()


def test_word_file_of_paragraphs_with_tabs_is_read_too() -> None:
    lines = Path(__file__).parents[1].joinpath("forms", "seed-jieyang-2022.txt").read_text("utf-8").split("\n")
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    runs = "".join(
        "<w:p>" + "<w:r><w:tab/></w:r>".join(f'<w:r><w:t xml:space="preserve">{cell}</w:t></w:r>' for cell in line.split("\t")) + "</w:p>"
        for line in lines
    )  # fmt: skip
    body = f"<w:document {space}><w:body>{runs}</w:body></w:document>".replace("&", "&amp;")
    assert read_form(with_members(SEED_DOCX, {"word/document.xml": body}), "x").document == seed()


def test_cell_of_a_word_file_that_does_not_fit_is_refused_by_its_line() -> None:
    data = edited("word/document.xml", "财政供养人员数".encode(), "编制数".encode(), SEED_DOCX)
    with pytest.raises(UnreadableForm) as caught:
        read_form(data, "x")
    assert (caught.value.message_key, caught.value.line) == ("unknown_cell", 3)


def test_everything_that_does_not_fit_is_named_at_once() -> None:
    seed_text = Path(__file__).parents[1].joinpath("forms", "seed-jieyang-2022.txt").read_text("utf-8")
    text = (
        seed_text.replace("财政供养人员数", "编制")
        .replace("\t4\t政法信息网", "\t四\t政法信息网")
        .replace("年\t", "年\t")
    )
    with pytest.raises(UnreadableForm) as caught:
        read_form(text.encode(), "x")
    assert [one.line for one in (caught.value, *caught.value.more)] == [8, 8, 21]
    assert "另有 2 处" in caught.value.sentence("zh")
    assert [sentence[:5] for sentence in caught.value.sentences("zh")] == ["第 8 行", "第 8 行", "第 21 "]


def test_every_cell_that_is_too_long_is_named_by_its_place() -> None:
    def write(book: Workbook) -> None:
        sheet = book.active
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value in ("册/份", "批次"):
                    cell.value = "长" * 31

    with pytest.raises(UnreadableForm) as caught:
        read_form(workbook(write), "x")
    places = [str(one.place).partition("!")[2] for one in (caught.value, *caught.value.more)]
    assert len(places) == 2
    assert all(place[0].isalpha() for place in places)


def test_sheet_saved_as_csv_is_read() -> None:
    text = Path(__file__).parents[1].joinpath("forms", "seed-jieyang-2022.txt").read_text("utf-8")
    rows = [line.split("\t") for line in text.split("\n") if line.strip()]
    stored = io.StringIO()
    csv.writer(stored).writerows([row + [""] * (7 - len(row)) for row in rows])
    for encoding in ("utf-8-sig", "gb18030"):
        assert read_form(stored.getvalue().encode(encoding), "x.csv").document == seed()


def test_threads_take_turns_and_a_forked_process_reads_by_itself() -> None:
    data = DATA.joinpath("seed.xlsx").read_bytes()
    with ThreadPoolExecutor(4) as pool:
        assert all(result.document == seed() for result in pool.map(read_form, [data] * 12, ["x"] * 12))
    forked = os.fork()
    if forked == 0:
        os._exit(0 if read_form(data, "x").document == seed() else 1)
    assert os.waitpid(forked, 0)[1] == 0
    assert read_form(data, "x").document == seed()
