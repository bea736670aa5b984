"""A person at the pages: a test client with a session, and a look at what a page says."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "seven quiet herons at dusk"
_HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
_VOID = frozenset("area base br col embed hr img input link meta source track use path rect circle".split())
_SPOKEN = ("aria-label", "title", "placeholder", "alt")


def sign_in(client: FlaskClient, username: str, *, password: str = PASSWORD) -> FlaskClient:
    """Sign in through the form, as a browser does."""
    response = client.post("/sign-in", data={"username": username, "password": password})
    assert response.status_code == 303, (username, response.status_code, response.text)
    return client


def hidden(response: TestResponse, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', response.text)
    assert found, f"no field {name} in {response.request.path}"
    return found[1]


def press(client: FlaskClient, path: str, *, page: str, **fields: Any) -> TestResponse:  # noqa: ANN401 - fields of a form
    """Open `page`, take its hidden fields, and post `fields` to `path`."""
    shown = client.get(page)
    assert shown.status_code == 200, (page, shown.status_code)
    data = {"csrf_token": hidden(shown, "csrf_token")} | fields
    for name in ("version", "idempotency_key"):
        if name not in fields and f'name="{name}"' in shown.text:
            data[name] = hidden(shown, name)
    return client.post(path, data=data)


class Spoken(HTMLParser):
    """Collects every text of a page, and attributes that are read out, that stands in no element of the language `zh-CN`."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang") or (self.open[-1][1] if self.open else "en")
        if language != "zh-CN":
            self.found += [given[name] or "" for name in _SPOKEN if _HAN.search(given.get(name) or "")]
        if tag not in _VOID:
            self.open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ("", "en")
        if inside[0] not in ("script", "style") and inside[1] != "zh-CN" and _HAN.search(data):
            self.found.append(data.strip())


def chinese_outside(page: str) -> list[str]:
    """Chinese of an English page that does not say that it is Chinese."""
    parser = Spoken()
    parser.feed(page)
    return parser.found
