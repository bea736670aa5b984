"""`jixiao up` as a whole: it becomes ready, mends what dies, keeps its data, leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.error import URLError

import psycopg
import pytest

from service.cli.doctor import look
from service.embedded import running
from service.settings import load_settings
from tests.infra.running import READY, Running, alive, all_gone

pytestmark = pytest.mark.slow

PROCESSES = ("postgres", "valkey-server", "granian", "default", "reports", "beat")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up") / "home"


@pytest.fixture
def up(home: Path) -> Iterator[Running]:
    with Running(home, "--lang", "en") as up:
        up.heard(READY)
        yield up


def eventually(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answers(up: Running) -> bool:
    try:
        return up.get("/health/live")[0] == 200
    except (URLError, OSError):
        return False


def test_it_says_where_it_is_and_every_process_runs(up: Running) -> None:
    assert up.said[-1] == f"{READY}http://127.0.0.1:{up.port}\n"
    for name in PROCESSES:
        assert alive([up.one(name)]), name
    assert answers(up)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_stop_ends_everything(up: Running, number: signal.Signals) -> None:
    family = up.family()
    assert len(family) > len(PROCESSES)
    up.process.send_signal(number)
    up.process.communicate(timeout=60)
    assert up.process.returncode == 0
    assert alive(family) == []
    assert running(up.home) is None


def test_a_stop_in_the_middle_of_the_start_leaves_nothing(home: Path) -> None:
    for delay in (0.2, 0.6, 1.0, 1.4):
        with Running(home, "--lang", "en") as up:
            time.sleep(delay)
            family = up.family()
            up.process.send_signal(signal.SIGINT)
            up.process.communicate(timeout=60)
        assert all_gone(family, seconds=10)


def test_a_killed_parent_leaves_no_orphan_and_the_next_start_works(up: Running, home: Path) -> None:
    family = up.family()
    up.process.kill()
    up.process.wait()
    assert all_gone(family, seconds=45), alive(family)
    with Running(home, "--lang", "en") as again:
        again.heard(READY)
        assert answers(again)


def test_after_everything_was_killed_at_once_the_next_start_works(up: Running, home: Path) -> None:
    for pid in [up.process.pid, *up.family()]:
        os.kill(pid, signal.SIGKILL)
    up.process.wait()
    with Running(home, "--lang", "en") as again:
        again.heard(READY)
        assert answers(again)


def test_a_process_that_dies_is_reported_and_started_again(up: Running) -> None:
    for name in ("granian", "default", "reports", "beat"):
        dead = up.one(name)
        os.kill(dead, signal.SIGKILL)
        assert "ended (code -9)" in up.heard("starting it again")
        eventually(partial(up.named, name))
        assert up.one(name) != dead
    eventually(lambda: answers(up))


def test_a_server_that_dies_comes_back_at_the_same_address(up: Running, home: Path) -> None:
    before = running(home)
    assert before is not None
    for name in ("postgres", "valkey-server"):
        os.kill(up.one(name), signal.SIGKILL)
        up.heard("was started again")
        assert running(home) == before
    with psycopg.connect(before["JIXIAO_DATABASE_URL"]) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    broken = [row for row in look(load_settings({"JIXIAO_HOME": str(home)})) if row.good is False]
    assert broken == []


def test_data_outlive_a_restart(up: Running, home: Path) -> None:
    state = running(home)
    assert state is not None
    with psycopg.connect(state["JIXIAO_DATABASE_URL"]) as connection:
        connection.execute("create table if not exists kept (n int)")
        connection.execute("insert into kept values (1)")
    up.process.send_signal(signal.SIGTERM)
    up.process.communicate(timeout=60)
    with Running(home) as again:
        again.heard(READY)
        state = running(home)
        assert state is not None
        with psycopg.connect(state["JIXIAO_DATABASE_URL"]) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (1,)


def test_a_second_one_on_the_same_home_is_refused(up: Running, home: Path) -> None:
    with Running(home, "--lang", "en") as second:
        out, _ = second.process.communicate(timeout=60)
    assert second.process.returncode == 2
    assert f"process {up.process.pid}" in out
    assert answers(up)


def test_a_used_port_is_named(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "-m", "service.cli", "up", "--lang", "en", "--port", str(port), "--home", str(home)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (run.returncode, run.stdout) == (2, "")
    assert f"Port {port} is in use" in run.stderr


def test_a_web_server_that_cannot_start_is_explained_and_nothing_stays(home: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nif 'granian' in sys.orig_argv: raise SystemExit('broken on purpose')\n"
    )
    with Running(home, "--lang", "en", pythonpath=tmp_path) as up:
        out, _ = up.process.communicate(timeout=90)
    assert up.process.returncode == 2
    assert "broken on purpose" in out
    assert running(home) is None
