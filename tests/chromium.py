"""The Chromium of the browser tests: found on PATH, else installed from Debian by root, else named and asked for."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox, because tests may run as root in a container; no chatter with hosts outside.
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
FONTS: Final = Path(__file__).parents[1] / "service" / "built" / "fonts"
FONT_CONFIG: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def path() -> str | None:
    """Where Chromium is, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def font_environment(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for a Chromium that finds the CJK fonts of the front-end build; writes `fonts.conf` into `folder`.

    The machine needs no Chinese font: pictures and widths are the same everywhere.
    """
    config = folder / "fonts.conf"
    config.write_text(FONT_CONFIG.format(fonts=FONTS, cache=folder / "font-cache"), encoding="utf-8")
    return {**environ, "FONTCONFIG_FILE": str(config)}


def _install() -> None:
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        sys.exit("The browser tests need Chromium: install the package `chromium` and run this again.")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}  # noqa: TID251
    subprocess.run([apt, "update", "-qq"], check=True, env=environ)
    subprocess.run([apt, "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=True, env=environ)


if __name__ == "__main__":
    if path() is None:
        _install()
    if path() is None:
        sys.exit("Debian's package `chromium` is installed, yet no Chromium is on PATH.")
