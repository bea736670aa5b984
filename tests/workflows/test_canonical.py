"""The byte form that is hashed and signed."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.documents import evaluated, seed
from workflows.canonical import canonical_json, digest, document_hash

_CELLS = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"]))
)
_KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@given(st.recursive(_CELLS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4)))
@settings(max_examples=200)
def test_same_bytes_as_rfc8785(value: Any) -> None:  # noqa: ANN401  # JSON
    assert canonical_json(value) == rfc8785.dumps(value)


def test_seed_has_the_bytes_of_rfc8785() -> None:
    for document in (seed(), evaluated()):
        assert canonical_json(document) == rfc8785.dumps(document)


@pytest.mark.parametrize("value", [1.0, float("nan"), {"键": 1}, {1: 2}, {"a": 2**53}, {"a": {1, 2}}, "\ud800", b"x"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"canonical form|ASCII|surrogates"):
        canonical_json(value)


def test_hash_is_blind_to_order_and_row_ids_only() -> None:
    document = seed()
    shuffled = json.loads(json.dumps(dict(reversed(document.items()))))
    shuffled["key_tasks"][0]["id"] = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    assert document_hash(shuffled) == document_hash(document)
    assert digest(shuffled) != digest(document)
    shuffled["key_tasks"][0]["planned_amount"] = "100.01"
    assert document_hash(shuffled) != document_hash(document)
    assert len(document_hash(document)) == 64
