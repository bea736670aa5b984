"""Embedded servers: start, sharing, clean stop, and recovery after everything was killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from service.embedded import EmbeddedError, Servers, running
from service.embedded.postgres import binaries, find_binaries, has_chinese_trigrams
from service.embedded.process import facts_of, residents
from service.embedded.valkey import command
from service.settings import Settings, load_settings

pytestmark = pytest.mark.slow

HOLD = """
import sys, time
from service.embedded import Servers
from service.settings import load_settings
with Servers(load_settings({"JIXIAO_HOME": sys.argv[1]}), shared=sys.argv[2] == "shared") as servers:
    print(servers.database_url, servers.redis_url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"JIXIAO_HOME": str(tmp_path / "home")})


def left_behind(settings: Settings) -> list[int]:
    home = settings.home
    return residents(home / "postgres" / "data", "postgres") + residents(home / "valkey", "valkey-server")


@pytest.fixture
def holder(settings: Settings) -> Iterator["Holder"]:
    with Holder(settings) as holder:
        yield holder


class Holder:
    """Another process that holds the servers of a home until it is told to stop or killed."""

    def __init__(self, settings: Settings, kind: str = "shared") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(settings.home), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.database_url, self.redis_url = self.process.stdout.readline().split()

    def __enter__(self) -> "Holder":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate(timeout=30)


def write(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists kept (n int)")
        connection.execute("insert into kept values (1)")


def rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from kept").fetchone()
        assert row is not None
        return int(row[0])


def test_servers_start_speak_chinese_keep_their_data_and_leave_nothing_running(settings: Settings) -> None:
    with Servers(settings) as servers:
        write(servers.database_url)
        command(servers.redis_url, "SET", "kept", "预算")
        with psycopg.connect(servers.database_url) as connection:
            assert has_chinese_trigrams(connection)
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                assert connection.execute(f"show {name}").fetchone() == ("on",)
        assert command(servers.redis_url, "CONFIG", "GET", "maxmemory-policy") == ["maxmemory-policy", "noeviction"]
        assert left_behind(settings)
    assert left_behind(settings) == []
    with Servers(settings) as servers:
        assert rows(servers.database_url) == 1
        assert command(servers.redis_url, "GET", "kept") == ["预算"]


def test_secrets_are_for_the_owner_alone_and_on_no_command_line(settings: Settings) -> None:
    with Servers(settings) as servers:
        password = (settings.home / "postgres" / "password").read_text()
        assert password in servers.database_url
        for path in ("postgres/password", "valkey/password", "valkey/valkey.conf", "servers.json"):
            assert (settings.home / path).stat().st_mode & 0o077 == 0, path
        lines = "".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in left_behind(settings))
        assert password not in lines
        assert (settings.home / "valkey" / "password").read_text() not in lines
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(servers.database_url.replace(password, "wrong"))
        with pytest.raises(OSError, match="NOAUTH"):
            command(servers.redis_url.replace(servers.redis_url.split("@")[0], "redis://"), "PING")


def test_named_servers_are_taken_as_they_are(tmp_path: Path) -> None:
    environ = {
        "JIXIAO_HOME": str(tmp_path / "home"),
        "JIXIAO_DATABASE_URL": "postgres://me:secret@db/jixiao",
        "JIXIAO_REDIS_URL": "redis://broker/1",
    }
    with Servers(load_settings(environ)) as servers:
        assert servers.database_url == "postgresql://me:secret@db/jixiao"
        assert servers.redis_url == "redis://broker/1"
    assert not (tmp_path / "home").exists()


def test_a_second_owner_is_refused_and_a_command_joins(settings: Settings, holder: Holder) -> None:
    with pytest.raises(EmbeddedError, match=rf"already runs.*{holder.process.pid}"), Servers(settings, shared=True):
        pass
    with Servers(settings) as joined:
        assert (joined.database_url, joined.redis_url) == (holder.database_url, holder.redis_url)
    assert rows_of_state(settings)["pid"] == holder.process.pid
    assert command(holder.redis_url, "PING") == ["PONG"], "leaving does not stop what somebody else started"


def rows_of_state(settings: Settings) -> dict[str, object]:
    state = running(settings.home)
    assert state is not None
    return state


def test_a_command_waits_for_another_command(settings: Settings) -> None:
    holder = Holder(settings, "alone")
    waiting = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.home), "alone"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.5)
    assert waiting.poll() is None
    with holder:
        pass
    out, _ = waiting.communicate(timeout=30)
    assert out.startswith("postgresql://")
    assert left_behind(settings) == []


def test_the_death_of_the_owner_ends_the_servers(settings: Settings, holder: Holder) -> None:
    assert left_behind(settings)
    holder.process.kill()
    holder.process.wait()
    deadline = time.monotonic() + 15
    while left_behind(settings) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left_behind(settings) == []
    assert running(settings.home) is None


