"""A second form type lives on every page without a line of its own: filled in, checked, handed in, approved, evaluated."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from pypdf import PdfReader

from service.db import unit_of_work
from service.render.export import FORMATS, document_export
from service.usecases.open_draft import open_draft
from service.web.formats import now
from tests.factories import make_cycle
from tests.web.conftest import Browse, Town
from tests.web.filling import post, saved
from tests.web.visitor import hidden
from workflows.check import check
from workflows.deadlines import beijing_date
from workflows.document import empty_document, empty_row
from workflows.findings import rendered
from workflows.forms import form_type
from workflows.forms.base import CheckContext, Shape
from workflows.lifecycle import Action
from workflows.tidying import tidied

FORM = "project@2022"
GOAL = "完成城区三处老旧桥梁的检测与维修加固，消除安全隐患，保障市民出行安全，年内全部验收合格并恢复通车，群众满意。"
ROOT = Path(__file__).parents[2]
FIELDS = {
    "head": {"supervising_department": "市住建局"},
    "project": {
        "project_name": "老旧桥梁维修", "project_code": "445200220001", "starts_on": "2022-01", "ends_on": "2022-12",
    },
    "funds": {"total_funds": "120", "long_term_funds": "360", "fiscal_appropriation": "100", "unit_funds": "20"},
    "basis": {"establishment_basis": "城市道路管理条例", "necessity": "三处桥梁定级为D级"},
    "long_term_goal": {"long_term_goal": "三年内完成全部危桥改造。"},
    "annual_goal": {"annual_goal": GOAL},
    "safeguards": {"safeguards": "成立专班，每月通报进度。"},
}  # fmt: skip
ROWS: dict[str, list[dict[str, str]]] = {
    "schedule": [{"content": "检测设计", "starts_on": "2022-01", "ends_on": "2022-03"}],
    "calculation": [
        {"name": "检测", "unit_price": "10", "quantity": "3", "planned_amount": "30"},
        {"name": "维修", "unit_price": "30", "quantity": "3", "planned_amount": "90", "calculation_basis": "=市场询价"},
    ],
    "indicators": [
        {"level1": "output", "level2": "quantity", "level3": "维修桥梁数量", "comparator": "ge", "long_term_value": "9",
         "target_value": "3", "unit": "座"},
        {"level1": "output", "level2": "quality", "level3": "验收合格率", "comparator": "ge", "target_value": "98", "unit": "%"},
        {"level1": "output", "level2": "timeliness", "level3": "按期完工率", "comparator": "ge", "target_value": "95", "unit": "%"},
        {"level1": "output", "level2": "cost", "level3": "单座维修成本", "comparator": "le", "target_value": "40", "unit": "万元"},
        {"level1": "benefit", "level2": "social_benefit", "level3": "消除危桥数量", "comparator": "ge", "target_value": "3", "unit": "座"},
        {"level1": "satisfaction", "level2": "service_recipients", "level3": "市民满意率", "comparator": "ge", "target_value": "90", "unit": "%"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def project(town: Town) -> int:
    """An empty draft in a cycle of project forms."""
    today: date = beijing_date(now())
    with unit_of_work(town.factory) as session:
        cycle = make_cycle(session, departments=[town.city.unit], today=today, fiscal_year=2061, form=FORM)
        return open_draft(session, town.city["filler"], department_id=town.city.unit, cycle_id=cycle).id


@pytest.mark.slow
def test_the_whole_life_over_pages_and_files(town: Town, browse: Browse, project: int) -> None:
    filler = browse("filler")
    for section, cells in FIELDS.items():
        assert post(filler, project, section, **cells).status_code == 303, section
    for section, rows in ROWS.items():
        for index, row in enumerate(rows):
            assert post(filler, project, section, do="add").status_code == 303, section
            assert (
                post(filler, project, section, **{f"{index}.{name}": text for name, text in row.items()}).status_code
                == 303
            )
    assert saved(town, project, "funds")["total_funds"] == "120"
    page = filler.get(f"/submissions/{project}").text
    assert "2061 年项目支出绩效目标表" in page
    for words in ("资金总额 = 资金来源合计", "测算合计 120.00 = 资金总额", "年度目标", "预算测算明细"):
        assert words in page, words
    assert post(filler, project, "funds", other_funds="5").status_code == 303
    assert "资金总额比资金来源合计少 5.00 万元" in filler.get(f"/submissions/{project}").text
    assert "相差 -5" in filler.get(f"/submissions/{project}/check").text
    assert post(filler, project, "funds", other_funds="").status_code == 303
    for view in ("check", "print", "attachments", "last-year"):
        assert filler.get(f"/submissions/{project}/{view}").status_code in (200, 303, 404), view

    shown = filler.get(f"/submissions/{project}/preview")
    assert "老旧桥梁维修" in shown.text
    data = {"csrf_token": hidden(shown, "csrf_token"), "version": hidden(shown, "version"), "declared": "yes"}
    done = filler.post(f"/submissions/{project}/preview", data=data)
    assert done.headers.get("Location") == f"/submissions/{project}/submitted", done.text[-3000:]
    head = browse("dept_head")
    for view in ("", "?view=full", "?view=previous"):
        reading = head.get(f"/submissions/{project}{view}")
        assert (reading.status_code, "老旧桥梁维修" in reading.text) == (200, True), view
    for language in ("zh", "en"):
        assert head.get("/inbox", headers={"Accept-Language": language}).status_code == 200

    town.act("dept_head", project, action=Action.PASS)
    town.act("finance_business_office", project, action=Action.PASS)
    town.act("finance_performance_office", project, action=Action.PASS, grade="excellent")
    town.act(
        "finance_budget_office", project, action=Action.ISSUE_REPLY, reply_number="揭财〔2061〕1号",
        reply_date=beijing_date(now()),
    )  # fmt: skip
    assert "绩效目标表" in filler.get(f"/submissions/{project}/print").text
    town.act("finance_performance_office", project, action=Action.OPEN_EVALUATION)
    assert "2061 年项目支出绩效自评表" in filler.get(f"/submissions/{project}").text
    assert town.rows("select basic_expenditure, project_expenditure from submission where id = :id", id=project) == [
        (0, 120)
    ]


@pytest.fixture
def document() -> dict[str, Any]:
    """The same form as a document, whichever worker runs this."""
    form = form_type(FORM)
    made = empty_document(
        form, region="揭阳市", fiscal_year=2061, department="市政法委", supervising_department="市住建局"
    )
    for section in form.sections:
        if section.name in ROWS:
            made[section.name] = [empty_row(section) | row for row in ROWS[section.name]]
        elif section.shape is Shape.TEXT and section.name in FIELDS:
            made[section.name] = FIELDS[section.name][section.name]
        elif section.name in FIELDS:
            made[section.name] = empty_row(section) | FIELDS[section.name]
    return tidied(made, form)[0]


def test_every_format_carries_it_and_no_formula(document: dict[str, Any]) -> None:
    made = {format_: document_export(document, format_) for format_ in FORMATS}
    assert made == {format_: document_export(document, format_) for format_ in FORMATS}, "the same bytes"
    assert json.loads(made["json"]) == document
    sheet = openpyxl.load_workbook(io.BytesIO(made["xlsx"])).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.data_type for cell in cells if cell.value == "=市场询价"] == ["s"]
    texts = {
        "xlsx": "".join(str(cell.value) for cell in cells),
        "docx": "".join(
            cell.text
            for table in docx.Document(io.BytesIO(made["docx"])).tables
            for row in table.rows
            for cell in row.cells
        ),
        "pdf": "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(made["pdf"])).pages),
        "csv": made["csv"].decode("utf-8-sig"),
    }
    for format_, text in texts.items():
        for words in ("老旧桥梁维修", "市场询价", "维修桥梁数量", "三年内完成全部危桥改造"):
            assert words in text, (format_, words)


def test_the_check_of_the_goal_names_it_as_this_form_does(document: dict[str, Any]) -> None:
    for goal, message in (("", "年度目标未填写"), ("修桥。", "年度目标只有 3 个字，建议 30 至 1000 个字")):
        found = [
            one for one in check(document | {"annual_goal": goal}, CheckContext(form_type(FORM))) if one.rule == "A6"
        ]
        assert [rendered(one, "zh")["message"] for one in found] == [message]


def test_its_checks_find_what_does_not_fit(document: dict[str, Any]) -> None:
    form = form_type(FORM)
    assert [one for one in check(document, CheckContext(form)) if one.blocks] == []
    document["funds"] |= {"other_funds": "1", "long_term_funds": "100"}
    document["project"]["ends_on"] = "2021-12"
    document["schedule"][0]["starts_on"] = "年初"
    document["calculation"][0]["planned_amount"] = "31"
    document["indicators"][0]["long_term_value"] = "2"
    found = {(one.rule, one.case, one.path) for one in check(document, CheckContext(form)) if one.rule.startswith("P")}
    assert found == {
        ("P1", "", "funds.total_funds"), ("P2", "", "funds.total_funds"), ("P3", "order", "project.ends_on"),
        ("P3", "date", "schedule[0].starts_on"), ("P4", "", "funds.long_term_funds"),
        ("P5", "", "indicators[0].long_term_value"), ("P6", "", "calculation[0].planned_amount"),
    }  # fmt: skip


def test_no_file_knows_it_but_its_own_and_the_list() -> None:
    """A form type is one file, a line of the list, and checks of its own where it has any."""
    own = {"workflows/forms/project_2022.py", "workflows/forms/__init__.py"}
    for path in sorted(
        (*ROOT.glob("workflows/**/*.py"), *ROOT.glob("service/**/*.py"), *ROOT.glob("service/templates/**/*.html"))
    ):
        name = path.relative_to(ROOT).as_posix()
        words = path.read_text("utf-8")
        if name not in own:
            assert "project@2022" not in words, name
            assert "project_2022" not in words, name
