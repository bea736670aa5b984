"""Take the picture of the README: `make screenshot`, or `python -m tests.screenshot docs/screenshot.png [PATH] [ACCOUNT]`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from service.cli.environment import environment
from service.settings import demo_password, load_settings
from tests import chromium
from tests.infra.running import READY, Running


def take(target: Path, path: str, account: str) -> None:
    """A demonstration of its own, signed in as `account`, the page at `path`, 1366 wide, into `target`."""
    with tempfile.TemporaryDirectory() as folder, Running(Path(folder) / "home", "--demo") as up:
        up.heard(READY)
        password = demo_password(load_settings(environment(home=up.home)))
        fonts = chromium.font_environment(Path(folder), environment())
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium.path(), args=list(chromium.FLAGS), env=dict(fonts)
            )
            page = browser.new_page(viewport={"width": 1366, "height": 720})
            page.goto(f"http://127.0.0.1:{up.port}/sign-in")
            page.fill("[name=username]", account)
            page.fill("[name=password]", password)
            page.press("[name=password]", "Enter")
            page.wait_for_load_state("networkidle")
            page.goto(f"http://127.0.0.1:{up.port}{path}")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=target)
            browser.close()


if __name__ == "__main__":
    target, path, account = [
        *sys.argv[1:],
        *["docs/screenshot.png", "/inbox", "finance_business_office"][len(sys.argv) - 1 :],
    ]
    take(Path(target), path, account)
