"""Tables of rows under a head: tasks, indicators, a schedule, whatever sections of rows the form has."""

import re
from collections.abc import Mapping
from typing import Any

from service.importers import cells
from service.importers.anchors import key, needed
from service.importers.columns import columns_of
from service.importers.heads import TOTALS
from service.importers.lines import Line
from service.importers.reading_state import Reading
from workflows import quantities
from workflows.document import empty_row
from workflows.forms.base import Field, Kind, Matrix, Rows, Section

Table = Rows | Matrix

_AFTERWORD = re.compile(r"(?:注|说明|备注|填表说明|填报人|填表人|联系电话|联系人|填报日期|单位负责人)\d?(?:[:：.、]|$)")
_BEGINS_AFTERWORD = frozenset("注说备填联单")
_LONGEST_HEAD = 20
_NUMBER_OF_ROW = re.compile(r"\d{1,4}[.、]?")
_LEVELS = (Kind.LEVEL1, Kind.LEVEL2)
_TEXTS = (Kind.TEXT, Kind.LONG_TEXT)


def open_table(reading: Reading, table: Table, line: Line) -> None:
    """The line with the table's label; the one of a table inside the head carries the heads of the columns too."""
    reading.columns = {}
    if isinstance(table, Rows) and not read_heads(reading, table, line):
        raise line.refused("columns", {"wanted": wanted(table)})


def read_row(reading: Reading, table: Table, line: Line) -> None:
    """A line under the table's label: its heads, the same heads again, a total, a remark, or a row."""
    if _may_be_heads(reading, table, line) and read_heads(reading, table, line):
        return
    if not reading.columns:
        raise line.refused("columns", {"wanted": wanted(table)})
    if is_afterword(line):
        # Names and telephone numbers stand here; only the first word is repeated.
        reading.dropped(table.section, line, "afterword", f"{line.text[:3]}…")
        return
    section = reading.anchors.form.section(table.section)
    _refuse_short(reading, line)
    found = _under(reading, line)
    if _is_total(found.get("number", "")) or _is_total(found.get(section.name_field, "")):
        reading.dropped(table.section, line, "derived_total")
    elif line.broken and _is_continued(reading, section, found):
        _continue(reading, section, line, found)
    else:
        _add(reading, section, line, found)


def _may_be_heads(reading: Reading, table: Table, line: Line) -> bool:
    """Below heads only the same heads again are heads: the name of the column stands where names of rows stand."""
    index = reading.columns.get(reading.anchors.form.section(table.section).name_field)
    if index is None or index >= len(line.cells):
        return True
    if len(line.cells[index]) > _LONGEST_HEAD:
        return False
    return key(cells.label(line.cells[index])) in reading.anchors.tables[table.section]


def read_heads(reading: Reading, table: Table, line: Line) -> bool:
    """Whether the line holds the heads of the table's columns; then they are kept, or reported when they repeat."""
    form = reading.anchors.form
    columns = columns_of(
        line, reading.anchors.tables[table.section], needed=needed(form, table.section), lenient=not reading.official
    )
    if columns is None:
        return False
    repeated = bool(reading.columns)
    if repeated and sorted(columns, key=columns.__getitem__) != sorted(
        reading.columns, key=reading.columns.__getitem__
    ):
        raise line.refused("columns", {"wanted": wanted(table)})
    reading.columns = columns
    section = form.section(table.section)
    reading.fields = tuple(one for one in section.fields if one.name in columns)
    reading.blank = empty_row(section) | ({"secrecy_tag": None} if table.section in form.tasks else {})
    if repeated:
        reading.dropped(table.section, line, "repeated_head")
        return True
    for column in table.columns:
        if column.field in columns and "(" in cells.label(column.head) and _is_money(section.field(column.field)):
            reading.unit_of(table.section, line.labels[columns[column.field]], line)
    return True


def wanted(table: Table) -> str:
    """The heads as they should be."""
    return " ".join(column.head for column in table.columns)


def is_afterword(line: Line) -> bool:
    """A remark or a signature under the table."""
    label = line.first[1]
    return label[:1] in _BEGINS_AFTERWORD and _AFTERWORD.match(label) is not None


