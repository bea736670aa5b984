"""A form printed as its type lays it out: read by its labels, wherever they stand in the grid.

Read as it was printed: block labels at the left, a head repeated after a page break, blanks where a line broke inside a
narrow cell. What is mended is reported; what does not fit is refused with its place.
"""

from collections.abc import Sequence

from service.importers import cells
from service.importers.anchors import anchors, key
from service.importers.heads import read_head
from service.importers.lines import Line
from service.importers.reading_state import Reading
from service.importers.tables import open_table, read_heads, read_row, wanted
from service.importers.titles import Title, title_of
from service.importers.unreadable import UnreadableForm
from workflows.document import empty_document
from workflows.forms.base import Matrix, Prose


def read_printed(lines: Sequence[Line], title: Title) -> Reading:
    """What the lines from the title on hold. Raises UnreadableForm with the place of the first thing that is wrong."""
    form = title.form
    document = empty_document(
        form, region=title.region or "", fiscal_year=title.year or 0, department="", supervising_department=None
    )
    reading = Reading(anchors(form.id), document, official=True)
    for line in lines[: title.at]:
        reading.dropped("", line, "before_title", line.text[:60])
    try:
        for line in lines[title.at + 1 :]:
            _read_line(reading, line)
    except UnreadableForm as refusal:
        if refusal.more or not reading.refusals:
            raise
        reading.raise_refusals(refusal)
    reading.raise_refusals()
    _refuse_truncated(reading, lines[-1])
    return reading


def _read_line(reading: Reading, line: Line) -> None:
    if title_of(line) is not None:
        raise line.refused("second_form")
    first, label = line.first
    name = key(label)
    block = reading.anchors.blocks.get(name)
    if block is not None and (first == 0 or block is not reading.block):
        _open_block(reading, line, name)
    elif reading.block is None or name in reading.anchors.groups:
        reading.block = None
        read_head(reading, line)
    elif isinstance(reading.block, Prose):
        _continue_prose(reading, reading.block, line)
    else:
        read_row(reading, reading.block, line)


def _open_block(reading: Reading, line: Line, name: str) -> None:
    block = reading.anchors.blocks[name]
    path = block.path if isinstance(block, Prose) else block.section
    reading.notes.gaps_in_label(next(cell for cell in line.cells if cell.strip()), path)
    if name in reading.seen:
        _repeated_block(reading, line, name)
        return
    reading.seen.add(name)
    reading.block = block
    if isinstance(block, Prose):
        text = " ".join(cell.strip() for cell in line.cells if cell.strip() and key(cells.label(cell)) != name)
        filled = [index for index, cell in enumerate(line.cells) if cell.strip()]
        reading.put(block.path, text, line.place(filled[min(1, len(filled) - 1)]))
    else:
        open_table(reading, block, line)


def _repeated_block(reading: Reading, line: Line, name: str) -> None:
    """A block label that a page break printed again, with its head; anything else would mix two blocks."""
    block = reading.anchors.blocks[name]
    if block is reading.block and isinstance(block, Prose) and line.broken:
        _continue_prose(reading, block, line, label=name)
        return
    if block is not reading.block or isinstance(block, Prose):
        raise line.refused("repeated_block", {"label": block.label})
    if isinstance(block, Matrix):
        reading.dropped(block.section, line, "repeated_head")
    elif not read_heads(reading, block, line):
        raise line.refused("repeated_block", {"label": block.label})


def _continue_prose(reading: Reading, block: Prose, line: Line, label: str = "") -> None:
    """More of a long text: a line of its own, or what a page break parted."""
    text = " ".join(cell.strip() for cell in line.cells if cell.strip() and key(cells.label(cell)) != label)
    more = cells.free_text(text, block.path, notes=reading.notes) or ""
    section, _, name = block.path.partition(".")
    holder, at = (reading.document[section], name) if name else (reading.document, section)
    before = holder[at]
    reading.doubtful = True  # lines together may be more than a text takes
    holder[at] = f"{before or ''}{more}" if line.broken or not before else f"{before}\n{more}"
    if line.broken:
        reading.dropped(block.path, line, "page_break", text[:60])


def _refuse_truncated(reading: Reading, last: Line) -> None:
    """Every label of the print must have come, and a row under the last head; else the file ends too early."""
    known = reading.anchors
    for name in (*known.groups, *known.blocks, *known.pairs):
        if name not in reading.seen:
            raise last.refused("truncated", {"missing": name})
    tables = [part for part in known.form.layout.parts if isinstance(part, Matrix)]
    section = known.form.section(tables[-1].section)
    # A head that a page break repeats stands before a row; at the very end it says that rows are lost.
    ends_in_head = reading.block is tables[-1] and "三级指标" in last.labels
    if (section.min_rows and not reading.rows(section.name)) or ends_in_head:
        raise last.refused("truncated", {"missing": wanted(tables[-1]).split(" ")[min(2, len(tables[-1].columns) - 1)]})
