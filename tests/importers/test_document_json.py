"""Document JSON: what the product writes it reads back unchanged; what is ambiguous is refused with its path."""

import json

import pytest

from service.importers import UnreadableForm, read_form
from tests.workflows.documents import FORMS, SEED, evaluated, seed


def _refused(text: str) -> UnreadableForm:
    with pytest.raises(UnreadableForm) as caught:
        read_form(text.encode("utf-8", "surrogatepass"), "x.json")
    return caught.value


def test_documents_read_back_unchanged() -> None:
    for document in (seed(), evaluated()):
        for data in (json.dumps(document).encode(), json.dumps(document, ensure_ascii=False).encode("gb18030")):
            result = read_form(data, "x.json")
            assert (result.document, result.changes) == (document, ())
            assert result.source["kind"] == "document_json"


def test_output_of_read_is_input_too() -> None:
    printed = json.dumps(read_form(SEED.read_bytes(), SEED.name).as_json("en"))
    assert read_form(printed.encode(), "x").document == seed()


def test_clean_seed_is_a_document() -> None:
    result = read_form(FORMS.joinpath("seed-clean.json").read_bytes(), "seed-clean.json")
    assert result.changes == ()


def test_left_out_cells_become_null_and_other_spellings_plain() -> None:
    document = seed()
    del (
        document["budget"]["other_funds"],
        document["indicators"][0]["interpretation"],
        document["supervising_department"],
    )
    document["key_tasks"][0]["planned_amount"] = "１００.00"
    document["basic"]["fiscally_supported_headcount"] = "69"
    result = read_form(json.dumps(document).encode(), "x")
    assert result.document["budget"]["other_funds"] is None
    assert result.document["key_tasks"][0]["planned_amount"] == "100"
    assert result.document["basic"]["fiscally_supported_headcount"] == 69
    assert {change.path: change.reason for change in result.changes} == {
        "supervising_department": "missing_key",
        "budget.other_funds": "missing_key",
        "indicators[0].interpretation": "missing_key",
        "key_tasks[0].planned_amount": "number",
    }


SEED_JSON = json.dumps(seed(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "key", "place"),
    [
        ("{", "json", "第 1 行"),
        ('{"a":1,\n"b":}', "json", "第 2 行"),
        ('{"form": "department_overall@2022"', "json", "第 1 行"),
        (SEED_JSON[:700], "json", "第 1 行"),
        ("[]", "no_document", "form"),
        ("[1, 2]", "no_document", "form"),
        ("{}", "no_document", "form"),
        ('{"form": 1}', "no_document", "form"),
        ('{"form": "project@1999"}', "unknown_form", "project@1999"),
        (SEED_JSON.replace('"100"', '"100", "planned_amount": "1"', 1), "duplicate_key", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"region"', '"form": "x", "region"'), "duplicate_key", "form"),
        (SEED_JSON.replace('"100"', "100.5", 1), "float", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"100"', "NaN", 1), "float", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"100"', "-Infinity", 1), "float", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"100"', "1e400", 1), "float", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace(": 69", ": 6.9", 1), "float", "basic.fiscally_supported_headcount"),
        (SEED_JSON.replace(": 69", ": " + "9" * 5000, 1), "integer", "basic.fiscally_supported_headcount"),
        (SEED_JSON.replace('"100"', "100", 1), "cell", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"100"', "true", 1), "cell", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"100"', '["100"]', 1), "cell", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"100"', '"\\u0000"', 1), "cell", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"100"', '"\\ud800"', 1), "cell", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"100"', '"' + "1" * 41 + '"', 1), "cell", "key_tasks[0].planned_amount"),
        (SEED_JSON.replace('"planned_amount"', '"amount"', 1), "cell", "key_tasks[0].amount"),
        (SEED_JSON.replace('"planned_amount"', '"\\ud800"', 1), "cell", "key_tasks[0]"),
        (SEED_JSON.replace('"key_tasks"', '"tasks"', 1), "cell", "tasks"),
        (SEED_JSON.replace('"100"', "[[[[[[[[1]]]]]]]]", 1), "too_deep", "key_tasks[0].planned_amount"),
        ('{"form":' + "[" * 100_000 + "]" * 100_000 + "}", "too_deep", "…"),
        (SEED_JSON.replace('"form": ', '"state": "approved", "form": '), "cell", "state"),
    ],
)
def test_refused_with_its_place(text: str, key: str, place: str) -> None:
    refusal = _refused(text)
    assert refusal.message_key == key
    assert place in refusal.sentence("zh")
    assert "{" not in refusal.sentence("en").replace("{", "", 0)
