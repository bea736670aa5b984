"""The import rules of the house hold, and each of them is seen to fail when it is broken."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("workflows", "service", "workers")
CONTRACTS = 7


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def verdicts(run: subprocess.CompletedProcess[str]) -> dict[int, str]:
    return {int(number): word for number, word in re.findall(r"^(\d)\. .* (KEPT|BROKEN)\b", run.stdout, re.MULTILINE)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("built", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_seven_rules_hold() -> None:
    run = lint(ROOT)
    assert verdicts(run) == dict.fromkeys(range(1, CONTRACTS + 1), "KEPT"), run.stdout


@pytest.mark.parametrize(
    ("contract", "path", "line"),
    [
        (1, "workflows/errors.py", "import service.settings"),
        (2, "workflows/errors.py", "import flask"),
        (3, "service/settings.py", "import service.queries"),
        (3, "service/helpers/__init__.py", ""),
        (4, "service/usecases/decide.py", "import flask"),
        (5, "service/settings.py", "import celery"),
        (5, "service/settings.py", "import redis"),
        (6, "service/settings.py", "import transitions"),
        (7, "service/usecases/decide.py", "import service.usecases.submit"),
    ],
)
@pytest.mark.slow
def test_a_broken_rule_is_named(copy: Path, contract: int, path: str, line: str) -> None:
    target = copy / path
    target.parent.mkdir(exist_ok=True)
    before = target.read_text(encoding="utf-8") if target.exists() else '"""New."""\n'
    target.write_text(f"{before}\n{line}\n", encoding="utf-8")
    run = lint(copy)
    assert run.returncode != 0
    assert verdicts(run)[contract] == "BROKEN", run.stdout
