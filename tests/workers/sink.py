"""A mail server on loopback that keeps what it gets and misbehaves on demand."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

OK = "250 Message accepted for delivery"


@dataclass
class Sink:
    """What arrived, in order, and how to answer: `rcpt` and `data` get the address and return the reply.

    `slow` is waited before the answer to the text; `hang_up` closes the connection after the text instead of answering.
    """

    rcpt: Callable[[str], str] = lambda _: "250 OK"
    data: Callable[[str], str] = lambda _: OK
    slow: float = 0.0
    hang_up: bool = False
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    port: int = 0

    @property
    def ids(self) -> list[str]:
        """Message-IDs in order of arrival, repeats included."""
        return [str(mail["Message-ID"]) for _, mail in self.mails]

    async def handle_RCPT(  # noqa: N802 - the name that the server calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply = self.rcpt(address)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(cast(bytes, envelope.original_content), policy=policy.default)
        address = envelope.rcpt_tos[0]
        if self.slow:
            await asyncio.sleep(self.slow)
        reply = self.data(address)
        if reply.startswith("2"):
            self.mails.append((address, mail))
        if self.hang_up:
            transport: Any = server.transport
            transport.abort()
        return reply


class _Loopback(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="sink.invalid", enable_SMTPUTF8=False)


@contextmanager
def running(sink: Sink) -> Iterator[Sink]:
    """The server for as long as the `with` lasts, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        sink.port = probe.getsockname()[1]
    controller = _Loopback(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
