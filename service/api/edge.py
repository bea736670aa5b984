"""What a request stands on: the application's engine and settings, and its two ways to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, cast

from flask import current_app, g, request
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.metrics import Metrics
from service.settings import Settings

EXTENSION: Final = "jixiao"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Edge:
    """Built once by `create_app`. `schema` is the revision of the schema that this program was written for.

    `statements` has connections on which each statement is a transaction of its own: for the question who is asking, and
    for a decision, whose write is one statement.
    """

    settings: Settings
    engine: Engine
    statements: Engine
    factory: sessionmaker[Session]
    metrics: Metrics
    schema: str | None

    def close(self) -> None:
        """Close every connection to the database."""
        self.engine.dispose()
        self.statements.dispose()


def edge() -> Edge:
    """The edge of the application that answers this request."""
    return cast("Edge", current_app.extensions[EXTENSION])


def statements() -> Connection:
    """The connection of this request for single statements: taken at the first of them, given back with the request at last."""
    if "statements" not in g:
        g.statements = edge().statements.connect()
    return cast("Connection", g.statements)


def give_back(_error: BaseException | None) -> None:
    """Give the connection of `statements` back, if one was taken; a teardown of each request."""
    if "statements" in g:
        g.pop("statements").close()


@contextmanager
def work() -> Iterator[Session]:
    """One transaction: leaving the block commits. For a safe method it begins READ ONLY, so that no GET can write,
    whatever a view does. That costs no trip: the words travel with BEGIN.
    """
    with unit_of_work(edge().factory, read_only=request.method in SAFE_METHODS) as session:
        yield session
