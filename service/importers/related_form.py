"""Forms of the same kind that others print: targets of a project, self-evaluations, monitoring sheets.

Their blocks stand in other orders and have other columns. What our form has a place for is read; all else is reported
with its line and left out, so that nothing is lost in silence.
"""

from collections.abc import Sequence

from service.importers import cells, spellings
from service.importers.anchors import anchors, key
from service.importers.extracts import RECORD
from service.importers.funds_table import Funds, fund_heads, read_funds, read_money_line
from service.importers.lines import Line
from service.importers.parted_values import put_parted
from service.importers.reading_state import Reading
from service.importers.related_rows import read_indicator, read_indicator_heads
from service.importers.tables import is_afterword
from service.importers.titles import Title
from workflows.document import empty_document
from workflows.forms.base import Document, FormType, Section, Shape

MAX_LINES = 3_000  # a head is looked for in each
_STARTS = "开始时间"
_UNIT_LABELS = ("金额单位", "单位(金额)")


class Related:
    """One record while it is read: the reading that all readers share, and what only these forms have."""

    def __init__(self, title: Title) -> None:
        self.title = title
        self.form = title.form
        self.reading = Reading(anchors(title.form.id), _empty(title), official=False)
        self.paths = pair_paths(title.form)
        self.funds = Funds()
        self.block = ""
        self.heads: dict[str, int] = {}


def read_related(lines: Sequence[Line], title: Title) -> list[Related]:
    """The records of a file, one for each project in it. Raises UnreadableForm when there are no indicators at all."""
    if len(lines) > MAX_LINES:
        raise lines[0].refused("too_many_lines", {"limit": str(MAX_LINES)})
    records = [Related(title)]
    common: list[Line] = []
    for line in lines[title.at + 1 :]:
        if _begins(line, records[-1]):
            if records[-1].reading.rows("indicators") or records[-1].funds.amounts:
                records.append(Related(title))
                for before in common:
                    _read_line(records[-1], before)
        else:
            if len(records) == 1 and not records[0].reading.rows("indicators") and _is_common(line, records[0]):
                common.append(line)
            _read_line(records[-1], line)
    found = [record for record in records if record.reading.rows("indicators")]
    if not found:
        raise lines[-1].refused("truncated", {"missing": "三级指标"})
    return found


def pair_paths(form: FormType) -> dict[str, str]:
    """Every label that may stand before a value, with the path of the value in this form."""
    found: dict[str, str] = {}
    for name, labels in spellings.PAIRS.items():
        path = _path(form, name)
        if path is not None:
            found |= {key(cells.label(label)): path for label in labels}
    amounts = {f"{section}." for section in anchors(form.id).amounts.values()}
    own = {label: path for label, path in anchors(form.id).pairs.items() if not path.startswith(tuple(amounts))}
    return own | found


def _path(form: FormType, name: str) -> str | None:
    if "." in name:
        return name
    if any(one.name == name for one in form.header):
        return name
    for section in form.sections:
        if _holds(section, name):
            return section.name if section.shape is Shape.TEXT else f"{section.name}.{name}"
    return None


def _holds(section: Section, name: str) -> bool:
    return section.shape is not Shape.ROWS and any(one.name == name for one in section.fields)


def _empty(title: Title) -> Document:
    """Region and year stay unknown where the title does not name them; a check asks for them."""
    document = empty_document(
        title.form, region="", fiscal_year=title.year or 0, department="", supervising_department=None
    )
    return document | {"region": title.region, "fiscal_year": title.year, "department": None}


def _begins(line: Line, record: Related) -> bool:
    """A new record: said so, or a second name of a project after rows of the first."""
    first = key(line.labels[0])
    path = record.paths.get(first)
    named = path is not None and path.endswith(".project_name") and record.reading.places.get(path) is not None
    return line.cells == [RECORD] or named


