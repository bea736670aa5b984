"""Blocks from spreadsheets, as Excel and WPS put them on the clipboard."""

from __future__ import annotations

import pytest

from service.web.editor_notes import typed
from service.web.editor_paste import block, pasted
from tests.factories import seed_document
from workflows.forms import form_type
from workflows.quantities import plain

FORM = form_type("department_overall@2022")
TASKS, INDICATORS = FORM.section("key_tasks"), FORM.section("indicators")


def test_quotes_line_ends_in_cells_and_one_line_end_too_many() -> None:
    text = '普法\t"第一行\n第二行，""引号"""\t１，０００．５０\r\n调解\t直说 5" 管\t20\r\n'
    assert block(text) == [["普法", '第一行\n第二行，"引号"', "１，０００．５０"], ["调解", '直说 5" 管', "20"]]
    rows = pasted(TASKS, [], text, row=0, field="name").rows
    assert [row["planned_amount"] for row in rows] == ["1000.5", "20"]
    assert rows[0]["content"] == '第一行\n第二行，"引号"'


def test_the_seeds_tasks_come_back_row_for_row() -> None:
    tasks = seed_document()["key_tasks"]
    text = "".join(f"{row['name']}\t{row['content']}\t{row['planned_amount']}\n" for row in tasks)
    done = pasted(TASKS, [], text, row=0, field="name")
    kept = [{name: row[name] for name in ("name", "content", "planned_amount")} for row in done.rows]
    assert kept == [{name: row[name] for name in ("name", "content", "planned_amount")} for row in tasks]
    assert (done.changed, done.added, done.left_out) == (0, len(tasks), 0)


def test_headings_numbers_merged_cells_and_split_words() -> None:
    text = (
        "序号\t一级指标\t二级指标\t三级指标\t三级指标解释\t对比符号\t指标值\t计量单位\n"
        "1\t效益指标\t社会效益指 标\t知晓率\t抽样\t≥\t95\t%\n"
        "2\t\t\t满意率\t问卷\t不低于\t88\t%\n"
    )
    rows = pasted(INDICATORS, [], text, row=0, field="level1").rows
    assert [(row["level1"], row["level2"], row["comparator"]) for row in rows] == [
        ("benefit", "social_benefit", "ge")
    ] * 2


def test_from_a_cell_in_the_middle_only_what_lies_right_and_below_changes() -> None:
    rows = [{"id": "a", "name": "甲", "content": "旧", "planned_amount": "1", "secrecy_tag": "withheld_public"}]
    done = pasted(TASKS, rows, "新\t2\n又新\t3\n", row=0, field="content")
    assert done.rows[0] == {**rows[0], "content": "新", "planned_amount": "2"}
    assert (done.rows[1]["name"], done.rows[1]["content"]) == (None, "又新")
    assert (done.changed, done.added) == (1, 1)


def test_a_block_beyond_the_limit_says_what_it_left_out() -> None:
    done = pasted(TASKS, [], "行\n" * 250, row=0, field="name")
    assert (len(done.rows), done.left_out) == (200, 50)


def _cells(*rows: tuple[str, ...]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    "heading",
    [
        ("一级指标", "二级指标", "三级指标", "三级指标解释", "对比符号", "指标值", "计量单位"),
        ("一级指标", "二级指标", "三级指标名称", "指标解释", "符号", "年度指标值", "单位"),
        ("一级指标", "二级 指标", "指标名称", "指标解释", "计算符号", "目标值", "度量单位"),
        ("一级指标", "二级指标", "绩效指标", "三级指标解释", "指标性质", "年度目标值", "计量单位（个/次）"),
    ],
)
def test_a_heading_in_other_words_is_a_heading(heading: tuple[str, ...]) -> None:
    row = ("产出指标", "数量指标", "宣传次数", "全年次数", "≥", "48", "次")
    done = pasted(INDICATORS, [], _cells(heading, row), row=0, field="level1")
    (only,) = done.rows
    assert [only[one.name] for one in typed(INDICATORS)] == [
        "output",
        "quantity",
        "宣传次数",
        "全年次数",
        "ge",
        "48",
        "次",
    ]
    assert (done.added, done.beside, done.sorted_in) == (1, (), False)


def test_a_row_of_words_like_headings_is_a_row() -> None:
    row = ("数量指标", "质量指标达标", "10")
    done = pasted(TASKS, [], _cells(row, row), row=0, field="name")
    assert [one["name"] for one in done.rows] == ["数量指标", "数量指标"]


def test_columns_go_where_their_headings_say() -> None:
    text = _cells(
        ("序号", "预算金额", "任务名称", "主要内容"), ("1", "20", "普法", "讲座"), ("2", "30", "调解", "培训")
    )
    done = pasted(TASKS, [], text, row=0, field="name")
    assert [(row["name"], row["content"], row["planned_amount"]) for row in done.rows] == [
        ("普法", "讲座", "20"),
        ("调解", "培训", "30"),
    ]
    assert done.sorted_in
    assert done.asks


def test_a_column_without_a_place_is_named_and_not_lost_in_silence() -> None:
    text = _cells(("任务名称", "责任科室", "预算金额", ""), ("普法", "办公室", "20", "加急"))
    done = pasted(TASKS, [], text, row=0, field="name")
    assert (done.rows[0]["name"], done.rows[0]["planned_amount"]) == ("普法", "20")
    assert done.beside == ("责任科室", "#4")
    assert done.asks


@pytest.mark.parametrize(
    ("typed_as", "amount"),
    [("1,000元", "0.1"), ("1000元", "0.1"), ("100万", "100"), ("１，０００．５０元", "0.10005"), ("¥20000元整", "2")],
)
def test_an_amount_with_its_unit_is_offered_and_never_turned_unasked(typed_as: str, amount: str) -> None:
    text = f"普法\t讲座\t{typed_as}\n"
    done = pasted(TASKS, [], text, row=0, field="name")
    assert done.rows[0]["planned_amount"] == typed_as
    assert done.unread == {(0, "planned_amount")}
    assert plain(done.offers[0, "planned_amount"]) == amount
    assert done.asks
    taken = pasted(TASKS, [], text, row=0, field="name", convert=True)
    assert taken.rows[0]["planned_amount"] == amount
    assert (taken.unread, taken.offers) == (frozenset(), {})


@pytest.mark.parametrize("typed_as", ["20", "约20万元", "20人", "-5元", "二十元", "20元/人", ""])
def test_nothing_else_is_offered(typed_as: str) -> None:
    assert pasted(TASKS, [], f"普法\t讲座\t{typed_as}\n", row=0, field="name").offers == {}
