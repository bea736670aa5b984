"""A table of more than forty rows: one menu for all of them, and without scripts a row is named by its number."""

from __future__ import annotations

import pytest

from service.web.editor_post import button
from tests.web.conftest import Browse, Town
from tests.web.filling import fields_of, post, saved

pytestmark = pytest.mark.slow
ROWS = 45


@pytest.fixture
def long_draft(town: Town, browse: Browse, draft: int) -> int:
    """A draft with 45 other tasks."""
    client = browse("filler")
    for _ in range(ROWS - len(saved(town, draft, "other_tasks"))):
        post(client, draft, "other_tasks", do="copy:0")
    page = client.get(f"/submissions/{draft}")
    names = {f"{at}.name": f"任务{at + 1}" for at in range(ROWS)}
    assert client.post(
        f"/submissions/{draft}/sections/other_tasks", data={**fields_of(page, "other_tasks"), **names, "do": "save"}
    ).status_code == 303  # fmt: skip
    return draft


def test_a_row_is_named_by_its_number(town: Town, browse: Browse, long_draft: int) -> None:
    client = browse("filler")
    page = client.get(f"/submissions/{long_draft}").text
    assert page.count("up:@") == 2, "once for the script, once for those without"
    assert 'value="delete:44"' not in page
    post(client, long_draft, "other_tasks", do="delete:@", row="3")
    post(client, long_draft, "other_tasks", do="up:@", row="3")
    names = [row["name"] for row in saved(town, long_draft, "other_tasks")]
    assert names[:4] == ["任务1", "任务4", "任务2", "任务5"]
    assert len(names) == ROWS - 1
    tasks = len(saved(town, long_draft, "key_tasks"))
    post(client, long_draft, "other_tasks", do="to:key_tasks:@", row="1")
    assert saved(town, long_draft, "key_tasks")[tasks]["name"] == "任务1"


@pytest.mark.parametrize("row", ["", "0", "-1", "46", "x", "９", "99999", "1e1"])
def test_a_number_of_no_row_moves_nothing_and_keeps_what_was_typed(
    town: Town, browse: Browse, long_draft: int, row: str
) -> None:
    client = browse("filler")
    post(client, long_draft, "other_tasks", do="delete:@", row=row, **{"0.name": "改了名"})
    rows = saved(town, long_draft, "other_tasks")
    assert (len(rows), rows[0]["name"]) == (ROWS, "改了名")


def test_the_button_of_a_row_is_taken_as_it_is() -> None:
    assert button({"do": "up:2", "row": "7"}) == "up:2"
    assert button({"do": "to:other_tasks:@", "row": " 7 "}) == "to:other_tasks:6"
    assert button({}) == "save"
