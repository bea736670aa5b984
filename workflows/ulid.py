"""ULIDs: 26 characters that sort by the time they were made; ids of events and of draft rows.

48 bits of milliseconds, 80 of randomness, in Crockford's base 32.
"""

from __future__ import annotations

import re
import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]  # ten bits at a time
_PLACES = range(120, -1, -10)
_SHAPE = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_ulid() -> str:
    """A new id. Ids of one millisecond have no order among themselves."""
    return _written((time.time_ns() // 1_000_000) << 80 | secrets.randbits(80))


def ulid_from(digest: bytes) -> str:
    """The id that a digest of at least 16 bytes gives: the same for the same thing, and from no moment."""
    return _written(int.from_bytes(digest[:16]))


def _written(value: int) -> str:
    return "".join([_PAIRS[value >> place & 1023] for place in _PLACES])


def is_ulid(text: object) -> bool:
    """Whether `text` has the shape of an id."""
    return isinstance(text, str) and _SHAPE.fullmatch(text) is not None
