"""Channels that leave the house: one file each, `send(message, address) -> receipt`.

Whom and what are not their business (service/queries/recipients.py, workers/messages.py).
"""

from typing import Protocol

from workers.messages import Message


class Channel(Protocol):
    """Sends one message to one address and returns the receipt of the other side. Raises Retryable or Permanent."""

    def send(self, message: Message, address: str) -> str:
        """Send, wait for the answer, return it."""
        ...
