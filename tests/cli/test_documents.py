"""`jixiao read`, `check`, `score` as a program sees them: output, exit code, one sentence when refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.workflows.documents import FORMS, SEED, changed, evaluated, seed


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def _written(path: Path, document: Any) -> Path:  # noqa: ANN401  # JSON
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def year_end(tmp_path: Path) -> Path:
    return _written(tmp_path / "year-end.json", evaluated())


def test_read_prints_document_changes_and_source() -> None:
    result = _run("read", SEED)
    assert (result.exit_code, result.stderr) == (0, "")
    data = json.loads(result.stdout)
    assert list(data) == ["document", "changes", "source"]
    assert data["document"] == seed()
    assert data["source"] == {"kind": "table_text", "encoding": "utf-8"}
    assert {"path": "indicators[9].level2", "from": "社会效益指 标", "to": "社会效益指标"}.items() <= data["changes"][
        8
    ].items()


def test_check_finds_holds_and_exits_1() -> None:
    result = _run("check", SEED, "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    findings = json.loads(result.stdout)["findings"]
    assert [one["path"] for one in findings if one["severity"] == "warning"] == [
        "indicators[6]",
        "other_tasks[1]",
        "indicators[7].unit",
    ]
    assert [one["path"] for one in findings if one["rule"] == "A16"] == [
        "key_tasks[1].content",
        "key_tasks[2].content",
        "other_tasks[0].content",
        "other_tasks[5].content",
    ]
    assert not [one for one in findings if one["severity"] == "error" or one["rule"] in {"A1", "A2"}]
    assert list(findings[0]) == ["rule", "severity", "path", "message", "why", "fix", "source"]


def test_check_of_a_clean_form_exits_0() -> None:
    result = _run("check", FORMS / "seed-clean.json", "--json")
    assert result.exit_code == 0
    assert {one["severity"] for one in json.loads(result.stdout)["findings"]} <= {"warning", "info"}


def test_check_prints_a_table_for_people_in_either_language() -> None:
    chinese, english = _run("check", SEED), _run("check", SEED, "--lang", "en")
    assert "待保密审查 4，必须修改 0，提醒 3" in chinese.stdout
    assert "Secrecy holds 4, to fix 0, warnings 3" in english.stdout
    assert "A16" in chinese.stdout
    assert _run("--lang", "en", "check", SEED).stdout == english.stdout


def test_check_compares_with_last_year(tmp_path: Path) -> None:
    before = changed(evaluated(), "indicators[0].actual_value", "200000")
    result = _run("check", SEED, "--last-year", _written(tmp_path / "before.json", before), "--json")
    found = {(one["rule"], one["path"]) for one in json.loads(result.stdout)["findings"]}
    assert {("A18", "indicators"), ("A19", "indicators[0].target_value")} <= found


def test_nothing_found_is_said(tmp_path: Path) -> None:
    document = json.loads(FORMS.joinpath("seed-clean.json").read_text("utf-8"))
    document["basic"]["second_level_unit_count"] = 0
    document["indicators"][1]["task"] = "other_tasks[1]"
    document["overall_goal"] = document["overall_goal"].rpartition("；")[0] + "。"
    for index in (3, 5, 6):
        document["indicators"][index]["comparator"] = "ge"
    for index, cells in {
        0: {"unit": "份"},
        6: {"level3": "技术人员培训率", "target_value": "90"},
        7: {"level3": "转发反邪教宣传信息及时率", "unit": "%", "target_value": "98"},
        9: {
            "task": "other_tasks[4]",
            "level3": "困难当事人回访好转率",
            "interpretation": "按揭市政法委〔2012〕10号文回访",
        },
        10: {"level3": "心理服务来访者好转率", "interpretation": "由管理人员逐一登记"},
    }.items():
        document["indicators"][index] |= cells
    result = _run("check", _written(tmp_path / "x.json", document))
    assert (result.exit_code, result.stdout) == (0, "未发现问题。\n")


@pytest.mark.parametrize(
    ("profile", "total"), [("mof-2020", "98.24"), ("mof-2020@1", "98.24"), ("mof-2020-ratio", "98.29")]
)
def test_score(year_end: Path, profile: str, total: str) -> None:
    result = _run("score", year_end, "--profile", profile, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    data = json.loads(result.stdout)
    assert (data["total"], data["grade"], data["missing"]) == (total, "excellent", [])
    assert len(data["rows"]) == 12
    assert all(row["trace"] for row in [data["execution"], *data["rows"]])


def test_score_prints_a_table_for_people(year_end: Path) -> None:
    result = _run("score", year_end, "--profile", "mof-2020")
    assert "总分 98.24，等级 优（计分方案 mof-2020@1）。" in result.stdout
    assert "Total 98.24, grade Excellent" in _run("score", year_end, "--profile", "mof-2020", "--lang", "en").stdout
    owing = json.loads(year_end.read_text("utf-8"))
    for row in owing["indicators"]:
        row["deviation_analysis"] = "纸价上涨。"
    year_end.write_text(json.dumps(owing), encoding="utf-8")
    assert "S1" not in _run("score", year_end, "--profile", "mof-2020").stdout
    assert "资料不全" in _run("score", SEED, "--profile", "mof-2020").stdout


def test_brackets_of_a_form_are_no_markup(tmp_path: Path) -> None:
    document = changed(evaluated(), "indicators[0].level3", "[red]印制[/nothing]")
    result = _run("score", _written(tmp_path / "x.json", document), "--profile", "mof-2020")
    assert result.exit_code == 0
    assert "[red]印制[/nothing]" in result.stdout.replace("│\n│", "")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.txt", b""),
        ("cut.txt", SEED.read_bytes()[:2000]),
        ("book.xlsx", b"PK\x03\x04"),
        ("binary", bytes(range(256))),
        ("cut.json", b'{"form": "department_overall@2022", '),
        ("foreign.txt", "政府采购项目绩效目标审核表\n审核意见\t同意\n".encode()),
    ],
)
@pytest.mark.parametrize("command", ["read", "check --json", "check", "score --profile mof-2020"])
def test_unreadable_is_one_sentence_and_exit_2(tmp_path: Path, name: str, data: bytes, command: str) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    for lang in ("zh", "en"):
        result = _run(*command.split(), file, "--lang", lang)
        assert (result.exit_code, result.stdout) == (2, "")
        assert len(result.stderr.strip().splitlines()) == 1
        assert name in result.stderr
        assert "Traceback" not in result.stderr


def test_file_that_is_not_there_or_can_not_be_opened(tmp_path: Path) -> None:
    for file in (tmp_path / "nothing.txt", tmp_path, "\x1b[31m"):
        result = _run("read", file)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.strip().isprintable()
    assert _run("check", SEED, "--last-year", tmp_path / "nothing.txt").exit_code == 2


def test_unknown_profile_is_named_with_those_there_are(year_end: Path) -> None:
    result = _run("score", year_end, "--profile", "nothing", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "没有计分方案“nothing”，可用的有：mof-2020, mof-2020-capped, mof-2020-ratio。\n"


@pytest.mark.parametrize(
    "arguments", [["read"], ["score", SEED], ["check", SEED, "--lang", "fr"], ["check", SEED, "--nothing"], ["nothing"]]
)
def test_bad_usage_is_one_sentence_and_exit_2(arguments: list[object]) -> None:
    result = _run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["seed.xlsx", "seed.docx", "seed.pdf"])
def test_every_kind_of_file_is_read_and_cells_are_named(name: str) -> None:
    file = Path(__file__).parents[1] / "importers" / "data" / name
    result = _run("read", file)
    printed = json.loads(result.stdout)
    assert (result.exit_code, printed["document"]) == (0, seed())
    assert printed["source"]["kind"] == name.partition(".")[2]
    assert ("places" in printed) is (name != "seed.docx")
    assert _run("check", file).exit_code == _run("check", SEED).exit_code
