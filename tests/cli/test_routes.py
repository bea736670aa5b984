"""`jixiao routes list|check|import|migrate` over a city in a database of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from tests.cli.conftest import Run
from tests.factories import City, make_draft, make_submitted

SHIPPED = Path(__file__).parents[2] / "workflows" / "profiles" / "city-standard.toml"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The standard route, its third level with a longer limit."""
    file = tmp_path / "route.toml"
    file.write_text(SHIPPED.read_text("utf-8").replace("working_days = 3", "working_days = 8"), "utf-8")
    return file


@pytest.mark.slow
def test_a_file_becomes_a_version_and_forms_move_to_it_by_command(
    jixiao: Run, city: City, factory: sessionmaker[Session], changed: Path
) -> None:
    with unit_of_work(factory) as session:
        draft, review = make_draft(session, city), make_submitted(session, city, filler="filler2")
    assert "city-standard@1" in jixiao("routes", "list").stdout
    checked = jixiao("routes", "check", changed)
    assert (checked.exit_code, "成立" in checked.stdout) == (0, True)
    kept = jixiao("--lang", "en", "routes", "import", changed)
    assert (kept.exit_code, kept.stdout) == (0, "Saved as city-standard@2.\n"), kept.stderr
    again = jixiao("routes", "import", changed)
    assert (again.exit_code, again.stdout, len(again.stderr.splitlines())) == (2, "", 1)
    move = ("routes", "migrate", "--from", "city-standard@1", "--to", "city-standard@2")
    dry = jixiao(*move)
    assert dry.exit_code == 0
    assert all(words in dry.stdout for words in (f"单据 {draft}：填报中", f"单据 {review}：第 1 级", "--apply"))
    listed = json.loads(jixiao("routes", "list", "--json").stdout)["items"]
    assert [(one["version"], one["running"]) for one in listed if one["code"] == "city-standard"] == [(2, 0), (1, 2)]
    done = jixiao("--lang", "en", *move, "--apply", "--as", "finance_performance_office")
    assert (done.exit_code, "2 forms moved from city-standard@1 to city-standard@2" in done.stdout) == (0, True)
    listed = json.loads(jixiao("routes", "list", "--json").stdout)["items"]
    assert [(one["version"], one["running"]) for one in listed if one["code"] == "city-standard"] == [(2, 2), (1, 0)]
    with unit_of_work(factory) as session:
        event = session.execute(text("select actor_id, body from event where action = 'migrate_route'")).one()
    assert (event.actor_id, event.body["moved"]) == (city["finance_performance_office"].id, [draft, review])
    for refused in (
        (*move, "--as", "filler"),
        (*move, "--as", "nobody"),
        (*move, "--cycle", "none"),
        ("routes", "migrate", "--from", "city-standard@1", "--to", "city-standard@7"),
        ("routes", "migrate", "--from", "city-standard@1"),
    ):
        run = jixiao(*refused)
        assert (run.exit_code, run.stdout, len(run.stderr.splitlines())) == (2, "", 1), refused


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("working_days = 3", "working_days = 0", "第 2 级：办理时限须为 1 至 60 个工作日"),
        ("working_days = 3", "working_day = 3", "第 2 级：working_day 不是可用的设置"),
        ("superior_reviewer", "sys_admin", "第 2 级：系统管理员不能担任审核"),
        ('kind = "target"', "kind = 3", "kind"),
    ],
)
def test_a_file_that_is_no_route_is_refused_at_its_level(
    jixiao: Run, tmp_path: Path, before: str, after: str, words: str
) -> None:
    file = tmp_path / "route.toml"
    file.write_text(SHIPPED.read_text("utf-8").replace(before, after), "utf-8")
    for verb in ("check", "import"):
        run = jixiao("routes", verb, file)
        assert (run.exit_code, run.stdout, words in run.stderr) == (2, "", True), run.stderr
    assert jixiao("routes", "check", tmp_path / "none.toml").exit_code == 2


def test_a_route_that_the_walk_faults_exits_with_1(jixiao: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from workflows.lifecycle_check import LifecycleFault

    found = (LifecycleFault("dead_end", "without_superior", "review level 3"),)
    monkeypatch.setattr("workflows.route_check._walked", lambda *_: found)
    run = jixiao("--lang", "en", "routes", "check", SHIPPED)
    assert (run.exit_code, "level 3, can never end" in run.stdout) == (1, True)
    kept = jixiao("--lang", "en", "routes", "import", SHIPPED)
    assert (kept.exit_code, "can never end" in kept.stderr) == (2, True)
