"""An upload on its way: written to the disk as it comes, named, looked into, and gone again unless it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from service.models.storage import Drafted, TooLargeError, draft
from service.uploads.examine import examined
from service.uploads.kinds import EXTENSIONS, Kind, UnfitFileError
from service.uploads.names import extension_of, kept_name
from workflows.errors import InvalidRequest
from workflows.secrecy import has_mark

MB: Final = 1024 * 1024
_CHUNK: Final = 256 * 1024
_LONGEST_SENT: Final = 1_000  # characters of a name that anybody looks at


@dataclass(frozen=True, slots=True)
class Received:
    """A file that may be kept."""

    name: str
    kind: Kind
    drafted: Drafted


@contextmanager
def received(home: Path, stream: BinaryIO, *, name: str, max_mb: int) -> Iterator[Received]:
    """The file for as long as the block lasts; what was not placed by then is dropped.

    Raises InvalidRequest with the reason why it is not taken, and OSError where the disk takes no more.
    """
    kept = kept_name(name[-_LONGEST_SENT:])
    _check_name(name[-_LONGEST_SENT:], kept)
    try:
        drafted = draft(home, iter(lambda: stream.read(_CHUNK), b""), limit=max_mb * MB)
    except TooLargeError:
        raise _refusal("too_large", limit=str(max_mb)) from None
    try:
        if not drafted.size:
            raise _refusal("empty")
        try:
            kind = examined(drafted.path, name=kept)
        except UnfitFileError as unfit:
            raise _refusal(unfit.reason, **unfit.params) from None
        yield Received(kept, kind, drafted)
    finally:
        drafted.drop()


def _check_name(sent: str, kept: str) -> None:
    """Before a byte is written: the kind, and marks in the name, in whatever spelling it was sent."""
    if extension_of(kept) not in EXTENSIONS:
        raise _refusal("kind")
    stem = kept.rpartition(".")[0]
    if has_mark(sent) or has_mark(kept) or has_mark(stem):
        raise _refusal("marked_name")


def _refusal(reason: str, **params: str) -> InvalidRequest:
    return InvalidRequest(f"attachment.{reason}", field="file", **params)
