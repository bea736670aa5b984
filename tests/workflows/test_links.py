"""Which task an indicator measures."""

import pytest

from tests.workflows.documents import changed, seed
from workflows.links import links, unlinked_tasks
from workflows.secrecy import PLACEHOLDER

# By row, as a reader of the form would link them; the last two measure no single task.
SEED_LINKS = [
    "key_tasks[1]", "key_tasks[0]", "key_tasks[0]", "other_tasks[2]", "other_tasks[3]", "other_tasks[6]", "other_tasks[5]",
    "key_tasks[2]", "other_tasks[0]", "other_tasks[4]", None, None,
]  # fmt: skip


def test_seed_links() -> None:
    found = links(seed())
    assert [link.indicator for link in found] == [f"indicators[{index}]" for index in range(12)]
    assert [link.task for link in found] == SEED_LINKS
    assert not any(link.stated for link in found)


def test_on_the_seed_one_task_stays_without_an_indicator() -> None:
    assert unlinked_tasks(seed()) == ("other_tasks[1]",)


def test_placeholders_instead_of_content_change_no_link() -> None:
    document = seed()
    for path in ("key_tasks[1]", "key_tasks[2]", "other_tasks[0]", "other_tasks[5]"):
        document = changed(document, f"{path}.content", PLACEHOLDER)
    assert unlinked_tasks(document) == ("other_tasks[1]",)


def test_what_the_form_says_wins() -> None:
    document = changed(seed(), "indicators[0].task", "other_tasks[1]")
    first = links(document)[0]
    assert (first.task, first.stated) == ("other_tasks[1]", True)
    assert unlinked_tasks(document) == ("key_tasks[1]",)


@pytest.mark.parametrize("task", ["other_tasks[99]", "key_tasks[x]", "", None])
def test_a_task_that_is_not_there_is_no_link(task: str | None) -> None:
    assert links(changed(seed(), "indicators[0].task", task))[0].task == "key_tasks[1]"


def test_cost_of_the_same_amount_decides_between_equals() -> None:
    document = seed()
    document["key_tasks"] = [
        {"name": "印制材料", "content": "印制宣传材料", "planned_amount": "10", "secrecy_tag": None},
        {"name": "印制材料", "content": "印制宣传材料", "planned_amount": "20", "secrecy_tag": None},
    ]
    document["other_tasks"] = []
    cost = document["indicators"][8] | {"level3": "印制材料成本", "interpretation": None}
    document["indicators"] = [cost]
    assert links(document)[0].task == "key_tasks[1]"


def test_no_tasks_no_links() -> None:
    document = seed()
    document["key_tasks"], document["other_tasks"] = [], []
    assert {link.task for link in links(document)} == {None}
    assert unlinked_tasks(document) == ()
