"""A file beside a draft: which rows are which, what would change, and what is left to choose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workflows.draft import target_sections
from workflows.forms import form_type
from workflows.forms.base import Stage
from workflows.incoming import joined, packed_versions, unpacked_versions
from workflows.offline_identity import BrokenIdentity, Identity, identity_lines, identity_of
from workflows.row_identity import identified, likeness
from workflows.ulid import is_ulid, ulid_from

FORM = form_type("department_overall@2022")
TASKS = FORM.section("key_tasks")
A, B, C = (f"01J000000000000000000000{letter}{letter}" for letter in "ABC")


def task(name: str | None, row_id: str | None = None, **cells: str | None) -> dict[str, str | None]:
    row = {"name": name, "content": "讲座", "planned_amount": "10", **cells}
    return row if row_id is None else {"id": row_id, **row}


def ids(rows: list[dict[str, object]]) -> list[object]:
    return [row.get("id") for row in rows]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([task("普法", A), task("维稳", B)], [A, B]),
        ([task("维稳", A), task("普法", B)], [B, A]),  # cells moved, their ids stayed behind
        ([task("普法改", A), task("维稳", B)], [A, B]),
        ([task("普法", A), task("普法", A)], [A, None]),  # a copied row
        ([task("新的")], [None]),
        ([task("维稳", content="改了")], [B]),
        ([task(None, A, content=None, planned_amount=None)], [A]),
    ],
)
def test_rows_are_known_by_id_and_by_what_stands_in_them(rows: list[dict[str, object]], found: list[object]) -> None:
    assert ids(identified(TASKS, rows, [task("普法", A), task("维稳", B)], guess=False)) == found


def test_a_name_much_alike_is_the_same_row_where_nothing_better_is_known() -> None:
    known = [task("法治宣传教育活动", A), task("网络日常维护", B)]
    assert ids(identified(TASKS, [task("法治宣传教育系列活动"), task("司法救助")], known, guess=True)) == [A, None]
    assert (likeness("同", "同"), likeness("", "")) == (1.0, 0.0)


def empty(**sections: object) -> dict[str, object]:
    held: dict[str, object] = {one.name: None for one in target_sections(FORM)}
    return {"head": {"supervising_department": "政法委"}, **held, **sections}


def test_without_a_base_every_difference_is_the_files() -> None:
    draft = empty(key_tasks=[task("普法", A), task("维稳", B)], overall_goal="原来")
    file = empty(key_tasks=[task("维稳", content="新"), task("救助")], overall_goal="以后")
    done = joined(FORM, base=None, file=file, draft=draft, picks={})
    assert (done.conflicts, done.taken) == ((), 0)
    kinds = [(one.kind, one.section, one.field) for one in done.differences]
    assert kinds == [
        ("changed", "overall_goal", "overall_goal"), ("changed", "key_tasks", "content"), ("added", "key_tasks", ""),
        ("removed", "key_tasks", ""),
    ]  # fmt: skip
    assert done.values["key_tasks"][0]["id"] == B
    again = joined(FORM, base=None, file=file, draft=done.values, picks={})
    assert again.differences == (), "the same file again changes nothing"


def test_an_open_choice_leaves_the_draft_as_it_is() -> None:
    base, draft = empty(overall_goal="甲"), empty(overall_goal="乙")
    done = joined(FORM, base=base, file=empty(overall_goal="丙"), draft=draft, picks={})
    assert (done.values["overall_goal"], len(done.open), done.differences) == ("乙", 1, ())
    key = done.open[0].key
    chosen = joined(FORM, base=base, file=empty(overall_goal="丙"), draft=draft, picks={key: "mine"})
    assert (chosen.values["overall_goal"], chosen.open) == ("丙", ())
    assert [one.after for one in chosen.differences] == ["丙"]


@pytest.mark.parametrize("knows", [False, True])
def test_what_nobody_types_stays_the_drafts(knows: bool) -> None:
    machine = {"secrecy_tag": "withheld_public", "audit_score": "10", "weight": "90", "task": "key_tasks[0]"}
    row = {one.name: "x" for one in FORM.section("indicators").fields if one.stage is Stage.TARGET} | {"id": A}
    stated = {"task": "key_tasks[1]", "weight": "5"}
    draft = empty(indicators=[{**row, **stated}], key_tasks=[task("普法", B)])
    rows = [{**row, **machine}, {**row, "level3": "又一个", "id": C, **machine}]
    file = empty(indicators=rows, key_tasks=[task("普法", B, secrecy_tag="work_secret")])
    file["head"] = {"supervising_department": "政法委", "money_source_unit": "元"}
    base = empty(indicators=[{**row, **machine}], key_tasks=[task("普法", B)]) if knows else None
    done = joined(FORM, base=base, file=file, draft=draft, picks={})
    assert done.values["indicators"][0] == {**row, **stated}
    assert not machine.keys() & done.values["indicators"][1].keys()
    assert done.values["key_tasks"] == draft["key_tasks"]
    assert done.values["head"] == draft["head"]
    assert [(one.kind, one.section) for one in done.differences] == [("added", "indicators")]


def test_a_tagged_row_that_a_file_brings_back_is_held_anew() -> None:
    base = empty(key_tasks=[task("普法", A, secrecy_tag="withheld_public"), task("维稳", B)])
    file = empty(key_tasks=[task("普法", A, content="改了"), task("维稳", B)])
    draft = empty(key_tasks=[task("维稳", B)])
    done = joined(FORM, base=base, file=file, draft=draft, picks={("key_tasks", A, ""): "mine"})
    assert done.values["key_tasks"] == [
        task("普法", A, content="改了", secrecy_tag="sensitive_unresolved"),
        task("维稳", B),
    ]


def test_a_new_row_is_not_added_twice() -> None:
    base = empty(key_tasks=[task("普法", A)])
    file = empty(key_tasks=[task("普法", A), task("新的", C)])
    draft = empty(key_tasks=[task("普法", A), task("新的", B, content="已细化")])
    done = joined(FORM, base=base, file=file, draft=draft, picks={})
    assert ids(done.values["key_tasks"]) == [A, B]
    assert [one.key for one in done.conflicts] == [("key_tasks", B, "content")]


def test_versions_travel_as_text() -> None:
    assert unpacked_versions(packed_versions({"head": 1, "budget": 12})) == {"head": 1, "budget": 12}
    assert [unpacked_versions(text) for text in ("", "x", "head.-1", "head.1" * 999, "HEAD.1")] == [{}, {}, {}, {}, {}]


def test_an_identity_comes_back_whole_or_not_at_all() -> None:
    identity = Identity(FORM.id, 7, "揭阳市", "政法委", 2022, {"head": 1}, {"overall_goal": "目标" * 9_000})
    lines = identity_lines(identity)
    assert identity_of(lines) == identity
    endless = replace(identity, fiscal_year=float("inf"))  # type: ignore[arg-type]  # JSON has a spelling for it
    for broken in (
        [],
        identity_lines(endless),
        lines[:-1],
        [*lines, ("state", "AA")],
        [("jixiao", "9"), *lines[1:]],
        [("jixiao",)],
    ):
        with pytest.raises(BrokenIdentity):
            identity_of(broken)


def test_an_id_from_a_digest_is_an_id() -> None:
    assert is_ulid(ulid_from(b"\xff" * 32))
    assert ulid_from(b"\x01" * 16) == ulid_from(b"\x01" * 20)
