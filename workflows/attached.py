"""The list of files that a revision carries, and the one hash that stands for it in the chain of events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from workflows.canonical import SHA256, digest

FIELDS: Final = ("name", "size", "sha256", "section", "row_id")


@dataclass(frozen=True, slots=True)
class Attached:
    """One file (附件) as it was handed in: size in bytes; `section` and `row_id` name its row, None for the whole form."""

    name: str
    size: int
    sha256: str
    section: str | None = None
    row_id: str | None = None


def list_hash(files: Iterable[Attached | Mapping[str, object]], algorithm: str = SHA256) -> str:
    """The hash of the list in an order that is its own, so that nobody has to keep one."""
    rows = [asdict(one) if isinstance(one, Attached) else {name: one[name] for name in FIELDS} for one in files]
    return digest(sorted(rows, key=lambda row: [str(row[name] or "") for name in FIELDS]), algorithm)
