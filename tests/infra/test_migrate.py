"""Migrations: named by number and file, one migrator at a time, one transaction per step, timeouts in force."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from service import migrate
from tests.conftest import fresh_database

UPGRADE = "import sys; from service.migrate import upgrade; upgrade(sys.argv[1])"
ROOT = Path(__file__).parents[2]
STEPS = sorted((migrate.MIGRATIONS / "versions").glob("[0-9]*.py"))


@pytest.fixture
def url(_template: str) -> Iterator[str]:
    """A database without a schema."""
    with fresh_database(_template) as url:
        with psycopg.connect(url) as connection:
            connection.execute("drop schema public cascade")
            connection.execute("create schema public")
        yield url


def upgrader(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", UPGRADE, url], stderr=subprocess.PIPE, text=True)


def test_steps_are_numbered_without_a_gap_and_named_like_their_files() -> None:
    assert [int(path.stem[:4]) for path in STEPS] == list(range(1, len(STEPS) + 1))
    before = None
    for path in STEPS:
        text = path.read_text(encoding="utf-8")
        assert re.search(rf"""^revision(: str)? = ["']{path.stem}["']$""", text, re.MULTILINE), path.name
        down = re.search(r"^down_revision(?:: [^=]+)? = (.+)$", text, re.MULTILINE)
        assert down is not None
        assert down[1].strip("\"'") == str(before)
        assert len(path.stem) <= 32, "alembic_version.version_num holds no more"
        before = path.stem


def test_an_empty_database_is_brought_to_the_newest_step_and_a_second_time_changes_nothing(url: str) -> None:
    assert migrate.current(url) is None
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.newest() == STEPS[-1].stem
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.newest()


@pytest.mark.slow
def test_migrators_that_start_together_all_end_well(url: str) -> None:
    together = [upgrader(url) for _ in range(3)]
    for process in together:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    assert migrate.current(url) == migrate.newest()


@pytest.mark.slow
def test_a_killed_migrator_leaves_whole_steps_and_the_next_one_goes_on(url: str) -> None:
    for delay in (0.1, 0.4, 0.7, 1.0):
        process = upgrader(url)
        time.sleep(delay)
        process.kill()
        process.communicate()
        assert migrate.current(url) in {None, *(path.stem for path in STEPS)}
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.newest()


@pytest.mark.slow
def test_a_step_that_cannot_have_its_lock_gives_up_and_changes_nothing(url: str) -> None:
    with psycopg.connect(url) as holder:
        holder.execute("create table alembic_version (version_num varchar(32))")
        started = time.monotonic()
        process = upgrader(url)
        _, errors = process.communicate(timeout=60)
        assert process.returncode != 0
        assert "lock timeout" in errors
        assert 3 < time.monotonic() - started < 20
        holder.rollback()
    assert migrate.current(url) is None
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.newest()


def alembic(url: str, *words: str, folder: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=folder,
        env={"JIXIAO_DATABASE_URL": url, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.slow
def test_tables_and_steps_do_not_drift_apart(url: str) -> None:
    migrate.upgrade(url)
    alembic(url, "check", folder=ROOT)


@pytest.mark.slow
def test_a_new_step_gets_the_next_number_and_its_message_as_name(url: str, tmp_path: Path) -> None:
    migrate.upgrade(url)
    shutil.copytree(migrate.MIGRATIONS, tmp_path / "migrations")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    alembic(url, "revision", "-m", "Add a reviewer's round", folder=tmp_path)
    made = tmp_path / "migrations" / "versions" / f"{len(STEPS) + 1:04d}_add_a_reviewer_s_round.py"
    assert f"revision = '{made.stem}'" in made.read_text(encoding="utf-8")
