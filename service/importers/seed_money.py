"""The unit that a table head declares for its amounts, and amounts in 元 made into 万元."""

import re
from collections.abc import Mapping
from decimal import Decimal

from service.importers.seed_cells import Notes
from service.importers.unreadable import UnreadableForm
from workflows import quantities
from workflows.document import TASK_SECTIONS
from workflows.forms.base import Document

_UNIT = re.compile(r"[(（:：]?(?:单位[:：])?(?P<unit>亿元|千元|百元|万元|元)[)）]?")
_YUAN_PER_UNIT = 10_000
_FIELDS = {
    "budget": ("basic_expenditure", "project_expenditure", "fiscal_appropriation", "other_funds"),
    "key_tasks": ("planned_amount",),
    "other_tasks": ("planned_amount",),
}


def money_unit(head: str, path: str, *, line: int, notes: Notes) -> str:
    """万元 or 元 out of a head such as 预算金额(万元). None named is read as 万元 and reported; others are refused."""
    match = _UNIT.search(head)
    if match is None:
        notes.add(path, head, f"{head}(万元)", reason="unit_assumed")
        return "万元"
    if match["unit"] not in ("万元", "元"):
        raise UnreadableForm("money_unit", line, {"unit": match["unit"]})
    return match["unit"]


def in_ten_thousand(document: Document, units: Mapping[str, str], *, notes: Notes) -> Document:
    """The document with every amount in 万元; where one was in 元, `money_source_unit` says so. Exact."""
    if "元" not in units.values():
        return document
    for name, unit in units.items():
        if unit == "元":
            for path, row in _rows(document, name):
                _convert(row, path, fields=_FIELDS[name], notes=notes)
    return document | {"money_source_unit": "元"}


def _rows(document: Document, name: str) -> list[tuple[str, dict[str, object]]]:
    if name in TASK_SECTIONS:
        return [(f"{name}[{index}]", row) for index, row in enumerate(document[name])]
    return [(name, document[name])]


def _convert(row: dict[str, object], path: str, *, fields: tuple[str, ...], notes: Notes) -> None:
    for one in fields:
        cell = row[one]
        amount = quantities.number(cell) if isinstance(cell, str) else None
        if isinstance(cell, str) and amount is not None:
            row[one] = quantities.plain(amount / Decimal(_YUAN_PER_UNIT))
            notes.add(f"{path}.{one}", cell, str(row[one]), reason="yuan")
