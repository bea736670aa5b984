"""Log lines as a collector reads them, and counters of several worker processes summed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import load_settings

LINES = """
import os
from service import logs
from service.settings import load_settings
logs.set_up(load_settings({"JIXIAO_LOG_LEVEL": "info"}))
logs.bind(request_id="abc", actor_id=7)
logs.logger("web").info("request", status=200, note="第一行\\nsecond\\x1b[31m")
logs.logger("web").debug("quiet")
try:
    raise ValueError("boom")
except ValueError as error:
    logs.logger("web").error("unhandled", exc_info=error)
logs.forget()
logs.logger("web").warning("after")
"""
WORKER = """
import sys
from pathlib import Path
from service import metrics
metrics.share(Path(sys.argv[1]))
counted = metrics.Metrics()
counted.answered(method="GET", route="/inbox", status=200, seconds=0.02)
if len(sys.argv) > 2:
    print(counted.rendered({"outbox_waiting": 3}).decode())
else:
    print("ready", flush=True)
    sys.stdin.read()
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def test_a_line_is_one_json_object_whatever_is_in_it() -> None:
    out = subprocess.run(python(LINES), check=True, capture_output=True).stdout
    lines = [json.loads(line) for line in out.decode().splitlines()]
    assert [line["event"] for line in lines] == ["request", "unhandled", "after"]
    first = lines[0]
    assert (first["request_id"], first["actor_id"], first["status"], first["level"]) == ("abc", 7, 200, "info")
    assert first["timestamp"].endswith("Z")
    assert b"\x1b" not in out, "no terminal takes orders from a log"
    assert "ValueError: boom" in lines[1]["exception"]
    assert "request_id" not in lines[2]


def test_two_workers_count_together_and_the_dead_are_forgotten_at_the_next_start(tmp_path: Path) -> None:
    first = subprocess.Popen(python(WORKER, str(tmp_path)), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert first.stdin is not None
    assert first.stdout is not None
    assert first.stdout.readline() == b"ready\n"
    both = subprocess.run(python(WORKER, str(tmp_path), "read"), check=True, capture_output=True).stdout.decode()
    first.stdin.close()
    first.wait()
    first.stdout.close()
    assert 'jixiao_requests_total{method="GET",route="/inbox",status="200"} 2.0' in both
    assert 'jixiao_request_seconds_count{route="/inbox"} 2.0' in both
    assert "jixiao_outbox_waiting 3" in both
    alone = subprocess.run(python(WORKER, str(tmp_path), "read"), check=True, capture_output=True).stdout.decode()
    assert 'jixiao_requests_total{method="GET",route="/inbox",status="200"} 1.0' in alone


@pytest.mark.slow
def test_the_web_s_factory_reads_nothing_but_the_environment() -> None:
    """Without a database the factory stops with a sentence instead of an application that can't answer."""
    code = (
        "from service.app import create_app; from service.settings import load_settings; create_app(load_settings({}))"
    )
    failed = subprocess.run(python(code), check=False, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "JIXIAO_DATABASE_URL is unset" in failed.stderr
    assert load_settings({}).database_url is None
