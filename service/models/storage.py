"""The bytes of `File` rows: content-addressed below the home, `files/ab/abcdef…`, whole or not there at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = "files"
DRAFT_PREFIX = ".draft-"


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written."""

    sha256: str
    size: int


def path_of(home: Path, sha256: str) -> Path:
    """Where the bytes with this hash (64 hex digits) lie."""
    return home / FOLDER / sha256[:2] / sha256


def store(home: Path, data: bytes) -> Stored:
    """Write bytes under their hash: a draft beside, synced, renamed. Raises OSError, and leaves nothing behind then."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(home, sha256)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, data)
    return Stored(sha256, len(data))


def _write(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=DRAFT_PREFIX, dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """The rename itself on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
