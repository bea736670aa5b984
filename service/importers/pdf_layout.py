"""From characters and ruled lines to rows of cells: geometry in points, the origin at the foot of the page."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from service.importers.unreadable import UnreadableForm

Row = tuple[str, ...]

MAX_COLUMNS, MAX_BANDS = 200, 1_000  # of the ruled lines of one page

_SNAP = 2.5  # points: lines that near are one
_WIDE_GAP = 2.0  # of the character's height: more parts two cells of a line
_FOOT = re.compile(
    r"(?:第?[-—]?\d{1,3}[-—]?页?(?:[/／,，共第of]*\d{1,3}页?)?|Page\d+(?:of\d+)?|Sheet\d*|工作表\d*|[-—]\d+[-—])(?:\D.{0,40})?",
    re.IGNORECASE,
)
_LATIN = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"[!-~]+")
_HALF_WIDTH = 0.6  # of the height: a Latin letter or a digit
_CLOSING = 2.5  # characters that a line may leave because closing marks stay together


class Glyph(NamedTuple):
    """A character and its box."""

    char: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def middle(self) -> float:
        """Of its height."""
        return (self.bottom + self.top) / 2

    @property
    def centre(self) -> float:
        """Of its width."""
        return (self.left + self.right) / 2


class Rule(NamedTuple):
    """A line: `h` at the height `at` from left to right, `v` at the distance `at` from foot to top."""

    way: str
    at: float
    low: float
    high: float


class Page(NamedTuple):
    """What stands on a page."""

    glyphs: list[Glyph]
    rules: list[Rule]


def page_rows(pages: Sequence[Page]) -> list[tuple[Row, ...]]:
    """The rows of each page from its top down, without running heads and page numbers.

    Columns are the same on all pages, so that a row after a page break stands under the heads before it. Raises
    UnreadableForm where no table has lines, or where lines are far more than a form has.
    """
    sides = _snapped(rule.at for page in pages for rule in page.rules if rule.way == "v")
    if len(sides) < 2:
        raise UnreadableForm("no_ruled_table")
    tables = [_Table(page.rules, sides) for page in pages]
    return [tuple(_rows(page, table)) for page, table in zip(pages, tables, strict=True)]


def _rows(page: Page, table: "_Table") -> Iterator[Row]:
    inside: dict[int, list[Glyph]] = defaultdict(list)
    outside: list[Glyph] = []
    for glyph in page.glyphs:
        region = table.region(glyph.centre, glyph.middle)
        (outside if region is None else inside[region]).append(glyph)
    placed = [(table.heights[band], row) for band, row in table.rows(inside)]
    placed += [(line[0].middle, _parted(line)) for line in _lines(outside) if not _is_foot(line)]
    yield from (row for _, row in sorted(placed, key=lambda one: -one[0]) if any(cell.strip() for cell in row))


class _Table:
    """The grid that the ruled lines of a page make. `heights` fall from the top down, `sides` grow to the right."""

    def __init__(self, rules: Iterable[Rule], sides: list[float]) -> None:
        rules = list(rules)
        self.sides = sides
        self.heights = _snapped(rule.at for rule in rules if rule.way == "h")[::-1]
        if len(sides) > MAX_COLUMNS or len(self.heights) > MAX_BANDS:
            raise UnreadableForm("too_many_cells", params={"sheet": "PDF", "limit": str(MAX_COLUMNS * MAX_BANDS)})
        self._down = _by_place((rule for rule in rules if rule.way == "v"), sides)
        self._across = _by_place((rule for rule in rules if rule.way == "h"), self.heights)
        self._falling = [-height for height in self.heights]
        self._owner: dict[tuple[int, int], int] = {}
        self._same: list[int] = []
        self._join()

    def region(self, x: float, y: float) -> int | None:
        """The number of the cell around a point; None outside of every table."""
        place = (bisect_right(self._falling, -y) - 1, bisect_right(self.sides, x) - 1)
        owner = self._owner.get(place)
        return None if owner is None else self._root(owner)

    def rows(self, texts: dict[int, list[Glyph]]) -> Iterator[tuple[int, Row]]:
        """Each band with its cells; a cell that spans bands or columns has its text in its first."""
        edges: dict[int, float] = {}
        starts: dict[int, tuple[int, int]] = {}
        for (band, column), owner in sorted(self._owner.items()):
            region = self._root(owner)
            starts.setdefault(region, (band, column))
            edges[region] = max(edges.get(region, 0.0), self.sides[column + 1])
        cells: dict[int, list[str]] = {band: [""] * (len(self.sides) - 1) for band, _ in self._owner}
        for region, (band, column) in starts.items():
            cells[band][column] = _cell_text(texts.get(region, []), edges[region])
        for band in sorted(cells):
            yield band, tuple(cells[band])

    def _join(self) -> None:
        """Number the cells: units of the grid with no line between them are one."""
        for band in range(len(self.heights) - 1):
            middle = (self.heights[band] + self.heights[band + 1]) / 2
            walls = [_covers(lines, middle) for lines in self._down]
            if sum(walls) < 2:
                continue
            last = len(walls) - 1 - walls[::-1].index(True)
            for column in range(walls.index(True), last):
                self._own(band, column, walled=walls[column])

    def _own(self, band: int, column: int, *, walled: bool) -> None:
        centre = (self.sides[column] + self.sides[column + 1]) / 2
        left = None if walled else self._owner.get((band, column - 1))
        above = None if _covers(self._across[band], centre) else self._owner.get((band - 1, column))
        if left is not None and above is not None:
            self._same[self._root(left)] = self._root(above)
        region = left if left is not None else above
        if region is None:
            region = len(self._same)
            self._same.append(region)
        self._owner[band, column] = region

    def _root(self, region: int) -> int:
        while self._same[region] != region:
            region = self._same[region]
        return region


def _by_place(rules: Iterable[Rule], places: Sequence[float]) -> list[list[Rule]]:
    """The lines at each of the places."""
    found: list[list[Rule]] = [[] for _ in places]
    order = sorted(range(len(places)), key=lambda index: places[index])
    ordered = [places[index] for index in order]
    for rule in rules:
        at = bisect_right(ordered, rule.at)
        near = min(
            (index for index in (at - 1, at) if 0 <= index < len(ordered)), key=lambda i: abs(ordered[i] - rule.at)
        )
        found[order[near]].append(rule)
    return found


def _covers(lines: Iterable[Rule], point: float) -> bool:
    """Whether one of the lines runs past the point."""
    return any(line.low - _SNAP <= point <= line.high + _SNAP for line in lines)


def _snapped(values: Iterable[float]) -> list[float]:
    """The values in order, those that are near one another as one."""
    kept: list[list[float]] = []
    for value in sorted(values):
        if kept and value - kept[-1][-1] <= _SNAP:
            kept[-1].append(value)
        else:
            kept.append([value])
    return [sum(group) / len(group) for group in kept]


def _lines(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """Characters as lines from the top down, each from left to right."""
    lines: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda one: -one.middle):
        if lines and abs(lines[-1][0].middle - glyph.middle) <= (glyph.top - glyph.bottom) * 0.5:
            lines[-1].append(glyph)
        else:
            lines.append([glyph])
    return [sorted(line, key=lambda one: one.left) for line in lines]


def _cell_text(glyphs: Iterable[Glyph], edge: float) -> str:
    """The text of one cell: lines that were broken for want of room are one again, paragraphs stay apart."""
    lines = _lines(glyphs)
    text = ""
    for number, line in enumerate(lines):
        part = _text(line)
        if number:
            text += _seam(text, part, room=_room(lines[number - 1], edge))
        text += part
    return text.strip()


def _room(line: Sequence[Glyph], edge: float) -> float:
    """How many characters of its own size would still have fitted behind the line."""
    size = max(line[-1].top - line[-1].bottom, 1.0)
    return (edge - line[-1].right) / size


def _seam(before: str, after: str, *, room: float) -> str:
    """What stood between two lines of a cell: nothing, a blank between words, or the end of a paragraph.

    A line that left room for what comes next was ended by its writer. Signs that may not begin a line go with the one before.
    """
    word = _WORD.match(after)
    if before and room > _CLOSING + (len(word[0]) * _HALF_WIDTH if word else 1):
        return "\n"
    return " " if _LATIN.match(before[-1:]) and _LATIN.match(after[:1]) else ""


def _text(line: Sequence[Glyph]) -> str:
    """The characters of a line; words that only a gap parts get their blank back."""
    text = ""
    for number, glyph in enumerate(line):
        if number and _LATIN.match(glyph.char) and _LATIN.match(line[number - 1].char):
            gap = glyph.left - line[number - 1].right
            text += " " if gap > 0.25 * (glyph.top - glyph.bottom) else ""
        text += glyph.char
    return text.strip()


def _parted(line: Sequence[Glyph]) -> Row:
    """A line outside of tables as cells, parted where the gap is wide."""
    cells: list[list[Glyph]] = [[]]
    for glyph in line:
        if cells[-1] and glyph.left - cells[-1][-1].right > _WIDE_GAP * (glyph.top - glyph.bottom):
            cells.append([])
        cells[-1].append(glyph)
    return tuple(_text(cell) for cell in cells)


def _is_foot(line: Sequence[Glyph]) -> bool:
    """A page number or a sheet's name."""
    return _FOOT.fullmatch("".join("".join(_parted(line)).split())) is not None
