"""An evidence bundle: one form with its revisions, its chain and its opinions, checked without any server.

The bundle is JSON: `submission` (id, state, version, head_hash), `revisions` (number, kind, sha256, base_sha256, document),
`events` (the fields of `workflows.chain` and the hash), `opinions` (with the hash of the revision that was seen) and, since
there are any, `attachments` (number of the revision, name, size, hash, row), `withholdings` (the chain that tells of emptied
bodies) and `proofs` (`workflows.bundle_proof`). Who changes one text in it has to change a hash, and with it every event that
follows, and then no signed head covers it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import NoneType
from typing import Any, Final

from workflows import attached
from workflows.attested import body_hash, opinion_hash, record_hash
from workflows.bundle_fault import BundleFault, UnreadableBundle
from workflows.bundle_proof import unproved
from workflows.bundle_replay import standing, voided_by
from workflows.canonical import algorithm_of, digest, document_hash
from workflows.chain import FIELDS, GENESIS, first_broken
from workflows.withheld import SUBJECT, WITHHELD, emptied_revision, withheld_by

FORMAT: Final = "jixiao-evidence@1"
# Steps of a seat: each leaves an opinion, with words or without.
_SEAT_STEPS: Final = frozenset({"pass", "return_for_revision", "reject", "issue_reply", "confirm"})
_FREEZES: Final = frozenset({"submit", "submit_evaluation", "re_score"})
_SHAPE: Final[Mapping[str, tuple[str, ...]]] = {
    "revisions": ("number", "kind", "sha256", "base_sha256", "document"),
    "events": (*FIELDS, "hash"),
    "opinions": (
        *("id", "event_id", "revision_sha256", "round", "level", "seat", "person_id", "role", "action", "grade"),
        *("comment", "created_at", "voided_by_event_id"),
    ),
}
_OPTIONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "attachments": ("revision", *attached.FIELDS),
    "withholdings": (*FIELDS, "hash"),
    "proofs": (),
}
_OBJECTS: Final = frozenset({"document", "body"})
_SUBMISSION: Final = ("id", "state", "version", "head_hash")


def check_bundle(bundle: object, *, public_key: str | None = None) -> BundleFault | None:
    """The first fault of a bundle, None: everything in it holds. Raises UnreadableBundle for anything else than one.

    In order: the chains, the form, the revisions against their hashes and the chain, the opinions against the chain, the
    proofs. `public_key` (hex): the one that has to have signed the heads of the proofs. The unit's name is that of today and
    in no chain.
    """
    data = _read(bundle)
    try:
        return first_fault(data) or unproved(data, public_key=public_key)
    except ValueError as error:  # a number or a text that has no canonical form
        raise UnreadableBundle(str(error)) from error


def first_fault(data: Mapping[str, Any]) -> BundleFault | None:
    """The same for rows that have the shape of a bundle, without the proofs. Raises ValueError for unfit texts."""
    return next((fault for check in _CHECKS if (fault := next(check(data), None))), None)


def _read(bundle: object) -> Mapping[str, Any]:
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        raise UnreadableBundle("format")
    _has(bundle.get("submission"), _SUBMISSION, "submission")
    for name, keys in {**_SHAPE, **_OPTIONAL}.items():
        rows = bundle.get(name, [] if name in _OPTIONAL else None)
        if not isinstance(rows, list):
            raise UnreadableBundle(name)
        for index, row in enumerate(rows):
            _has(row, keys, f"{name}[{index}]")
    return bundle


def _has(row: object, keys: Sequence[str], place: str) -> None:
    if not isinstance(row, dict):
        raise UnreadableBundle(place)
    for key in keys:
        wanted = dict if key in _OBJECTS else (str, int, NoneType)
        if key not in row or not isinstance(row[key], wanted):
            raise UnreadableBundle(f"{place}.{key}")


def _chain(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """The links hold, they are all of this form, and the last one is where the form says that it stands."""
    events, form = data["events"], data["submission"]
    broken = first_broken(events)
    if broken is not None:
        yield BundleFault(f"events[{broken.seq - 1}]", broken.reason, {"seq": str(broken.seq)})
        return
    for index, event in enumerate(events):
        if (event["subject_kind"], event["subject_id"]) != ("submission", form["id"]):
            yield BundleFault(f"events[{index}]", "other_form", {"seq": str(event["seq"])})
    last = events[-1] if events else {"hash": GENESIS, "seq": 0, "to_state": None}
    stands = (form["head_hash"], form["version"], form["state"])
    if (last["hash"], last["seq"], last["to_state"]) != stands:
        yield BundleFault("submission", "not_the_end", {"seq": str(last["seq"])})


def _withholdings(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """The chain of emptied bodies holds and is of this form."""
    events = data.get("withholdings", [])
    broken = first_broken(events)
    if broken is not None:
        yield BundleFault(f"withholdings[{broken.seq - 1}]", broken.reason, {"seq": str(broken.seq)})
        return
    for index, event in enumerate(events):
        if (event["subject_kind"], event["subject_id"]) != (SUBJECT, data["submission"]["id"]):
            yield BundleFault(f"withholdings[{index}]", "other_form", {"seq": str(event["seq"])})


def _form(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """What the form says of itself beside its state is what its events said."""
    form, said = data["submission"], standing(data["events"])
    if isinstance(form.get("reply_number"), str):
        hashed = digest(form["reply_number"], algorithm_of(said["reply_number_sha256"]))
        form = {**form, "reply_number_sha256": hashed}
    elif "reply_number" in form:
        form = {**form, "reply_number_sha256": form["reply_number"]}
    if any(name in form and form[name] != value for name, value in said.items()):
        yield BundleFault("submission", "form_disagrees")


def _revisions(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """Each document has its hash; an evaluation names as its base a target of this form, or an adjustment in its place."""
    targets = {row["sha256"] for row in data["revisions"] if row["kind"] == "target"}
    targets |= {event["body"].get("revision_sha256") for event in data["events"] if event["action"] == "amend"}
    withheld = withheld_by(data.get("withholdings", [])).revisions
    for index, row in enumerate(data["revisions"]):
        place, number = f"revisions[{index}]", {"number": str(row["number"])}
        if row["number"] in withheld:
            if any(row.get(name) != value for name, value in emptied_revision(row).items()):
                yield BundleFault(place, "not_emptied", number)
        elif document_hash(row["document"], algorithm_of(row["sha256"])) != row["sha256"]:
            yield BundleFault(place, "document_changed", number)
        elif row["kind"] == "evaluation" and row["base_sha256"] not in targets:
            yield BundleFault(place, "no_base", number)


def _frozen(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """Each revision was frozen by an event and each event that froze has its revision here, in the same order."""
    frozen = [event for event in data["events"] if event["action"] in _FREEZES]
    revisions = data["revisions"]
    for index, event in enumerate(frozen):
        place, seq = f"events[{event['seq'] - 1}]", {"seq": str(event["seq"])}
        if index >= len(revisions):
            yield BundleFault(place, "revision_missing", seq)
        elif not _is_frozen_by(event, revisions[index], number=index + 1):
            yield BundleFault(f"revisions[{index}]", "not_frozen", {"number": str(revisions[index]["number"])})
    for index in range(len(frozen), len(revisions)):
        yield BundleFault(f"revisions[{index}]", "not_frozen", {"number": str(revisions[index]["number"])})


def _is_frozen_by(event: Mapping[str, Any], revision: Mapping[str, Any], *, number: int) -> bool:
    """Who handed it in, and when, are said by the event too, where the bundle repeats them."""
    said = {
        "number": number,
        "kind": "target" if event["action"] == "submit" else "evaluation",
        "sha256": event["body"].get("revision_sha256"),
        "created_by": event["actor_id"],
        "created_at": event["at"],
    }
    return all(revision.get(name, value) == value for name, value in said.items())


def _records(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """Findings, reasons, score and the ids of rows are what the event that froze them proves, since events prove them."""
    frozen = [event for event in data["events"] if event["action"] in _FREEZES]
    withheld = withheld_by(data.get("withholdings", [])).revisions
    for index, (event, revision) in enumerate(zip(frozen, data["revisions"], strict=True)):
        said = event["body"].get("record_sha256")
        if said is not None and said != _record(revision, algorithm_of(said), withheld.get(revision["number"])):
            yield BundleFault(f"revisions[{index}]", "record_changed", {"number": str(revision["number"])})


def _record(revision: Mapping[str, Any], algorithm: str, kept: str | None) -> str | None:
    """The hash of the row; of an emptied one with the hash that was kept of its body."""
    try:
        return record_hash(revision, body=kept or body_hash(revision, algorithm), algorithm=algorithm)
    except KeyError:  # left out, so not the row that was frozen
        return None


def _attachments(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """The files of each revision are those whose hash the event that froze it tells, and no revision has others."""
    files, numbers = data.get("attachments", []), {row["number"] for row in data["revisions"]}
    for index, one in enumerate(files):
        if one["revision"] not in numbers:
            yield BundleFault(f"attachments[{index}]", "attachments_changed", {"number": str(one["revision"])})
    frozen = [event for event in data["events"] if event["action"] in _FREEZES]
    for event, revision in zip(frozen, data["revisions"], strict=True):
        mine, said = [one for one in files if one["revision"] == revision["number"]], _said_files(event)
        if (attached.list_hash(mine, algorithm_of(said)) if mine else None) != said:
            yield BundleFault("attachments", "attachments_changed", {"number": str(revision["number"])})


def _said_files(event: Mapping[str, Any]) -> object:
    return event["body"].get("attachments_sha256")


def _opinions(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """Each opinion is what its event says: who, when, at which level, on which revision, in which words."""
    events = {event["id"]: event for event in data["events"]}
    withheld = withheld_by(data.get("withholdings", [])).opinions
    for index, opinion in enumerate(data["opinions"]):
        place, event = f"opinions[{index}]", events.get(opinion["event_id"])
        if event is None:
            yield BundleFault(place, "no_event", {"id": str(opinion["id"])[:40]})
            continue
        reason = _disagreement(opinion, event, withheld=withheld)
        if reason is None and opinion["voided_by_event_id"] is not None:
            voiding = events.get(opinion["voided_by_event_id"])
            reason = None if voiding is not None and voiding["seq"] > event["seq"] else "void_without_event"
        if reason is not None:
            yield BundleFault(place, reason, {"seq": str(event["seq"])})


def _disagreement(opinion: Mapping[str, Any], event: Mapping[str, Any], *, withheld: Collection[object]) -> str | None:
    body, comment = event["body"], opinion["comment"]
    said = digest(comment, algorithm_of(body.get("comment_sha256"))) if isinstance(comment, str) else None
    if opinion["id"] in withheld and comment == WITHHELD:
        said = body.get("comment_sha256")
    pairs = {
        "opinion_moved": (
            [opinion[name] for name in ("action", "person_id", "role", "round", "level", "created_at", "seat")],
            [
                *(event[name] for name in ("action", "actor_id", "actor_role", "round", "from_level", "at")),
                body.get("seat") if event["action"] in _SEAT_STEPS else None,  # words of a hand-over sit nowhere
            ],
        ),
        # A re-score is said over the revision before it; its event names the new one.
        "other_revision": (
            (opinion["revision_sha256"], body.get("revision_sha256")) if opinion["action"] not in _FREEZES else (0, 0)
        ),
        "comment_changed": (said, body.get("comment_sha256")),
        "grade_changed": (opinion["grade"], body.get("grade")),
        "opinion_altered": (_row_hash(opinion, body), body.get("opinion_sha256")),
    }
    return next((reason for reason, (mine, chained) in pairs.items() if mine != chained), None)


def _row_hash(opinion: Mapping[str, Any], body: Mapping[str, Any]) -> str | None:
    """The hash of the row, where events tell it; `revision_sha256` stands in bundles alone."""
    said = body.get("opinion_sha256")
    row = {name: value for name, value in opinion.items() if name != "revision_sha256"}
    comment = body.get("comment_sha256")
    return said and opinion_hash(row, comment=comment, algorithm=algorithm_of(said))


def _voided(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """An opinion is in force or voided as the events after it say."""
    seqs = {event["id"]: event["seq"] for event in data["events"]}
    for index, by in enumerate(voided_by(data["events"], data["opinions"])):
        opinion = data["opinions"][index]
        if opinion["voided_by_event_id"] != by:
            yield BundleFault(f"opinions[{index}]", "void_disagrees", {"seq": str(seqs[opinion["event_id"]])})


def _spoken(data: Mapping[str, Any]) -> Iterator[BundleFault]:
    """No opinion was left out or told twice: each step of a seat, and each step with words, has its own."""
    kept: set[object] = set()
    events = {event["id"]: event for event in data["events"]}
    for index, opinion in enumerate(data["opinions"]):
        event = events[opinion["event_id"]]
        if opinion["event_id"] in kept or not _speaks(event):
            reason = "opinion_twice" if opinion["event_id"] in kept else "opinion_uncalled"
            yield BundleFault(f"opinions[{index}]", reason, {"seq": str(event["seq"])})
        kept.add(opinion["event_id"])
    for event in data["events"]:
        if _speaks(event) and event["id"] not in kept:
            yield BundleFault(f"events[{event['seq'] - 1}]", "opinion_missing", {"seq": str(event["seq"])})


def _speaks(event: Mapping[str, Any]) -> bool:
    return event["action"] in _SEAT_STEPS or bool(event["body"].get("comment_sha256"))


_CHECKS: Final = (
    *(_chain, _withholdings, _form, _revisions, _frozen, _records),
    *(_attachments, _opinions, _spoken, _voided),
)
