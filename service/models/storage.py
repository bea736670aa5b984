"""The bytes of `File` rows: content-addressed below the home, `files/ab/abcdef…`, whole or not there at all.

Writer and purger share no lock, because a reference is a row that commits later. Instead a file is given a grace: whoever
stores bytes that lie there already makes them young again, and only the old is taken away (`taken_away`).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

FOLDER: Final = "files"
DRAFT_PREFIX: Final = ".draft-"
GONE_PREFIX: Final = ".gone-"
_HASH_LENGTH: Final = 64
GRACE_SECONDS: Final = 86_400  # between the bytes and the commit of the row that names them, generously


class TooLargeError(ValueError):
    """More bytes came than the caller allowed."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Drafted:
    """Bytes on the disk that are not a file yet: looked at under `path`, then placed or dropped."""

    path: Path
    sha256: str
    size: int

    def drop(self) -> None:
        """Forget them. Harmless after they were placed."""
        self.path.unlink(missing_ok=True)


def path_of(home: Path, sha256: str) -> Path:
    """Where the bytes with this hash (64 hex digits) lie."""
    return home / FOLDER / sha256[:2] / sha256


def store(home: Path, data: bytes) -> Stored:
    """Write bytes under their hash. Raises OSError, and leaves nothing behind then."""
    return place(home, draft(home, [data], limit=len(data)))


def draft(home: Path, chunks: Iterable[bytes], *, limit: int) -> Drafted:
    """Write bytes as they come, at most `limit`, into a synced draft. Raises OSError and TooLargeError, leaving nothing."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=DRAFT_PREFIX, dir=folder)
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLargeError
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Drafted(Path(name), digest.hexdigest(), size)


def place(home: Path, drafted: Drafted) -> Stored:
    """Make a draft a file: renamed, or dropped where the same bytes lie already, which are young again then."""
    path = path_of(home, drafted.sha256)
    try:
        os.utime(path)
        drafted.drop()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        drafted.path.replace(path)
        _sync(path.parent)
    except BaseException:
        drafted.drop()
        raise
    return Stored(drafted.sha256, drafted.size)


def taken_away(home: Path, sha256: str) -> bool:
    """Delete a file that no row names, unless somebody stored the same bytes a while ago; whether it is gone.

    It is moved aside before it is looked at: whoever stores it now either made it young before, and it comes back, or
    misses it and writes it anew.
    """
    path = path_of(home, sha256)
    if not _is_old(path):
        return not path.exists()
    aside = path.with_name(f"{GONE_PREFIX}{sha256}")
    path.replace(aside)
    if not _is_old(aside):
        aside.replace(path)
        return False
    aside.unlink()
    return True


def sweep(home: Path) -> None:
    """Put back what a killed purger had moved aside, and drop drafts of writers that were killed."""
    folder = home / FOLDER
    for aside in folder.glob(f"*/{GONE_PREFIX}*"):
        with suppress(FileExistsError):  # written anew meanwhile, and young
            path_of(home, aside.name.removeprefix(GONE_PREFIX)).hardlink_to(aside)
        aside.unlink()
    for left in folder.rglob(f"{DRAFT_PREFIX}*"):
        if _is_old(left):
            left.unlink(missing_ok=True)


def old_hashes(home: Path, *, batch: int = 500) -> Iterator[list[str]]:
    """The hashes of all files that are no longer young, some at a time: what no row names of them can be taken away."""
    found = (path for path in (home / FOLDER).glob("*/*") if len(path.name) == _HASH_LENGTH and _is_old(path))
    while hashes := [path.name for path in islice(found, batch)]:
        yield hashes


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - GRACE_SECONDS
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    """The rename itself on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
