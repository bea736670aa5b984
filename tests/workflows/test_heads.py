"""Heads: a path proves a chain, nothing else does, and an exported file that was touched is no head."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest

from workflows.canonical import SHA256, SM3
from workflows.heads import (
    Head,
    Leaf,
    UnreadableHead,
    exported,
    fingerprint,
    proved_by,
    read_exported,
    root_of,
    signed,
    start,
    tree_of,
)
from workflows.merkle import Tree, root_by_path

SEED = bytes(range(32))


def leaves(count: int) -> list[Leaf]:
    return [Leaf("submission", number, number % 7 + 1, f"{number:064x}") for number in range(1, count + 1)]


def head_over(ends: list[Leaf], algorithm: str = SHA256) -> Head:
    root = root_of(tree_of(ends, algorithm), algorithm)
    events = sum(leaf.seq for leaf in ends)
    return signed(
        SEED, at="2026-11-24T01:00:00.000000Z", seq=1, chains=len(ends), events=events, root=root,
        prev_hash=start(algorithm),
    )  # fmt: skip


def test_the_tree_is_that_of_the_standard() -> None:
    """RFC 9162, section 2.1.1: the split is at the largest power of two below the size."""
    one, two, three = (hashlib.sha256(b"\x00" + name).digest() for name in (b"a", b"b", b"c"))
    left = hashlib.sha256(b"\x01" + one + two).digest()
    assert Tree([one, two, three], SHA256).root == hashlib.sha256(b"\x01" + left + three).digest()
    assert Tree([one], SHA256).root == one
    assert Tree([], SHA256).root == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("algorithm", [SHA256, SM3])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 64, 65])
def test_each_path_leads_to_the_root_and_no_other_does(size: int, algorithm: str) -> None:
    ends = leaves(size)
    head, tree = head_over(ends, algorithm), tree_of(ends, algorithm)
    for index, leaf in enumerate(ends):
        path = [step.hex() for step in tree.path(index)]
        assert proved_by(head, leaf, index=index, path=path)
        assert not proved_by(head, leaf._replace(seq=leaf.seq + 1), index=index, path=path)
        assert not proved_by(head, leaf, index=index, path=[*path, "00" * 32])
        assert not proved_by(head, leaf, index=size, path=path)
        if path:
            assert not proved_by(head, leaf, index=index, path=path[:-1])
            assert not proved_by(head, leaf, index=index, path=["no hex", *path[1:]])


def test_a_node_is_no_leaf() -> None:
    one, two = b"\x01" * 32, b"\x02" * 32
    node = Tree([one, two], SHA256).root
    assert root_by_path(node, [], index=0, size=2, algorithm=SHA256) is None


def test_a_head_says_who_signed_it() -> None:
    head = head_over(leaves(3))
    assert head.holds
    later = replace(head, at="2026-11-24T02:00:00.000000Z")
    others = (later, replace(head, events=1), replace(head, seq=2), replace(head, root=start(SHA256)))
    assert [other.holds for other in others] == [False] * 4
    assert not replace(head, public_key="00" * 32).holds
    assert not replace(head, signature="none").holds
    assert replace(head, signature="00" * 64).hash != head.hash, "the next head is bound to the signature too"
    assert len(fingerprint(head.public_key)) == 19


def set_(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:  # noqa: ANN401 - a place in JSON and its new value
    def change(data: Any) -> None:  # noqa: ANN401 - JSON
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = to

    return change


FILE = exported(head_over(leaves(5)), leaves(5))


def test_an_exported_file_comes_back_whole() -> None:
    head, ends = read_exported(json.loads(json.dumps(FILE)))
    assert (asdict(head), ends) == (FILE["head"], leaves(5))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (set_("format", to="other@1"), "format"),
        (set_("head", "seq", to=2), "head.signature"),
        (set_("head", "signature", to="00" * 64), "head.signature"),
        (set_("head", "chains", to="5"), "head.chains"),
        (set_("head", "root", to=None), "head.root"),
        (set_("head", to=[]), "head"),
        (set_("head", "more", to=1), "head"),
        (set_("chains", 2, 2, to=9), "chains"),
        (set_("chains", 2, 3, to="0" * 64), "chains"),
        (set_("chains", 2, to=["submission", 3]), "chains[2]"),
        (set_("chains", to={}), "chains"),
        (lambda data: data["chains"].pop(), "chains"),
        (lambda data: data["chains"].reverse(), "chains"),
    ],
)
def test_a_file_that_was_touched_is_no_head(change: Callable[[dict[str, Any]], None], place: str) -> None:
    data = copy.deepcopy(FILE)
    change(data)
    with pytest.raises(UnreadableHead) as refused:
        read_exported(data)
    assert str(refused.value) == place


@pytest.mark.parametrize("data", [None, [], "text", 1, {}])
def test_other_json_is_no_head(data: object) -> None:
    with pytest.raises(UnreadableHead):
        read_exported(data)
