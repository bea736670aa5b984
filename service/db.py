"""Engine, session factory, the declarative base, and the one place in the house that commits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Final
from weakref import WeakKeyDictionary

import orjson
import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.types.json import Jsonb
from sqlalchemy import BigInteger, Connection, DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from workflows.canonical import SHA256
from workflows.errors import DomainError, NotPossibleNow, StaleVersion

_HASH = "jixiao_hash_algorithm"
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# A violated constraint is a refusal of the domain where people can run into it; any other is a fault of ours.
CONSTRAINTS: dict[str, type[DomainError] | str] = {
    "uq_submission_one_open": "submission_exists",
    "uq_opinion_in_force": StaleVersion,
    "uq_event_subject_kind_subject_id_seq": StaleVersion,
    "uq_person_username": "username_taken",
    "uq_department_code": "department_code_taken",
    "uq_cycle_code": "cycle_code_taken",
    "uq_bulk_import_file_one_of_unit": "another_file_of_the_unit",
    "uq_withholding_opinion_id_once": "withholding_asked",
    "uq_withholding_revision_id_once": "withholding_asked",
    "ck_role_assignment_one_administrator": "administrator_holds_one_power",
}


class Base(DeclarativeBase):
    """Typed tables. `Mapped[datetime]` is UTC with time zone, `Mapped[dict]` is JSONB."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        int: BigInteger,
    }


