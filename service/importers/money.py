"""The unit that a table head declares for its amounts, and amounts in 元 made into 万元."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from service.importers.cells import Notes
from service.importers.lines import Line
from workflows import quantities
from workflows.forms.base import Document, FormType, Kind, Shape

_UNIT = re.compile(r"[(（:：]?(?:单位[:：])?(?P<unit>亿元|千元|百元|万元|元)[)）]?")
_YUAN_PER_UNIT = 10_000


def money_unit(head: str, path: str, *, line: Line, notes: Notes) -> str:
    """万元 or 元 out of a head such as 预算金额(万元). None named is read as 万元 and reported; others are refused."""
    match = _UNIT.search(head)
    if match is None:
        notes.add(path, head, f"{head}(万元)", reason="unit_assumed")
        return "万元"
    if match["unit"] not in ("万元", "元"):
        raise line.refused("money_unit", {"unit": match["unit"]})
    return match["unit"]


def in_ten_thousand(document: Document, form: FormType, *, units: Mapping[str, str], notes: Notes) -> Document:
    """The document with every amount in 万元; where one was in 元, `money_source_unit` says so. Exact.

    `units` is by section.
    """
    if "元" not in units.values():
        return document
    for name in (name for name, unit in units.items() if unit == "元"):
        fields = [one.name for one in form.section(name).fields if one.kind is Kind.MONEY]
        for path, row in _rows(document, form, name):
            _convert(row, path, fields=fields, notes=notes)
    return document | {"money_source_unit": "元"}


def _rows(document: Document, form: FormType, name: str) -> Iterator[tuple[str, dict[str, object]]]:
    value = document.get(name)
    if form.section(name).shape is Shape.ROWS:
        yield from ((f"{name}[{index}]", row) for index, row in enumerate(value or ()))
    elif isinstance(value, dict):
        yield name, value


def _convert(row: dict[str, object], path: str, *, fields: list[str], notes: Notes) -> None:
    for one in fields:
        cell = row.get(one)
        amount = quantities.number(cell) if isinstance(cell, str) else None
        if isinstance(cell, str) and amount is not None:
            row[one] = quantities.plain(amount / Decimal(_YUAN_PER_UNIT))
            notes.add(f"{path}.{one}", cell, str(row[one]), reason="yuan")
