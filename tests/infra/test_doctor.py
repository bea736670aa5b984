"""`jixiao doctor` and `jixiao migrate` on real servers, whole and broken."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from service import migrate
from service.cli import main
from service.embedded import Servers
from service.embedded.valkey import command


@pytest.fixture
def environ(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return {"JIXIAO_HOME": str(home), "JIXIAO_DATABASE_URL": database_url, "JIXIAO_REDIS_URL": redis_url}


def doctor(environ: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words], env=environ)


def findings(run: Result) -> dict[str, bool | None]:
    return {row["name"]: row["good"] for row in json.loads(run.stdout)["findings"]}


@pytest.fixture
def broker_policy(servers: Servers) -> Iterator[None]:
    command(servers.redis_url, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    yield
    command(servers.redis_url, "CONFIG", "SET", "maxmemory-policy", "noeviction")


def test_a_whole_installation(environ: dict[str, str]) -> None:
    found = findings(doctor(environ, "--json"))
    broken = {name for name, good in found.items() if good is False}
    assert broken == {"durability"}, "the servers of the tests run without fsync, and the doctor says so"
    for name in ("python", "home", "assets", "fonts", "programs", "database", "trigrams", "schema"):
        assert found[name] is True, name


def test_words_in_both_languages(environ: dict[str, str]) -> None:
    assert "数据库结构" in doctor(environ).stdout
    assert "Schema" in doctor(environ, "--lang", "en").stdout
    run = CliRunner().invoke(main, ["--lang", "en", "doctor"], env=environ)
    assert "Schema" in run.stdout
    assert run.exit_code == 1


def test_a_broker_that_evicts_is_named(environ: dict[str, str], broker_policy: None) -> None:
    run = doctor(environ, "--json")
    assert findings(run)["broker"] is False
    assert "allkeys-lru" in run.stdout


def test_servers_that_do_not_answer_are_named_and_no_secret_is_shown(environ: dict[str, str]) -> None:
    environ |= {
        "JIXIAO_DATABASE_URL": "postgresql://me:hidden@127.0.0.1:1/none",
        "JIXIAO_REDIS_URL": "redis://:hidden@127.0.0.1:1/0",
    }
    run = doctor(environ, "--json")
    assert run.exit_code == 1
    assert (findings(run)["database"], findings(run)["broker"]) == (False, False)
    assert "hidden" not in run.stdout


def test_an_old_schema_is_named_and_migrate_mends_it(environ: dict[str, str], database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    assert findings(doctor(environ, "--json"))["schema"] is False
    for _ in range(2):
        run = CliRunner().invoke(main, ["migrate", "--lang", "en"], env=environ)
        assert (run.exit_code, run.output) == (0, f"The schema is at {migrate.newest()}.\n")
    assert findings(doctor(environ, "--json"))["schema"] is True


def test_the_age_of_the_last_head_is_judged(environ: dict[str, str], database_url: str) -> None:
    assert findings(doctor(environ, "--json"))["heads"] is None
    insert = "insert into chain_head values (%s, now() - make_interval(hours => %s), 0, 0, '', '', '', '')"
    for seq, (hours, good) in enumerate(((5, None), (1, True)), start=1):
        with psycopg.connect(database_url) as connection:
            connection.execute(insert, [seq, hours])
        assert findings(doctor(environ, "--json"))["heads"] is good


def test_a_tick_of_the_scheduler_is_seen_and_its_age_judged(environ: dict[str, str], database_url: str) -> None:
    assert findings(doctor(environ, "--json"))["scheduler"] is None
    insert = "insert into schedule_slot (name, slot_utc, created_at) values ('tick', %s, now() - %s::interval)"
    with psycopg.connect(database_url) as connection:
        connection.execute(insert, ["2026-01-01", "10 min"])
    assert findings(doctor(environ, "--json"))["scheduler"] is None
    with psycopg.connect(database_url) as connection:
        connection.execute(insert, ["2026-01-02", "10 s"])
    assert findings(doctor(environ, "--json"))["scheduler"] is True
