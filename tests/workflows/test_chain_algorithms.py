"""A hash names its algorithm, a chain keeps the one that it began with, and each kind is checked as what it is."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.workflows.test_bundle import honest
from workflows.attested import body_hash, opinion_hash, record_hash
from workflows.bundle import check_bundle
from workflows.canonical import SHA256, SM3, algorithm_of, digest, document_hash, hash_bytes
from workflows.chain import GENESIS, event_hash, first_broken, genesis

# GB/T 32905-2016, appendix A: the message "abc".
ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def chain(algorithm: str) -> list[dict[str, Any]]:
    events = []
    previous = genesis(algorithm)
    for event in honest()["events"]:
        event["prev_hash"] = previous
        previous = event["hash"] = event_hash(event)
        events.append(event)
    return events


def test_sm3_is_that_of_the_standard() -> None:
    assert hash_bytes(b"abc", SM3) == f"sm3:{ABC}"
    assert hash_bytes(b"abc") == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("hashed", [None, 1, "", "0" * 64, "md5:0", "SM3:0"])
def test_what_names_no_algorithm_is_sha256(hashed: object) -> None:
    assert algorithm_of(hashed) == SHA256


@pytest.mark.parametrize("algorithm", [SHA256, SM3])
def test_a_chain_of_either_kind_holds_and_every_change_breaks_it(algorithm: str) -> None:
    events = chain(algorithm)
    assert {algorithm_of(event["hash"]) for event in events} == {algorithm}
    assert first_broken(events) is None
    events[4]["body"]["grade"] = "excellent"
    broken = first_broken(events)
    assert broken is not None
    assert (broken.seq, broken.reason) == (5, "chain_content")


def test_no_link_is_slipped_in_under_another_algorithm() -> None:
    """A link that is hashed otherwise would have to follow from a start that the chain does not have."""
    events = chain(SM3)
    events[3]["hash"] = digest({name: value for name, value in events[3].items() if name != "hash"}, SHA256)
    broken = first_broken(events)
    assert broken is not None
    assert (broken.seq, broken.reason) == (4, "chain_content")
    events = chain(SM3)
    events[0]["prev_hash"] = GENESIS
    assert first_broken(events) is not None


def test_a_bundle_of_sm3_holds_and_a_changed_text_is_found() -> None:
    bundle = honest()
    hashes = {row["sha256"]: document_hash(row["document"], SM3) for row in bundle["revisions"]}
    for row in bundle["revisions"]:
        row["sha256"], row["base_sha256"] = hashes[row["sha256"]], hashes.get(row["base_sha256"])
    words = {event["id"]: event["body"] for event in bundle["events"]}
    for opinion in bundle["opinions"]:
        opinion["revision_sha256"] = hashes[opinion["revision_sha256"]]
        if opinion["comment"]:
            words[opinion["event_id"]]["comment_sha256"] = digest(opinion["comment"], SM3)
    previous = genesis(SM3)
    for event in bundle["events"]:
        body = event["body"]
        if "revision_sha256" in body:
            body["revision_sha256"] = hashes[body["revision_sha256"]]
        if "reply_number_sha256" in body:
            body["reply_number_sha256"] = digest(bundle["submission"]["reply_number"], SM3)
        event["prev_hash"] = previous
        event["hash"] = previous = event_hash(event)
    bundle["submission"]["head_hash"] = previous
    assert check_bundle(bundle) is None
    bundle["revisions"][0]["document"]["department"] = "市水利局"
    fault = check_bundle(bundle)
    assert fault is not None
    assert (fault.place, fault.reason) == ("revisions[0]", "document_changed")


def test_each_column_of_a_row_is_in_its_hash_and_a_later_empty_one_is_not() -> None:
    revision = {"id": 1, "number": 1, "document": {"a": [{"id": "x"}]}, "findings": [], "waivers": [], "score": None}
    made = record_hash(revision, body=body_hash(revision))
    for name, value in {"id": 2, "number": 2, "document": {"a": [{"id": "y"}]}, "findings": [{}], "score": {}}.items():
        changed = {**revision, name: value}
        assert record_hash(changed, body=body_hash(changed)) != made, name
    assert record_hash({**revision, "new": None}, body=body_hash(revision)) == made
    opinion = {"id": "O1", "seat": 1, "comment": "同意", "event_id": "E1", "voided_by_event_id": None}
    said = opinion_hash(opinion, comment=digest("同意"))
    assert opinion_hash({**opinion, "voided_by_event_id": "E2", "new": None}, comment=digest("同意")) == said
    assert opinion_hash({**opinion, "seat": 2}, comment=digest("同意")) != said
    assert opinion_hash(opinion, comment=digest("不同意")) != said
