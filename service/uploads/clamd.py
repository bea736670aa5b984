"""ClamAV over its socket: a file is streamed to the daemon, which answers with one line.

Source of the protocol: the manual page of clamd, command INSTREAM.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Final

SECONDS: Final = 60
_CHUNK: Final = 256 * 1024
_LONGEST_ANSWER: Final = 4096
_FOUND = re.compile(r"^stream: (?P<virus>.{1,200}) FOUND$")


class ScannerError(OSError):
    """The daemon is not there, or its answer says neither yes nor no."""


def virus_in(address: str, path: Path) -> str | None:
    """The name of the virus in a file, None for a clean one. `address`: a socket below `/`, or `host:port`.

    Raises ScannerError, and OSError where the file cannot be read.
    """
    with path.open("rb") as file:
        try:
            with _connected(address) as daemon:
                daemon.sendall(b"zINSTREAM\0")
                while chunk := file.read(_CHUNK):
                    daemon.sendall(len(chunk).to_bytes(4, "big") + chunk)
                daemon.sendall(bytes(4))
                answer = _answer(daemon)
        except OSError as fault:
            raise ScannerError(str(fault)) from fault
    if answer == "stream: OK":
        return None
    found = _FOUND.match(answer)
    if found is None:
        raise ScannerError(answer[:200] or "no answer")
    return found["virus"]


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(SECONDS)
        daemon.connect(address)
        return daemon
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def _answer(daemon: socket.socket) -> str:
    found = b""
    while not found.endswith(b"\0") and len(found) < _LONGEST_ANSWER:
        part = daemon.recv(_LONGEST_ANSWER)
        if not part:
            break
        found += part
    return found.rstrip(b"\0\n").decode("utf-8", "replace")
