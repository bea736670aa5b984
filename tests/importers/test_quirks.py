"""Every quirk that the third line of an extract names: what says it, where, and why.

A quirk of the document is a finding of the check, the same for a form that was typed here. One of the file (cells that
were parted, columns that our form does not have, sums of its own that do not fit) is a note of the reader: once read, the
document does not have it any more.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from service.importers import ReadResult, read_form
from tests.workflows.documents import FORMS
from workflows.check import check
from workflows.findings import Finding, rendered
from workflows.forms import form_type
from workflows.forms.base import CheckContext
from workflows.tidying import Change


class Quirk(NamedTuple):
    """`what` as the third line puts it. `says`: a rule and its case (`A10 no_sign`), or the reason of a note.

    `path` is the place in the document, `line` that in the file; `record` counts the forms in one file.
    """

    extract: str
    what: str
    says: str
    path: str
    line: int
    record: int = 0


FINDINGS = (
    Quirk("01", "no comparator at all for rows 1,2,4", "A10 no_sign", "indicators[0].comparator", 15),
    Quirk("01", "no comparator at all for rows 1,2,4", "A10 no_sign", "indicators[1].comparator", 16),
    Quirk("01", "no comparator at all for rows 1,2,4", "A10 no_sign", "indicators[3].comparator", 18),
    Quirk("01", "unit missing on row 1", "A10 no_unit", "indicators[0].unit", 15),
    Quirk("01", "free text as a cost target", "A27 cost_in_words", "indicators[2].target_value", 17),
    Quirk("02", "fund total row is 0 although its component is 90", "P1", "funds.total_funds", 10),
    Quirk("04", "one indicator carries all 90 points", "A34 alone", "indicators[0].weight", 8, record=1),
    Quirk("04", "经济成本指标 filed under 产出", "A0 pair", "indicators[0].level2", 8, record=1),
    Quirk("08", "weights shown add to 70, so 20 remain in the cut-off part", "A15 number", "indicators[19].weight", 30),
    Quirk("09", "benefit takes 40 and output 40", "A34 shares", "indicators", 0),
    Quirk("09", "copy-paste '≥ 95 %' for effects", "A27 not_a_rate", "indicators[0].unit", 11),
    Quirk("09", "copy-paste '≥ 95 %' for effects", "A27 not_a_rate", "indicators[3].unit", 14),
    Quirk("09", "copy-paste '≥ 95 %' for effects", "A27 not_a_rate", "indicators[5].unit", 16),
    Quirk("09", "copy-paste '≥ 95 %' for effects", "A27 not_a_rate", "indicators[6].unit", 17),
    Quirk("09", "copy-paste '≥ 95 %' for effects", "A18 alike", "indicators", 0, record=1),
    Quirk("09", "people counted in 个", "A27 people", "indicators[4].unit", 15),
    Quirk("09", "'1 人/年' for timeliness of pay", "A27 punctual", "indicators[2].unit", 13),
    Quirk("09", "count written inside the name", "A30 name", "indicators[4].level3", 15),
)  # fmt: skip

NOTES = (
    Quirk("01", "comparator, value and unit in one cell", "fused", "indicators[6].target_value", 21),
    Quirk("01", "long-term columns left blank", "column_missing", "indicators", 14),
    Quirk("01", "department code inside the name in [brackets]", "code_parted", "supervising_department", 7),
    Quirk("01", "dates as yyyymm", "period", "project.starts_on", 10),
    Quirk("02", "fund total row is 0 although its component is 90", "total_differs", "execution", 10),
    Quirk("02", "execution score is 0 while 89.974/89.974 = 100%", "execution_score", "execution", 10),
    Quirk("02", "unit word 百分比 instead of %", "unit", "indicators[1].unit", 18),
    Quirk("02", "unit code prefix '219-'", "code_parted", "supervising_department", 7),
    Quirk("02", "actual 90 万元 for cost against executed 89.974", "cost_differs", "indicators[4].actual_value", 21),
    Quirk("02", "89.97 in text vs 89.974 in the table", "text_amount_differs", "execution", 15),
    Quirk("04", "'≤ 30 万元' answered with the word 完成", "actual_is_text", "indicators[0].actual_value", 8, record=1),
    Quirk("04", "opening budget 0.00 (project added in-year)", "opening_zero", "execution", 18),
    Quirk("04", "0.00% shown for 0/0", "rate_of_nothing", "execution", 20),
    Quirk("04", "0.00% shown for 0/0", "rate_of_nothing", "execution", 21),
    Quirk("08", "score coefficient, core-indicator flag, adjusted target columns", "column_not_kept", "indicators", 10),
    Quirk("08", "scanning turns '≥' into '2' (26)", "scanned_sign", "indicators[14].target_value", 25),
    Quirk("08", "scanning turns '≥' into '2' (2200)", "scanned_sign", "indicators[17].target_value", 28),
    Quirk("08", "row 9 has 72.74% against 100% with coefficient 100%", "coefficient_high", "indicators[8].actual_value", 19),
    Quirk("08", "weights shown add to 70", "weights_left", "indicators", 0),
    Quirk("09", "amounts in 元, not 万元", "yuan", "funds.total_funds", 9),
    Quirk("09", "with thousands separators", "number", "funds.total_funds", 9),
    Quirk("09", "copy-paste '≥ 95 %' for effects", "same_targets", "indicators", 0),
    Quirk("09", "direction column redundant with the comparator", "direction_said", "indicators", 10),
    Quirk("11", "half-year (1-6月) window, not 1-7月", "window", "execution", 11),
    Quirk("11", "39.8% written as 约40%", "rate_rounded", "indicators[2].actual_value", 17),
    Quirk("11", "whole-year forecast empty", "no_forecast", "execution", 12),
    Quirk("11", "possibility values differ from 确定能/有可能/完全不可能", "possibility_words", "", 21),
)  # fmt: skip


@cache
def _records(number: str) -> tuple[ReadResult, ...]:
    first = read_form(_path(number).read_bytes(), "x.txt")
    return (first, *first.others)


def _path(number: str) -> Path:
    return next(FORMS.glob(f"{number}-*.txt"))


@cache
def _findings(number: str, record: int) -> tuple[Finding, ...]:
    document = _records(number)[record].document
    return tuple(check(document, CheckContext(form_type(document["form"]))))


def _name(quirk: Quirk) -> str:
    return f"{quirk.extract}-{quirk.says.replace(' ', '-')}-{quirk.path or 'file'}-{quirk.line}"


@pytest.mark.parametrize("quirk", FINDINGS, ids=_name)
def test_a_quirk_of_the_document_is_a_finding_with_place_why_and_fix(quirk: Quirk) -> None:
    said = [one for one in _findings(quirk.extract, quirk.record) if f"{one.rule} {one.case}".strip() == quirk.says]
    finding = next(one for one in said if one.path == quirk.path)
    for lang in ("zh", "en"):
        words = rendered(finding, lang)
        assert all(words[part] for part in ("message", "why", "fix"))
    place = _records(quirk.extract)[quirk.record].places.get(quirk.path)
    assert (place.line if place else 0) == quirk.line


@pytest.mark.parametrize("quirk", NOTES, ids=_name)
def test_a_quirk_of_the_file_is_a_note_with_place_and_why(quirk: Quirk) -> None:
    read = _records(quirk.extract)[quirk.record]
    said = [one for one in read.changes if (one.reason, one.path) == (quirk.says, quirk.path)]
    assert quirk.line in [_line(read, one) for one in said]
    for one in said:
        for lang in ("zh", "en"):
            why = one.rendered(lang)["why"]
            assert why
            assert "{" not in why
            line = one.params.get("line")
            assert line is None or line in why, "a place that no path has is in the sentence"


def _line(read: ReadResult, note: Change) -> int:
    place = read.places.get(note.path)
    return place.line if place else int(note.params.get("line", 0))


def test_every_extract_is_in_the_tables() -> None:
    assert {path.name[:2] for path in FORMS.glob("[0-9]*.txt")} == {one.extract for one in (*FINDINGS, *NOTES)}


def test_points_of_execution_that_are_rate_times_weight_are_no_quirk() -> None:
    """The last of extract 08: 7.6 = 76% x 10 is right, and says nothing until it is wrong."""
    text = _path("08").read_text("utf-8")
    assert "\t76%\t10\t7.6\n" in text
    assert "score_differs" not in {one.reason for one in _records("08")[0].changes}
    wrong = read_form(text.replace("\t76%\t10\t7.6\n", "\t76%\t10\t8.6\n").encode(), "x.txt")
    (note,) = [one for one in wrong.changes if one.reason == "score_differs"]
    assert (note.before, dict(note.params)) == ("8.6", {"score": "7.6", "line": "9"})


def test_a_figure_that_only_begins_with_2_is_none_of_a_scanner() -> None:
    text = _path("08").read_text("utf-8")
    for target, actual, says in (("26", "12", True), ("26", "30", False), ("36", "12", False), ("26", "4", False)):
        read = read_form(text.replace("26(scan; likely ≥6)\t\t12\t", f"{target}\t\t{actual}\t").encode(), "x.txt")
        found = {one.path for one in read.changes if one.reason == "scanned_sign"}
        assert ("indicators[14].target_value" in found) is says, (target, actual)
