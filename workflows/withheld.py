"""What stands where a body was emptied because the law forbids to keep it (保守国家秘密法 2024 第三十一条): the words below.

One person asks, another confirms, and the chain `withholding` of the form tells of both. The hash of what was there stays in
the record, so the rest of it can be checked as before, and a verifier says "withheld" instead of "changed".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

WITHHELD: Final = "已依规移除"
SUBJECT: Final = "withholding"
ASKED, CONFIRMED, REFUSED = "ask_withholding", "confirm_withholding", "refuse_withholding"
_KEPT: Final = frozenset({"form", "region", "fiscal_year", "department", "supervising_department"})


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a chain says was emptied: ids of opinions, and numbers of revisions with the hash of their body."""

    opinions: frozenset[str] = frozenset()
    revisions: Mapping[int, str] = field(default_factory=dict)


def emptied(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document of the same shape without anything that was written in it: texts say that they were taken out."""
    return {name: value if name in _KEPT else blank(value) for name, value in document.items()}


def emptied_revision(revision: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a revision whose body was emptied."""
    return {"document": emptied(revision["document"]), "findings": [], "waivers": [], "score": None}


def withheld_by(events: Sequence[Mapping[str, Any]]) -> Withheld:
    """What the events of a `withholding` chain emptied."""
    bodies = [event["body"] for event in events if event["action"] == CONFIRMED]
    return Withheld(
        frozenset(body["opinion_id"] for body in bodies if isinstance(body.get("opinion_id"), str)),
        {body["revision"]: str(body.get("body_sha256")) for body in bodies if isinstance(body.get("revision"), int)},
    )


def blank(value: object) -> object:
    """A section of a document without what was written in it, in the same shape."""
    if isinstance(value, str):
        return WITHHELD
    if isinstance(value, Mapping):
        return dict.fromkeys(value)
    return [] if isinstance(value, list) else None
