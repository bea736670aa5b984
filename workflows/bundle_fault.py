"""What a verifier says of a bundle that does not hold, or that is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class UnreadableBundle(ValueError):
    """A file that is no bundle; the message is the place where it stops being one."""


@dataclass(frozen=True, slots=True)
class BundleFault:
    """The first thing that does not hold: its place in the bundle, and why (a key of [bundle] in the catalogue)."""

    place: str
    reason: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)
