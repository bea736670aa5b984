"""Proofs of a bundle: the path to a signed head holds, and whatever is changed in it proves nothing or is no proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from tests.workflows.test_bundle import honest
from tests.workflows.test_heads import SEED, head_over, leaves
from workflows.bundle import check_bundle
from workflows.bundle_fault import UnreadableBundle
from workflows.bundle_proof import heads_of
from workflows.canonical import SHA256
from workflows.chain import GENESIS, event_hash
from workflows.ed25519 import public_key
from workflows.heads import Leaf, tree_of
from workflows.withheld import CONFIRMED, SUBJECT, WITHHELD, emptied_revision

PLACE = 3
KEY = public_key(SEED).hex()


def proved(*, covered: int | None = None) -> dict[str, Any]:
    """A bundle whose chain is the fourth of seven under a head, to its end or to an earlier event."""
    bundle = honest()
    seq = covered or len(bundle["events"])
    ends = leaves(7)
    ends[PLACE] = Leaf("submission", bundle["submission"]["id"], seq, bundle["events"][seq - 1]["hash"])
    path = [step.hex() for step in tree_of(ends, SHA256).path(PLACE)]
    head = asdict(head_over(ends))
    bundle["proofs"] = [{"head": head, "kind": "submission", "seq": seq, "index": PLACE, "path": path}]
    return bundle


@pytest.mark.parametrize("covered", [None, 5, 1])
def test_a_proof_holds_for_what_its_head_covers(covered: int | None) -> None:
    bundle = proved(covered=covered)
    assert check_bundle(bundle, public_key=KEY) is None
    ((head, seq),) = heads_of(bundle)
    assert (head.public_key, seq) == (KEY, covered or len(bundle["events"]))


def test_another_key_is_no_proof_for_whoever_keeps_the_right_one() -> None:
    fault = check_bundle(proved(), public_key="00" * 32)
    assert fault is not None
    assert (fault.place, fault.reason) == ("proofs[0]", "other_key")


def rehash(bundle: dict[str, Any]) -> None:
    """A forger who knows the format changes who passed, and makes every hash anew."""
    previous = GENESIS
    for event in bundle["events"]:
        event["actor_department_id"] = 99
        event["prev_hash"] = previous
        event["hash"] = previous = event_hash(event)
    bundle["submission"]["head_hash"] = previous


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (rehash, "not_under_head"),
        (lambda bundle: bundle["proofs"][0].update(seq=5), "not_under_head"),
        (lambda bundle: bundle["proofs"][0].update(seq=0), "not_under_head"),
        (lambda bundle: bundle["proofs"][0].update(seq=99), "not_under_head"),
        (lambda bundle: bundle["proofs"][0].update(index=2), "not_under_head"),
        (lambda bundle: bundle["proofs"][0]["path"].reverse(), "not_under_head"),
        (lambda bundle: bundle["proofs"][0].update(path=[1]), "not_under_head"),
        (lambda bundle: bundle["proofs"][0].update(kind=SUBJECT), "not_under_head"),
        (lambda bundle: bundle["proofs"][0]["head"].update(at="2020-01-01T00:00:00.000000Z"), "head_signature"),
        (lambda bundle: bundle["proofs"][0]["head"].update(root="0" * 64), "head_signature"),
        (lambda bundle: bundle["proofs"][0]["head"].update(public_key="00" * 32), "head_signature"),
    ],
)
def test_what_is_changed_proves_nothing(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    bundle = proved()
    change(bundle)
    fault = check_bundle(bundle)
    assert fault is not None
    assert (fault.place, fault.reason) == ("proofs[0]", reason)


@pytest.mark.parametrize(
    "change",
    [
        lambda bundle: bundle.update(proofs={}),
        lambda bundle: bundle["proofs"].append(None),
        lambda bundle: bundle["proofs"][0].pop("path"),
        lambda bundle: bundle["proofs"][0].update(seq="9"),
        lambda bundle: bundle["proofs"][0].update(kind="person"),
        lambda bundle: bundle["proofs"][0].update(head=[]),
        lambda bundle: bundle["proofs"][0]["head"].pop("root"),
        lambda bundle: bundle["proofs"][0]["head"].update(chains="7"),
        lambda bundle: bundle.update(withholdings=[{}]),
    ],
)
def test_what_is_no_proof_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    bundle = proved()
    change(bundle)
    with pytest.raises(UnreadableBundle):
        check_bundle(bundle)


def withhold(bundle: dict[str, Any], **body: object) -> None:
    """Tell in the chain of emptied bodies that one was."""
    told = bundle.setdefault("withholdings", [])
    event = {**bundle["events"][0], "id": f"W{len(told)}", "subject_kind": SUBJECT, "seq": len(told) + 1}
    event |= {"action": CONFIRMED, "body": body, "prev_hash": told[-1]["hash"] if told else GENESIS}
    told.append({**event, "hash": event_hash(event)})


def test_what_was_lawfully_emptied_is_no_fault_and_covers_nothing_else() -> None:
    bundle = honest()
    withhold(bundle, opinion_id=bundle["opinions"][0]["id"])
    bundle["opinions"][0]["comment"] = WITHHELD
    withhold(bundle, revision=1, body_sha256="0" * 64)
    bundle["revisions"][0] |= emptied_revision(bundle["revisions"][0])
    assert check_bundle(bundle) is None
    bundle["revisions"][0]["document"]["more"] = "x"
    fault = check_bundle(bundle)
    assert fault is not None
    assert (fault.place, fault.reason) == ("revisions[0]", "not_emptied")
    del bundle["revisions"][0]["document"]["more"]
    bundle["opinions"][0]["comment"] = "别的话"
    fault = check_bundle(bundle)
    assert fault is not None
    assert (fault.place, fault.reason) == ("opinions[0]", "comment_changed")


def test_nobody_withholds_by_saying_so() -> None:
    """The chain that tells of it has to hold, and to be of this form."""
    for change, reason in (({"action": "x"}, "chain_content"), ({"prev_hash": "1" * 64}, "chain_link")):
        bundle = honest()
        withhold(bundle, opinion_id=bundle["opinions"][0]["id"])
        bundle["withholdings"][0] |= change
        fault = check_bundle(bundle)
        assert fault is not None
        assert (fault.place, fault.reason) == ("withholdings[0]", reason)
    bundle = honest()
    withhold(bundle, opinion_id=bundle["opinions"][0]["id"])
    other = {**bundle["withholdings"][0], "subject_id": 8}
    bundle["withholdings"] = [{**other, "hash": event_hash(other)}]
    fault = check_bundle(bundle)
    assert fault is not None
    assert fault.reason == "other_form"