def _is_common(line: Line, record: Related) -> bool:
    """Lines above the first record hold for all of them: year, unit of money, department."""
    path = record.paths.get(key(line.labels[0]), "")
    return path in ("fiscal_year", "department", "supervising_department") or line.labels[0] in _UNIT_LABELS


def _read_line(record: Related, line: Line) -> None:
    reading = record.reading
    if is_afterword(line):
        reading.dropped("", line, "possibility_words" if _is_odd_scale(line) else "afterword", f"{line.text[:3]}…")
    elif line.labels[0] in _UNIT_LABELS:
        record.funds.unit = line.labels[1] if len(line.labels) > 1 else ""
    elif not (_opens_block(record, line) or _reads_block(record, line)) and not read_money_line(
        record.funds, reading, line
    ):
        reading.dropped("", line, "not_kept", line.text[:60])


def _opens_block(record: Related, line: Line) -> bool:
    """Whether the line is the head of one of the two tables."""
    heads = read_indicator_heads(record.reading, line)
    block = "indicators"
    if heads is None:
        heads, block = fund_heads(line), "funds"
    if heads is None:
        return False
    record.block, record.heads = block, heads
    if block == "funds":
        record.funds.open(line, heads)
        for label in line.labels:
            if label.startswith("1-") and label[2:4] != "7月":
                record.reading.notes.add("execution", label, None, reason="window", window=label, line=str(line.number))
    return True


def _reads_block(record: Related, line: Line) -> bool:
    """Whether the line is a row of the open table, or labels that end it."""
    if record.block == "funds" and read_funds(record.funds, line, record.heads):
        return True
    if _is_unplaced(record, line) or _reads_labels(record, line):
        record.block = "" if record.block == "indicators" else record.block
        return True
    if record.block == "indicators" and len([label for label in line.labels if label]) > 1:
        read_indicator(record.reading, line, record.heads)
        return True
    return False


def _is_unplaced(record: Related, line: Line) -> bool:
    """A label that our form has no place for; what was done is kept to compare its amounts."""
    if key(line.labels[0]) not in spellings.UNPLACED:
        return False
    if any(line.labels[1:]):
        record.funds.remarks.append(line)
        record.reading.dropped("", line, "not_kept", line.text[:60])
    return True


def _is_odd_scale(line: Line) -> bool:
    """The three answers of the ministry's monitoring sheet are 确定能, 有可能 and 完全不可能."""
    return "完成目标可能性" in line.text and "完全不可能" not in line.text


def _reads_labels(record: Related, line: Line) -> bool:
    """Whether the line is labels with their values; then they are put where they belong."""
    labels = [key(label) for label in line.labels]
    known = [index for index, name in enumerate(labels) if name in record.paths or name in spellings.PERIOD]
    if not known or known[0] != next(index for index, name in enumerate(labels) if name):
        return False
    for index, until in zip(known, [*known[1:], len(labels)], strict=True):
        filled = [at for at in range(index + 1, until) if labels[at]]
        if labels[index] in spellings.PERIOD:
            _put_period(record, line, filled)
            continue
        path = record.paths[labels[index]]
        text = line.cells[filled[0]].strip() if filled else ""
        if not text and path.startswith("execution."):
            continue
        put_parted(record.reading, path, text, line.place(filled[0] if filled else index))
        for at in filled[1:]:
            if not read_money_line(record.funds, record.reading, line, column=at):
                record.reading.misfit(line, at)
    return True


def _put_period(record: Related, line: Line, filled: Sequence[int]) -> None:
    path = record.paths.get(_STARTS)
    if path is None or not filled:
        record.reading.dropped("", line, "not_kept", line.text[:60])
        return
    text = line.cells[filled[0]].strip()
    start, end = cells.period(text)
    section = path.partition(".")[0]
    for name, value in (("starts_on", start), ("ends_on", end)):
        record.reading.put(f"{section}.{name}", value or "", line.place(filled[0]))
    record.reading.notes.add(path, text, " ".join(part for part in (start, end) if part), reason="period")
