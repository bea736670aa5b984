"""The process that opens binary files: little memory, little CPU, no environment, one file after the other.

Frames on standard input and output: four bytes of length, then the file, and back the answer as JSON.
"""

import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from service.importers.grid import Sheet
from service.importers.guard import Container, guarded
from service.importers.pdf_pages import pages_of
from service.importers.unreadable import UnreadableForm
from service.importers.word_tables import tables_of
from service.importers.workbooks import sheets_of

MEMORY: Final = 110 * 1024 * 1024  # bytes of address space for files, beyond what the libraries take at start
CPU_SECONDS: Final = 1  # and up to one more, because the kernel counts whole ones
_HEAD: Final = 4


def main() -> None:
    """Answer until standard input ends."""
    _limit_memory()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    _send(target, b"{}")
    while head := source.read(_HEAD):
        _limit_cpu()
        _send(target, orjson.dumps(_answer(source.read(int.from_bytes(head)))))


def _answer(data: bytes) -> dict[str, Any]:
    try:
        container, members = guarded(data)
        if container is Container.PDF:
            sheets = pages_of(data)
        elif container is Container.DOCX:
            sheets = tables_of(members)
        else:
            sheets = sheets_of(data, members)
    except UnreadableForm as refusal:
        return {"refused": (refusal.message_key, refusal.params)}
    except MemoryError:
        return {"refused": ("exhausted", {})}
    except BaseException:  # noqa: BLE001  # a library stumbled (calamine's panics are no Exception); the sender is told
        return {"refused": ("broken_container", {})}
    return {"container": container, "sheets": [_plain(sheet) for sheet in sheets]}


def _plain(sheet: Sheet) -> tuple[object, ...]:
    return (sheet.name, sheet.rows, sheet.hidden, sheet.merged, sheet.hidden_rows)


def _send(target: BinaryIO, content: bytes) -> None:
    target.write(len(content).to_bytes(_HEAD) + content)
    target.flush()


def _limit_memory() -> None:
    """Address space, because that is what the kernel refuses; resident memory can only be watched."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        taken = int(pages.read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu() -> None:
    """So many seconds from now on; the kernel ends the process when they are used up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    ceiling = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (ceiling, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
