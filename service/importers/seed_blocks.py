"""The blocks of the text table, line by line: head, tasks, indicators."""

import re
from dataclasses import dataclass, field

from service.importers import seed_cells
from service.importers.seed_cells import Notes
from service.importers.seed_money import money_unit
from service.importers.unreadable import UnreadableForm
from workflows import quantities
from workflows.document import empty_row
from workflows.forms.base import Document
from workflows.forms.department_overall_2022 import FORM

# Label of a cell -> where its value, the next filled cell, belongs.
PAIRS = {
    "部门名称": ("department",),
    "资金主管部门": ("supervising_department",),
    "财政供养人员数": ("basic", "fiscally_supported_headcount"),
    "二级预算单位数": ("basic", "second_level_unit_count"),
    "基本支出": ("budget", "basic_expenditure"),
    "项目支出": ("budget", "project_expenditure"),
    "财政拨款": ("budget", "fiscal_appropriation"),
    "其他资金": ("budget", "other_funds"),
}
_BLOCK_OF_LABEL = {seed_cells.label(printed): name for name, printed in FORM.layout.blocks.items()}
_HEADINGS = frozenset({"部门预算支出", "收入来源", "基本信息", "预算整体情况"})
_TOTALS = frozenset({"合计", "小计", "总计", "支出合计", "收入合计"})
_AFTERWORD = re.compile(r"(?:注|说明|备注|填表说明|填报人|填表人|联系电话|联系人|填报日期|单位负责人)\d?(?:[:：.、]|$)")
_NUMBER_OF_ROW = re.compile(r"\d{1,4}[.、]?")
_COLUMNS = {seed_cells.label(column.head): column.field for column in FORM.layout.indicator_columns if column.field} | {
    "计算符号": "comparator",
    "指标性质": "comparator",
    "度量单位": "unit",
    "指标解释": "interpretation",
}
_NEEDED = frozenset({"level1", "level2", "level3", "comparator", "target_value", "unit"})
_INDICATOR_HEAD = " ".join(column.head for column in FORM.layout.indicator_columns)
_TEXTS = ("level3", "interpretation")


@dataclass(slots=True)
class Line:
    """One printed line that is not blank: its number in the file and its cells."""

    number: int
    cells: list[str]

    @property
    def labels(self) -> list[str]:
        """The cells as labels, without gaps."""
        return [seed_cells.label(cell) for cell in self.cells]

    @property
    def text(self) -> str:
        """The line as printed."""
        return "\t".join(self.cells).strip()


@dataclass(slots=True)
class Reading:
    """What has been read so far. `seen` are labels met, `columns` the fields under the indicator head by position."""

    document: Document
    notes: Notes = field(default_factory=Notes)
    seen: set[str] = field(default_factory=set)
    units: dict[str, str] = field(default_factory=dict)
    columns: list[str | None] = field(default_factory=list)
    block: str = "head"


def read_head(reading: Reading, line: Line) -> None:
    """A line above the goal: labels, each with its value in the next filled cell, and the heads of the amounts."""
    labels = line.labels
    taken = {index for index, name in enumerate(labels) if not name or name in _HEADINGS}
    for index, name in enumerate(labels):
        if name in _BLOCK_OF_LABEL:
            reading.seen.add(_BLOCK_OF_LABEL[name])
        if name in PAIRS:
            taken |= {index, *_read_pair(reading, line, index)}
        elif name.startswith("预算金额"):
            taken.add(index)
            _set_unit(reading, "budget", name, line)
        elif name in _TOTALS:
            taken |= {index, _after(line, index) or index}
            reading.notes.add("budget", line.text, None, reason="derived_total", line=str(line.number))
    left = [cell.strip() for index, cell in enumerate(line.cells) if index not in taken]
    if left:
        raise UnreadableForm("unknown_cell", line.number, {"text": left[0][:20]})


def open_tasks(reading: Reading, line: Line) -> None:
    """The first line of a task block carries its head, with the unit of the amounts."""
    if not is_task_head(line):
        raise UnreadableForm(
            "columns", line.number, {"wanted": " ".join(column.head for column in FORM.layout.task_columns)}
        )
    _set_unit(reading, reading.block, line.labels[4], line)


def is_task_head(line: Line) -> bool:
    """Whether the cells after the block label are 序号, 名称, 主要实施内容, 拟投入金额."""
    labels = line.labels
    return labels[1:4] == ["序号", "名称", "主要实施内容"] and labels[4:5] != [] and labels[4].startswith("拟投入金额")


def read_task(reading: Reading, line: Line) -> None:
    """A row of a task block."""
    if is_task_head(line):
        reading.notes.add(reading.block, line.text, None, reason="repeated_head", line=str(line.number))
        return
    cells = _padded(line, 5)
    number = seed_cells.label(cells[1])
    if number in _TOTALS or seed_cells.label(cells[2]) in _TOTALS:
        reading.notes.add(reading.block, line.text, None, reason="derived_total", line=str(line.number))
        return
    if cells[0].strip() or (number and not _NUMBER_OF_ROW.fullmatch(number)) or not cells[2].strip():
        raise UnreadableForm("unknown_cell", line.number, {"text": line.text[:20]})
    rows = reading.document[reading.block]
    path = f"{reading.block}[{len(rows)}]"
    name, content = (
        seed_cells.free_text(cells[index], f"{path}.{one}", notes=reading.notes)
        for index, one in ((2, "name"), (3, "content"))
    )
    rows.append({"name": name, "content": content, "planned_amount": cells[4].strip() or None, "secrecy_tag": None})


