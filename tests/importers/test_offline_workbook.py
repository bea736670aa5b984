"""The offline workbook of every form type: what is locked, what reckons, and that what goes out comes back."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from service.importers import read_form
from service.render.offline_workbook import FIRST_FIELD, FIRST_ROW, OfflineDraft, filled_fields, offline_workbook
from tests.factories import seed_document
from tests.web import libreoffice
from workflows.catalogue import label, sentence
from workflows.document import empty_document
from workflows.draft import HEAD, target_sections
from workflows.forms import form_type, form_types
from workflows.forms.base import Document, FormType, Shape

LANGUAGES = ("zh", "en")
ODD = [
    "=1+1",
    "+5",
    "-x",
    "@SUM(A1)",
    "＝1",
    "95%",
    "1-2",
    "010",
    "1e5",
    "TRUE",
    " 前后空格 ",
    "a\nb",
    "（密）",
    "<b>&amp;",
]


def draft_of(document: Document) -> OfflineDraft:
    form = form_type(document["form"])
    sections: dict[str, tuple[int, Any]] = {HEAD: (1, {"supervising_department": document["supervising_department"]})}
    sections |= {one.name: (2, document[one.name]) for one in target_sections(form)}
    return OfflineDraft(form, 5, document["region"], document["fiscal_year"], document["department"], sections)


def empty(form: FormType) -> Document:
    return empty_document(form, region="揭阳市", fiscal_year=2022, department="某局", supervising_department="某局")


def opened(document: Document, lang: str = "zh") -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(offline_workbook(draft_of(document), lang=lang)))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", form_types(), ids=lambda form: form.id)
def test_every_cell_comes_back_as_it_was_typed(form: FormType, lang: str) -> None:
    document = empty(form)
    assert read_form(offline_workbook(draft_of(document), lang=lang), "x.xlsx").document == document
    for section in target_sections(form):
        cells = {one.name: ODD[at % len(ODD)][: one.limit] for at, one in enumerate(filled_fields(section))}
        if section.shape is Shape.ROWS:
            document[section.name] = [{"id": f"01J000000000000000000000{at:02d}", **cells} for at in range(3)]
        else:
            document[section.name] = cells[section.name] if section.shape is Shape.TEXT else cells
    back = read_form(offline_workbook(draft_of(document), lang=lang), "x.xlsx")
    assert (back.document, back.changes) == (document, ())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_draft_gives_the_same_bytes_and_no_cell_of_it_is_a_formula(lang: str) -> None:
    document = libreoffice.document()
    document["key_tasks"][0]["name"] = "=HYPERLINK(1)"
    assert offline_workbook(draft_of(document), lang=lang) == offline_workbook(draft_of(document), lang=lang)
    sheet = opened(document, lang)[label("section", "key_tasks", lang)]
    cell = sheet.cell(FIRST_ROW + 1, FIRST_FIELD + 1)
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_labels_are_locked_and_cells_are_not() -> None:
    book = opened(libreoffice.document())
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert [sheet.sheet_state for sheet in book.worksheets[len(visible) :]] == ["veryHidden", "veryHidden"]
    for sheet in visible:
        assert sheet.protection.sheet
        assert sheet.column_dimensions["A"].hidden
    table = book[label("section", "indicators", "zh")]
    heads = [table.cell(FIRST_ROW, column) for column in range(2, 10)]
    cells = [table.cell(FIRST_ROW + 1 + row, column) for row in range(12) for column in range(1, 10)]
    assert all(one.protection.locked for one in heads)
    assert not any(one.protection.locked for one in cells)
    assert {one.type for one in table.data_validations.dataValidation} >= {"list", "textLength"}
    money = book[label("section", "key_tasks", "zh")].data_validations.dataValidation
    assert any(one.type == "custom" and "ROUND" in one.formula1 for one in money)


@pytest.mark.parametrize(
    ("amount", "said"), [("560.25", "even"), ("547.85", "off"), (None, "open"), ("约五百", "open")]
)
def test_balances_say_what_they_would_say_once_reckoned(amount: str | None, said: str) -> None:
    document = seed_document()
    document["budget"]["project_expenditure"] = amount
    data = offline_workbook(draft_of(document), lang="zh")
    shown = openpyxl.load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
    results = [str(row[2].value) for row in shown.iter_rows() if str(row[2].value)[:1] in "✓▲–"]
    assert [one.startswith(sentence(f"workbook.{said}", "zh")) for one in results] == [True, True]
    if said == "off":
        assert [one.partition("差 ")[2] for one in results] == ["-12.40 万元", "12.40 万元"]


def test_a_file_of_another_program_is_no_offline_workbook() -> None:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "#key_tasks"
    book.save(out)
    with pytest.raises(Exception, match="no_title"):
        read_form(out.getvalue(), "x.xlsx")