def make_engine(
    database_url: str,
    *,
    pool_size: int = 2,
    statement_timeout_ms: int = 5000,
    role: str = "web",
    single_statements: bool = False,
    hash_algorithm: str = SHA256,
) -> Engine:
    """An engine whose every connection sets the timeouts of the reliability guide, section 2.

    `role` names the process in `pg_stat_activity`. Timeouts are in ms; `pool_size` is the threads of the process.
    `single_statements`: each statement is a transaction of its own, which saves the trips of BEGIN and COMMIT: for reads,
    and for a write that is one statement. `hash_algorithm`: of the chains and revisions that begin here.
    """
    options = (
        f"-c statement_timeout={statement_timeout_ms} -c lock_timeout=2000"
        " -c idle_in_transaction_session_timeout=10000 -c timezone=UTC"
    )
    return create_engine(
        _with_driver(database_url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_use_lifo=True,
        pool_pre_ping=False,
        pool_reset_on_return=None if single_statements else "rollback",
        isolation_level="AUTOCOMMIT" if single_statements else None,
        hide_parameters=True,
        execution_options={_HASH: hash_algorithm},
        json_serializer=lambda value: _json(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "connect_timeout": 3,
            "tcp_user_timeout": 5000,
            "options": options,
            "application_name": f"jixiao-{role}",
        },
    )


def hash_algorithm(connection: Connection) -> str:
    """The algorithm of what begins on this connection, as the installation has chosen."""
    chosen: str = connection.get_execution_options().get(_HASH, SHA256)
    return chosen


def _json(value: object) -> bytes:
    return orjson.dumps(value, default=str)


def as_jsonb(value: object) -> Jsonb:
    """A JSONB bind for `rows_of`."""
    return Jsonb(value, dumps=_json)


def rows_of(connection: Connection, sql: str, binds: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Send one of the few statements of the decision path straight through the driver, and fetch its rows.

    `sql` is a constant with `%(name)s` for binds. It costs a quarter of the CPU of `Connection.execute`, which builds and
    reads a description of every column. The transaction and the errors are SQLAlchemy's.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection), "the engine speaks through psycopg"
    for hear in _ears.get(connection.engine, ()):
        hear(sql, binds)
    try:
        if not driver.autocommit:  # the driver sends the BEGIN
            return _cursor(connection, driver, sql).execute(sql, binds).fetchall()
        known: dict[str, _Prepared] = connection.info.setdefault("prepared", {})
        if sql not in known:
            known[sql] = _Prepared(driver, f"jixiao_{len(known)}", sql, binds)
        return known[sql].rows(binds)
    except psycopg.Error as error:
        raise _known(connection, error, sql) from error


def _cursor(connection: Connection, driver: psycopg.Connection[Any], sql: str) -> psycopg.Cursor[Any]:
    """One cursor for each statement and connection: a used one knows already how to write the binds and read the rows."""
    known: dict[str, psycopg.Cursor[Any]] = connection.info.setdefault("cursors", {})
    if sql not in known:
        known[sql] = driver.cursor()
    return known[sql]


class _Prepared:
    """A statement prepared on one connection, sent and read by libpq alone: half of what the driver's cursor costs.

    The server knows the types of the binds from where they stand, but for JSON, whose two kinds look the same.
    """

    def __init__(self, driver: psycopg.Connection[Any], name: str, sql: str, binds: Mapping[str, Any]) -> None:
        places: dict[str, int] = {}
        numbered = _BIND.sub(lambda bind: f"${places.setdefault(bind[1], len(places) + 1)}" if bind[1] else "%", sql)
        self._driver, self._name, self._binds = driver, name.encode(), tuple(places)
        self._loaders, self._described = Transformer(driver), False
        types = [_JSONB if isinstance(binds[bind], Jsonb) else 0 for bind in places]
        self._checked(driver.pgconn.prepare(self._name, numbered.encode(), types))

    def rows(self, binds: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Send it with these binds. Raises psycopg's errors."""
        given: list[Any] = [_text_of(binds[name]) for name in self._binds]
        result = self._checked(self._driver.pgconn.exec_prepared(self._name, given))
        self._loaders.set_pgresult(result, set_loaders=not self._described)
        self._described = True
        return self._loaders.load_rows(0, result.ntuples, tuple)

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            return result
        if self._driver.closed:
            raise psycopg.OperationalError(result.get_error_message())
        raise psycopg.errors.error_from_result(result)


_BIND: Final = re.compile(r"%(?:\((\w+)\)s|%)")
_JSONB: Final = psycopg.adapters.types["jsonb"].oid


def _text_of(value: object) -> bytes | None:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, Jsonb):
        return _json(value.obj)
    return None if value is None else str(value).encode()


def _known(connection: Connection, error: psycopg.Error, sql: str) -> BaseException:
    """The error as SQLAlchemy raises it; a connection that is gone leaves the pool."""
    gone = bool(connection.connection.driver_connection and connection.connection.driver_connection.closed)
    if gone:
        connection.invalidate(error)
    return DBAPIError.instance(
        sql, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=gone, dialect=connection.dialect
    )


def _with_driver(database_url: str) -> str:
    scheme, rest = database_url.split("://", 1)
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else database_url


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions that keep what they loaded after a commit: the reply is built from it."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def unit_of_work(factory: sessionmaker[Session], *, read_only: bool = False) -> Iterator[Session]:
    """One transaction: leaving it commits, an exception rolls back. The only commit in the house.

    A constraint that people can run into becomes its DomainError.
    """
    with factory() as session:
        if read_only:
            session.connection(execution_options={"postgresql_readonly": True})
        try:
            yield session
            session.commit()
        except IntegrityError as error:
            session.rollback()
            raise _refusal(error) from error
        except BaseException:
            session.rollback()
            raise


def _refusal(error: IntegrityError) -> Exception:
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    meaning = CONSTRAINTS.get(name or "")
    if meaning is None:
        return error
    return NotPossibleNow(meaning) if isinstance(meaning, str) else meaning()  # type: ignore[call-arg]


def is_outage(error: DBAPIError) -> bool:
    """Whether the database was not there or not in time, so that trying again later makes sense."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state[:2] in ("08", "53", "57") or state == ""


Ear = Callable[[str, Mapping[str, Any]], None]
_ears: WeakKeyDictionary[Engine, list[Ear]] = WeakKeyDictionary()


def listen(engine: Engine, ear: Ear) -> None:
    """Tell `ear` each trip to the server on this engine from now on, with its binds: for benchmarks and tests."""
    _ears.setdefault(engine, []).append(ear)
    event.listen(engine, "before_cursor_execute", lambda _c, _cu, sql, binds, *_: ear(sql, binds))
    for name in ("begin", "commit", "rollback"):
        event.listen(engine, name, partial(_heard, ear, name.upper()))


def _heard(ear: Ear, word: str, connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection), "the engine speaks through psycopg"
    if not driver.autocommit:  # else SQLAlchemy's words go nowhere
        ear(word, {})


def count_round_trips(engine: Engine) -> list[str]:
    """Record each trip to the server on this engine from now on: BEGIN, statements, COMMIT. For benchmarks and tests."""
    trips: list[str] = []
    listen(engine, lambda sql, _binds: trips.append(sql))
    return trips
