"""What an XLSX says of its cells beyond their values: per cent shown, errors, formulas never computed, hidden rows.

Calamine gives plain values; these few marks are found by patterns over the sheet's XML, which costs a tenth of parsing it.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import NamedTuple

_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^<>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^<>]*>")
_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_FORMATS = re.compile(rb"<(?:\w+:)?numFmt\b[^<>]*>")
_CELL_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b[^<>]*>")
_LONGEST_CELL = 100_000  # bytes; a cell has at most 32,767 characters
_STYLE = re.compile(rb'<(?:\w+:)?xf\b(?:[^<>]*?\bnumFmtId="(\d+)")?')
_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*>")
_CELL = re.compile(rb"<(?:\w+:)?c\b[^<>]*>")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^<>]*>([^<]*)</")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:>| [^<>]*>)([^<]*)</")
_QUOTED = re.compile(r'"[^"]*"|\\.')  # in a format: text that is shown beside the number, not how it is shown
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_PERCENT_FORMATS = frozenset({b"9", b"10"})  # built in: 0% and 0.00%


class Marks(NamedTuple):
    """By (row, column) from 0: texts that stand for an error or an uncomputed formula; cells that show per cent."""

    instead: Mapping[tuple[int, int], str]
    percent: frozenset[tuple[int, int]]
    hidden_rows: tuple[int, ...]


NONE = Marks({}, frozenset(), ())


def marks_of(members: Mapping[str, bytes]) -> Mapping[str, Marks]:
    """The marks of each sheet by its name; sheets without any are left out."""
    percent = _percent_styles(members.get("xl/styles.xml", b""))
    found = {}
    for name, path in _paths(members):
        content = members.get(path)
        if content is not None and (marks := _marks(content, percent)) != NONE:
            found[name] = marks
    return found


def _paths(members: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    targets = {}
    for match in _RELATION.finditer(members.get("xl/_rels/workbook.xml.rels", b"")):
        relation = _attributes(match[0])
        targets[relation.get("Id", "")] = relation.get("Target", "")
    for match in _SHEET.finditer(members.get("xl/workbook.xml", b"")):
        sheet = _attributes(match[0])
        key = next((value for name, value in sheet.items() if name.endswith(":id")), "")
        target = targets.get(key, "")
        yield sheet.get("name", ""), target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        name.decode(): unescape((double or single).decode("utf-8", "replace"))
        for name, double, single in _ATTRIBUTE.findall(tag)
    }


def _percent_styles(styles: bytes) -> frozenset[str]:
    """Numbers of the cell styles whose format shows per cent."""
    formats = set(_PERCENT_FORMATS)
    for match in _FORMATS.finditer(styles):
        one = _attributes(match[0])
        if "%" in _QUOTED.sub("", one.get("formatCode", "")):
            formats.add(one.get("numFmtId", "").encode())
    block = _CELL_STYLES.search(styles)
    numbers = _STYLE.findall(styles, block.end(), max(styles.find(b"cellXfs>", block.end()), 0)) if block else []
    return frozenset(str(at) for at, number in enumerate(numbers) if number in formats)


def _marks(content: bytes, percent: frozenset[str]) -> Marks:
    hides = b' hidden="' in content and (b' hidden="1"' in content or b' hidden="true"' in content)
    hidden = tuple(_hidden_rows(content)) if hides else ()
    formulas = (b":f" if b":worksheet" in content[:2_000] else b"<f") in content
    shows_percent = any(f' s="{style}"'.encode() in content for style in percent)
    if not (formulas or shows_percent or b't="e"' in content):
        return NONE if not hidden else Marks({}, frozenset(), hidden)
    instead, shown = {}, set()
    for tag, inner in _cells(content):
        cell = _attributes(tag)
        place = _PLACE.fullmatch(cell.get("r", ""))
        if place is None:
            continue
        at = (int(place[2]) - 1, _column(place[1]))
        if text := _instead(cell, inner):
            instead[at] = text
        elif cell.get("s") in percent and cell.get("t", "n") == "n":
            shown.add(at)
    return Marks(instead, frozenset(shown), hidden)


def _hidden_rows(content: bytes) -> Iterator[int]:
    for match in _ROW.finditer(content):
        row = _attributes(match[0])
        if row.get("hidden") in ("1", "true") and row.get("r", "").isdecimal():
            yield int(row["r"]) - 1


def _cells(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each cell's tag with what stands before the next one; a single pass, whatever the file leaves open."""
    before: re.Match[bytes] | None = None
    for match in _CELL.finditer(content):
        if before is not None:
            yield before[0], content[before.end() : match.start()]
        before = match
    if before is not None:
        yield before[0], content[before.end() : before.end() + _LONGEST_CELL]


def _instead(cell: Mapping[str, str], inner: bytes) -> str | None:
    """The error that the cell shows, or the formula that nobody computed before the file was saved."""
    value = _VALUE.search(inner)
    if cell.get("t") == "e":
        return "#ERROR!" if value is None else value[1].decode("utf-8", "replace")[:20]
    if (value is not None and value[1]) or (formula := _FORMULA.search(inner)) is None:
        return None
    return f"={unescape(formula[1].decode('utf-8', 'replace'))[:200]}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
