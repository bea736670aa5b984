"""A form type is one file and one line of the list: proved with one that is made here, and by taking a real one away."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from service.db import unit_of_work
from service.importers import read_form
from service.render.export import FORMATS, document_export
from service.usecases.open_draft import open_draft
from service.web.formats import now
from tests.factories import make_cycle
from tests.service.callers import Caller
from tests.service.test_api_life import step
from tests.web.conftest import Browse, Town
from tests.web.filling import post, saved
from tests.web.grant_form import FORM
from tests.web.visitor import PASSWORD, hidden
from workflows import forms
from workflows.check import check
from workflows.deadlines import beijing_date
from workflows.document import empty_document, empty_row
from workflows.findings import rendered
from workflows.forms.base import CheckContext

ROOT = Path(__file__).parents[2]
VENUE = {
    "venue_name": "市博物馆", "granted_sum": "50", "wardens": "6", "branches": "2",
    "purpose": "全年免费开放三百天以上，举办展览和讲座，让市民就近享有文化服务，观众满意。",
}  # fmt: skip
EVENTS = [
    {"event_title": "古城记忆展", "event_plan": "=布展和讲解", "event_cost": "30"},
    {"event_title": "周末讲座", "event_plan": "每月两场", "event_cost": "20"},
]
INDICATORS = [
    {"level1": "output", "level2": "quantity", "level3": "举办讲座场次", "comparator": "ge", "target_value": "24", "unit": "场"},
    {"level1": "output", "level2": "quality", "level3": "展品完好率", "comparator": "ge", "target_value": "98", "unit": "%"},
    {"level1": "output", "level2": "timeliness", "level3": "展览按期开幕率", "comparator": "ge", "target_value": "95", "unit": "%"},
    {"level1": "output", "level2": "cost", "level3": "讲座单场成本", "comparator": "le", "target_value": "1", "unit": "万元"},
    {"level1": "benefit", "level2": "social_benefit", "level3": "免费开放天数", "comparator": "ge", "target_value": "300", "unit": "天"},
    {"level1": "satisfaction", "level2": "service_recipients", "level3": "观众满意率", "comparator": "ge", "target_value": "90", "unit": "%"},
]  # fmt: skip
SECTIONS: dict[str, Any] = {"venue": VENUE, "events": EVENTS, "indicators": INDICATORS}


def _forget() -> None:
    """Whatever was remembered of the list of forms is read anew."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in {"workflows", "service"}:
            for value in list(vars(module).values()):
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def _listed() -> Iterator[None]:
    """The line of the list: all that a form type needs besides its file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(forms._MODULES, FORM.id, "tests.web.grant_form")
        _forget()
        yield
    _forget()


@pytest.fixture(scope="module")
def town(_listed: None, town: Town) -> Town:
    """The application starts with the form in its list."""
    return town


def _draft(town: Town, year: int) -> int:
    today = beijing_date(now())
    with unit_of_work(town.factory) as session:
        cycle = make_cycle(session, departments=[town.city.unit], today=today, fiscal_year=year, form=FORM.id)
        return open_draft(session, town.city["filler"], department_id=town.city.unit, cycle_id=cycle).id


@pytest.fixture
def document() -> dict[str, Any]:
    made = empty_document(
        FORM, region="揭阳市", fiscal_year=2031, department="市博物馆", supervising_department="市文广旅体局"
    )
    made["venue"] = VENUE | {"wardens": 6, "branches": 2}
    for name, rows in (("events", EVENTS), ("indicators", INDICATORS)):
        made[name] = [empty_row(FORM.section(name)) | row for row in rows]
    return made


def test_it_is_filled_in_checked_handed_in_and_printed_on_the_pages(town: Town, browse: Browse) -> None:
    filler = browse("filler")
    form = _draft(town, 2031)
    assert post(filler, form, "head", supervising_department="市文广旅体局").status_code == 303
    assert post(filler, form, "venue", **VENUE).status_code == 303
    for name in ("events", "indicators"):
        for index, row in enumerate(SECTIONS[name]):
            assert post(filler, form, name, do="add").status_code == 303
            assert post(filler, form, name, **{f"{index}.{key}": text for key, text in row.items()}).status_code == 303
    assert saved(town, form, "venue")["venue_name"] == "市博物馆"

    page = filler.get(f"/submissions/{form}").text
    for words in ("2031 年场馆免费开放补助绩效目标表", "活动安排", "讲解员人数", "活动经费合计 50.00 = 补助金额"):
        assert words in page, words
    assert "Guides" in browse("filler", language="en").get(f"/submissions/{form}").text

    filler = browse("filler")
    assert post(filler, form, "venue", granted_sum="51").status_code == 303
    assert "活动经费合计 50 万元，补助 51 万元，相差 -1 万元" in filler.get(f"/submissions/{form}/check").text
    assert post(filler, form, "venue", granted_sum="50").status_code == 303

    shown = filler.get(f"/submissions/{form}/preview")
    assert "古城记忆展" in shown.text
    data = {"csrf_token": hidden(shown, "csrf_token"), "version": hidden(shown, "version"), "declared": "yes"}
    done = filler.post(f"/submissions/{form}/preview", data=data)
    assert done.headers.get("Location") == f"/submissions/{form}/submitted", done.text[-2000:]
    printed = filler.get(f"/submissions/{form}/print").text
    assert "场馆免费开放补助绩效目标表" in printed
    assert "古城记忆展" in printed
    assert "古城记忆展" in browse("dept_head").get(f"/submissions/{form}").text


def test_it_is_saved_checked_and_handed_in_over_http(town: Town) -> None:
    form = _draft(town, 2032)
    filler = Caller(town.app).as_("filler", PASSWORD)
    assert filler.get(f"/api/v1/submissions/{form}").json["form"] == FORM.id  # type: ignore[index]
    for name, rows in SECTIONS.items():
        section = FORM.section(name)
        value = [empty_row(section) | row for row in rows] if isinstance(rows, list) else empty_row(section) | rows
        stands = filler.get(f"/api/v1/submissions/{form}").json["sections"]  # type: ignore[index]
        body = {"section": name, "value": value, "base_version": stands.get(name, {}).get("version", 0)}
        reply = filler.patch(f"/api/v1/submissions/{form}", body)
        assert reply.status_code == 200, (name, reply.text)
    found = filler.get(f"/api/v1/submissions/{form}/findings").json
    assert found is not None
    assert [one for one in found["findings"] if one["severity"] in ("error", "block")] == []
    assert step(filler, form, "submit")["state"] == "review"
    sent = filler.get(f"/api/v1/submissions/{form}").json["document"]  # type: ignore[index]
    assert sent["venue"]["granted_sum"] == "50"
    assert len(sent["events"]) == len(EVENTS)


def test_its_checks_read_its_own_cells(document: dict[str, Any]) -> None:
    context = CheckContext(FORM, has_sub_units=True)
    assert [one for one in check(document, context) if one.blocks] == []
    document["venue"] |= {"granted_sum": "50.5", "wardens": 0, "branches": None, "purpose": None}
    found = {(one.rule, one.path, one.source): one for one in check(document, context)}
    expected = [
        ("G1", "venue.granted_sum", "grant_form"), ("A4", "venue.wardens", "proposal"),
        ("A5", "venue.branches", "grant_form"), ("A6", "venue.purpose", "grant_form"),
    ]  # fmt: skip
    assert [one for one in expected if one not in found] == []
    assert rendered(found[expected[3]], "zh")["message"] == "场馆情况 · 开放目的未填写"


def test_every_format_carries_it(document: dict[str, Any]) -> None:
    made = {format_: document_export(document, format_) for format_ in FORMATS}
    assert set(made) == {"xlsx", "docx", "pdf", "json", "csv"}
    assert json.loads(made["json"]) == document
    assert "古城记忆展" in made["csv"].decode("utf-8-sig")
    sheet = openpyxl.load_workbook(io.BytesIO(made["xlsx"])).active
    assert sheet is not None
    plan = [cell.data_type for row in sheet.iter_rows() for cell in row if cell.value == "=布展和讲解"]
    assert plan == ["s"]


@pytest.mark.parametrize("format_", ["xlsx", "docx", "pdf", "json", "text"])
def test_what_is_printed_is_read_back(document: dict[str, Any], format_: str) -> None:
    document["events"][0]["event_plan"] = "布展和讲解"
    data = _printed_text(document) if format_ == "text" else document_export(document, format_)
    read = read_form(data, f"form.{'txt' if format_ == 'text' else format_}").document
    for name in ("form", "fiscal_year", "department", "supervising_department", "venue", "events"):
        assert read[name] == document[name], name
    assert [row["level3"] for row in read["indicators"]] == [row["level3"] for row in INDICATORS]


def _printed_text(document: dict[str, Any]) -> bytes:
    """The printed sheet as text: its cells between tabs, line by line."""
    sheet = openpyxl.load_workbook(io.BytesIO(document_export(document, "xlsx"))).active
    assert sheet is not None
    lines = ("\t".join("" if cell is None else str(cell) for cell in row) for row in sheet.iter_rows(values_only=True))
    return "\n".join(lines).encode()


_WITHOUT = """
from workflows import forms
del forms._MODULES["project@2022"]
from service.app import create_app
from service.settings import load_settings
import sys
application = create_app(load_settings({"JIXIAO_HOME": sys.argv[1], "JIXIAO_DATABASE_URL": sys.argv[2]}))
for path in ("/sign-in", "/api/v1/health"):
    reply = application.test_client().get(path, follow_redirects=True)
    assert reply.status_code < 500, (path, reply.status_code)
