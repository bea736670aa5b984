"""Real servers for the tests: each test process starts its own PostgreSQL and Valkey and migrates a template once.

A module gets a fresh clone of the template (30 ms), so modules never see each other's rows. What is the same for every
test and slow on purpose or by repetition (password hashes, pages compiled for each application) is made cheap here.
"""

import itertools
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from psycopg import sql
from sqlalchemy import Engine

from service import security
from service.cli.environment import environment
from service.db import make_engine
from service.embedded import Servers
from service.embedded.valkey import command
from service.migrate import upgrade
from service.settings import Settings, load_settings
from tests import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TEMPLATE = "template_jixiao"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_numbers = itertools.count(1)
_GENUINE = security._HASHER


@pytest.fixture(scope="session", autouse=True)
def _no_other_host() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    genuine: Callable[[socket.socket, Any], None] = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:  # noqa: ANN401  # whatever a family of sockets takes
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOOPBACK:
            raise PermissionError(f"a test tried to reach {address[0]}")
        genuine(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """argon2id with the least that it takes, instead of 30 ms for each of the thousands of sign-ins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(security, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def costly_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords as the service hashes them, for a test that needs their price."""
    monkeypatch.setattr(security, "_HASHER", _GENUINE)
    security._nobody.cache_clear()
    yield
    security._nobody.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def _pages_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every application of this process finds the pages that an earlier one compiled."""
    compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("pages")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": compiled})
        yield


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL and Valkey of this test process, without fsync."""
    with Servers(load_settings({"JIXIAO_HOME": str(tmp_path_factory.mktemp("home"))}), durable=False) as started:
        yield started


@pytest.fixture(scope="session")
def _template(servers: Servers) -> str:
    """URL of the maintenance database, beside which the migrated template now stands."""
    upgrade(servers.database_url)
    maintenance = _named(servers.database_url, "postgres")
    _do(maintenance, "alter database {} rename to {}", "jixiao", TEMPLATE)
    return maintenance


def _named(url: str, database: str) -> str:
    return f"{url.rpartition('/')[0]}/{database}"


@pytest.fixture(scope="module")
def database_url(_template: str) -> Iterator[str]:
    """A migrated, empty database for the tests of one module: `postgresql://…`."""
    with fresh_database(_template) as url:
        yield url


@contextmanager
def fresh_database(maintenance: str) -> Iterator[str]:
    """A clone of the template for as long as the `with` lasts."""
    name = f"test_{next(_numbers)}"
    _do(maintenance, "create database {} template {}", name, TEMPLATE)
    yield _named(maintenance, name)
    _do(maintenance, "drop database {} with (force)", name)


def _do(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    """The service's own kind of engine on the database of this module."""
    engine = make_engine(database_url, pool_size=8, role="test")
    yield engine
    engine.dispose()


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """An empty broker for one test."""
    command(servers.redis_url, "FLUSHALL")
    return servers.redis_url


@pytest.fixture
def settings(database_url: str, servers: Servers, tmp_path: Path) -> Settings:
    """Settings that point at the servers of this test process, with a home of their own."""
    return load_settings(
        {
            "JIXIAO_HOME": str(tmp_path / "home"),
            "JIXIAO_DATABASE_URL": database_url,
            "JIXIAO_REDIS_URL": servers.redis_url,
            "JIXIAO_LOG_FORMAT": "console",
        }
    )


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures of a run are kept for people to look at; git ignores it."""
    folder = Path(__file__).parents[1] / ".ci" / "artefacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Browser"]:
    """Chromium with the CJK fonts of the front-end build; tests that use it are marked `browser`."""
    from playwright.sync_api import sync_playwright

    executable = chromium.path()
    assert executable, "no Chromium on PATH: `make test` says how to get one"
    fonts = chromium.font_environment(tmp_path_factory.mktemp("fonts"), environment())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(chromium.FLAGS), env=dict(fonts))
        yield browser
        browser.close()
