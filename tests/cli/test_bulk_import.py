"""`jixiao import` of a folder or a zip: one job, worked off by the command, every file wholly or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from service.importers.zip_of_forms import MOST_FILES
from tests.cli.conftest import Run
from tests.cli.test_data import cycle_code, forms
from tests.factories import City
from tests.workers.zips import form_of, zipped

UNIT, BELOW = "中共揭阳市委政法委员会", "市第一中学"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good forms, one that cannot be read, and things that are no forms."""
    root = tmp_path / "各单位"
    (root / "甲").mkdir(parents=True)
    (root / "甲" / "a.json").write_bytes(form_of(UNIT))
    (root / "b.json").write_bytes(form_of(BELOW))
    (root / "c.txt").write_bytes(b"\x00")
    (root / "readme.md").write_text("no form")
    (root / "link.json").symlink_to("/etc/passwd")
    return root


def state_of_files(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        return [
            (row.name, row.state)
            for row in connection.execute(text("select name, state from bulk_import_file order by id"))
        ]


def test_a_folder_is_imported_as_the_filler_of_each_unit(engine: Engine, city: City, jixiao: Run, folder: Path) -> None:
    run = jixiao("import", folder, "--cycle", cycle_code(engine))
    assert run.exit_code == 2, run.output
    assert [state for _, state, _ in forms(engine)] == ["draft", "draft"]
    assert run.stderr.startswith("c.txt: ")
    assert len(run.stderr.splitlines()) == 1
    assert "a.json" in run.stdout
    assert "已新建草稿" in run.stdout
    assert state_of_files(engine) == [("b.json", "done"), ("c.txt", "failed"), ("甲/a.json", "done")]
    (folder / "c.txt").unlink()
    again = jixiao("--lang", "en", "import", folder, "--cycle", cycle_code(engine))
    assert again.exit_code == 0, again.output
    assert "no change" in again.stdout


def test_a_zip_is_rehearsed_and_what_was_typed_stands(engine: Engine, city: City, jixiao: Run, tmp_path: Path) -> None:
    packed = tmp_path / "表.zip"
    packed.write_bytes(zipped({"a.json": form_of(UNIT)}))
    where = ("--cycle", cycle_code(engine), "--as", "filler")
    dry = jixiao("import", packed, *where, "--dry-run")
    assert (dry.exit_code, forms(engine)) == (0, []), dry.output
    assert "将新建草稿" in dry.stdout
    assert jixiao("import", packed, *where).exit_code == 0
    packed.write_bytes(zipped({"a.json": form_of(UNIT, overall_goal="文件里的目标")}))
    held = jixiao("import", packed, *where)
    assert held.exit_code == 2
    assert "已有人填写" in held.stderr
    over = jixiao("import", packed, *where, "--overwrite")
    assert over.exit_code == 0, over.output
    assert "已更新草稿" in over.stdout


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", zipped({"../a.json": b"{}"}), zipped({"a.exe": b"MZ"})])
def test_what_is_no_zip_of_forms_is_one_sentence(
    engine: Engine, city: City, jixiao: Run, tmp_path: Path, data: bytes
) -> None:
    packed = tmp_path / "x.zip"
    packed.write_bytes(data)
    run = jixiao("import", packed, "--cycle", cycle_code(engine))
    assert (run.exit_code, run.stdout, len(run.stderr.splitlines())) == (2, "", 1)
    assert state_of_files(engine) == []


def test_missing_names_and_an_empty_folder_are_said(engine: Engine, city: City, jixiao: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code = cycle_code(engine)
    for arguments, words in (
        ((tmp_path / "none.zip", "--cycle", code), "找不到文件"),
        ((tmp_path / "empty", "--cycle", code), "没有表格文件"),
        ((tmp_path / "empty", "--cycle", "no-such"), "no-such"),
        ((tmp_path / "empty", "--cycle", code, "--as", "nobody"), "nobody"),
    ):
        run = jixiao("import", *arguments)
        assert (run.exit_code, run.stdout) == (2, "")
        assert words in run.stderr


def test_too_many_files_are_refused_before_any_is_read(engine: Engine, city: City, jixiao: Run, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(MOST_FILES + 1):
        (many / f"{number}.txt").touch()
    run = jixiao("import", many, "--cycle", cycle_code(engine))
    assert (run.exit_code, state_of_files(engine)) == (2, [])
    assert str(MOST_FILES) in run.stderr


def test_who_fills_in_for_nobody_is_refused(engine: Engine, city: City, jixiao: Run, folder: Path) -> None:
    run = jixiao("import", folder, "--cycle", cycle_code(engine), "--as", "dept_head")
    assert (run.exit_code, forms(engine), state_of_files(engine)) == (2, [], [])
