"""One look at a document finds what two looks found: with what is known around it, and from the document alone."""

from dataclasses import fields
from decimal import Decimal

import pytest

from tests.workflows.documents import CONTEXT, FORM, changed, evaluated, seed
from workflows.check import check, check_once
from workflows.document import empty_document
from workflows.forms import form_types
from workflows.forms.base import CheckContext, Document, FormType
from workflows.plausibility import Known, peers
from workflows.rules.beside import BESIDE

_OTHERS = peers(
    [Known(owner, "印制扫黑除恶宣传资料数量", "份", Decimal(10 + owner)) for owner in range(1, 9)], own=99
)  # fmt: skip
_AROUND = CheckContext(FORM, last_year=evaluated(), has_sub_units=True, peers=_OTHERS)


@pytest.mark.parametrize(
    "document",
    [seed(), changed(seed(), "basic.second_level_unit_count", None), changed(seed(), "overall_goal", 1)],
    ids=["seed", "blank unit count", "misshapen"],
)
def test_both_answers_are_those_of_two_checks(document: Document) -> None:
    once = check_once(document, _AROUND)
    assert once.found == check(document, _AROUND)
    assert once.alone == check(document, CONTEXT)


class _Watching(CheckContext):
    """A context that remembers whether anybody looked beside the document."""

    def __getattribute__(self, name: str) -> object:
        if name in {one.name for one in fields(CheckContext)} - {"form"}:
            _LOOKED.append(name)
        return super().__getattribute__(name)


_LOOKED: list[str] = []


@pytest.mark.parametrize("form", form_types(), ids=lambda form: form.id)
def test_a_rule_that_looks_beside_the_document_is_listed(form: FormType) -> None:
    document = empty_document(form, region="x", fiscal_year=2022, department="x", supervising_department="x")
    for rule in form.checks:
        _LOOKED.clear()
        list(rule(document, _Watching(form, last_year=document)))
        assert bool(_LOOKED) == (rule in BESIDE), rule
