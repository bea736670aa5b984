"""What a section of a page started from, packed into a form field: a clash needs it to tell who changed what. Pure."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

# A section as it stands in a draft, whatever its shape says.
Value = Any

_MOST_UNPACKED = 4_000_000  # bytes
# Before a base whose rows have no ids; no letter of base 64.
_BARE = "~"


def packed(value: Value) -> str:
    """A section's value in a form field: what a save started from, so that a clash can tell who changed what."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


def packed_rows(rows: Value) -> str:
    """Rows as a page carries them: without their ids, which stand in the page and which nothing can pack twice."""
    return _BARE + packed([{name: cell for name, cell in row.items() if name != "id"} for row in rows or ()])


def unpacked(text: str, ids: Sequence[str] = ()) -> Value:
    """What `packed` wrote, None for anything else. It came back from a browser: nothing but the clash page believes it.

    Of `packed_rows` the rows get their ids back: those before its mark (from the script), else `ids` (the posted rows').
    """
    before, bare, text = text.rpartition(_BARE)
    try:
        raw = zlib.decompressobj().decompress(urlsafe_b64decode(text.encode()), _MOST_UNPACKED)
        value = json.loads(raw)
    except (ValueError, zlib.error, RecursionError):
        return None
    return _with_ids(value, before.split(".") if before else ids) if bare else value


def _with_ids(rows: Value, ids: Sequence[str]) -> Value:
    """The rows with their ids, None where they are not as many."""
    if not isinstance(rows, list) or len(rows) != len(ids) or not all(isinstance(row, dict) for row in rows):
        return None
    return [{**row, "id": row_id} for row, row_id in zip(rows, ids, strict=True)]
