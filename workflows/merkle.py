"""A tree of hashes over many chains: one root stands for all of them, and a short path proves one (RFC 9162, section 2.1).

A leaf is hashed behind a zero byte and a node behind a one, so that no node passes for a leaf. A node without a partner
goes up as it is. Hashes are bytes here; the algorithm is that of the head which signs the root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(content: bytes, algorithm: str) -> bytes:
    """The hash of one leaf."""
    return hashlib.new(algorithm, _LEAF + content).digest()


class Tree:
    """The whole tree over leaf hashes in their order; 64 bytes of memory for each."""

    def __init__(self, leaves: Sequence[bytes], algorithm: str) -> None:
        self._algorithm = algorithm
        self._size = hashlib.new(algorithm).digest_size
        self._levels = [bytearray(b"".join(leaves))]
        while len(self._levels[-1]) > self._size:
            self._levels.append(self._above(self._levels[-1]))

    @property
    def root(self) -> bytes:
        """The root; of no leaves the hash of nothing."""
        top = bytes(self._levels[-1])
        return top or hashlib.new(self._algorithm).digest()

    def path(self, index: int) -> list[bytes]:
        """The neighbours that lead from a leaf to the root, from below."""
        found = []
        for level in self._levels[:-1]:
            beside = index ^ 1
            if beside * self._size < len(level):
                found.append(self._node(level, beside))
            index //= 2
        return found

    def _node(self, level: bytearray, index: int) -> bytes:
        return bytes(level[index * self._size : (index + 1) * self._size])

    def _above(self, level: bytearray) -> bytearray:
        above, pair = bytearray(), 2 * self._size
        for start in range(0, len(level), pair):
            both = level[start : start + pair]
            above += hashlib.new(self._algorithm, _NODE + both).digest() if len(both) == pair else both
        return above


def root_by_path(leaf: bytes, path: Sequence[bytes], *, index: int, size: int, algorithm: str) -> bytes | None:
    """The root to which a path leads from the leaf at `index` of `size`; None where it is too long or too short."""
    if not 0 <= index < size:
        return None
    steps, last, node = iter(path), size - 1, leaf
    while last:
        if index & 1 or index < last:
            beside = next(steps, None)
            if beside is None:
                return None
            both = beside + node if index & 1 else node + beside
            node = hashlib.new(algorithm, _NODE + both).digest()
        index, last = index // 2, last // 2
    return node if next(steps, None) is None else None
