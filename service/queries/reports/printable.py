"""What a report hands to the renderer."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.forms.base import Document


@dataclass(frozen=True, slots=True)
class Printable:
    """A frozen document with the number and hash of its revision."""

    document: Document
    revision: int
    sha256: str
