"""Evidence bundles: an honest one holds, and whatever is changed, taken out or added is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from workflows.bundle import FORMAT, check_bundle
from workflows.bundle_fault import BundleFault, UnreadableBundle
from workflows.canonical import digest, document_hash
from workflows.chain import GENESIS, event_hash

Bundle = dict[str, Any]
TARGET = {"form": "department_overall@2022", "department": "市教育局", "indicators": [{"level3": "数量", "id": "x"}]}
EVALUATED = TARGET | {"execution": {"executed_amount": "1"}}
APPROVED, SCORED = document_hash(TARGET), document_hash(EVALUATED)
REPLY = {"reply_number_sha256": digest("5号"), "reply_date": "2022-02-10"}
# action, person, level before, level after, state after, what its body holds, words
STORY: list[tuple[str, int, int | None, int | None, str, dict[str, Any], str | None]] = [
    ("create", 1, None, None, "draft", {}, None),
    ("submit", 1, None, 1, "review", {"revision_sha256": APPROVED}, None),
    ("pass", 2, 1, 2, "review", {"revision_sha256": APPROVED, "seat": 1}, "金额与目标相符"),
    ("undo_pass", 2, 2, 1, "review", {"revision_sha256": APPROVED, "undoes": [1, 1]}, None),
    ("pass", 2, 1, 2, "review", {"revision_sha256": APPROVED, "seat": 1, "grade": "good"}, "同意"),
    ("issue_reply", 3, 2, None, "approved", {"revision_sha256": APPROVED, "seat": 1} | REPLY, None),
    ("open_evaluation", 4, None, None, "year_end_evaluation", {"revision_sha256": APPROVED}, None),
    ("submit_evaluation", 1, None, 1, "year_end_evaluation", {"revision_sha256": SCORED}, None),
    ("confirm", 4, 1, None, "closed", {"revision_sha256": SCORED, "seat": 1}, None),
]


def events() -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for seq, (action, person, before, after, state, body, words) in enumerate(STORY, start=1):
        said = {"comment_sha256": digest(words)} if words else {}
        event = {
            "id": f"E{seq}", "subject_kind": "submission", "subject_id": 7, "seq": seq, "action": action,
            "at": f"2022-02-{seq:02}T01:00:00.000000Z", "actor_id": person, "actor_role": "role",
            "actor_department_id": 1, "from_state": told[-1]["to_state"] if told else None, "to_state": state, "from_level": before, "to_level": after,
            "round": 1, "body": body | said, "prev_hash": told[-1]["hash"] if told else GENESIS,
        }  # fmt: skip
        told.append({**event, "hash": event_hash(event)})
    return told


def opinion(event: dict[str, Any], words: str | None, *, voided_by: str | None = None) -> dict[str, Any]:
    return {
        "id": f"O{event['seq']}", "event_id": event["id"], "revision_sha256": event["body"]["revision_sha256"],
        "route_kind": "target", "round": 1, "level": event["from_level"], "seat": 1, "person_id": event["actor_id"],
        "role": "role", "action": event["action"], "grade": event["body"].get("grade"), "comment": words,
        "created_at": event["at"], "voided_by_event_id": voided_by,
    }  # fmt: skip


def honest() -> Bundle:
    told = events()
    revisions = [
        {"number": 1, "kind": "target", "sha256": APPROVED, "base_sha256": None, "document": TARGET},
        {"number": 2, "kind": "evaluation", "sha256": SCORED, "base_sha256": APPROVED, "document": EVALUATED},
    ]
    spoken = [told[2], told[4], told[5], told[8]]
    opinions = [opinion(event, STORY[event["seq"] - 1][6]) for event in spoken]
    opinions[0]["voided_by_event_id"] = "E4"
    last = told[-1]
    form = {
        "id": 7, "state": last["to_state"], "version": last["seq"], "head_hash": last["hash"], "level": None,
        "grade": "good", "reply_number": "5号", "reply_date": "2022-02-10",
    }  # fmt: skip
    return copy.deepcopy(
        {"format": FORMAT, "submission": form, "revisions": revisions, "events": told, "opinions": opinions}
    )


def rehashed(bundle: Bundle) -> None:
    """What a forger does who knows the format: every link from the change on is made anew, and the head with it."""
    previous = GENESIS
    for seq, event in enumerate(bundle["events"], start=1):
        event["seq"], event["prev_hash"] = seq, previous
        event["hash"] = previous = event_hash(event)
    last = bundle["events"][-1]
    bundle["submission"] |= {"head_hash": previous, "version": last["seq"], "state": last["to_state"]}


def test_an_honest_bundle_holds() -> None:
    assert check_bundle(honest()) is None


def set_(*path: Any, to: Any) -> Callable[[Bundle], None]:  # noqa: ANN401 - a place in JSON and its new value
    def change(bundle: Bundle) -> None:
        row: Any = bundle
        for step in path[:-1]:
            row = row[step]
        row[path[-1]] = to

    return change


def drop(*path: Any) -> Callable[[Bundle], None]:  # noqa: ANN401 - a place in JSON
    def change(bundle: Bundle) -> None:
        row: Any = bundle
        for step in path[:-1]:
            row = row[step]
        del row[path[-1]]

    return change


def and_rehash(change: Callable[[Bundle], None]) -> Callable[[Bundle], None]:
    def both(bundle: Bundle) -> None:
        change(bundle)
        rehashed(bundle)

    return both


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        (set_("events", 2, "action", to="reject"), "events[2]", "chain_content"),
        (set_("events", 2, "body", "comment_sha256", to="0" * 64), "events[2]", "chain_content"),
        (set_("events", 3, "prev_hash", to="0" * 64), "events[3]", "chain_link"),
        (drop("events", 3), "events[3]", "chain_gap"),
        (drop("events", 8), "submission", "not_the_end"),
        (set_("submission", "state", to="approved"), "submission", "not_the_end"),
        (set_("submission", "head_hash", to="0" * 64), "submission", "not_the_end"),
        (set_("submission", "id", to=8), "events[0]", "other_form"),
        (set_("revisions", 0, "document", "department", to="市水利局"), "revisions[0]", "document_changed"),
        (set_("revisions", 1, "sha256", to="0" * 64), "revisions[1]", "document_changed"),
        (set_("revisions", 1, "base_sha256", to="0" * 64), "revisions[1]", "no_base"),
        (drop("revisions", 1), "events[7]", "revision_missing"),
        (and_rehash(set_("events", 1, "body", "revision_sha256", to="0" * 64)), "revisions[0]", "not_frozen"),
        (and_rehash(set_("events", 7, "action", to="withdraw")), "revisions[1]", "not_frozen"),
        (set_("opinions", 0, "comment", to="金额与目标不符"), "opinions[0]", "comment_changed"),
        (set_("opinions", 0, "comment", to=None), "opinions[0]", "comment_changed"),
        (set_("opinions", 2, "comment", to="无意见"), "opinions[2]", "comment_changed"),
        (set_("opinions", 1, "grade", to="excellent"), "opinions[1]", "grade_changed"),
        (set_("opinions", 1, "person_id", to=9), "opinions[1]", "opinion_moved"),
        (set_("opinions", 1, "created_at", to="2022-03-01T01:00:00.000000Z"), "opinions[1]", "opinion_moved"),
        (set_("opinions", 1, "level", to=2), "opinions[1]", "opinion_moved"),
        (set_("opinions", 1, "revision_sha256", to=SCORED), "opinions[1]", "other_revision"),
        (set_("opinions", 1, "event_id", to="E99"), "opinions[1]", "no_event"),
        (set_("opinions", 0, "voided_by_event_id", to="E1"), "opinions[0]", "void_without_event"),
        (set_("opinions", 0, "voided_by_event_id", to="E99"), "opinions[0]", "void_without_event"),
        (drop("opinions", 2), "events[5]", "opinion_missing"),
        (and_rehash(drop("events", 5)), "submission", "form_disagrees"),
        (set_("submission", "level", to=1), "submission", "form_disagrees"),
        (set_("submission", "grade", to="excellent"), "submission", "form_disagrees"),
        (set_("submission", "reply_number", to="6号"), "submission", "form_disagrees"),
        (set_("submission", "reply_number", to=None), "submission", "form_disagrees"),
        (set_("submission", "reply_date", to="2022-02-11"), "submission", "form_disagrees"),
        (set_("revisions", 0, "number", to=2), "revisions[0]", "not_frozen"),
        (set_("revisions", 0, "created_by", to=9), "revisions[0]", "not_frozen"),
        (set_("revisions", 1, "created_at", to="2022-02-09T01:00:00.000000Z"), "revisions[1]", "not_frozen"),
        (set_("opinions", 1, "seat", to=2), "opinions[1]", "opinion_moved"),
        (set_("opinions", 0, "voided_by_event_id", to=None), "opinions[0]", "void_disagrees"),
        (set_("opinions", 0, "voided_by_event_id", to="E9"), "opinions[0]", "void_disagrees"),
        (set_("opinions", 2, "voided_by_event_id", to="E9"), "opinions[2]", "void_disagrees"),
        (lambda bundle: bundle["opinions"].append(bundle["opinions"][0]), "opinions[4]", "opinion_twice"),
    ],
)
def test_whatever_is_changed_is_named(change: Callable[[Bundle], None], place: str, reason: str) -> None:
    bundle = honest()
    change(bundle)
    fault = check_bundle(bundle)
    assert isinstance(fault, BundleFault)
    assert (fault.place, fault.reason) == (place, reason)


@pytest.mark.parametrize(
    "change",
    [
        set_("format", to="something@1"),
        drop("submission"),
        drop("submission", "head_hash"),
        set_("events", to={}),
        drop("events", 0, "hash"),
        set_("events", 0, to=1),
        set_("events", 0, "body", to=None),
        set_("events", 0, "id", to=["E1"]),
        set_("events", 0, "round", to=1.5),
        set_("events", 0, "body", to={"x": 1.5}),
        set_("revisions", 0, "document", to="text"),
        set_("revisions", 0, "document", to={"x": 1.5}),
        set_("opinions", 0, "comment", to=["words"]),
        set_("opinions", 0, "comment", to="\ud800"),
    ],
)
def test_what_is_no_bundle_is_refused(change: Callable[[Bundle], None]) -> None:
    bundle = honest()
    change(bundle)
    with pytest.raises(UnreadableBundle):
        check_bundle(bundle)


@pytest.mark.parametrize("thing", [None, [], "text", 1, {}])
def test_other_json_is_refused(thing: object) -> None:
    with pytest.raises(UnreadableBundle):
        check_bundle(thing)
