"""The editor with two hundred indicators: how long a key takes on a slow machine, and what a save costs on the server.

Keys are measured in Chromium at a quarter of this machine's speed, by the browser's own event timing: the time from the key
to the frame that shows it. A save is measured over HTTP, in turns with an empty request to the same server, beside pgbench's
own transaction on the same database server (one client each): `p95 of a save ÷ (p95 of pgbench + p95 of the empty request)`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import psycopg
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from sqlalchemy import text

from service.api.auth import cookie_name
from service.cli.environment import environment
from service.db import make_engine, session_factory, unit_of_work
from service.demo import load
from service.queries.actor import by_username
from service.web.editor_base import packed
from tests import chromium
from tests.bench import servers
from tests.bench.figures import Line, percentile, show
from tests.bench.pages import Visitor, Weight, signed_in_session
from tests.factories import seed_document
from workflows.ulid import new_ulid

ROWS: Final = 200
SAVES: Final = 300
SLOW_DOWN: Final = 4
KEY_MS: Final = 100.0
FIRST_MS: Final = 200.0
GOAL_KB: Final = 60.0
MOST_KB: Final = 150.0
MOST_RATIO: Final = 3.0
SECTION: Final = "key_tasks"
_FORM: Final = text("""
select s.id from submission s join person p on p.id = s.created_by where p.username = 'filler' and s.state = 'draft'
order by s.id desc limit 1
""")
_PUT: Final = text("update draft_section set body = cast(:body as jsonb) where submission_id = :id and section = :s")
# Durations of keys and presses as the browser counts them, from the event to the next frame.
_LISTEN: Final = """
() => { window.spans = []; new PerformanceObserver((list) => { for (const one of list.getEntries())
    if (one.interactionId) window.spans.push(one.duration); }).observe({type: 'event', durationThreshold: 16, buffered: true}); }
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The form, who fills it in, and where the server is."""

    port: int
    form: int
    cookie: str
    csrf: str
    value: list[dict[str, Any]]
    version: int


@dataclass(slots=True)
class Hand:
    """Milliseconds of the first touch and of the keys that follow."""

    first: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)


def run() -> list[Line]:
    """Measure and print."""
    with servers.postgres() as postgres:
        environ = {"JIXIAO_DEMO": "true"}
        settings = servers.settings_of(postgres.url, port=1, **environ)
        load(settings, now=datetime.now(UTC))
        form, value, version = _two_hundred(postgres.url)
        engine = make_engine(postgres.url, pool_size=1, role="bench")
        with unit_of_work(session_factory(engine)) as session:
            token = signed_in_session(session.connection(), "filler")
        engine.dispose()
        with servers.service_running(postgres.url, **environ) as (port, _):
            stage = Stage(port, form, f"{cookie_name(settings)}={token}", token, value, version)
            saves, empty = _saves(stage)
            bare = _pgbench(postgres.url)
            weight = _weight(stage)
            hand = _hand(stage)
    return _lines(saves, empty, bare, weight, hand)


def _two_hundred(database_url: str) -> tuple[int, list[dict[str, Any]], int]:
    """The draft of the demonstration with two hundred indicators; its id, its tasks and their version."""
    engine = make_engine(database_url, pool_size=1, role="bench")
    seed = seed_document()["indicators"]
    rows = [
        {**seed[at % len(seed)], "id": new_ulid(), "level3": f"{seed[at % len(seed)]['level3']}（{at + 1} 号）"}
        for at in range(ROWS)
    ]
    with unit_of_work(session_factory(engine)) as session:
        assert by_username(session.connection(), "filler") is not None, "the demonstration has its accounts"
        form = int(session.execute(_FORM).scalar_one())
        session.execute(_PUT, {"body": json.dumps({"value": rows}), "id": form, "s": "indicators"})
        statement = text(
            "select version, body -> 'value' from draft_section where submission_id = :id and section = :s"
        )
        version, value = session.execute(statement, {"id": form, "s": SECTION}).one()
    engine.dispose()
    return form, value, version


def _saves(stage: Stage) -> tuple[list[float], list[float]]:
    """Seconds of saves and of empty requests, in turns over one connection."""
    connection = HTTPConnection("127.0.0.1", stage.port, timeout=30)
    base, version, row = packed(stage.value), stage.version, stage.value[0]["id"]
    saves, empty = [], []
    for turn in range(SAVES + 20):
        body = urlencode(
            {
                "csrf_token": stage.csrf, "patch": "yes", "do": "save", "window": "bench0000001",
                "base_version": version, "base": base, f"cell.{row}.name": f"第 {turn} 次保存的名称",
            }
        )  # fmt: skip
        path = f"/submissions/{stage.form}/sections/{SECTION}"
        seconds, answer = _timed(connection, "POST", path, stage.cookie, body)
        base, version = answer["base"], answer["version"]
        quiet, _ = _timed(connection, "GET", "/health/live", stage.cookie, None)
        if turn >= 20:  # the first ones make connections and fill caches
            saves.append(seconds)
            empty.append(quiet)
    connection.close()
    return saves, empty


def _timed(
    connection: HTTPConnection, method: str, path: str, cookie: str, body: str | None
) -> tuple[float, dict[str, Any]]:
    headers = {"Cookie": cookie, "Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    started = time.perf_counter()
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    content = reply.read()
    seconds = time.perf_counter() - started
    if reply.status != 200:
        raise servers.BenchError(f"{method} {path}: {reply.status} {content[:200]!r}")
    return seconds, json.loads(content)


def _pgbench(database_url: str) -> list[float]:
    """Seconds of pgbench's own transaction, one client, on the same server in a database of its own."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("create database pgbench")
    url = f"{database_url.rpartition('/')[0]}/pgbench"
    program = servers.program("pgbench")
    subprocess.run([program, "--initialize", "--quiet", url], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "--protocol=prepared", "--client=1", f"--transactions={SAVES}", "--log"]
        subprocess.run([*command, f"--log-prefix={folder}/log", url], check=True, capture_output=True)
        lines = [line for log in Path(folder).glob("log.*") for line in log.read_text("ascii").splitlines()]
    return [int(line.split()[2]) / 1e6 for line in lines]


