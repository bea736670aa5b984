"""What a request stands on: the application's engine and settings, and the one transaction of the request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Final, cast

from flask import current_app, g, request
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.metrics import Metrics
from service.settings import Settings

EXTENSION: Final = "jixiao"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Edge:
    """Built once by `create_app`. `schema` is the revision of the schema that this program was written for."""

    settings: Settings
    engine: Engine
    factory: sessionmaker[Session]
    metrics: Metrics
    schema: str | None


def edge() -> Edge:
    """The edge of the application that answers this request."""
    return cast(Edge, current_app.extensions[EXTENSION])


class _AbandonedError(Exception):
    """Rolls a transaction back from outside."""


class Transaction:
    """One transaction, opened by the question who is asking and closed by the view: BEGIN and COMMIT once a request.

    For a safe method it begins READ ONLY, so that no GET can write, whatever a view does. That costs no trip: the words
    travel with BEGIN.
    """

    def __init__(self, factory: sessionmaker[Session], *, read_only: bool) -> None:
        self._stack = ExitStack()
        self.session = self._stack.enter_context(unit_of_work(factory))
        self.is_open = True
        if read_only:
            self.session.connection(execution_options={"postgresql_readonly": True})

    @contextmanager
    def closing(self) -> Iterator[Session]:
        """Commit at the end of the block, roll back on an exception."""
        self.is_open = False
        with self._stack:
            yield self.session

    def abandon(self) -> None:
        """Roll back, if nobody closed it."""
        if self.is_open:
            with suppress(_AbandonedError), self.closing():
                raise _AbandonedError


def transaction() -> Transaction:
    """The transaction of this request; a new one if the last was closed."""
    known = cast(Transaction | None, g.get("transaction"))
    if known is None or not known.is_open:
        known = g.transaction = Transaction(edge().factory, read_only=request.method in SAFE_METHODS)
    return known


@contextmanager
def work() -> Iterator[Session]:
    """The session of this request, in the transaction that read who is asking. Leaving the block commits."""
    with transaction().closing() as session:
        yield session


def give_back() -> None:
    """Roll back what is still open and give the connection back to the pool."""
    known = cast(Transaction | None, g.get("transaction"))
    if known is not None:
        known.abandon()
