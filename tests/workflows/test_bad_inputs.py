"""Bad inputs, every kind in every cell: a finding or accepted as it should be, never an exception."""

from typing import Any

import pytest

from tests.workflows.documents import CONTEXT, FORM, changed, evaluated
from workflows import quantities
from workflows.catalogue import languages
from workflows.check import check
from workflows.document import cells, shape_problems
from workflows.findings import blocking, rendered
from workflows.forms.base import Kind
from workflows.scoring import score
from workflows.scoring_profile import shipped_profile
from workflows.tidying import tidied

# Not numbers at any door; each must be flagged in a cell of figures.
BAD_NUMBERS = [
    "NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e-400", "-0", "٣", "²", "½", "一百", "壹佰", "1_000", "1.000,00", "0x10",
    "010", "+5", "--5", "−5", "12\u200b", "\u202e12", "99999999999999999999", "≥ 95", "2月30日", "0000-00-00", "2022/13/1",
    "４月１日", "<script>alert(1)</script>", "{{7*7}}", "' OR 1=1--", "=HYPERLINK(1)", "1\u00002", "\ud800", "a" * 39,
]  # fmt: skip
# The same number in another spelling: accepted, and kept in the one spelling.
OTHER_SPELLINGS = {
    "１２３": "123",
    "１２３．５": "123.5",
    "1,000": "1000",
    "1，000": "1000",
    " 12 ": "12",
    "12.50": "12.5",
}
TEXTS = [
    "\u202eexe.fdp", "（密\u200b）", "e" + "\u0301" * 100, "а", "<img src=x onerror=alert(1)>", '"><svg/onload=1>',
    "javascript:alert(1)",
    "{% raw %}", "${7*7}", "%(x)s", "{0.__class__}", "'; DROP TABLE x", "%_\\", "a\r\nBcc: b", "", " ", "\u3000",
    "😀𠮷〇㛃\ue000",
    "\x00", "\x1b[31m", "\ud800", "\ufffe", "\uffff", "../../x", "a" * 50_000 + "!", " " * 50_000, "(" * 40_000, "密" * 40_000,
]  # fmt: skip
FIGURES = {Kind.COUNT, Kind.MONEY, Kind.NUMBER}
BASE = evaluated()
CELLS = [cell for cell in cells(BASE, FORM) if cell.field.kind not in {Kind.TAG, Kind.TASK, Kind.ID}]
ONE_OF_EACH = list({cell.field.kind: cell for cell in CELLS}.values())


@pytest.mark.parametrize("text", BAD_NUMBERS)
def test_no_number_passes_in_a_cell_of_figures(text: str) -> None:
    for cell in ONE_OF_EACH:
        if cell.field.kind in FIGURES and cell.field.name not in {"entered_score", "audit_score"}:
            document = changed(BASE, cell.path, text)
            assert [one for one in blocking(check(document, CONTEXT)) if one.path == cell.path], cell.path


@pytest.mark.parametrize("text", [*BAD_NUMBERS, "100%", "5-10"])
def test_no_number_passes_as_a_target(text: str) -> None:
    document = changed(BASE, "indicators[0].target_value", text)
    assert [one for one in blocking(check(document, CONTEXT)) if one.path == "indicators[0].target_value"]


@pytest.mark.parametrize(("text", "kept"), OTHER_SPELLINGS.items())
def test_another_spelling_is_the_same_number(text: str, kept: str) -> None:
    for path in (
        "budget.other_funds",
        "indicators[0].target_value",
        "indicators[0].weight",
        "key_tasks[0].planned_amount",
    ):
        document = changed(BASE, path, text)
        flagged = {one.path for one in check(document, CONTEXT) if one.rule in {"A0", "A3", "A10"} and one.blocks}
        assert path not in flagged
        tidy, _ = tidied(document, FORM)
        section, _, rest = path.partition(".")
        value = tidy["budget"][rest] if section == "budget" else tidy[section[:-3]][0][rest]
        assert value == kept


@pytest.mark.parametrize("text", [*BAD_NUMBERS, *OTHER_SPELLINGS, *TEXTS], ids=lambda text: ascii(text)[:20])
@pytest.mark.slow
def test_anything_in_any_cell_is_checked_tidied_and_scored(text: str) -> None:
    for cell in ONE_OF_EACH:
        document = changed(BASE, cell.path, text)
        findings = check(document, CONTEXT)
        # Whatever was typed, a message stays a sentence.
        here = [one for one in findings if one.path == cell.path]
        assert all(len(rendered(one, lang)["message"]) < 300 for one in here for lang in languages)
        if not shape_problems(document, FORM):
            tidied(document, FORM)
            score(document, shipped_profile("mof-2020"))
        if "密" in text:
            assert [one for one in findings if one.blocks and one.path == cell.path]


@pytest.mark.parametrize("value", [1, 1.5, True, ["1"], {"a": 1}, [], {}, float("nan"), 2**63])
def test_another_type_in_any_cell_is_a_finding(value: Any) -> None:  # noqa: ANN401  # any JSON
    for cell in ONE_OF_EACH:
        document = changed(BASE, cell.path, value)
        if cell.field.kind is Kind.COUNT and type(value) is int:
            assert quantities.count(value) is not None or blocking(check(document, CONTEXT))
        else:
            assert [one for one in check(document, CONTEXT) if one.path.startswith(cell.path)]
