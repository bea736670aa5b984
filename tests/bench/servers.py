"""The servers of the approve benchmark: PostgreSQL that keeps its promises, the service as `jixiao up` starts it, the peer."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg

import service.models  # noqa: F401  # every table is known
from service.cli.environment import environment
from service.cli.processes import web
from service.embedded import process
from service.embedded.postgres import Postgres, find_binaries
from service.migrate import upgrade
from service.settings import Settings, load_settings

ROOT: Final = Path(__file__).parents[2]
HOME: Final = ROOT / "var" / "bench"
PEER: Final = Path(__file__).with_name("peer")
PEER_HOME: Final = ROOT / "var" / "bench-peer-venv"
PEER_LOCK: Final = PEER / "requirements.lock"
PEER_DATABASE: Final = "viewflow"
PROMISES: Final = ("fsync", "synchronous_commit", "full_page_writes")
_STEPS: Final = ((signal.SIGTERM, 10.0),)
_START_SECONDS: Final = 60.0


class BenchError(Exception):
    """The benchmark can't run here; the sentence says why."""


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A fresh cluster with a migrated database on a real disk, durable as in production. Raises BenchError."""
    shutil.rmtree(HOME, ignore_errors=True)
    server = Postgres(load_settings({"JIXIAO_HOME": str(HOME)}), durable=True)
    try:
        server.start()
        upgrade(server.url)
        yield server
    finally:
        server.stop()


def promises(database_url: str) -> dict[str, str]:
    """What the server says of its durability. Raises BenchError for anything but `on`."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select name, setting from pg_settings where name = any(%s)", [list(PROMISES)])
        found = {str(name): str(setting) for name, setting in rows}
    if set(found) != set(PROMISES) or set(found.values()) != {"on"}:
        raise BenchError(f"this server may lose what it confirmed, so its speed says nothing: {found}")
    return found


def server_pid() -> int:
    """The process that all others of this PostgreSQL descend from."""
    return int((HOME / "postgres" / "data" / "postmaster.pid").read_text("ascii").split()[0])


def program(name: str) -> str:
    """A program of the same PostgreSQL, such as pgbench. Raises BenchError."""
    path = find_binaries(load_settings({"JIXIAO_HOME": str(HOME)})) / name
    if not path.is_file():
        raise BenchError(f"no {name} beside the server: install the extra `jixiao[embedded]`")
    return str(path)


def settings_of(database_url: str, *, port: int, **more: str) -> Settings:
    """The settings of the service under measurement: the defaults of `jixiao up`, and `more` variables."""
    return load_settings(_environ(database_url, port=port) | more)


def _environ(database_url: str, *, port: int) -> dict[str, str]:
    return {
        "JIXIAO_HOME": str(HOME),
        "JIXIAO_DATABASE_URL": database_url,
        "JIXIAO_PORT": str(port),
        "JIXIAO_COOKIE_SECURE": "false",
    }


@contextmanager
def service_running(database_url: str, **more: str) -> Iterator[tuple[int, int]]:
    """The real web server, with `more` variables; (port, pid)."""
    port = process.free_port()
    environ = environment() | _environ(database_url, port=port) | more
    command = web(load_settings(environ)).argv
    with _running(command, environ=environ, port=port, path="/health/live", name="service") as pid:
        yield port, pid


@contextmanager
def peer_running(database_url: str, *, threads: int) -> Iterator[tuple[int, int]]:
    """Django and Viewflow under the same web server; (port, pid). Its database must be prepared."""
    port = process.free_port()
    command = [
        *(str(PEER_HOME / "bin" / "python"), "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", str(threads)),
        *("--no-access-log", "--working-dir", str(PEER), "wsgi:application"),
    ]
    with _running(command, environ=peer_environ(database_url), port=port, path="/login", name="peer") as pid:
        yield port, pid


def install_peer() -> None:
    """The peer's packages in their own environment, once for each state of the lock."""
    stamp = PEER_HOME / "installed.lock"
    if stamp.exists() and stamp.read_bytes() == PEER_LOCK.read_bytes():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEER_HOME)], check=True)
    pip = [str(PEER_HOME / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--require-hashes", "--requirement", str(PEER_LOCK)], check=True, stderr=subprocess.DEVNULL)
    stamp.write_bytes(PEER_LOCK.read_bytes())


def prepare_peer(database_url: str, *, processes: int) -> None:
    """The peer's own database on the same server, with so many started processes."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"create database {PEER_DATABASE}")
    environ = peer_environ(database_url) | {"COUNT": str(processes)}
    subprocess.run([str(PEER_HOME / "bin" / "python"), "wsgi.py"], cwd=PEER, env=environ, check=True)


def peer_environ(database_url: str) -> dict[str, str]:
    """The variables that lead the peer to its database."""
    url = urlsplit(database_url)
    return environment() | {
        "PGHOST": url.hostname or "",
        "PGPORT": str(url.port),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": PEER_DATABASE,
        "PYTHONDONTWRITEBYTECODE": "1",
        "COUNT": str(10**9),
    }


@contextmanager
def _running(command: list[str], *, environ: Mapping[str, str], port: int, path: str, name: str) -> Iterator[int]:
    log = HOME / "logs" / f"{name}.log"
    child = process.start(command, log=log, environ=environ, folder=ROOT)
    try:
        process.wait_until(lambda: _answers(port, path), child, log=log, seconds=_START_SECONDS)
        yield child.pid
    finally:
        process.stop(child, _STEPS)


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
