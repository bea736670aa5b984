"""The engine of this process, made at its first use.

A forked child must never speak over the sockets of its parent, so engines are kept by process id and what was inherited
is forgotten unread (SQLAlchemy, "Using Connection Pools with Multiprocessing").
"""

import os
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import make_engine, session_factory
from service.settings import Settings

POOL: Final = 4  # the pool's threads and the ticker
_engines: dict[tuple[int, str], Engine] = {}


def engine(settings: Settings, role: str = "worker") -> Engine:
    """The engine for `role` in this very process. `report` has the long limit of time for its statements."""
    key = (os.getpid(), role)
    if key not in _engines:
        assert settings.database_url is not None, "a worker is told its database by JIXIAO_DATABASE_URL"
        limit = settings.report_statement_timeout_ms if role == "report" else settings.statement_timeout_ms
        url = settings.database_url.get_secret_value()
        _engines[key] = make_engine(
            url, pool_size=POOL, statement_timeout_ms=limit, role=role, hash_algorithm=settings.hash_algorithm
        )
    return _engines[key]


def factory(settings: Settings, role: str = "worker") -> sessionmaker[Session]:
    """Sessions of this process."""
    return session_factory(engine(settings, role))


def forget_inherited() -> None:
    """In a child that was just forked: drop the parent's engines without closing its sockets."""
    for key in [key for key in _engines if key[0] != os.getpid()]:
        _engines.pop(key).dispose(close=False)
