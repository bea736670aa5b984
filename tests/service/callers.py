"""A client of the API as a person: signs in, carries the CSRF token, speaks JSON, holds replies to their description."""

from __future__ import annotations

from typing import Any, Self

import orjson
from flask import Flask
from werkzeug.test import TestResponse

from tests.service import conformance

PASSWORD = "correct-horse-battery-staple"
HOST = "https://jixiao.example"


class Caller:
    """One browser or program. `csrf` is sent with every write; set it to None to forget it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.csrf: str | None = None
        self.token: str | None = None

    def as_(self, username: str, password: str = PASSWORD) -> Self:
        """Sign in with a password."""
        reply = self.post("/api/v1/sessions", {"username": username, "password": password})
        assert reply.status_code == 201, reply.text
        self.csrf = reply.json["csrf"]  # type: ignore[index]
        return self

    def other(self, username: str) -> Caller:
        """Another browser of the same application, signed in as somebody else."""
        return Caller(self.app).as_(username)

    def send(self, method: str, path: str, **options: Any) -> TestResponse:  # noqa: ANN401 - werkzeug's own
        """Any request, with what this caller carries."""
        headers = {"X-CSRFToken": self.csrf} if self.csrf else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        headers |= options.pop("headers", {})
        reply = self.client.open(path, method=method, base_url=HOST, headers=headers, **options)
        conformance.check(self.app, reply)
        return reply

    def get(self, path: str, **options: Any) -> TestResponse:  # noqa: ANN401 - werkzeug's own
        return self.send("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> TestResponse:  # noqa: ANN401 - werkzeug's own
        return self.send("POST", path, data=orjson.dumps(body), content_type="application/json", **options)

    def patch(self, path: str, body: object, **options: Any) -> TestResponse:  # noqa: ANN401 - werkzeug's own
        return self.send("PATCH", path, data=orjson.dumps(body), content_type="application/json", **options)

    def cookie(self) -> str:
        """The value of the session cookie that this browser holds."""
        found = self.client.get_cookie("__Host-jixiao_session", domain="jixiao.example")
        assert found is not None, "not signed in"
        return found.value

    def act(self, form: int, action: str, **fields: object) -> TestResponse:
        """One step of a form at the version that it has now."""
        version = self.get(f"/api/v1/submissions/{form}").json["version"]  # type: ignore[index]
        return self.post(f"/api/v1/submissions/{form}/actions", {"action": action, "version": version, **fields})