def test_recovery_after_everything_was_killed(settings: Settings, holder: Holder) -> None:
    write(holder.database_url)
    command(holder.redis_url, "SET", "kept", "1")
    time.sleep(1.1)  # appendfsync everysec
    os.kill(holder.process.pid, signal.SIGSTOP)  # so that it cannot tidy up
    for pid in left_behind(settings):
        os.kill(pid, signal.SIGKILL)
    holder.process.kill()
    holder.process.wait()
    assert (settings.home / "postgres" / "data" / "postmaster.pid").exists()
    with Servers(settings) as servers:
        assert rows(servers.database_url) == 1
        assert command(servers.redis_url, "GET", "kept") == ["1"]


def orphan(settings: Settings) -> int:
    """A postmaster that outlived its parent: started by a process that is gone, with no death signal."""
    data = settings.home / "postgres" / "data"
    lock = (data / "postmaster.pid").read_text().splitlines()
    return int(lock[0])


def test_an_orphan_of_the_last_run_is_ended_before_the_start(settings: Settings) -> None:
    with Servers(settings) as servers:
        write(servers.database_url)
    child = start_without_parent(settings)
    assert child in residents(settings.home / "postgres" / "data", "postgres")
    with Servers(settings) as servers:
        assert rows(servers.database_url) == 1
        assert facts_of(child) is None or facts_of(child).state == "Z"  # type: ignore[union-attr]


def start_without_parent(settings: Settings) -> int:
    script = (
        "import sys, signal\n"
        "from service.embedded import postgres, process\n"
        "from service.settings import load_settings\n"
        "process._libc = type('Kernel', (), {'prctl': staticmethod(lambda *_: 0)})\n"
        "server = postgres.Postgres(load_settings({'JIXIAO_HOME': sys.argv[1]}), durable=True)\n"
        "server.start()\n"
        "print(server._child.pid, flush=True)\n"
        "import os; os._exit(0)\n"
    )
    run = subprocess.run([sys.executable, "-c", script, str(settings.home)], capture_output=True, text=True, check=True)
    return int(run.stdout)


@pytest.mark.parametrize("owner", ["this process", "init", "nobody"])
def test_a_stale_lock_is_no_obstacle_whoever_has_its_number(settings: Settings, owner: str) -> None:
    number = {"this process": os.getpid(), "init": 1, "nobody": 999_999}[owner]
    with Servers(settings):
        pass
    lock = settings.home / "postgres" / "data" / "postmaster.pid"
    lock.write_text(f"{number}\n{lock.parent}\n1700000000\n5432\n\n127.0.0.1\n  1234  5678\nready\n")
    with Servers(settings) as servers:
        assert servers.database_url
    assert facts_of(os.getpid()) is not None


def test_a_half_made_cluster_is_made_anew(settings: Settings) -> None:
    draft = settings.home / "postgres" / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    with Servers(settings) as servers:
        assert servers.database_url
    assert not draft.exists()


def test_another_version_of_the_data_is_named(settings: Settings) -> None:
    data = settings.home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 9.*JIXIAO_PG_BIN"), Servers(settings):
        pass


def test_binaries_of_the_setting_come_first(tmp_path: Path) -> None:
    assert next(binaries(load_settings({"JIXIAO_PG_BIN": str(tmp_path)}))) == tmp_path
    assert find_binaries(load_settings({"JIXIAO_PG_BIN": str(tmp_path)})) != tmp_path, "an empty folder is passed over"


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(settings: Settings) -> None:
    with Servers(settings):
        pass
    (settings.home / "postgres" / "data" / "postgresql.conf").write_text("no_such_option = 1\n")
    with pytest.raises(EmbeddedError, match="no_such_option"), Servers(settings):
        pass
    assert left_behind(settings) == []
    assert running(settings.home) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL drops privileges under root alone")
def test_root_hands_postgres_to_nobody_even_below_a_closed_folder(settings: Settings) -> None:
    settings.home.parent.chmod(0o700)
    with Servers(settings):
        (server, *_) = residents(settings.home / "postgres" / "data", "postgres")
        status = Path(f"/proc/{server}/status").read_text()
        assert "\nUid:\t65534\t65534\t65534\t65534\n" in status
        assert (settings.home / "postgres" / "data").stat().st_uid == 65534
        assert settings.home.stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL drops privileges under root alone")
def test_programs_below_a_closed_folder_are_copied_for_nobody_and_the_copy_is_removed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = find_binaries(load_settings({})).parents[1]
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, closed / source.name, symlinks=True)
    environ = {"JIXIAO_HOME": str(tmp_path / "home"), "JIXIAO_PG_BIN": str(closed / package.name / "pginstall" / "bin")}
    settings = load_settings(environ)
    with Servers(settings) as servers:
        write(servers.database_url)
        copied = Path((settings.home / "postgres" / "programs").read_text())
        assert copied.is_dir()
    assert not copied.exists()
    with Servers(settings) as servers:
        assert rows(servers.database_url) == 1


def test_the_state_file_is_gone_after_a_stop(settings: Settings) -> None:
    with Servers(settings, shared=True):
        assert json.loads((settings.home / "servers.json").read_text())["shared"] is True
    assert not (settings.home / "servers.json").exists()
