"""`jixiao lifecycle draw|check`, without any server."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from workflows.diagram import diagram

SHIPPED = Path(__file__).parents[2] / "workflows" / "profiles"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_draw_prints_the_diagram(lang: str) -> None:
    run = CliRunner().invoke(main, ["--lang", lang, "lifecycle", "draw"])
    assert (run.exit_code, run.stdout) == (0, diagram(lang))


def test_the_shipped_process_is_sound() -> None:
    run = CliRunner().invoke(main, ["lifecycle", "check"])
    assert run.exit_code == 0
    assert "city-standard@1, city-evaluation@1" in run.stdout


def test_a_route_of_ones_own_is_checked(tmp_path: Path) -> None:
    route = (SHIPPED / "city-evaluation.toml").read_text("utf-8").replace("city-evaluation", "county")
    file = tmp_path / "county.toml"
    file.write_text(route, "utf-8")
    run = CliRunner().invoke(main, ["lifecycle", "check", "--route", str(file)])
    assert (run.exit_code, "county@1" in run.stdout) == (0, True)


def test_a_fault_is_named_and_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.policy._separation", lambda _actor, _row, _facts: None)
    run = CliRunner().invoke(main, ["--lang", "en", "lifecycle", "check"])
    assert run.exit_code == 1
    assert 'units with a superior: one person alone brings a form to "approved".' in run.stdout


@pytest.mark.parametrize(
    "content", ["", "not toml [", 'code = "x"\nversion = 1\nkind = "target"\nsource = "s"\nlevels = []']
)
def test_what_is_no_route_is_one_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "route.toml"
    file.write_text(content, "utf-8")
    run = CliRunner().invoke(main, ["lifecycle", "check", "--route", str(file)])
    assert (run.exit_code, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1
    missing = CliRunner().invoke(main, ["lifecycle", "check", "--route", str(tmp_path / "none.toml")])
    assert (missing.exit_code, missing.stdout) == (2, "")