def _is_total(text: str) -> bool:
    return len(text) <= _LONGEST_HEAD and cells.label(text) in TOTALS


def _is_money(one: Field) -> bool:
    return one.kind is Kind.MONEY


def _refuse_short(reading: Reading, line: Line) -> None:
    """Cells of a text are lost; but an editor may have cut the last tab of a qualitative row, which has no unit."""
    columns = reading.columns
    if not line.ragged or not reading.official or "number" in columns:
        return
    last = max(columns.values())
    if len(line.cells) > last:
        return
    target = columns.get("target_value", last)
    if len(line.cells) <= target or quantities.comparator(line.cells[columns["comparator"]]) != "qual":
        reading.refuse(line.refused("short_row", {"found": str(len(line.cells)), "wanted": str(last + 1)}))


def _under(reading: Reading, line: Line) -> dict[str, str]:
    """The cells by the field whose head they stand under, trimmed; a filled cell under no head fits nowhere."""
    width = len(line.cells)
    found = {one: line.cells[index].strip() if index < width else "" for one, index in reading.columns.items()}
    if line.filled > len(found) - list(found.values()).count(""):
        known = set(reading.columns.values())
        for index, cell in enumerate(line.cells):
            if index not in known and cell.strip():
                reading.misfit(line, index)
    return found


def _is_continued(reading: Reading, section: Section, found: Mapping[str, str]) -> bool:
    """Whether the row before a page break goes on here: nothing stands in the cells that are never long."""
    rows = reading.rows(section.name)
    short = [one.name for one in section.fields if one.kind not in _TEXTS and one.kind not in _LEVELS]
    return bool(rows) and not any(found.get(name) for name in ("number", *short))


def _continue(reading: Reading, section: Section, line: Line, found: Mapping[str, str]) -> None:
    rows = reading.rows(section.name)
    path = f"{section.name}[{len(rows) - 1}]"
    reading.doubtful = True  # two halves may be more than a cell takes
    for one in section.fields:
        if found.get(one.name) and one.kind in _TEXTS:
            more = cells.free_text(found[one.name], f"{path}.{one.name}", notes=reading.notes) or ""
            rows[-1][one.name] = f"{rows[-1][one.name] or ''}{more}"
    reading.dropped(path, line, "page_break")


def _add(reading: Reading, section: Section, line: Line, found: Mapping[str, str]) -> None:
    rows = reading.rows(section.name)
    path = f"{section.name}[{len(rows)}]"
    _check_number(reading, section, line, found)
    row = reading.blank.copy()
    above: Mapping[str, Any] = rows[-1] if rows else {}
    for one in reading.fields:
        name, text = one.name, found[one.name]
        if len(text) > one.limit or not text.isprintable():
            reading.doubtful = True
        if one.kind in _LEVELS:
            row[name] = cells.level(text, f"{path}.{name}", before=above.get(name), notes=reading.notes)
        elif text:
            # Most cells are what they are; only those with a blank, a count or the begin of an error want a look.
            plain = " " not in text and one.kind is not Kind.COUNT and text[0] not in "#="
            row[name] = text if plain else reading.value(one, text, f"{path}.{name}")
            if not plain:
                reading.flag_debris(f"{path}.{name}", text)
        else:
            row[name] = None
    reading.places.put_row(path, line.place(), reading.columns)
    if "comparator" in row and "target_value" in row:
        cells.part_fused(row, path, notes=reading.notes)
    rows.append(row)


def _check_number(reading: Reading, section: Section, line: Line, found: Mapping[str, str]) -> None:
    """A row has its name and perhaps its number; numbers that leap or repeat are reported, the order counts."""
    if "number" not in found:
        return
    number = cells.label(found.get("number", ""))
    if (number and not _NUMBER_OF_ROW.fullmatch(number)) or not found[section.name_field]:
        reading.refuse(line.refused("unknown_cell", {"text": line.text[:20]}))
        return
    expected = str(len(reading.rows(section.name)) + 1)
    digits = number.rstrip(".、")
    if digits and digits != expected:
        reading.notes.add(section.name, digits, expected, reason="row_number", line=str(line.number))
