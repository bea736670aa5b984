"""Every route says who may come in, what is public is on this list, and no route lets a stranger further than that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask
from flask_openapi.openapi import OpenAPI
from werkzeug.routing import Rule

from service.api import auth
from service.app import create_app
from service.settings import Settings

# design, section 4: health, public, sign-in, assets, the OpenAPI file; nothing else. /metrics has a check of its own.
PUBLIC = {
    "/health/live",
    "/health/ready",
    "/metrics",
    "/api/openapi.json",
    "/api/v1/sessions",
    "/static/<name>",
    "/sign-in",
    "/sign-out",
    "/language",
}


@pytest.fixture
def app(settings: Settings) -> Iterator[OpenAPI]:
    application = create_app(settings)
    yield application
    application.extensions["jixiao"].engine.dispose()


def address(rule: Rule) -> str:
    """The rule with something in each of its places."""
    path = rule.rule
    for argument in rule.arguments:
        converter = "int:" if f"<int:{argument}>" in path else ""
        path = path.replace(f"<{converter}{argument}>", "1" if converter else "x")
    return path


def test_every_blueprint_says_who_may_come_in(app: OpenAPI) -> None:
    said = {name: getattr(blueprint, "auth", None) for name, blueprint in app.blueprints.items()}
    assert set(said.values()) <= {auth.REQUIRED, auth.PUBLIC}
    routes_without_blueprint = [rule.rule for rule in app.url_map.iter_rules() if "." not in rule.endpoint]
    assert routes_without_blueprint == []


def test_what_is_public_is_on_the_list(app: OpenAPI) -> None:
    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if app.blueprints[rule.endpoint.rpartition(".")[0]].auth == auth.PUBLIC  # type: ignore[attr-defined]
    }
    assert public == PUBLIC


def test_a_stranger_gets_no_further(app: OpenAPI) -> None:
    """Asked for, not only declared: every other route turns a stranger away, whatever the method."""
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.rule in PUBLIC:
            continue
        for method in sorted(set(rule.methods or ()) - {"OPTIONS"}):
            reply = client.open(address(rule), method=method)
            led_to_sign_in = reply.status_code == 303 and reply.headers["Location"].startswith("/sign-in")
            assert reply.status_code == 401 or led_to_sign_in, f"{method} {rule.rule}: {reply.status_code}"


@pytest.mark.parametrize("said", [None, "sometimes"])
def test_an_application_does_not_start_with_a_blueprint_that_says_nothing(said: str | None) -> None:
    app, silent = Flask("x", static_folder=None), Blueprint("silent", __name__)
    if said:
        silent.auth = said  # type: ignore[attr-defined]
    app.register_blueprint(silent)
    with pytest.raises(RuntimeError, match="silent"):
        auth.install(app)


def test_a_route_without_a_blueprint_is_closed(settings: Settings) -> None:
    """Somebody adds `@app.get`: nobody declared it, so nobody comes in."""
    app = create_app(settings)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    reply = app.test_client().get("/forgotten")
    assert "secret" not in reply.text
    app.extensions["jixiao"].engine.dispose()
