"""`jixiao verify` and `jixiao heads`, and the verifier as one file that needs nothing but Python."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from service.cli import main
from tests.cli.conftest import Run


@pytest.fixture
def bundle(approved: int, jixiao: Run, tmp_path: Path) -> Path:
    file = tmp_path / "form.bundle"
    assert jixiao("export", approved, "--format", "bundle", "-o", file).exit_code == 0
    return file


def test_an_exported_bundle_verifies_without_a_server(bundle: Path) -> None:
    run = CliRunner().invoke(main, ["verify", str(bundle)], env={"JIXIAO_DATABASE_URL": "", "JIXIAO_HOME": "/nowhere"})
    assert run.exit_code == 0, run.output
    assert "证据完整" in run.stdout
    english = CliRunner().invoke(main, ["--lang", "en", "verify", str(bundle), "--json"])
    said = json.loads(english.stdout)
    assert (said["holds"], said["fault"], said["heads"], said["covered"]) == (True, None, [], 0)
    assert "还没有时点签名涵盖" in run.stdout


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("请细化时效指标", "无意见", "opinions[2]"),
        ('"planned_amount": "100"', '"planned_amount": "900"', "revisions[0]"),
        ('"to_state": "approved"', '"to_state": "closed"', "events[6]"),
    ],
)
def test_the_first_bad_item_of_a_changed_bundle_is_named(
    jixiao: Run, bundle: Path, old: str, new: str, place: str
) -> None:
    honest = bundle.read_text("utf-8")
    assert old in honest
    bundle.write_text(honest.replace(old, new), "utf-8")
    run = jixiao("verify", bundle)
    assert run.exit_code == 1
    assert place in run.stdout
    found = json.loads(jixiao("verify", bundle, "--json").stdout)
    assert (found["holds"], found["fault"]["place"]) == (False, place)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "x"}', b"\xff\xfe\0", b"[" * 100_000])
def test_a_file_that_is_no_bundle_is_one_sentence(jixiao: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.bundle"
    file.write_bytes(content)
    run = jixiao("verify", file)
    assert (run.exit_code, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1
    assert jixiao("verify", tmp_path / "missing").exit_code == 2


# --- heads


@pytest.fixture
def head(approved: int, jixiao: Run, tmp_path: Path) -> Path:
    file = tmp_path / "head.json"
    assert jixiao("heads", "write").exit_code == 0
    assert jixiao("heads", "export", "-o", file).exit_code == 0
    return file


@pytest.fixture
def key(head: Path, jixiao: Run, tmp_path: Path) -> Path:
    file = tmp_path / "public.pem"
    assert jixiao("heads", "key", "-o", file).exit_code == 0
    return file


@pytest.fixture
def signed(approved: int, head: Path, jixiao: Run, tmp_path: Path) -> Path:
    """A bundle that a head covers."""
    file = tmp_path / "form.bundle"
    assert jixiao("export", approved, "--format", "bundle", "-o", file).exit_code == 0
    return file


def test_before_there_is_a_head_each_verb_says_so(approved: int, jixiao: Run, tmp_path: Path) -> None:
    run = jixiao("heads", "export", "-o", tmp_path / "head.json")
    assert (run.exit_code, run.stdout) == (2, "")
    assert "还没有时点签名" in run.stderr
    assert "还没有时点签名" in jixiao("heads", "list").stdout
    run = jixiao("verify", "--database")
    assert run.exit_code == 0, run.output
    assert "还没有时点签名" in run.stdout


def test_the_whole_database_verifies_against_an_exported_head(jixiao: Run, head: Path, key: Path) -> None:
    run = jixiao("verify", "--database", "--head", head, "--key", key)
    assert run.exit_code == 0, run.output
    assert "全部记录完整" in run.stdout
    assert "时点签名第 1 号" in run.stdout
    said = json.loads(jixiao("verify", "--database", "--json").stdout)
    assert (said["holds"], said["faults"], said["head"]["seq"]) == (True, [], 1)
    assert said["counts"]["events"] > 5
    assert "1" in jixiao("heads", "list").stdout


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("delete from event where subject_kind = 'submission' and seq > 3", "not_the_end"),
        ("update revision set findings = '[]'", "record_changed"),
        ("update opinion set comment = '无意见' where comment is not null", "comment_changed"),
        ("delete from event; delete from opinion; delete from revision; delete from submission", "event_cut"),
    ],
)
def test_a_changed_database_is_named_by_row(engine: Engine, jixiao: Run, head: Path, change: str, reason: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text(change))
    run = jixiao("verify", "--database", "--head", head)
    assert run.exit_code == 1
    assert "证据不符" in run.stdout
    said = json.loads(jixiao("verify", "--database", "--head", head, "--json", "--lang", "en").stdout)
    assert not said["holds"]
    assert said["faults"][0]["reason"] == reason
    assert said["faults"][0]["message"]


def test_a_chain_that_lost_events_is_not_signed(engine: Engine, jixiao: Run, head: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("delete from event where subject_kind = 'submission' and seq > 3"))
    run = jixiao("heads", "write")
    assert run.exit_code == 2
    assert "不予签名" in run.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["--database", "x.bundle"], ["x.bundle", "--head", "y"], ["--database", "--write-standalone", "v.py"]],
)
def test_one_thing_at_a_time(jixiao: Run, arguments: list[str]) -> None:
    run = jixiao("verify", *arguments)
    assert (run.exit_code, run.stdout) == (2, "")
    assert "--database" in run.stderr


def test_bad_heads_and_keys_are_one_sentence(jixiao: Run, head: Path, key: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text(head.read_text("utf-8").replace('"events":', '"event":'), "utf-8")
    for arguments in (
        ["--database", "--head", bad],
        ["--database", "--head", key],
        ["--database", "--head", tmp_path / "missing"],
        ["--database", "--key", head],
    ):
        run = jixiao("verify", *arguments)
        assert (run.exit_code, run.stdout) == (2, ""), arguments
        assert len(run.stderr.splitlines()) == 1


def test_another_key_is_said(jixiao: Run, head: Path, signed: Path, tmp_path: Path) -> None:
    from workflows.ed25519 import public_key, public_pem

    other = tmp_path / "other.pem"
    other.write_text(public_pem(public_key(b"x" * 32)))
    for arguments in (["--database"], [signed], [head]):
        run = jixiao("verify", *arguments, "--key", other)
        assert run.exit_code == 1, arguments
        assert "公钥" in run.stdout


# --- the one file


@pytest.fixture(scope="module")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written into a folder that holds nothing else."""
    file = tmp_path_factory.mktemp("alone") / "verify.py"
    run = CliRunner().invoke(main, ["verify", "--write-standalone", str(file)])
    assert run.exit_code == 0, run.output
    return file


