"""Drain all that is due: outbox rows into notifications, then deliveries into the world."""

import time
from typing import Final

from sqlalchemy.orm import Session, sessionmaker

from service.settings import Settings
from workers import deliver, outbox
from workers.channels.email import Email, message_id_host

# A task ends well before its limit of 240 s; what is left is drained by the next one.
BUDGET_SECONDS: Final = 150


def drain(factory: sessionmaker[Session], settings: Settings, *, budget_seconds: float = BUDGET_SECONDS) -> None:
    """Work until nothing is due or the budget is spent."""
    until = time.monotonic() + budget_seconds
    host = message_id_host(settings)
    while outbox.drain_batch(factory, host=host) == outbox.BATCH and time.monotonic() < until:
        pass
    if host is None:
        return
    with Email(settings) as channel:
        while time.monotonic() < until:
            sent = deliver.deliver_batch(factory, channel, url=settings.url, lease_seconds=settings.lease_seconds)
            if sent < deliver.BATCH:
                break
