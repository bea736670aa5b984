"""What a browser sends back of what it was given is believed only where nothing better is known."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.web.editor_base import packed
from tests.web.conftest import Browse, Town
from tests.web.filling import post, saved
from tests.web.visitor import hidden

JSON = {"Accept": "application/json"}


def version(town: Town, form: int, section: str) -> int:
    where = "where submission_id = :id and section = :s"
    return int(str(town.rows(f"select version from draft_section {where}", id=form, s=section)[0][0]))


def send(client: FlaskClient, form: int, section: str, **fields: Any) -> Any:  # noqa: ANN401 - a response
    token = hidden(client.get(f"/submissions/{form}"), "csrf_token")
    data = {"csrf_token": token, "patch": "yes", "do": "save", **{name: str(value) for name, value in fields.items()}}
    return client.post(f"/submissions/{form}/sections/{section}", data=data, headers=JSON)


@pytest.mark.parametrize("base", ["", "AAAA", "x" * 50, packed(None), packed([]), packed([{"id": {}}]), packed({})])
@pytest.mark.parametrize(("section", "do"), [("key_tasks", "add"), ("indicators", "save"), ("overall_goal", "save")])
@pytest.mark.slow
def test_a_base_that_is_none_wipes_nothing(
    town: Town, browse: Browse, draft: int, *, base: str, section: str, do: str
) -> None:
    before = saved(town, draft, section)
    fresh = send(browse("filler"), draft, section, base=base, base_version=version(town, draft, section), do=do)
    after = saved(town, draft, section)
    assert fresh.status_code == 200
    assert (after[: len(before)] if do == "add" else after) == before


@pytest.mark.parametrize("base", ["", "AAAA", packed([{"id": {}}]), packed([{"id": 1}]), packed({})])
def test_an_old_base_that_cannot_be_read_is_refused(town: Town, browse: Browse, draft: int, base: str) -> None:
    before = saved(town, draft, "key_tasks")
    reply = send(browse("filler"), draft, "key_tasks", base=base, base_version=99)
    assert reply.status_code == 400
    assert saved(town, draft, "key_tasks") == before


def test_a_row_goes_to_the_other_table_though_a_colleague_deleted_one_above(
    town: Town, browse: Browse, draft: int
) -> None:
    client = browse("filler")
    seen, at = saved(town, draft, "key_tasks"), version(town, draft, "key_tasks")
    post(client, draft, "key_tasks", do="delete:0")
    reply = send(client, draft, "key_tasks", base=packed(seen), base_version=at, do="to:other_tasks:1")
    assert reply.status_code == 200
    assert saved(town, draft, "other_tasks")[-1]["id"] == seen[1]["id"]
    assert [row["id"] for row in saved(town, draft, "key_tasks")] == [seen[2]["id"]]


def test_a_copy_does_not_end_a_hold(town: Town, browse: Browse, draft: int) -> None:
    client = browse("filler")
    post(client, draft, "key_tasks", **{"1.content": "多种形式开展宣传"})
    assert saved(town, draft, "key_tasks")[1]["secrecy_tag"] == "sensitive_unresolved"
    post(client, draft, "key_tasks", do="copy:1")
    post(client, draft, "key_tasks", do="delete:1")
    assert saved(town, draft, "key_tasks")[1]["secrecy_tag"] == "sensitive_unresolved"
