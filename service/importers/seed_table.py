"""The published text table of 部门整体支出预算绩效目标表: one line per row, cells parted by tabs.

Read as it was printed: block labels in the first column, a head repeated after a page break, blanks where a line broke
inside a narrow cell. What is mended is reported; what does not fit is refused with its line.
"""

import re
from collections.abc import Iterator

from service.importers import seed_cells
from service.importers.seed_blocks import (
    PAIRS,
    Line,
    Reading,
    is_indicator_head,
    is_task_head,
    open_tasks,
    read_head,
    read_indicator,
    read_task,
)
from service.importers.seed_money import in_ten_thousand
from service.importers.unreadable import UnreadableForm
from workflows.document import TASK_SECTIONS, empty_document, shape_problems
from workflows.forms.base import Document
from workflows.forms.department_overall_2022 import FORM
from workflows.tidying import Change, tidied

_MAX_LINES = 20_000
_LONGEST_TITLE = 120
_TITLE_WITHIN = 12
_TITLE = re.compile(
    r"#*(?:附件\d*[:：]?)?(?P<region>[^\d#]{1,30}?)(?:本级|省级|市级|县级|区级|镇级)?(?P<year>\d{4})年(?:度)?"
    r"部门整体支出(?:预算)?绩效目标(?:申报)?表"
)
_FOREIGN = re.compile(r"(?P<form>[\u4e00-\u9fff]{2,20}(?:目标表|申报表|自评表|监控表|审核表))")
_BLOCKS = {seed_cells.label(printed): name for name, printed in FORM.layout.blocks.items()}
_HEAD_BLOCKS = ("department", "supervising_department", "basic", "budget")


def read_table(text: str) -> tuple[Document, tuple[Change, ...]]:
    """The document in a text table, and what was mended. Raises UnreadableForm with the line."""
    lines = list(_lines(text))
    reading = Reading(_titled(lines))
    for line in lines[1:]:
        _read_line(reading, line)
    _refuse_truncated(reading, lines[-1])
    document, respelled = tidied(reading.document, FORM)
    document = in_ten_thousand(document, reading.units, notes=reading.notes)
    problems = shape_problems(document, FORM)
    if problems:
        first = problems[0]
        raise UnreadableForm("cell", params=dict(first.params) | {"path": first.path, "problem": first.case})
    return document, (*reading.notes.changes, *respelled)


def _lines(text: str) -> Iterator[Line]:
    raw = text.split("\n")
    if len(raw) > _MAX_LINES:
        raise UnreadableForm("too_many_lines", params={"limit": str(_MAX_LINES)})
    for number, line in enumerate(raw, start=1):
        if line.strip():
            yield Line(number, line.split("\t"))


def _titled(lines: list[Line]) -> Document:
    """An empty document with the region and year of the title."""
    printed = "".join(lines[0].labels)
    match = _TITLE.fullmatch(printed) if len(printed) <= _LONGEST_TITLE else None
    if match is None:
        raise _untitled(lines)
    return empty_document(
        FORM, region=match["region"], fiscal_year=int(match["year"]), department="", supervising_department=None
    )


def _untitled(lines: list[Line]) -> UnreadableForm:
    """Another form that we can name, or no form at all."""
    for line in lines[:_TITLE_WITHIN]:
        foreign = _FOREIGN.search("".join(line.labels)[:_LONGEST_TITLE])
        if foreign is not None and "部门整体支出预算绩效目标" not in foreign["form"]:
            return UnreadableForm("foreign_form", line.number, {"form": foreign["form"]})
    return UnreadableForm("no_title", lines[0].number)


def _read_line(reading: Reading, line: Line) -> None:
    if _TITLE.fullmatch("".join(line.labels)[:_LONGEST_TITLE]):
        raise UnreadableForm("second_form", line.number)
    block = _BLOCKS.get(line.labels[0])
    if block is not None and block not in _HEAD_BLOCKS:
        _open_block(reading, line, block)
    elif reading.block == "head":
        read_head(reading, line)
    elif reading.block == "overall_goal":
        more = seed_cells.free_text(line.text, "overall_goal", notes=reading.notes)
        reading.document["overall_goal"] = f"{reading.document['overall_goal']}\n{more}"
    elif reading.block == "indicators":
        read_indicator(reading, line)
    else:
        read_task(reading, line)


def _open_block(reading: Reading, line: Line, block: str) -> None:
    reading.notes.gaps_in_label(line.cells[0], block)
    if block in reading.seen:
        _repeated_block(reading, line, block)
        return
    reading.seen.add(block)
    reading.block = block
    if block == "overall_goal":
        text = " ".join(cell.strip() for cell in line.cells[1:] if cell.strip())
        reading.document[block] = seed_cells.free_text(text, block, notes=reading.notes)
    elif block in TASK_SECTIONS:
        open_tasks(reading, line)


def _repeated_block(reading: Reading, line: Line, block: str) -> None:
    """A block label that a page break printed again, with its head; anything else would mix two blocks."""
    if block != reading.block or block == "overall_goal" or (block in TASK_SECTIONS and not is_task_head(line)):
        raise UnreadableForm("repeated_block", line.number, {"label": FORM.layout.blocks[block]})
    reading.notes.add(block, line.text, None, reason="repeated_head", line=str(line.number))


def _refuse_truncated(reading: Reading, last: Line) -> None:
    """Every block must have come, and a row under the last head; else the file ends too early."""
    for name, printed in FORM.layout.blocks.items():
        if name not in reading.seen:
            raise UnreadableForm("truncated", last.number, {"missing": printed})
    missing = next((name for name in PAIRS if name not in reading.seen), None)
    if missing is not None:
        raise UnreadableForm("truncated", last.number, {"missing": missing})
    # A head that a page break repeats stands before a row; at the very end it says that rows are lost.
    if not reading.document["indicators"] or is_indicator_head(last):
        raise UnreadableForm("truncated", last.number, {"missing": "三级指标"})
