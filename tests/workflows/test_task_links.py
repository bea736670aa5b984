"""A link to a task is a path in a document and the id of a row in a draft: rows may change places meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.documents import FORM, seed
from workflows.canonical import document_hash
from workflows.document import shape_problems
from workflows.links import links
from workflows.task_links import tasks_named_by_path, with_task_ids, with_task_paths
from workflows.ulid import new_ulid

INDICATORS = FORM.section("indicators")


def drafted(task: str) -> dict[str, Any]:
    """The seed as a draft keeps it, its first indicator linked."""
    found = seed()
    for section in ("key_tasks", "other_tasks", "indicators"):
        found[section] = [{**row, "id": new_ulid()} for row in found[section]]
    found["indicators"][0]["task"] = task
    return {**found, "indicators": with_task_ids(INDICATORS, found["indicators"], found)}


@pytest.mark.parametrize("path", ["key_tasks[2]", "other_tasks[0]"])
def test_a_document_of_a_draft_has_the_path_that_the_row_has_now(path: str) -> None:
    section = path.partition("[")[0]
    draft = drafted(path)
    document = with_task_paths(FORM, draft)
    assert document["indicators"][0]["task"] == path
    assert document_hash(document) == document_hash({**seed(), "indicators": [{**seed()["indicators"][0], "task": path}, *seed()["indicators"][1:]]})  # fmt: skip
    turned = {**draft, section: draft[section][::-1]}
    index = len(draft[section]) - 1 - int(path[-2])
    assert with_task_paths(FORM, turned)["indicators"][0]["task"] == f"{section}[{index}]"
    assert links(turned)[0] == links(with_task_paths(FORM, turned))[0]
    assert (links(turned)[0].task, links(turned)[0].stated) == (f"{section}[{index}]", True)
    assert shape_problems(draft, FORM) == []


def test_a_link_to_a_row_that_is_gone_is_none() -> None:
    draft = drafted("key_tasks[0]")
    without = {**draft, "key_tasks": draft["key_tasks"][1:]}
    assert "task" not in with_task_paths(FORM, without)["indicators"][0]
    assert not links(without)[0].stated


def test_a_path_that_is_kept_is_read_as_it_stands() -> None:
    """Drafts of an earlier version hold paths, and a program may write the indicator before its task."""
    draft = drafted("other_tasks[199]")
    assert draft["indicators"][0]["task"] == "other_tasks[199]"
    assert tasks_named_by_path(INDICATORS, draft["indicators"]) == ("other_tasks",)
    assert tasks_named_by_path(INDICATORS, drafted("key_tasks[0]")["indicators"]) == ()
    assert with_task_paths(FORM, draft) == draft
    old = {**draft, "indicators": [{**draft["indicators"][0], "task": "key_tasks[1]"}]}
    assert links(with_task_paths(FORM, old))[0].task == "key_tasks[1]"
