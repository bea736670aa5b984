"""The table of checks names tests that exist, and every test that carries a number stands in it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.browser.checks.covered import COVERED

ROOT = Path(__file__).parents[2]


def test_every_check_of_the_editor_and_of_the_review_is_covered() -> None:
    assert {*range(1, 29), *range(38, 57)} <= set(COVERED) <= set(range(1, 57))


def test_the_table_names_tests_that_exist() -> None:
    for number, tests in COVERED.items():
        for test in tests:
            path, _, name = test.partition("::")
            assert f"def {name}(" in (ROOT / path).read_text("utf-8"), f"{number}: {test}"


def test_every_numbered_test_stands_in_the_table() -> None:
    named = {test for tests in COVERED.values() for test in tests}
    for path in (ROOT / "tests" / "browser").rglob("test_*.py"):
        for name in re.findall(r"^def (test_check_\w+)\(", path.read_text("utf-8"), re.M):
            assert f"{path.relative_to(ROOT)}::{name}" in named, name
