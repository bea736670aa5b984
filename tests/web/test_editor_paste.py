"""Blocks from spreadsheets, as Excel and WPS put them on the clipboard."""

from __future__ import annotations

from service.web.editor_paste import block, pasted
from tests.factories import seed_document
from workflows.forms import form_type

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
