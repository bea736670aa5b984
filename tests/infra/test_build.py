"""The front-end build, the font of the browser tests, the locks and `make help`."""

import gzip
import hashlib
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "service" / "built"
MANIFEST: dict[str, str] = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
TEXTS = sorted(MANIFEST.values())
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def test_the_manifest_names_every_file_and_nothing_else_lies_there() -> None:
    assert MANIFEST.keys() == {"app.css", "print.css", "app.js", "icons.svg"}
    expected = {"fonts", "manifest.json", *TEXTS, *(f"{name}.gz" for name in TEXTS)}
    assert {path.name for path in BUILT.iterdir()} == expected


@pytest.mark.parametrize("name", TEXTS)
def test_names_carry_the_hash_of_the_content_and_the_twin_is_the_same(name: str) -> None:
    content = (BUILT / name).read_bytes()
    assert name.split(".")[1] == hashlib.sha256(content).hexdigest()[:12]
    assert gzip.decompress((BUILT / f"{name}.gz").read_bytes()) == content


@pytest.mark.parametrize("name", TEXTS)
def test_no_other_host_is_asked_for_anything(name: str) -> None:
    text = (BUILT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"'`)]*", text))
    assert named <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "@import" not in text


def test_what_a_page_needs_is_small() -> None:
    assert sum((BUILT / f"{MANIFEST[name]}.gz").stat().st_size for name in ("app.css", "app.js", "icons.svg")) < 56_000


def test_the_guard_of_the_input_method_comes_before_htmx() -> None:
    script = (BUILT / MANIFEST["app.js"]).read_text(encoding="utf-8")
    assert 0 <= script.index("isComposing") < script.index("htmx")


@pytest.mark.parametrize("name", ["NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"])
def test_the_fonts_have_a_glyph_for_each_word_of_the_form(name: str) -> None:
    glyphs = code_points(BUILT / "fonts" / name)
    assert {ord(letter) for letter in "绩效目标，（密）①≥≤㎡％—"} <= glyphs


def code_points(font: Path) -> set[int]:
    """Every code point that the `cmap` of a TrueType file maps (format 12 or 4; OpenType 1.9, cmap)."""
    data = font.read_bytes()

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], "big")

    tables = {data[at : at + 4]: number(at + 8, 4) for at in range(12, 12 + 16 * number(4, 2), 16)}
    cmap = tables[b"cmap"]
    found: set[int] = set()
    for entry in range(cmap + 4, cmap + 4 + 8 * number(cmap + 2, 2), 8):
        table = cmap + number(entry + 4, 4)
        if number(table, 2) == 12:
            for group in range(table + 16, table + 16 + 12 * number(table + 12, 4), 12):
                found.update(range(number(group, 4), number(group + 4, 4) + 1))
        elif number(table, 2) == 4:
            count = number(table + 6, 2) // 2
            for segment in range(count):
                last = number(table + 14 + 2 * segment, 2)
                first = number(table + 16 + 2 * count + 2 * segment, 2)
                found.update(range(first, last + 1))
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_carry_hashes_and_name_no_host(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"https?://|file:|--index|--find-links", text)
    pinned = re.findall(r"^([\w.-]+)==\S+.*\\$", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[\w.-]+", text, re.MULTILINE)) > 0
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:])


def test_the_lock_of_the_front_end_names_no_host() -> None:
    lock: dict[str, Any] = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: facts for name, facts in lock["packages"].items() if name}
    assert all("resolved" not in facts and facts["integrity"].startswith("sha512-") for facts in packages.values())


def test_locked_versions_satisfy_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in project["project"]["dependencies"]}
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
    assert wanted <= locked
    developers = set(
        re.findall(r"^([\w.-]+==\S+)", (ROOT / "requirements-dev.lock").read_text(encoding="utf-8"), re.MULTILINE)
    )
    runtime = set(
        re.findall(r"^([\w.-]+==\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert runtime <= developers, "what is tested is what runs"


def test_make_alone_explains_itself() -> None:
    out = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for goal in ("up", "env", "check", "test", "bench", "nightly", "lock", "clean", "screenshot"):
        assert re.search(rf"^  make {goal} +\S", out, re.MULTILINE), goal


def test_every_goal_that_people_call_is_explained() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    explained = set(re.findall(r"^([a-z]+):.*## ", text, re.MULTILINE))
    assert set(phony.split()) - explained == {"chromium", "types", "contracts"}, "parts of others"


def test_ci_runs_the_whole_suite() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "exec make test\n" in script.read_text(encoding="utf-8")
