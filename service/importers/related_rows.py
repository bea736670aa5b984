"""Indicator rows of related forms: other heads, points beside the level, columns that our form has no place for."""

import re
from collections.abc import Mapping
from typing import Any

from service.importers import cells
from service.importers.columns import columns_of
from service.importers.lines import Line
from service.importers.reading_state import Reading
from service.importers.row_observations import observe_row
from workflows import levels, quantities
from workflows.catalogue import texts
from workflows.document import empty_row
from workflows.forms.base import Kind

INDICATORS = "indicators"
_OTHER_HEADS = {
    "得分系数": "coefficient",
    "范围": "scope",
    "指标方向性": "direction",
    "是否核心指标": "core",
    "完成目标可能性": "possibility",
    "调整指标值": "adjusted_value",
}
_POINTS = re.compile(r"(?P<name>.+?)\((?P<points>\d{1,3})分\)")


def read_indicator_heads(reading: Reading, line: Line) -> dict[str, int] | None:
    """The columns of an indicator table, None when the line is no head of one. Columns without a place are reported."""
    names = {**reading.anchors.tables[INDICATORS], **_OTHER_HEADS}
    heads = columns_of(line, names, needed=("level3", "target_value"), lenient=True)
    if heads is None:
        return None
    section = reading.anchors.form.section(INDICATORS)
    known = {one.name for one in section.fields}
    said = {"number", "direction"}
    extra = [line.cells[index].strip() for name, index in heads.items() if name not in known | said]
    extra += [cell.strip() for index, cell in enumerate(line.cells) if cell.strip() and index not in heads.values()]
    if extra:
        reading.notes.add(INDICATORS, "、".join(extra)[:120], None, reason="column_not_kept", line=str(line.number))
    if "direction" in heads:
        head = line.cells[heads["direction"]].strip()
        reading.notes.add(INDICATORS, head, None, reason="direction_said", line=str(line.number))
    missing = [name for name in empty_row(section) if name not in heads]
    if missing:
        words = "、".join(texts("zh").get(f"label.field.{name}", name) for name in missing)
        reading.notes.add(INDICATORS, None, words, reason="column_missing", line=str(line.number))
    return heads


def read_indicator(reading: Reading, line: Line, heads: Mapping[str, int]) -> None:
    """One row; level names are carried down, and a level named in the place of an indicator is one."""
    rows = reading.rows(INDICATORS)
    path = f"{INDICATORS}[{len(rows)}]"
    filled = len(line.cells)
    found = {name: line.cells[index].strip() if index < filled else "" for name, index in heads.items()}
    for index, cell in enumerate(line.cells):
        if index not in heads.values() and cell.strip():
            reading.misfit(line, index)
    section = reading.anchors.form.section(INDICATORS)
    row: dict[str, Any] = empty_row(section)
    reading.doubtful = True  # whatever others print
    _part_points(reading, found, path)
    above: Mapping[str, Any] = rows[-1] if rows else {}
    for one in section.fields:
        if one.name not in found:
            continue
        if one.kind in (Kind.LEVEL1, Kind.LEVEL2):
            row[one.name] = cells.level(
                found[one.name], f"{path}.{one.name}", before=above.get(one.name), notes=reading.notes
            )
        else:
            row[one.name] = reading.value(one, found[one.name], f"{path}.{one.name}")
    fields = {one.name for one in section.fields}
    reading.places.put_row(path, line.place(), {name: index for name, index in heads.items() if name in fields})
    _settle(reading, row, found, path=path)
    cells.part_fused(row, path, notes=reading.notes)
    _part_actual(reading, row, path)
    _plain_percent(reading, row, path)
    rows.append(row)
    observe_row(reading, row, found, path=path)


def _part_points(reading: Reading, found: dict[str, str], path: str) -> None:
    """产出指标(50分): the points of a level are those of its rows together; the system adds them up."""
    match = _POINTS.fullmatch(quantities.folded(found.get("level1", "")))
    if match is not None:
        reading.notes.add(f"{path}.level1", found["level1"], match["name"], reason="points_parted")
        found["level1"] = match["name"]


def _settle(reading: Reading, row: dict[str, Any], found: Mapping[str, str], *, path: str) -> None:
    """Cells that say the same in another column: the adjusted target, 定量 for a sign, a level as a name."""
    if found.get("adjusted_value"):
        reading.notes.add(
            f"{path}.target_value", row["target_value"], found["adjusted_value"], reason="adjusted_target"
        )
        row["target_value"] = found["adjusted_value"]
    if row.get("comparator") == "定量":
        reading.notes.add(f"{path}.comparator", "定量", None, reason="no_comparator")
        row["comparator"] = None
    if not row.get("level2") and levels.level2(row.get("level3") or ""):
        reading.notes.add(f"{path}.level2", row["level3"], None, reason="level_as_name")
        row["level2"], row["level3"] = levels.level2(row["level3"]), None


def _plain_percent(reading: Reading, row: dict[str, Any], path: str) -> None:
    """百分比 is the word for %."""
    if row["unit"] != "%" and quantities.is_percent(row["unit"]):
        reading.notes.add(f"{path}.unit", row["unit"], "%", reason="unit")
        row["unit"] = "%"


def _part_actual(reading: Reading, row: dict[str, Any], path: str) -> None:
    """76% achieved where the unit is per cent."""
    text = row.get("actual_value")
    fused = quantities.split_fused(text) if text and quantities.number(text) is None else None
    if fused is None or fused.comparator is not None or not fused.unit:
        return
    same = fused.unit == row["unit"] or (quantities.is_percent(fused.unit) and quantities.is_percent(row["unit"]))
    if same:
        row["actual_value"] = fused.value
        reading.notes.add(f"{path}.actual_value", text, fused.value, reason="fused")
