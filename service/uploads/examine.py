"""Looking into an upload in a process of its own, which has little memory, little time and nothing worth stealing.

`examined` starts `python -m service.uploads.examine PATH NAME`; the child answers one line of JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

from service.uploads import marks, office, pdf, pictures
from service.uploads.kinds import EXTENSIONS, Kind, UnfitFileError
from service.uploads.names import extension_of

SECONDS: Final = 20
CPU_SECONDS: Final = 15
MOST_MEMORY: Final = 1024 * 1024 * 1024  # bytes of address space
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"


def examined(path: Path, *, name: str) -> Kind:
    """What the file is, if it may be kept. Raises UnfitFileError; also where looking takes too long or kills the child."""
    if extension_of(name) not in EXTENSIONS:
        raise UnfitFileError("kind")
    command = [sys.executable, "-P", "-m", "service.uploads.examine", str(path), name]
    try:
        run = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, env={"PYTHONUTF8": "1"})
        answer: dict[str, Any] = json.loads(run.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise UnfitFileError("unreadable") from None
    if "kind" in answer:
        return Kind(answer["kind"])
    raise UnfitFileError(answer["reason"], **answer["params"])


def examine(file: BinaryIO, *, name: str, size: int) -> Kind:
    """The same, without limits: for the process that has them."""
    extension = extension_of(name)
    if extension not in EXTENSIONS:
        raise UnfitFileError("kind")
    head = file.read(16)
    kind = _by_content(file, head, size)
    if kind is not EXTENSIONS[extension]:
        raise UnfitFileError("content", extension=extension, kind=kind.value.upper())
    return kind


def _by_content(file: BinaryIO, head: bytes, size: int) -> Kind:
    if head.startswith(_COMPOUND):
        raise UnfitFileError("old_office")
    if head.startswith(pdf.SIGN):
        file.seek(0)
        data = file.read()
        marks.refuse_marked_pages(pdf.texts(data, carries=pdf.check_pdf(data)))
        return Kind.PDF
    if head.startswith(pictures.PNG_SIGN):
        pictures.check_png(file)
        return Kind.PNG
    if head.startswith(pictures.JPEG_SIGN):
        pictures.check_jpeg(file)
        return Kind.JPG
    if head.startswith(_ZIP):
        archive = office.opened(file, size=size)
        kind = office.kind_of(archive)
        marks.refuse_marked(office.check_members(archive))
        return kind
    raise UnfitFileError("kind")


def _main(path: str, name: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    answer: dict[str, Any]
    try:
        with Path(path).open("rb") as file:
            answer = {"kind": examine(file, name=name, size=Path(path).stat().st_size).value}
    except UnfitFileError as refusal:
        answer = {"reason": refusal.reason, "params": refusal.params}
    except MemoryError:
        answer = {"reason": "unpacked", "params": {}}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main(*sys.argv[1:])
