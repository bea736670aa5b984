"""Bad inputs inside a file: read, or refused in a sentence with the place; never an exception of another kind."""

import json
import time

import pytest

from service.importers import UnreadableForm, read_form
from tests.workflows.documents import CONTEXT, SEED, changed
from tests.workflows.test_bad_inputs import BAD_NUMBERS, BASE, ONE_OF_EACH, TEXTS
from workflows import quantities
from workflows.check import check
from workflows.forms.base import Document


def _read(data: bytes) -> tuple[Document | None, str]:
    """The document, or the sentence that refuses it."""
    try:
        return read_form(data, "x").document, ""
    except UnreadableForm as refusal:
        return None, refusal.sentence("zh")


@pytest.mark.parametrize("text", [*BAD_NUMBERS, *TEXTS], ids=lambda text: ascii(text)[:20])
@pytest.mark.slow
def test_anything_in_a_document_file_is_read_or_refused_with_its_path(text: str) -> None:
    for cell in ONE_OF_EACH:
        document, refusal = _read(json.dumps(changed(BASE, cell.path, text)).encode())
        if document is not None:
            check(document, CONTEXT)
        else:
            assert cell.path in refusal or cell.path == "form"


@pytest.mark.parametrize("text", [*BAD_NUMBERS, *TEXTS], ids=lambda text: ascii(text)[:20])
@pytest.mark.slow
def test_anything_in_the_table_is_read_or_refused(text: str) -> None:
    seed_text = SEED.read_text("utf-8")
    for printed in (
        "1263.12",
        "69",
        "扫黑除恶工作",
        "开展司法救助。",
        "100000",
        "≥",
        "册/份",
        "产出指标",
        "政法委",
        "2022",
    ):
        document, refusal = _read(seed_text.replace(printed, text, 1).encode("utf-8", "surrogatepass"))
        if document is not None:
            check(document, CONTEXT)
        else:
            assert refusal


@pytest.mark.parametrize(
    "text", ["a" * 100_000 + "!", " " * 100_000, "((((" * 25_000, "≥" * 100_000, "1," * 50_000, "密（" * 50_000]
)
def test_no_text_of_100_kb_takes_long(text: str) -> None:
    table = SEED.read_text("utf-8").replace("1263.12", text, 1).encode()
    started = time.process_time()
    check(changed(BASE, "overall_goal", text), CONTEXT)
    check(changed(BASE, "budget.other_funds", text), CONTEXT)
    quantities.number(text), quantities.comparator(text), quantities.bounds(text), quantities.split_fused(text)
    _read(table)
    assert time.process_time() - started < 0.5
