"""`jixiao import` and `export`, on a real database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from tests.cli.conftest import Run
from tests.factories import City, make_draft, make_submitted

SEED = Path(__file__).parents[1] / "forms" / "seed-jieyang-2022.txt"


def cycle_code(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text("select code from cycle")).scalar_one())


def forms(engine: Engine) -> list[tuple[int, str, int]]:
    with engine.connect() as connection:
        rows = connection.execute(text("select id, state, version from submission order by id"))
        return [(row.id, row.state, row.version) for row in rows]


def test_a_file_becomes_a_draft_of_the_unit_that_it_names(engine: Engine, city: City, jixiao: Run) -> None:
    run = jixiao("import", SEED, "--cycle", cycle_code(engine))
    assert run.exit_code == 0, run.output
    assert "已新建草稿" in run.stdout
    assert "中共揭阳市委政法委员会" in run.stdout
    assert run.stderr == ""
    assert forms(engine) == [(1, "draft", 1)]
    again = jixiao("--lang", "en", "import", SEED, "--cycle", cycle_code(engine), "--as", "filler")
    assert again.exit_code == 0
    assert "draft updated" in again.stdout
    assert forms(engine) == [(1, "draft", 1)]


def test_a_dry_run_writes_nothing(engine: Engine, city: City, jixiao: Run) -> None:
    run = jixiao("import", SEED, "--cycle", cycle_code(engine), "--dry-run")
    assert (run.exit_code, forms(engine)) == (0, [])
    assert "将新建草稿" in run.stdout
    jixiao("import", SEED, "--cycle", cycle_code(engine))
    with engine.connect() as connection:
        before = connection.execute(text("select section, version from draft_section order by section")).all()
    run = jixiao("import", SEED, "--cycle", cycle_code(engine), "--dry-run")
    assert "将更新草稿" in run.stdout
    with engine.connect() as connection:
        assert connection.execute(text("select section, version from draft_section order by section")).all() == before


def test_each_file_is_imported_wholly_or_not_at_all(engine: Engine, city: City, jixiao: Run, tmp_path: Path) -> None:
    cut = tmp_path / "cut.txt"
    cut.write_bytes(SEED.read_bytes()[:900])
    run = jixiao("import", cut, SEED, tmp_path / "missing.txt", "--cycle", cycle_code(engine))
    assert run.exit_code == 2
    assert [line.partition(": ")[0] for line in run.stderr.splitlines()] == [str(cut), str(tmp_path / "missing.txt")]
    assert SEED.name in run.stdout
    assert [state for _, state, _ in forms(engine)] == ["draft"]


@pytest.mark.parametrize("content", [b"", b"\0\1\2", "部门名称\t教育局".encode(), b"PK\x03\x04zip", b"[1, 2"])
def test_what_is_no_form_is_one_sentence(
    engine: Engine, city: City, jixiao: Run, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "foreign.txt"
    file.write_bytes(content)
    run = jixiao("import", file, "--cycle", cycle_code(engine))
    assert (run.exit_code, run.stdout, forms(engine)) == (2, "", [])
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cycle", "nowhere"], "没有编码为“nowhere”的周期"),
        (["--cycle", "{cycle}", "--as", "nobody"], "没有可用的账号“nobody”"),
        (["--cycle", "{cycle}", "--as", "dept_head"], "不是"),
    ],
)
def test_a_refusal_is_one_sentence(engine: Engine, city: City, jixiao: Run, arguments: list[str], words: str) -> None:
    run = jixiao("import", SEED, *(one.format(cycle=cycle_code(engine)) for one in arguments))
    assert (run.exit_code, run.stdout, forms(engine)) == (2, "", [])
    assert words in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_a_unit_with_two_fillers_asks_which(
    engine: Engine, city: City, jixiao: Run, factory: sessionmaker[Session]
) -> None:
    with unit_of_work(factory) as session:
        session.execute(text("insert into role_assignment (person_id, role, department_id)"
                             " select id, 'filler', :unit from person where username = 'filler2'"), {"unit": city.unit})  # fmt: skip
    run = jixiao("import", SEED, "--cycle", cycle_code(engine))
    assert run.exit_code == 2
    assert "--as" in run.stderr


def test_a_form_past_its_draft_is_not_touched(
    engine: Engine, city: City, jixiao: Run, factory: sessionmaker[Session]
) -> None:
    with unit_of_work(factory) as session:
        make_submitted(session, city)
    before = forms(engine)
    run = jixiao("import", SEED, "--cycle", cycle_code(engine))
    assert (run.exit_code, run.stdout, forms(engine)) == (2, "", before)


@pytest.mark.parametrize(
    ("format_", "begins"),
    [
        ("xlsx", b"PK"),
        ("docx", b"PK"),
        ("pdf", b"%PDF"),
        ("json", b"{"),
        ("csv", "\ufeff路径".encode()),
        ("bundle", b"{"),
    ],
)
def test_a_form_is_written_in_every_format(
    approved: int, jixiao: Run, tmp_path: Path, format_: str, begins: bytes
) -> None:
    file = tmp_path / f"form.{format_}"
    run = jixiao("export", approved, "--format", format_, "-o", file)
    assert run.exit_code == 0, run.output
    assert file.read_bytes().startswith(begins)
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == [file.name]


def test_what_was_exported_can_be_checked_again(approved: int, jixiao: Run, tmp_path: Path) -> None:
    file = tmp_path / "form.json"
    jixiao("export", approved, "--format", "json", "-o", file, "--revision", "approved")
    assert jixiao("check", file, "--json").exit_code == 0


def test_a_draft_is_written_as_it_stands(
    city: City, jixiao: Run, factory: sessionmaker[Session], tmp_path: Path
) -> None:
    with unit_of_work(factory) as session:
        form = make_draft(session, city)
    file = tmp_path / "draft.json"
    assert jixiao("export", form, "--format", "json", "-o", file).exit_code == 0
    assert json.loads(file.read_text("utf-8"))["department"] == "中共揭阳市委政法委员会"
    refused = jixiao("export", form, "--format", "json", "-o", file, "--revision", "approved")
    assert (refused.exit_code, refused.stdout) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["99", "--format", "docx"], "没有找到"),
        (["99", "--format", "pdf"], "没有找到"),
        (["99", "--format", "bundle"], "没有找到"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    approved: int, jixiao: Run, tmp_path: Path, arguments: list[str], words: str
) -> None:
    run = jixiao("export", *arguments, "-o", tmp_path / "out")
    assert (run.exit_code, run.stdout, list(tmp_path.glob("out"))) == (2, "", [])
    assert words in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_a_folder_that_is_not_there_is_one_sentence(approved: int, jixiao: Run, tmp_path: Path) -> None:
    run = jixiao("export", approved, "--format", "json", "-o", tmp_path / "no" / "form.json")
    assert (run.exit_code, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1


def test_a_draft_goes_out_as_a_workbook_and_comes_back(
    engine: Engine, city: City, jixiao: Run, factory: sessionmaker[Session], tmp_path: Path
) -> None:
    with unit_of_work(factory) as session:
        form = make_draft(session, city)
    file = tmp_path / "offline.xlsx"
    assert jixiao("export", form, "--format", "workbook", "-o", file).exit_code == 0
    read = jixiao("read", file)
    assert json.loads(read.stdout)["source"]["kind"] == "offline_workbook"
    run = jixiao("import", file, "--cycle", cycle_code(engine), "--prefer", "system")
    assert run.exit_code == 0, run.stderr
