"""Signed heads: once an hour one statement over the ends of all chains, signed, so that a cut tail or a lost chain shows.

A head names how many chains and events there are, the root of the tree over (kind, id, seq, hash) of each chain's last event,
and the head before it. Kept off the machine it proves later that nothing which it covers was changed, cut or taken out: who
may write to the database can make every hash anew, but not the signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from workflows import ed25519
from workflows.canonical import algorithm_of, canonical_json, digest
from workflows.chain import genesis
from workflows.merkle import Tree, leaf_hash, root_by_path

FORMAT: Final = "jixiao-head@1"
FILE_FORMAT: Final = "jixiao-heads@1"


class UnreadableHead(ValueError):
    """A file that holds no exported head; the message is the place where it stops being one."""


class Leaf(NamedTuple):
    """The end of one chain when a head was made."""

    kind: str
    id: int
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """A statement and its signature. `at` is text as `instant` writes it; key and signature are hex.

    `root` and `prev_hash` name their algorithm, which is one and the same along the heads.
    """

    seq: int
    at: str
    chains: int
    events: int
    root: str
    prev_hash: str
    public_key: str
    signature: str = ""

    @property
    def hash(self) -> str:
        """What the next head names as the one before: signature included."""
        return digest(asdict(self), algorithm_of(self.prev_hash))

    @property
    def holds(self) -> bool:
        """Whether the key that it names signed it. Whose key that is, somebody has to know who kept it elsewhere."""
        try:
            key, signature = bytes.fromhex(self.public_key), bytes.fromhex(self.signature)
        except ValueError:
            return False
        return ed25519.verify(key, _signed_bytes(self), signature)


def tree_of(leaves: Iterable[Leaf], algorithm: str) -> Tree:
    """The tree over the ends of chains, given in order of (kind, id)."""
    return Tree([_leaf_hash(leaf, algorithm) for leaf in leaves], algorithm)


def root_of(tree: Tree, algorithm: str) -> str:
    """The root as a head names it."""
    return _named(tree.root, algorithm)


def signed(seed: bytes, *, at: str, seq: int, chains: int, events: int, root: str, prev_hash: str) -> Head:
    """A head, signed with a private key."""
    key = ed25519.public_key(seed).hex()
    head = Head(seq, at, chains, events, root, prev_hash, key)
    signature = ed25519.sign(seed, _signed_bytes(head)).hex()
    return Head(seq, at, chains, events, root, prev_hash, key, signature)


def start(algorithm: str) -> str:
    """What the first head names as the hash before it."""
    return genesis(algorithm)


def fingerprint(public_key: str) -> str:
    """A key as people compare it: four blocks of its hash."""
    text = digest(public_key)[:16]
    return " ".join(text[place : place + 4] for place in range(0, 16, 4))


def proved_by(head: Head, leaf: Leaf, *, index: int, path: Sequence[str]) -> bool:
    """Whether a path (hex) leads from the end of a chain to the root of a head."""
    algorithm = algorithm_of(head.root)
    try:
        steps = [bytes.fromhex(step) for step in path]
    except (TypeError, ValueError):
        return False
    root = root_by_path(_leaf_hash(leaf, algorithm), steps, index=index, size=head.chains, algorithm=algorithm)
    return root is not None and _named(root, algorithm) == head.root


def exported(head: Head, leaves: Iterable[Leaf]) -> dict[str, Any]:
    """What is kept off the machine: the head, and the ends that it covers, so that a missing one can be named."""
    return {"format": FILE_FORMAT, "head": asdict(head), "chains": [list(leaf) for leaf in leaves]}


def read_exported(data: object) -> tuple[Head, list[Leaf]]:
    """The head and the ends of an exported file, signature and root checked. Raises UnreadableHead."""
    if not isinstance(data, Mapping) or data.get("format") != FILE_FORMAT:
        raise UnreadableHead("format")
    head = read_head(data.get("head"))
    leaves = [_leaf(row, index) for index, row in enumerate(_listed(data.get("chains")))]
    if not head.holds:
        raise UnreadableHead("head.signature")
    algorithm = algorithm_of(head.root)
    counted = (len(leaves), sum(leaf.seq for leaf in leaves))
    if counted != (head.chains, head.events) or root_of(tree_of(leaves, algorithm), algorithm) != head.root:
        raise UnreadableHead("chains")
    return head, leaves


def read_head(data: object) -> Head:
    """A head from JSON. Raises UnreadableHead; says nothing of its signature."""
    if not isinstance(data, Mapping) or set(data) != set(Head.__dataclass_fields__):
        raise UnreadableHead("head")
    for name in ("seq", "chains", "events"):
        if type(data[name]) is not int:
            raise UnreadableHead(f"head.{name}")
    for name in ("at", "root", "prev_hash", "public_key", "signature"):
        if not isinstance(data[name], str):
            raise UnreadableHead(f"head.{name}")
    return Head(**data)


def _listed(rows: object) -> list[object]:
    if not isinstance(rows, list):
        raise UnreadableHead("chains")
    return rows


def _leaf(row: object, index: int) -> Leaf:
    if not isinstance(row, list) or [type(cell) for cell in row] != [str, int, int, str]:
        raise UnreadableHead(f"chains[{index}]")
    return Leaf(*row)


def _leaf_hash(leaf: Leaf, algorithm: str) -> bytes:
    return leaf_hash(canonical_json(list(leaf)), algorithm)


def _named(root: bytes, algorithm: str) -> str:
    return genesis(algorithm).removesuffix("0" * 64) + root.hex()


def _signed_bytes(head: Head) -> bytes:
    said = {name: value for name, value in asdict(head).items() if name != "signature"}
    return canonical_json({"format": FORMAT, **said})