def _weight(stage: Stage) -> Weight:
    weight = Weight("editor")
    connection = HTTPConnection("127.0.0.1", stage.port, timeout=30)
    Visitor(connection, stage.cookie).weigh(f"/submissions/{stage.form}", weight, "filler")
    connection.close()
    return weight


def _hand(stage: Stage) -> Hand:
    """Open the page three times on a slow machine: touch it at once, then type."""
    executable, hand = chromium.path(), Hand()
    if executable is None:
        raise servers.BenchError("no Chromium on PATH: `make test` says how to get one")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        env = chromium.font_environment(Path(folder), environment())
        browser = playwright.chromium.launch(executable_path=executable, args=list(chromium.FLAGS), env=dict(env))
        for _ in range(3):
            _touch(browser, stage, hand)
        browser.close()
    return hand


def _touch(browser: Browser, stage: Stage, hand: Hand) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, base_url=f"http://127.0.0.1:{stage.port}")
    name, _, value = stage.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{stage.port}"}])
    page = context.new_page()
    slow: CDPSession = context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_DOWN})
    page.goto(f"/submissions/{stage.form}")
    page.evaluate(_LISTEN)
    page.mouse.click(*_middle(page, "#c-basic-fiscally_supported_headcount"))
    page.keyboard.press("7")
    hand.first.append(max(_spans(page), default=16.0))
    page.locator("#c-indicators-100-interpretation").click()
    _spans(page)
    page.keyboard.type("abcdefghijklmnopqrst", delay=120)
    hand.keys += _spans(page) or [16.0]
    context.close()


def _middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box, selector
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _spans(page: Page) -> list[float]:
    page.wait_for_timeout(700)
    found: list[float] = page.evaluate("() => window.spans.splice(0)")
    return found


def _lines(saves: list[float], empty: list[float], bare: list[float], weight: Weight, hand: Hand) -> list[Line]:
    took, nothing, alone = (percentile(one, 0.95) * 1000 for one in (saves, empty, bare))
    ratio = took / (alone + nothing)
    key, first = percentile(hand.keys, 0.98), sorted(hand.first)[1]
    size, whole = weight.compressed / 1000, weight.total / 1000
    rows = [
        ("save of a section", f"{percentile(saves, 0.5) * 1000:.1f}", f"{took:.1f}"),
        ("empty request", f"{percentile(empty, 0.5) * 1000:.1f}", f"{nothing:.1f}"),
        ("pgbench's transaction", f"{percentile(bare, 0.5) * 1000:.1f}", f"{alone:.1f}"),
    ]
    show("A save of the editor, one client, ms", ("request", "median", "p95"), rows)
    return [
        Line("editor, 200 rows, 4 times slower: a key", f"{key:.0f} ms", f"at most {KEY_MS:.0f} ms", key <= KEY_MS),
        Line("editor, 200 rows: first touch", f"{first:.0f} ms", f"at most {FIRST_MS:.0f} ms", first <= FIRST_MS),
        Line("editor, 200 rows: the page alone, compressed", f"{size:.1f} KB", f"goal {GOAL_KB:.0f} KB"),
        Line("editor, 200 rows: first visit", f"{whole:.1f} KB", f"at most {MOST_KB:.0f} KB", whole <= MOST_KB),
        Line(
            "autosave p95 ÷ (pgbench + empty request)", f"{ratio:.2f}", f"at most {MOST_RATIO:.0f}", ratio <= MOST_RATIO
        ),
    ]
