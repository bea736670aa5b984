"""Hints to the workers through the broker: best effort, one second, never in anybody's way.

A hint that gets lost costs a tick (5 s), because every ticker asks the database anyway.
"""

from typing import Any, Final

from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from service.logs import logger

log = logger(__name__)

# A hung broker blocks a publisher for ever by default (celery#6911): one second, no second try.
PUBLISHER: Final = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry_on_timeout": False, "max_retries": 0}
EXPIRES_SECONDS: Final = 30  # an old hint is no hint: the next one stands behind it
FAILURES: Final = (KombuError, RedisError, OSError)


class Broker:
    """One publishing connection, for one thread. `failures` counts what could not be said."""

    def __init__(self, app: Celery) -> None:
        self.app = app
        self.failures = 0
        self._connection: Connection | None = None

    def hint(self, task: str) -> bool:
        """Ask for a task without arguments. False when the broker did not take it within its second."""
        try:
            self.app.send_task(task, connection=self._open(), retry=False, ignore_result=True, expires=EXPIRES_SECONDS)
        except FAILURES as error:
            self.failures += 1
            log.warning("hint_not_taken", task=task, failures=self.failures, error=type(error).__name__)
            self.close()
            return False
        return True

    def evicts(self) -> str | None:
        """The eviction policy of the broker if it is not `noeviction`: an evicted key is a lost queue binding."""
        try:
            channel: Any = self._open().default_channel
            policy = str(channel.client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction"))
        except FAILURES:
            return None  # away, or a managed broker that does not tell
        return None if policy == "noeviction" else policy

    def close(self) -> None:
        """Give the connection up; the next hint opens another."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                connection.release()  # type: ignore[no-untyped-call]
            except FAILURES:
                log.debug("broker_gone_before_closing")

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self.app.connection_for_write(transport_options=PUBLISHER)
        return self._connection
