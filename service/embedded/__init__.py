"""The PostgreSQL and the Valkey that Jixiao brings along where no setting names others."""

import fcntl
import json
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final, Self

from service.embedded.postgres import Postgres
from service.embedded.process import POLL_SECONDS, EmbeddedError
from service.embedded.valkey import Valkey
from service.settings import Settings

__all__ = ["EmbeddedError", "Servers", "running"]

# A command of the CLI that started servers for itself ends within seconds; the next one waits for it.
WAIT_SECONDS: Final = 60.0


class Servers:
    """The database and the broker that the settings mean; use it in a `with`.

    What a URL names is taken as it is. The rest is embedded under `settings.home`: one process at a time owns the
    servers of a home (a lock that ends with the process). The owner starts and stops them. If it is `shared`
    (`jixiao up`), others join it; otherwise they wait until it is done. Raises EmbeddedError.

    `durable=False` is for tests: it trades the data for speed.
    """

    def __init__(self, settings: Settings, *, durable: bool = True, shared: bool = False) -> None:
        self.settings = settings
        self.durable = durable
        self.shared = shared
        self.database_url = settings.database_url.get_secret_value() if settings.database_url else ""
        self.redis_url = settings.redis_url.get_secret_value() if settings.redis_url else ""
        self._open = ExitStack()
        self._started: list[Postgres | Valkey] = []

    @property
    def environ(self) -> dict[str, str]:
        """The two variables that point another process of Jixiao at the same servers."""
        return {"JIXIAO_DATABASE_URL": self.database_url, "JIXIAO_REDIS_URL": self.redis_url}

    def __enter__(self) -> Self:
        if not (self.database_url and self.redis_url):
            with ExitStack() as stack:  # what was started is stopped if the rest fails
                self._enter(stack)
                self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _enter(self, stack: ExitStack) -> None:
        home = self.settings.home.resolve()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = stack.enter_context((home / "servers.lock").open("a+", encoding="ascii"))
        state = home / "servers.json"
        if self._owns(lock, state):
            state.unlink(missing_ok=True)
            self._start(stack)
            stack.callback(state.unlink, missing_ok=True)
            _write(state, {"pid": os.getpid(), "shared": self.shared, **self.environ})

    def _owns(self, lock: IO[str], state: Path) -> bool:
        """Take the lock, or take over the addresses of the owner."""
        deadline = time.monotonic() + (0.0 if self.shared else WAIT_SECONDS)
        while not _locked(lock):
            owner = _read(state)
            if self.shared and time.monotonic() > deadline:
                who = f"process {owner['pid']}" if owner else "another process"
                raise EmbeddedError(f"Jixiao already runs on {state.parent}: {who} has its servers")
            if owner and owner["shared"]:
                self.database_url = self.database_url or owner["JIXIAO_DATABASE_URL"]
                self.redis_url = self.redis_url or owner["JIXIAO_REDIS_URL"]
                return False
            if time.monotonic() > deadline:
                raise EmbeddedError(f"another command uses the servers of {state.parent}; try again when it is done")
            time.sleep(POLL_SECONDS)
        return True

    def _start(self, stack: ExitStack) -> None:
        if not self.database_url:
            postgres = Postgres(self.settings, durable=self.durable)
            self._begin(postgres, stack)
            self.database_url = postgres.url
        if not self.redis_url:
            valkey = Valkey(self.settings, durable=self.durable)
            self._begin(valkey, stack)
            self.redis_url = valkey.url

    def _begin(self, server: Postgres | Valkey, stack: ExitStack) -> None:
        stack.callback(server.stop)
        server.start()
        self._started.append(server)

    def mend(self) -> list[str]:
        """Start again, at the same address, what has died; return the names. The owner calls it now and then."""
        dead = [server for server in self._started if not server.alive]
        for server in dead:
            server.stop()
            server.start()
        return [type(server).__name__ for server in dead]


def running(home: Path) -> dict[str, Any] | None:
    """What the owner of the servers of `home` wrote down (`pid`, `shared` and the two URLs), or None if none runs."""
    path = home.resolve() / "servers.lock"
    if not path.exists():
        return None
    with path.open("a+", encoding="ascii") as lock:
        return None if _locked(lock) else _read(path.with_name("servers.json"))


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(state: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(state.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def _write(state: Path, content: dict[str, Any]) -> None:
    draft = state.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(state)