def read_indicator(reading: Reading, line: Line) -> None:
    """The head of the indicator block, a repetition of it, or a row under it."""
    if is_indicator_head(line):
        _read_indicator_head(reading, line)
    elif not reading.columns:
        raise UnreadableForm("columns", line.number, {"wanted": _INDICATOR_HEAD})
    elif is_afterword(line):
        # Names and telephone numbers stand here; only the first word is repeated.
        reading.notes.add("indicators", f"{line.text[:3]}…", None, reason="afterword", line=str(line.number))
    else:
        _read_indicator_row(reading, line)


def is_indicator_head(line: Line) -> bool:
    """Whether the cells are the names of the columns."""
    labels = line.labels
    return "三级指标" in labels and "指标值" in labels


def is_afterword(line: Line) -> bool:
    """A remark or a signature under the table."""
    return _AFTERWORD.match(seed_cells.label(line.text.split("\t")[0])) is not None


def _read_pair(reading: Reading, line: Line, index: int) -> set[int]:
    name = line.labels[index]
    if name in reading.seen and name not in _BLOCK_OF_LABEL:
        raise UnreadableForm("repeated_label", line.number, {"label": name})
    reading.seen.add(name)
    place = PAIRS[name]
    path = ".".join(place)
    reading.notes.gaps_in_label(line.cells[index], path)
    position = _after(line, index)
    value = "" if position is None else line.cells[position]
    target = reading.document if len(place) == 1 else reading.document[place[0]]
    if place[0] == "basic":
        target[place[-1]] = seed_cells.headcount(value, path, notes=reading.notes)
    elif place[0] == "budget":
        target[place[-1]] = value.strip() or None
    else:
        target[place[-1]] = seed_cells.free_text(value, path, notes=reading.notes)
    return set() if position is None else {position}


def _after(line: Line, index: int) -> int | None:
    """The next filled cell, unless a label comes first."""
    labels = line.labels
    for position in range(index + 1, len(labels)):
        if labels[position] in PAIRS or labels[position] in _HEADINGS:
            return None
        if labels[position]:
            return position
    return None


def _set_unit(reading: Reading, section: str, head: str, line: Line) -> None:
    unit = money_unit(head, section, line=line.number, notes=reading.notes)
    if reading.units.setdefault(section, unit) != unit:
        raise UnreadableForm("two_units", line.number)


def _read_indicator_head(reading: Reading, line: Line) -> None:
    labels = line.labels
    while labels and not labels[-1]:
        labels.pop()
    columns = [_COLUMNS.get(name) for name in labels]
    if None in columns or len(set(columns)) < len(columns) or not set(columns) >= _NEEDED:
        raise UnreadableForm("columns", line.number, {"wanted": _INDICATOR_HEAD})
    if not reading.columns:
        reading.columns = columns
    elif columns == reading.columns:
        reading.notes.add("indicators", line.text, None, reason="repeated_head", line=str(line.number))
    else:
        raise UnreadableForm("columns", line.number, {"wanted": _INDICATOR_HEAD})


def _read_indicator_row(reading: Reading, line: Line) -> None:
    if _is_short(reading, line):
        figures = {"found": str(len(line.cells)), "wanted": str(len(reading.columns))}
        raise UnreadableForm("short_row", line.number, figures)
    rows = reading.document["indicators"]
    path = f"indicators[{len(rows)}]"
    cells = dict(zip(reading.columns, _padded(line, len(reading.columns)), strict=False))
    row = empty_row(FORM.section("indicators"))
    above = rows[-1] if rows else {}
    for one in ("level1", "level2"):
        row[one] = seed_cells.level(cells[one], f"{path}.{one}", before=above.get(one), notes=reading.notes)
    for one in _TEXTS:
        row[one] = seed_cells.free_text(cells.get(one, ""), f"{path}.{one}", notes=reading.notes)
    for one in ("comparator", "target_value", "unit"):
        row[one] = cells[one].strip() or None
    seed_cells.part_fused(row, path, notes=reading.notes)
    rows.append(row)


def _is_short(reading: Reading, line: Line) -> bool:
    """Cells are lost; but an editor may have cut the last tab of a qualitative row, which has no unit."""
    if len(line.cells) >= len(reading.columns):
        return False
    position = reading.columns.index("comparator")
    last_needed = reading.columns.index("target_value")
    return len(line.cells) <= last_needed or quantities.comparator(line.cells[position]) != "qual"


def _padded(line: Line, width: int) -> list[str]:
    """The cells, blank ones added up to the width; a filled cell beyond it fits nowhere."""
    extra = [cell.strip() for cell in line.cells[width:] if cell.strip()]
    if extra:
        raise UnreadableForm("unknown_cell", line.number, {"text": extra[0][:20]})
    return line.cells[:width] + [""] * (width - len(line.cells))
