"""A real server over a small city, for the browser of `tests/conftest.py`."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, text

from service.cli.environment import environment
from service.cli.processes import web
from service.db import session_factory, unit_of_work
from service.demo import load
from service.embedded import Servers
from service.embedded.process import free_port
from service.security import hash_password
from service.settings import load_settings
from tests.browser.screens import CASES, forms
from tests.browser.walk import Visitor
from tests.factories import make_city

PASSWORD = "a-password-of-the-browser-tests"
READY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Site:
    """A running server: its address, the password of its accounts, the database under it, and where its files lie."""

    url: str
    password: str
    engine: Engine
    home: Path


@pytest.fixture(scope="module")
def site(
    database_url: str, engine: Engine, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """granian as `jixiao up` starts it over a small city; every account has the same password."""
    with unit_of_work(session_factory(engine)) as session:
        make_city(session)
        session.execute(text("update person set password_hash = :hash"), {"hash": hash_password(PASSWORD)})
    environ = _environ(database_url, servers, tmp_path_factory.mktemp("site"))
    with _serving(environ) as url:
        yield Site(url, PASSWORD, engine, Path(environ["JIXIAO_HOME"]))


@pytest.fixture(scope="module")
def demo_site(
    database_url: str, engine: Engine, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The same over the demonstration city."""
    environ = _environ(database_url, servers, tmp_path_factory.mktemp("demo"))
    environ |= {"JIXIAO_DEMO": "true", "JIXIAO_DEMO_PASSWORD": PASSWORD}
    load(load_settings(environ), now=datetime.now(UTC))
    with _serving(environ) as url:
        yield Site(url, PASSWORD, engine, Path(environ["JIXIAO_HOME"]))


@pytest.fixture(scope="module")
def visitors(browser: Browser, demo_site: Site, artefacts: Path) -> Iterator[dict[str, Visitor]]:
    """One signed-in visitor for each account that looks at something."""
    made = {}
    for who in dict.fromkeys(case.who for case in CASES):
        made[who] = Visitor(browser, demo_site.url, password=demo_site.password, pictures=artefacts / "looks")
        if who:
            made[who].sign_in(who)
    yield made
    for visitor in made.values():
        visitor.context.close()


@pytest.fixture(scope="module")
def addresses(demo_site: Site) -> dict[str, int]:
    return forms(demo_site.engine)


def _environ(database_url: str, servers: Servers, home: Path) -> dict[str, str]:
    return {
        "JIXIAO_HOME": str(home),
        "JIXIAO_DATABASE_URL": database_url,
        "JIXIAO_REDIS_URL": servers.redis_url,
        "JIXIAO_PORT": str(free_port()),
        "JIXIAO_WEB_WORKERS": "1",
        "JIXIAO_COOKIE_SECURE": "false",
    }


@contextmanager
def _serving(environ: dict[str, str]) -> Iterator[str]:
    settings = load_settings(environ)
    with (settings.home / "web.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(web(settings).argv, env={**environment(), **environ}, stdout=log, stderr=log)
        try:
            _wait(f"{settings.url}/health/live", process)
            yield settings.url
        finally:
            process.terminate()
            process.wait(timeout=40)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            with urlopen(url, timeout=1):  # noqa: S310 - our own server on loopback
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"the server at {url} did not come up")
