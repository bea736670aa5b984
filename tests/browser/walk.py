"""A person at a browser: signs in, opens pages, presses what is there, and leaves a picture of each step."""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, Page, Request, expect

DESKTOP = {"width": 1366, "height": 768}


class Visitor:
    """One browser context of one person. Console errors and failed requests are collected in `faults`."""

    def __init__(self, browser: Browser, url: str, *, password: str, pictures: Path) -> None:
        self.url, self.password, self.pictures = url, password, pictures
        self.context = browser.new_context(viewport=DESKTOP, locale="zh-CN", base_url=url)  # type: ignore[arg-type]
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("requestfailed", self._failed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.context.close()

    def _failed(self, request: Request) -> None:
        """A request that ended because the page was left is none; one that was refused or blocked is."""
        if request.failure != "net::ERR_ABORTED":
            self._note("failed", request.url)

    def _note(self, kind: str, words: str) -> None:
        if kind in ("error", "failed") and "favicon" not in words:
            self.faults.append(f"{kind}: {words}")

    def sign_in(self, username: str) -> Self:
        """Sign in and arrive where this person begins: at the inbox, an administrator at the departments."""
        self.page.goto("/sign-in")
        self.page.get_by_label("用户名").fill(username)
        self.page.locator("#password").fill(self.password)
        self.page.get_by_role("button", name="登录", exact=True).click()
        expect(self.page.get_by_role("heading", name=re.compile("工作台|部门一览"), level=1)).to_be_visible()
        return self

    def press(self, name: str, *, exact: bool = False) -> None:
        """Press the one button of this name and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=exact).click()

    def picture(self, name: str) -> None:
        """Keep a picture of the whole page."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        # As tall as the page: what sticks to the foot would otherwise stand in the middle of the picture.
        tall = int(self.page.evaluate("document.documentElement.scrollHeight"))
        self.page.set_viewport_size({"width": DESKTOP["width"], "height": max(tall, DESKTOP["height"])})
        self.page.screenshot(path=self.pictures / f"{name}.png")
        self.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
