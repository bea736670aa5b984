"""A20 and A22: texts that nobody touched since last year, and figures that jumped."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from workflows import quantities, units
from workflows.document import cells, task_sections
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document, Kind, Shape
from workflows.plausibility import alike, bare_name
from workflows.rules.indicators import QUANTITATIVE
from workflows.rules.reading import Row, rows

# A text shorter than this says the same thing every year with good reason.
_TELLING = 30
# Shares move by points, counts by factors, money by both.
_POINTS = Decimal(20)
_FACTOR = Decimal(3)
_MONEY_FACTOR = Decimal(2)
_MONEY_LEAST = Decimal(10)


def a20(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Long texts were read again since last year: none is word for word the same.

    Source: proposal of this project, after complaints about copied forms; spaces and line ends do not count.
    """
    if context.last_year is None:
        return
    yield from _same_texts(document, context, context.last_year)
    for section in task_sections(document):
        before = {_bare(row.text("content")) for row in rows(context.last_year, section)}
        same = [row for row in rows(document, section) if _telling(row.text("content")) in before]
        if same:
            path = f"{same[0].path}.content" if len(same) == 1 else section
            params = {"rows": "、".join(str(row.index + 1) for row in same), "count": str(len(same))}
            yield Finding("A20", Severity.INFO, path, "proposal", "rows", params)


def a22(document: Document, context: CheckContext) -> Iterator[Finding]:
    """A target or the money of a task does not jump from one year to the next without a reason.

    Shares by less than 20 points, counts by less than a factor of 3, money (万元) by less than a factor of 2 or by less
    than 10. A target that follows what was reached last year does not jump. Source: proposal of this project.
    """
    if context.last_year is None:
        return
    for row, before in matched(document, context.last_year):
        params = _jump(row, before)
        if params is not None:
            yield Finding("A22", Severity.WARNING, f"{row.path}.target_value", "budget_law_32", "target", params)
    for section in task_sections(document):
        yield from _money_jumps(document, context.last_year, section)


def matched(document: Document, last_year: Document) -> Iterator[tuple[Row, Row]]:
    """Each indicator with the same one of last year: by its name, else by the most alike name in the same unit.

    A row of last year is the same as one row only.
    """
    before = {bare_name(row.text("level3")): row for row in rows(last_year, "indicators")}
    now = [(bare_name(row.text("level3")), row) for row in rows(document, "indicators")]
    left = {name: row for name, row in before.items() if name not in {one for one, _row in now}}
    for name, row in now:
        other = before.get(name) if name else None
        if other is None and name:
            found = next((one for one, old in left.items() if alike(one, name) and _same_unit(row, old)), None)
            other = left.pop(found) if found is not None else None
        if other is not None:
            yield row, other


def _same_texts(document: Document, context: CheckContext, last_year: Document) -> Iterator[Finding]:
    before: Mapping[str, object] = {cell.path: cell.value for cell in cells(last_year, context.form)}
    tables = {section.name for section in context.form.sections if section.shape is Shape.ROWS}
    for cell in cells(document, context.form):
        if cell.field.kind is not Kind.LONG_TEXT or cell.path.partition("[")[0] in tables:
            continue
        old = before.get(cell.path)
        if isinstance(cell.value, str) and isinstance(old, str) and _telling(cell.value) == _bare(old):
            params = {"field": cell.field.name}
            yield Finding("A20", Severity.WARNING, cell.path, "proposal", "text", params)


def _jump(row: Row, before: Row) -> dict[str, str] | None:
    now, then, reached = row.number("target_value"), before.number("target_value"), before.number("actual_value")
    if now is None or then is None or row.comparator not in QUANTITATIVE or not _same_unit(row, before):
        return None
    if not _is_far(row, now, then) or (reached is not None and not _is_far(row, now, reached)):
        return None
    return {"value": quantities.plain(now), "before": quantities.plain(then), "unit": row.text("unit")}


def _is_far(row: Row, one: Decimal, other: Decimal) -> bool:
    known = units.unit(row.text("unit"))
    if known is not None and known.dimension == "share":
        return abs(one - other) >= _POINTS
    return one > 0 and other > 0 and max(one, other) >= _FACTOR * min(one, other)


def _money_jumps(document: Document, last_year: Document, section: str) -> Iterator[Finding]:
    before = {bare_name(row.text("name")): row for one in task_sections(last_year) for row in rows(last_year, one)}
    for row in rows(document, section):
        old = before.get(bare_name(row.text("name")))
        now, then = row.number("planned_amount"), old.number("planned_amount") if old else None
        if now is None or then is None or now <= 0 or then <= 0 or abs(now - then) < _MONEY_LEAST:
            continue
        if max(now, then) >= _MONEY_FACTOR * min(now, then):
            params = {"value": quantities.plain(now), "before": quantities.plain(then)}
            yield Finding("A22", Severity.INFO, f"{row.path}.planned_amount", "budget_law_32", "money", params)


def _same_unit(row: Row, before: Row) -> bool:
    return units.same_unit(row.text("unit"), before.text("unit"))


def _bare(text: str) -> str:
    return "".join(text.split())


def _telling(text: str) -> str | None:
    """The text to compare; None where it is too short to tell anything."""
    bare = _bare(text)
    return bare if len(bare) >= _TELLING else None
