"""Keep-alive clients in one thread: each sends its next request as soon as the last was answered.

Bare sockets, because the load shares two cores with what it measures: a client library costs as much as the service.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

_HEAD_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_GIVE_UP_SECONDS = 30.0


class RefusedError(Exception):
    """An answer that is no 2xx, or none at all: the run is worth nothing."""


@dataclass(slots=True)
class Window:
    """What one server did in one window: how many, in how many seconds, and the seconds of each."""

    count: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.count / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class _Client:
    number: int
    socket: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


class Clients:
    """`count` connections to one server, opened anew for each window: between windows the server would hang up.

    `next_request` gives the bytes of a client's next request.
    """

    def __init__(self, port: int, *, count: int, next_request: Callable[[int], bytes]) -> None:
        self._port = port
        self._count = count
        self._next = next_request

    def run(self, seconds: float) -> Window:
        """Send for so long, then wait for the last answers. Raises RefusedError."""
        window = Window()
        with ExitStack() as stack, selectors.DefaultSelector() as selector:
            clients = [_Client(n, stack.enter_context(_connect(self._port))) for n in range(self._count)]
            for client in clients:
                selector.register(client.socket, selectors.EVENT_READ, client)
            started = time.perf_counter()
            self._exchange(clients, selector, window, end=started + seconds)
            window.seconds = time.perf_counter() - started
        window.count = len(window.latencies)
        return window

    def _exchange(
        self, clients: list[_Client], selector: selectors.BaseSelector, window: Window, *, end: float
    ) -> None:
        for client in clients:
            self._send(client)
        waiting = len(clients)
        while waiting:
            ready = selector.select(_GIVE_UP_SECONDS)
            if not ready:
                raise RefusedError(f"no answer within {_GIVE_UP_SECONDS:.0f} s")
            for key, _ in ready:
                if not _receive(key.data):
                    continue
                now = time.perf_counter()
                window.latencies.append(now - key.data.sent_at)
                if now < end:
                    self._send(key.data)
                else:
                    waiting -= 1

    def _send(self, client: _Client) -> None:
        client.received.clear()
        client.sent_at = time.perf_counter()
        client.socket.sendall(self._next(client.number))


def _receive(client: _Client) -> bool:
    """Take what has come; True once the answer is whole. Raises RefusedError."""
    data = client.socket.recv(65_536)
    if not data:
        raise RefusedError("the server hung up")
    client.received += data
    end = client.received.find(_HEAD_END)
    if end < 0 or not _is_whole(client.received, end):
        return False
    if client.received[9:10] != b"2":
        raise RefusedError(client.received.decode("utf-8", "replace"))
    return True


def ask(port: int, request: bytes) -> bytes:
    """One request on a connection of its own; the whole answer. Raises RefusedError."""
    with _connect(port) as connection:
        client = _Client(0, connection)
        connection.sendall(request)
        while not _receive(client):
            pass
        return bytes(client.received)


def post(path: str, *, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of a POST."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=_GIVE_UP_SECONDS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _is_whole(received: bytearray, head_end: int) -> bool:
    head = bytes(received[:head_end]).lower()
    at = head.find(b"content-length:")
    if at >= 0:
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        return len(received) >= head_end + len(_HEAD_END) + length
    return b"transfer-encoding: chunked" not in head or received.endswith(_LAST_CHUNK)
