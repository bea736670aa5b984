"""The proofs of a bundle: signed heads, and the paths that lead to them from the chains in it.

Each is `head` (`workflows.heads`), `kind` of the chain, `seq` of its last event under that head, `index` and `path` of its
leaf. A bundle has one for the chain of the form and one for that of emptied bodies, each from the first head that covers the
whole chain; before there is such a head it has none, and its inner agreement is all that can be checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workflows.bundle_fault import BundleFault, UnreadableBundle
from workflows.heads import Head, Leaf, UnreadableHead, proved_by, read_head
from workflows.withheld import SUBJECT

_CHAINS: Mapping[str, str] = {"submission": "events", SUBJECT: "withholdings"}


def unproved(data: Mapping[str, Any], *, public_key: str | None = None) -> BundleFault | None:
    """The first proof that proves nothing, None: all hold. Raises UnreadableBundle for what is none."""
    return next(_unproved(data, public_key), None)


def heads_of(data: Mapping[str, Any]) -> list[tuple[Head, int]]:
    """The heads of the proofs of a form's own chain, each with how many of its events it covers."""
    return [(_head(one, index), one["seq"]) for index, one in enumerate(data.get("proofs", [])) if _is_own(one)]


def _is_own(proof: Mapping[str, Any]) -> bool:
    return proof.get("kind") == "submission"


def _unproved(data: Mapping[str, Any], public_key: str | None) -> Iterator[BundleFault]:
    for index, proof in enumerate(data.get("proofs", [])):
        place, head = f"proofs[{index}]", _head(proof, index)
        if public_key is not None and head.public_key != public_key:
            yield BundleFault(place, "other_key")
        elif not head.holds:
            yield BundleFault(place, "head_signature")
        elif not _leads(proof, head, data):
            yield BundleFault(place, "not_under_head", {"seq": str(proof["seq"])})


def _head(proof: Mapping[str, Any], index: int) -> Head:
    wanted = {"kind": str, "seq": int, "index": int, "path": list}
    for name, kind in wanted.items():
        if type(proof.get(name)) is not kind or proof["kind"] not in _CHAINS:
            raise UnreadableBundle(f"proofs[{index}].{name}")
    try:
        return read_head(proof.get("head"))
    except UnreadableHead as error:
        raise UnreadableBundle(f"proofs[{index}].{error}") from error


def _leads(proof: Mapping[str, Any], head: Head, data: Mapping[str, Any]) -> bool:
    events: Sequence[Mapping[str, Any]] = data.get(_CHAINS[proof["kind"]], [])
    if not 0 < proof["seq"] <= len(events):
        return False
    leaf = Leaf(proof["kind"], data["submission"]["id"], proof["seq"], events[proof["seq"] - 1]["hash"])
    return proved_by(head, leaf, index=proof["index"], path=proof["path"])
