"""One commit site, one recording place, one import of `transitions`: the build says so, and says so of code that breaks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("workflows", "service", "workers")
STATE_SQL = re.compile(r"\bupdate\s+submission\b.*?\bset\b", re.IGNORECASE | re.DOTALL)


def sources() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def commits(code: str) -> list[int]:
    """Lines on which something's `commit` is called."""
    calls = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"]


def state_writes(code: str) -> list[int]:
    """Lines that assign a `.state` attribute, or update the submission table by SQL or by Core."""
    found = []
    for node in ast.walk(ast.parse(code)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        named = [t for t in targets if isinstance(t, ast.Attribute) and t.attr == "state"]
        own = [t for t in named if isinstance(t.value, ast.Name) and t.value.id == "self"]
        found += [t.lineno for t in named if t not in own]
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATE_SQL.search(node.value):
            found.append(node.lineno)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "update":
            found += [node.lineno for arg in node.args if getattr(arg, "id", "") == "Submission"]
    return found


def test_only_the_unit_of_work_commits() -> None:
    sites = [f"{name}:{line}" for name, code in sources() for line in commits(code)]
    assert len(sites) == 1, sites
    assert sites[0].startswith("service/db.py:")


def test_only_record_writes_a_state() -> None:
    sites = {name for name, code in sources() if state_writes(code)}
    assert sites == {"service/models/record.py"}


def test_only_the_engine_imports_transitions() -> None:
    importers = [name for name, code in sources() if re.search(r"^\s*(from|import) transitions\b", code, re.MULTILINE)]
    assert importers == ["workflows/engine.py"]


@pytest.mark.parametrize(
    "code",
    ["session.commit()", "def f(connection):\n    if x:\n        connection.commit()"],
)
def test_a_second_commit_site_would_be_seen(code: str) -> None:
    assert commits(code)


@pytest.mark.parametrize(
    "code",
    [
        "submission.state = State.APPROVED",
        "execute(text('update submission set state = :s'))",
        "connection.execute(update(Submission).values(state='approved'))",
    ],
)
def test_a_second_recording_place_would_be_seen(code: str) -> None:
    assert state_writes(code)


def test_code_that_only_reads_is_not_accused() -> None:
    assert not state_writes("if submission.state is State.DRAFT:\n    self.state = 1")
    assert not commits("committed = True")
