"""The store of files: whole or absent, and a file that somebody has just stored again is never taken away."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from service.models.storage import (
    GONE_PREFIX,
    GRACE_SECONDS,
    TooLargeError,
    draft,
    path_of,
    place,
    store,
    sweep,
    taken_away,
)

DATA = b"evidence" * 1000


def age(path: Path) -> None:
    before = time.time() - GRACE_SECONDS - 60
    os.utime(path, (before, before))


def old_file(home: Path) -> Path:
    path = path_of(home, store(home, DATA).sha256)
    age(path)
    return path


def test_what_comes_in_pieces_lies_under_its_hash(tmp_path: Path) -> None:
    drafted = draft(tmp_path, iter([DATA[:3], DATA[3:]]), limit=len(DATA))
    assert drafted.sha256 == sha256(DATA).hexdigest()
    stored = place(tmp_path, drafted)
    assert (stored.size, path_of(tmp_path, stored.sha256).read_bytes()) == (len(DATA), DATA)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [stored.sha256]


def broken() -> Iterator[bytes]:
    yield DATA
    raise ConnectionError


@pytest.mark.parametrize(
    ("chunks", "limit", "error"),
    [(iter([DATA, b"x"]), len(DATA), TooLargeError), (broken(), 2 * len(DATA), ConnectionError)],
)
def test_too_much_or_half_leaves_nothing(
    tmp_path: Path, chunks: Iterator[bytes], limit: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        draft(tmp_path, chunks, limit=limit)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_old_goes_and_the_young_stays(tmp_path: Path) -> None:
    path = old_file(tmp_path)
    store(tmp_path, DATA)
    assert not taken_away(tmp_path, path.name)
    assert path.exists()
    age(path)
    assert taken_away(tmp_path, path.name)
    assert not path.exists()
    assert taken_away(tmp_path, path.name), "a second time there is nothing to do"


def test_what_a_killed_purger_moved_aside_comes_back(tmp_path: Path) -> None:
    path = old_file(tmp_path)
    path.rename(path.with_name(GONE_PREFIX + path.name))
    sweep(tmp_path)
    assert path.read_bytes() == DATA


@pytest.mark.slow
def test_a_file_stored_while_it_is_taken_away_is_there_afterwards(tmp_path: Path) -> None:
    """The race: the purger found no row, the writer finds the file, the row commits later."""
    kept = 0
    for _ in range(300):
        path = old_file(tmp_path)
        barrier = threading.Barrier(2)

        def take(sha: str = path.name, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            taken_away(tmp_path, sha)

        purger = threading.Thread(target=take)
        purger.start()
        barrier.wait()
        store(tmp_path, DATA)
        purger.join()
        kept += path.exists()
    assert kept == 300
