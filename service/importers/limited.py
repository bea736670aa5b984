"""Binary files are opened in a process of their own that may use little time and memory; its end is a refusal, no fault.

One such process for each process that reads, started when the first file comes and replaced after a thousand files,
after a file that took too long, and after one that killed it. It is started afresh, never forked: it holds no
connection, no lock and no secret of the service, and gets an empty environment.
"""

import atexit
import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from typing import Final, NoReturn

import orjson

from service.importers.grid import Sheet
from service.importers.guard import Container
from service.importers.unreadable import UnreadableForm

SECONDS: Final = 10.0  # for one file, by the clock; its CPU is limited by the process itself
SECONDS_TO_START: Final = 30.0
SECONDS_TO_WAIT: Final = 30.0  # for other files of this process
FILES_EACH: Final = 1_000
_COMMAND: Final = (sys.executable, "-I", "-X", "utf8", "-m", "service.importers.limited_child")
_HEAD: Final = 4  # bytes of a length
_PIPE: Final = 65_536  # bytes that a pipe gives at once
_LONGEST_ANSWER: Final = 64 * 1024 * 1024


class _GoneError(Exception):
    """The process ended, or did not answer in time."""


class _Child:
    """The running process; `left` is how many files it may still open."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self.input, False)
        os.set_blocking(self.output, False)
        self.left = FILES_EACH
        self._read(time.monotonic() + SECONDS_TO_START)  # it says that it is ready; starting takes no file's time

    def ask(self, data: bytes) -> bytes:
        """Its answer to one file. Raises _GoneError."""
        until = time.monotonic() + SECONDS
        self.left -= 1
        self._write(len(data).to_bytes(_HEAD) + data, until)
        return self._read(until)

    def close(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        self.process.wait()

    def _write(self, content: bytes, until: float) -> None:
        left = memoryview(content)
        while left:
            try:
                left = left[os.write(self.input, left) :]
            except BlockingIOError:
                _await(self.input, select.POLLOUT, until)
            except BrokenPipeError as fault:
                raise _GoneError from fault

    def _read(self, until: float) -> bytes:
        content, wanted = bytearray(), _HEAD
        while len(content) < wanted:
            _await(self.output, select.POLLIN, until)
            part = os.read(self.output, _PIPE)
            if not part:
                raise _GoneError
            content += part
            if wanted == _HEAD and len(content) >= _HEAD:
                wanted = _HEAD + int.from_bytes(content[:_HEAD])
        if wanted > _LONGEST_ANSWER:
            raise _GoneError
        return bytes(content[_HEAD:])


class _Reader:
    """The one process and whose turn it is."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.child: _Child | None = None

    def ask(self, data: bytes) -> bytes:
        """The answer of the process. Raises UnreadableForm when it ended over this file."""
        if not self.turn.acquire(timeout=SECONDS_TO_WAIT):
            raise UnreadableForm("busy")
        try:
            return self._ask(data)
        except _GoneError as fault:
            self.close()
            raise UnreadableForm("exhausted") from fault
        finally:
            self.turn.release()

    def _ask(self, data: bytes) -> bytes:
        if self.child is not None and (self.child.left <= 0 or self.child.process.poll() is not None):
            self.close()
        if self.child is None:
            self.child = _Child()
        return self.child.ask(data)

    def close(self) -> None:
        """End the process; the next file starts another."""
        if self.child is not None:
            self.child.close()
            self.child = None


_reader = _Reader()


def grids(data: bytes) -> tuple[Container, tuple[Sheet, ...]]:
    """What a container holds, as grids: a workbook's sheets, a Word file as one, a PDF by its pages.

    Raises UnreadableForm, also when the file wants more time or memory than a form needs.
    """
    answer = orjson.loads(_reader.ask(data))
    if "refused" in answer:
        _refuse(*answer["refused"])
    return Container(answer["container"]), tuple([_sheet(*one) for one in answer["sheets"]])


def process_id() -> int | None:
    """The process that opens files for this one, while there is one."""
    return None if _reader.child is None else _reader.child.process.pid


def _refuse(key: str, params: dict[str, str]) -> NoReturn:
    raise UnreadableForm(key, params=params)


def _sheet(
    name: str,
    rows: list[list[str]],
    hidden: bool,
    merged: list[list[int]],
    hidden_rows: list[int],
) -> Sheet:
    ranges = tuple([(first, left, last, right) for first, left, last, right in merged])
    return Sheet(name, tuple([tuple(row) for row in rows]), hidden, ranges, tuple(hidden_rows))


def _await(descriptor: int, event: int, until: float) -> None:
    waiting = select.poll()
    waiting.register(descriptor, event)
    left = until - time.monotonic()
    if left <= 0 or not waiting.poll(left * 1000):
        raise _GoneError


def _forget() -> None:
    """In a forked process: the reader belongs to the parent, whose pipes must not be touched."""
    global _reader  # noqa: PLW0603  # one for each process
    inherited = _reader.child
    _reader = _Reader()
    if inherited is not None:
        inherited.process.returncode = 0  # not ours to wait for
        for stream in (inherited.process.stdin, inherited.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]


os.register_at_fork(after_in_child=_forget)


@atexit.register
def _end() -> None:
    _reader.close()