assert [one.id for one in forms.form_types()] == ["department_overall@2022"]
assert not [name for name in sys.modules if "project_2022" in name], "nothing else asks for it"
"""


def test_without_its_line_the_service_starts_and_nothing_misses_the_project_form(
    database_url: str, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-c", _WITHOUT, str(tmp_path), database_url], check=True, cwd=ROOT, timeout=60)


def test_no_other_file_names_the_sections_of_the_project_form() -> None:
    """Its own sections and the cells that no other form has: only its file, its own rules and the readers of print know them."""
    project = forms.form_type("project@2022")
    others = [forms.form_type(one) for one in ("department_overall@2022", FORM.id)]
    known = {section.name for form in others for section in form.sections}
    own = {section.name for section in project.sections} - known
    assert own == {
        "project", "funds", "basis", "schedule", "calculation", "long_term_goal", "annual_goal", "safeguards",
    }  # fmt: skip
    allowed = {"workflows/forms/project_2022.py", "workflows/rules/project.py"}
    reached = re.compile(rf"""\[["']({"|".join(own)})["']\]|["']({"|".join(own)})\.\w+["']""")
    for pattern in ("workflows/**/*.py", "service/**/*.py", "service/templates/**/*.html"):
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            if name not in allowed:
                assert reached.search(path.read_text("utf-8")) is None, name