def alone(standalone: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Python without its site packages and without our folders on its path."""
    command = [sys.executable, "-I", "-S", str(standalone), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=standalone.parent, check=False)


def test_the_one_file_needs_nothing_but_python(standalone: Path, signed: Path, key: Path, head: Path) -> None:
    for file in (signed, head):
        run = alone(standalone, file, "--key", key)
        assert (run.returncode, run.stderr) == (0, "")
        assert "时点签名第 1 号" in run.stdout
    assert list(standalone.parent.iterdir()) == [standalone]


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "honest": lambda _: None,
    "words": lambda bundle: bundle["opinions"][1].update(comment="无意见"),
    "document": lambda bundle: bundle["revisions"][0]["document"].update(department="市水利局"),
    "findings": lambda bundle: bundle["revisions"][0]["findings"].append({"rule": "A1"}),
    "event": lambda bundle: bundle["events"][2].update(actor_id=99),
    "tail": lambda bundle: bundle["events"].pop(),
    "path": lambda bundle: bundle["proofs"][0].update(path=["00" * 32]),
    "signature": lambda bundle: bundle["proofs"][0]["head"].update(signature="00" * 64),
    "head": lambda bundle: bundle["proofs"][0]["head"].update(events=1),
    "covered": lambda bundle: bundle["proofs"][0].update(seq=1),
    "format": lambda bundle: bundle.update(format="other@1"),
    "proof": lambda bundle: bundle["proofs"][0]["head"].pop("root"),
    "float": lambda bundle: bundle["events"][0].update(body={"x": 1.5}),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_both_verifiers_say_the_same(jixiao: Run, standalone: Path, signed: Path, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "x.bundle"
    bundle = json.loads(signed.read_text("utf-8"))
    CHANGES[kind](bundle)
    file.write_text(json.dumps(bundle), "utf-8")
    for options in ([], ["--json", "--lang", "en"]):
        here, there = jixiao("verify", file, *options), alone(standalone, file, *options)
        assert (there.returncode, there.stdout) == (here.exit_code, here.stdout)
        assert here.exit_code == (0 if kind == "honest" else 2 if kind in ("format", "proof", "float") else 1)
    if here.exit_code == 2:
        assert len(there.stderr.splitlines()) == 1


def test_a_bundle_has_the_same_bytes_when_it_is_made_again(approved: int, jixiao: Run, signed: Path) -> None:
    before = signed.read_bytes()
    assert jixiao("heads", "write").exit_code == 0
    assert jixiao("export", approved, "--format", "bundle", "-o", signed).exit_code == 0
    assert signed.read_bytes() == before, "the first head that covers it stays its proof"


# --- on paper, and emptied


def test_the_case_goes_out_on_paper(approved: int, jixiao: Run, tmp_path: Path) -> None:
    file = tmp_path / "case.pdf"
    assert jixiao("export", approved, "--format", "case", "-o", file).exit_code == 0
    first = file.read_bytes()
    assert first.startswith(b"%PDF")
    assert jixiao("export", approved, "--format", "case", "-o", file).exit_code == 0
    assert file.read_bytes() == first
    run = jixiao("export", 99, "--format", "case", "-o", file)
    assert (run.exit_code, file.read_bytes()) == (2, first)


def test_two_people_empty_a_body_from_the_command_line(approved: int, jixiao: Run, tmp_path: Path) -> None:
    assert "没有移除的申请" in jixiao("withhold", "list").stdout
    for refused in (["--as", "nobody"], ["--as", "filler"], ["--as", "secrecy_reviewer", "--revision", "9"]):
        run = jixiao("withhold", "ask", approved, "--revision", "1", "--reason", "定密机关确认", *refused)
        assert (run.exit_code, run.stdout) == (2, ""), refused
        assert len(run.stderr.splitlines()) == 1
    run = jixiao("withhold", "ask", approved, "--revision", "1", "--reason", "定密机关确认", "--as", "secrecy_reviewer")
    assert run.exit_code == 0, run.output
    assert jixiao("withhold", "confirm", "1", "--as", "secrecy_reviewer").exit_code == 2
    listed = jixiao("withhold", "list").stdout
    assert "等待确认" in listed
    assert jixiao("withhold", "confirm", "1", "--as", "audit_admin").exit_code == 0
    assert jixiao("withhold", "refuse", "1", "--as", "audit_admin").exit_code == 2
    assert "已移除" in jixiao("withhold", "list").stdout
    run = jixiao("verify", "--database")
    assert run.exit_code == 0, run.output
    assert "已依规移除 1 处" in run.stdout
    for format_ in ("pdf", "docx", "xlsx", "json", "csv", "bundle", "case"):
        run = jixiao("export", approved, "--format", format_, "-o", tmp_path / format_)
        assert run.exit_code == 0, run.output
        assert "平安揭阳专项工作".encode() not in (tmp_path / format_).read_bytes()
    request = jixiao(
        "withhold", "ask", approved, "--opinion", "O", "--reason", "定密机关确认", "--as", "secrecy_reviewer"
    )
    assert request.exit_code == 2


def test_a_refused_request_leaves_the_words(engine: Engine, approved: int, jixiao: Run) -> None:
    with engine.connect() as connection:
        opinion = connection.execute(text("select id from opinion where comment is not null limit 1")).scalar_one()
    arguments = ["--opinion", opinion, "--reason", "定密机关确认", "--as", "secrecy_reviewer"]
    assert jixiao("withhold", "ask", approved, *arguments).exit_code == 0
    assert jixiao("withhold", "refuse", "1", "--as", "audit_admin").exit_code == 0
    with engine.connect() as connection:
        assert connection.execute(text("select comment from opinion where id = :id"), {"id": opinion}).scalar_one()
