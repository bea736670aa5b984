"""What an offline workbook carries about itself: whose form it is, the state it started from, and where its cells stand.

Written into a hidden sheet as lines of texts, read back from there. A digest shows whether the lines came back whole; it
is no secret, for whoever may import a file may type the same into the draft.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

SHEET: Final = "_jixiao"
LAYOUT: Final = "1"
TABLE_MARK: Final = "#"  # stands before the name of a section of rows, in the hidden column of its line of field codes
_CHUNK: Final = 30_000  # characters; a cell takes 32,767
_MOST_UNPACKED: Final = 8_000_000  # bytes


class BrokenIdentity(ValueError):
    """The hidden sheet is not as it was written."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which draft a workbook was made of. `versions` and `base` are by section; values as they stood in the draft."""

    form: str
    submission_id: int
    region: str
    department: str
    fiscal_year: int
    versions: Mapping[str, int]
    base: Mapping[str, Any]


def identity_lines(identity: Identity) -> list[tuple[str, ...]]:
    """The lines of the hidden sheet."""
    facts = {
        "form": identity.form,
        "submission": identity.submission_id,
        "region": identity.region,
        "department": identity.department,
        "fiscal_year": identity.fiscal_year,
        "versions": dict(identity.versions),
        "base": dict(identity.base),
    }
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    packed = b64encode(zlib.compress(text.encode(), 9)).decode()
    chunks = [packed[at : at + _CHUNK] for at in range(0, len(packed), _CHUNK)]
    return [
        ("jixiao", LAYOUT),
        ("form", identity.form),
        ("submission", str(identity.submission_id)),
        ("digest", _digest(packed)),
        *(("state", chunk) for chunk in chunks),
    ]


def identity_of(lines: Iterable[Sequence[str]]) -> Identity:
    """The identity in the lines of a hidden sheet. Raises BrokenIdentity."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if len(line) > 1:
            found.setdefault(line[0], []).append(line[1])
    packed = "".join(found.get("state", ()))
    if found.get("jixiao") != [LAYOUT] or found.get("digest") != [_digest(packed)]:
        raise BrokenIdentity
    try:
        inflate = zlib.decompressobj()
        facts = json.loads(inflate.decompress(b64decode(packed, validate=True), _MOST_UNPACKED))
        return Identity(
            str(facts["form"]),
            int(facts["submission"]),
            str(facts["region"]),
            str(facts["department"]),
            int(facts["fiscal_year"]),
            {str(name): int(version) for name, version in facts["versions"].items()},
            dict(facts["base"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, zlib.error, RecursionError) as fault:
        raise BrokenIdentity from fault


def _digest(packed: str) -> str:
    return sha256(packed.encode()).hexdigest()[:32]
