"""What the servers that come along have in common: a folder, a log, a port, a password, and a child of this process."""

from __future__ import annotations

import subprocess

from service.settings import Settings, kept_secret


class Resident:
    """A server on a folder of `home`, a child of this process while it runs."""

    def __init__(self, settings: Settings, name: str, *, durable: bool) -> None:
        home = settings.home.resolve()
        self.home, self.log = home / name, home / "logs" / f"{name}.log"
        self.durable = durable
        self.port = 0
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._child is not None and self._child.poll() is None

    def _password(self) -> str:
        return kept_secret(self.home / "password")
