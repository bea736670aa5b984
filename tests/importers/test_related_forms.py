"""Published forms of others: each reads without a refusal, into the document that it is. Their quirks: `test_quirks.py`."""

import re
from pathlib import Path

import pytest

from service.importers import ReadResult, UnreadableForm, read_form
from tests.workflows.documents import FORMS
from workflows.document import shape_problems
from workflows.forms import form_type


def _extract(number: str) -> Path:
    return next(FORMS.glob(f"{number}-*.txt"))


@pytest.mark.parametrize("path", sorted(FORMS.glob("[0-9]*.txt")), ids=lambda path: path.name[:2])
def test_every_extract_reads_into_documents_of_their_form(path: Path) -> None:
    result = read_form(path.read_bytes(), "x.txt")
    for one in (result, *result.others):
        assert shape_problems(one.document, form_type(one.document["form"])) == []
        for lang in ("zh", "en"):
            assert all(change.rendered(lang)["why"] for change in one.changes)


def test_project_target() -> None:
    document = read_form(_extract("01").read_bytes(), "x").document
    assert document["form"] == "project@2022"
    assert document["fiscal_year"] == 2020
    assert document["project"]["project_name"] == "教育系统基础设施建设和设备购置"
    assert document["project"]["supervising_department_code"] == "015001"
    assert (document["project"]["starts_on"], document["project"]["ends_on"]) == ("2020-01", "2020-12")
    assert document["funds"]["total_funds"] == document["funds"]["long_term_funds"] == "10000"
    assert [row["comparator"] for row in document["indicators"]] == [None] * 6 + ["ge"]


def test_self_evaluation_of_a_project_carries_actuals_points_and_execution() -> None:
    result = read_form(_extract("04").read_bytes(), "x")
    assert result.document["execution"] == {
        "adjusted_budget": "3.36",
        "executed_amount": "3.36",
        "deviation_analysis": None,
    }
    tail = result.others[0].document["indicators"]
    assert [(row["weight"], row["actual_value"], row["entered_score"]) for row in tail] == [("90", "完成", "90")]


def test_self_evaluation_of_a_department() -> None:
    document = read_form(_extract("08").read_bytes(), "x").document
    assert document["form"] == "department_overall@2022"
    assert len(document["indicators"]) == 20
    assert document["indicators"][8]["actual_value"] == "72.74"


def test_amounts_in_yuan_of_all_projects_of_a_file() -> None:
    result = read_form(_extract("09").read_bytes(), "x")
    documents = [result.document, *(one.document for one in result.others)]
    assert [one["funds"]["total_funds"] for one in documents] == ["330.984", "66"]
    assert {one["money_source_unit"] for one in documents} == {"元"}
    assert [len(one["indicators"]) for one in documents] == [8, 5]


def _read_or_refused(data: bytes) -> ReadResult | str:
    try:
        return read_form(data, "x")
    except UnreadableForm as refusal:
        return refusal.sentence("zh")


def test_cut_extracts_are_read_or_refused() -> None:
    for path in FORMS.glob("[0-9]*.txt"):
        text = path.read_text("utf-8")
        for at in range(40, len(text), 97):
            result = _read_or_refused(text[:at].encode())
            assert result.document["indicators"] if isinstance(result, ReadResult) else result


def test_nothing_of_a_line_is_lost_in_silence() -> None:
    """Every figure of an extract's tables stands in a document or is named by a change."""
    for number in ("01", "04", "09"):
        text = _extract(number).read_text("utf-8")
        result = read_form(text.encode(), "x")
        kept = " ".join(str(one.document) + str(one.changes) for one in (result, *result.others))
        for line in text.split("\n")[6:]:
            for cell in line.split("\t")[1:]:
                figure = re.fullmatch(r"[≥≤=]?(\d[\d.]*\d)%?", cell.strip())
                assert figure is None or figure[1] in kept, (number, line)
