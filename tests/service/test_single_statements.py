"""What goes past SQLAlchemy, prepared on a connection of its own, ends like everything else that goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, OperationalError

from service.db import is_outage, make_engine, rows_of

_ECHO = "select %(word)s::text, %(word)s::text is null, '100%%', pg_backend_pid()"


@pytest.fixture
def statements(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url, pool_size=1, single_statements=True)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("word", ["绩效 %(word)s", "", None])
def test_binds_arrive_as_they_were_given(statements: Engine, word: str | None) -> None:
    with statements.connect() as connection:
        for _ in range(2):
            assert rows_of(connection, _ECHO, {"word": word})[0][:3] == (word, word is None, "100%")


def test_a_refused_statement_is_told_with_its_state_and_can_be_sent_again(statements: Engine) -> None:
    with statements.connect() as connection:
        with pytest.raises(DataError) as refused:
            rows_of(connection, "select 6 / %(by)s::int", {"by": 0})
        assert getattr(refused.value.orig, "sqlstate", None) == "22012"
        assert not refused.value.connection_invalidated
        assert rows_of(connection, "select 6 / %(by)s::int", {"by": 2}) == [(3,)]


def test_a_lost_connection_is_an_outage_and_leaves_the_pool(statements: Engine, database_url: str) -> None:
    with statements.connect() as connection:
        lost = rows_of(connection, _ECHO, {"word": "a"})[0][3]
        other = make_engine(database_url, pool_size=1, single_statements=True)
        with other.connect() as killer:
            rows_of(killer, "select pg_terminate_backend(%(pid)s, 5000)", {"pid": lost})
        other.dispose()
        with pytest.raises(OperationalError) as gone:
            rows_of(connection, _ECHO, {"word": "a"})
        assert gone.value.connection_invalidated
        assert is_outage(gone.value)
    with statements.connect() as connection:
        assert rows_of(connection, _ECHO, {"word": "b"})[0][0] == "b"
