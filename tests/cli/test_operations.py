"""`jixiao deadlines scan`, `outbox list|replay`, `jobs`, and what stops every command that needs the data alike."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.cli import COMMANDS, SECOND_VERBS, main
from service.db import unit_of_work
from tests.cli.conftest import Run
from tests.factories import City, make_draft, make_submitted


def dead(engine: Engine) -> None:
    """One of each kind that was given up, and one that still waits."""
    with engine.begin() as connection:
        person = connection.execute(text("select min(id) from person")).scalar_one()
        connection.execute(text("update outbox set dead_at = now(), attempts = 8, last_error = 'no route'"))
        connection.execute(
            text("insert into outbox (topic, dedupe_key, payload) values ('submission.pass', 'x', '{}')")
        )
        connection.execute(text("insert into notification (id, person_id, topic, dedupe_key, params)"
                                " overriding system value values (1, :person, 't', 'k', '{}')"), {"person": person})  # fmt: skip
        connection.execute(text("insert into delivery (notification_id, channel, message_id, state, attempts, last_error)"
                                " values (1, 'email', '<m@x>', 'dead', 8, 'refused')"))  # fmt: skip
        connection.execute(text("insert into report_run (code, params, language, requested_by, state, attempts, last_error)"
                                " values ('official_form', '{}', 'zh', :person, 'dead', 8, 'no font')"), {"person": person})  # fmt: skip


@pytest.fixture
def busy(engine: Engine, city: City, factory: sessionmaker[Session]) -> Engine:
    with unit_of_work(factory) as session:
        make_submitted(session, city)
    dead(engine)
    return engine


def test_the_scan_writes_what_is_due_and_once(
    engine: Engine, city: City, factory: sessionmaker[Session], jixiao: Run
) -> None:
    with unit_of_work(factory) as session:
        make_draft(session, city)
    with engine.begin() as connection:
        connection.execute(
            text("update work_item set due_at = now() - interval '3 days', opened_at = now() - interval '9 days'")
        )
        today = connection.execute(text("select (now() at time zone 'Asia/Shanghai')::date")).scalar_one()
        connection.execute(text("insert into calendar_day values (:day, true, 'test')"), {"day": today})
    first = jixiao("deadlines", "scan")
    assert first.exit_code == 0, first.output
    assert "新写提醒 1 条" in first.stdout
    again = jixiao("--lang", "en", "deadlines", "scan")
    assert "0 reminders written" in again.stdout
    assert today - timedelta(days=1) < today


def test_the_outbox_is_listed_with_what_waits_and_what_was_given_up(busy: Engine, jixiao: Run) -> None:
    waiting = json.loads(jixiao("outbox", "list", "--json").stdout)["items"]
    assert [(item["queue"], item["what"]) for item in waiting] == [("outbox", "submission.pass")]
    given_up = json.loads(jixiao("outbox", "list", "--dead", "--json").stdout)["items"]
    assert {(item["queue"], item["last_error"]) for item in given_up} == {
        ("outbox", "no route"),
        ("delivery", "refused"),
        ("report", "no font"),
    }
    assert "no route" in jixiao("outbox", "list", "--dead").stdout


def test_an_empty_outbox_says_so(city: City, jixiao: Run) -> None:
    assert jixiao("outbox", "list").stdout == "没有等待发送的内容。\n"
    assert jixiao("--lang", "en", "outbox", "list", "--dead").stdout == "Nothing was given up.\n"


def test_what_was_given_up_can_be_tried_again(busy: Engine, jixiao: Run) -> None:
    one = jixiao("outbox", "replay", "delivery:1", "delivery:77")
    assert (one.exit_code, one.stdout) == (0, "已放回队列 1 行。\n")
    assert jixiao("outbox", "replay", "delivery:1").stdout == "已放回队列 0 行。\n"
    rest = jixiao("outbox", "replay", "--all")
    assert rest.stdout == "已放回队列 2 行。\n"
    with busy.connect() as connection:
        row = connection.execute(text("select state, attempts, message_id, due_at <= now() as due from delivery")).one()
        assert tuple(row) == ("due", 0, "<m@x>", True)
        assert connection.execute(text("select state from report_run")).scalar_one() == "due"
        assert connection.execute(text("select count(*) from outbox where dead_at is not null")).scalar_one() == 0


@pytest.mark.parametrize("arguments", [[], ["outbox:1", "--all"], ["mail:1"], ["outbox:x"], ["outbox:0"], ["outbox:²"]])
def test_replay_wants_names_or_all(busy: Engine, jixiao: Run, arguments: list[str]) -> None:
    run = jixiao("outbox", "replay", *arguments)
    assert (run.exit_code, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1


def test_jobs_tell_queues_and_clocks(busy: Engine, jixiao: Run) -> None:
    with busy.begin() as connection:
        connection.execute(text("insert into schedule_slot values ('sweep', now(), now() - interval '90 seconds')"))
        connection.execute(text("update outbox set due_at = now() - interval '50 seconds' where dead_at is null"))
    told = json.loads(jixiao("jobs", "--json").stdout)
    queues = {row["queue"]: row for row in told["queues"]}
    assert {name: (row["waiting"], row["running"], row["failed"]) for name, row in queues.items()} == {
        "outbox": (1, 0, 1),
        "deliveries": (0, 0, 1),
        "reports": (0, 0, 1),
        "imports": (0, 0, 0),
    }
    assert queues["outbox"]["late"] in range(50, 80)
    assert queues["reports"]["late"] is None
    assert told["clocks"][0]["name"] == "sweep"
    assert told["clocks"][0]["ago"] in range(90, 120)
    assert len(told["failed"]) == 3
    table = jixiao("--lang", "en", "jobs").stdout
    assert "Late (s)" in table
    assert "no font" in table


NEED_DATA = [
    ["import", "x", "--cycle", "c"],
    ["export", "1", "--format", "json", "-o", "x"],
    ["people", "import", "{csv}"],
    ["token", "create", "u"],
    ["deadlines", "scan"],
    ["outbox", "list"],
    ["outbox", "replay", "--all"],
    ["jobs"],
]


@pytest.mark.parametrize("arguments", NEED_DATA)
def test_in_a_folder_without_data_nothing_is_made(tmp_path: Path, arguments: list[str]) -> None:
    table, home = tmp_path / "p.csv", tmp_path / "home"
    table.write_text("username,name,email,role,department_code\na,b,,filler,1\n", "utf-8")
    run = CliRunner().invoke(main, [one.format(csv=table) for one in arguments], env={"JIXIAO_HOME": str(home)})
    assert (run.exit_code, run.stdout, home.exists()) == (2, "", False)
    assert str(home) in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_an_old_schema_is_named(engine: Engine, city: City, jixiao: Run) -> None:
    with engine.begin() as connection:
        newest = connection.execute(text("select version_num from alembic_version")).scalar_one()
        connection.execute(text("update alembic_version set version_num = '0001_foundation'"))
    try:
        run = jixiao("jobs")
    finally:
        with engine.begin() as connection:
            connection.execute(text("update alembic_version set version_num = :newest"), {"newest": newest})
    assert (run.exit_code, run.stdout) == (2, "")
    assert "jixiao migrate" in run.stderr


@pytest.mark.parametrize("verb", ["nothing", "people", "outbox"])
def test_bad_usage_is_exit_code_2_and_prints_nothing_to_stdout(verb: str) -> None:
    run = CliRunner().invoke(main, [verb, "--nonsense"])
    assert (run.exit_code, run.stdout) == (2, "")


def test_the_second_verbs_are_all_known() -> None:
    import click

    groups = {}
    for verb in COMMANDS:
        command = main.get_command(click.Context(main), verb)
        if isinstance(command, click.Group):
            groups[verb] = set(command.commands)
    assert {verb: set(second) for verb, second in SECOND_VERBS.items()} == groups
