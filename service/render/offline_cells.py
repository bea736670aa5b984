"""What a cell of the offline workbook holds and takes: its text or number, its width, what Excel lets people type.

Amounts are numbers. All else is text, whatever it looks like: `95%`, `1-2` or `=1` stays what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from service.render.cells import number
from workflows.catalogue import label, sentence
from workflows.forms.base import Field, FormType, Kind
from workflows.levels import level1, level2
from workflows.quantities import COMPARATORS, comparator
from workflows.units import unit_names

FONT: Final = "宋体"
LISTS: Final = "_lists"
_WIDTHS: Final = {
    Kind.LONG_TEXT: 48, Kind.TEXT: 26, Kind.MONEY: 18, Kind.LEVEL1: 12, Kind.LEVEL2: 16, Kind.COMPARATOR: 10,
    Kind.TARGET: 14, Kind.UNIT: 12,
}  # fmt: skip
_WIDTH: Final = 16
_FIGURES: Final = frozenset({Kind.MONEY, Kind.NUMBER, Kind.COUNT})
_WORDS: Final = {
    Kind.LEVEL1: ("level1", level1),
    Kind.LEVEL2: ("level2", level2),
    Kind.COMPARATOR: ("comparator", comparator),
}
_TALLEST: Final = 409.0  # points; no row may be higher
_LONGEST_RULE: Final = 255  # characters of a message that Excel shows with a refused entry


def width(one: Field) -> int:
    """Of its column, in half-width characters."""
    return _WIDTHS.get(one.kind, _WIDTH)


def lines(one: Field, value: Any, lang: str) -> int:  # noqa: ANN401 - a raw cell of a draft
    """How many lines its text takes in its column, a Han character counting two: some readers fit no row by themselves."""
    usable = width(one) - 2
    parts = [sum(1 if ord(char) < 0x2E80 else 2 for char in part) for part in shown(one, value, lang).split("\n")]
    return sum(max(1, -(-part // usable)) for part in parts)


def height(lines_: int) -> float:
    """Of a row with so many lines, in points."""
    return min(_TALLEST, 15.0 * lines_ + 6)


def head(one: Field, lang: str) -> str:
    """The words over a cell: its label, its unit, an asterisk where it must be filled in."""
    unit = f"（{one.unit}）" if one.unit and lang == "zh" else f" ({one.unit})" if one.unit else ""
    return f"{label('field', one.name, lang)}{unit}{' *' if one.required else ''}"


@dataclass
class Pen:
    """The formats of a workbook, and the places of its lists by kind of cell; amounts may have `places` decimals."""

    book: xlsxwriter.Workbook
    form: FormType
    lang: str
    places: int
    lists: dict[Kind, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        base = {"font_name": FONT, "font_size": 11, "valign": "vcenter", "text_wrap": True, "border": 1}
        quiet = {**base, "bg_color": "#F1F4F8", "border_color": "#7C8798", "locked": True}
        add = self.book.add_format
        plain = {"font_name": FONT, "font_size": 10, "valign": "vcenter", "text_wrap": True, "locked": True}
        self.title: Format = add(
            {"font_name": FONT, "font_size": 16, "bold": True, "align": "center", "valign": "vcenter", "locked": True}
        )
        self.guide: Format = add({**plain, "font_color": "#46505F", "valign": "top"})
        self.block: Format = add({**base, "bold": True, "bg_color": "#1F4B87", "font_color": "#FFFFFF", "locked": True})
        self.head: Format = add({**quiet, "bold": True, "align": "center"})
        self.label: Format = add({**quiet, "bold": True})
        self.locked: Format = add(quiet)
        self.sum: Format = add({**quiet, "bold": True})
        self.even: Format = self.book.add_format({"font_color": "#0E5A3A", "bg_color": "#DDF3E6"})
        self.off: Format = self.book.add_format({"font_color": "#7A4B00", "bg_color": "#FDF1D8"})
        self.id: Format = add({"locked": False, "num_format": "@", "font_size": 8})
        self.row: Format = add({**base, "locked": False, "align": "center", "font_color": "#5F6B7C"})
        self.text: Format = add({**base, "locked": False, "num_format": "@", "align": "left", "valign": "top"})
        self.short: Format = add({**base, "locked": False, "num_format": "@", "align": "center"})
        self.money: Format = add({**base, "locked": False, "num_format": "#,##0.00####", "align": "right"})
        self.figure: Format = add({**base, "locked": False, "num_format": "0.######", "align": "right"})
        self.whole: Format = add({**base, "locked": False, "num_format": "0", "align": "right"})

    def style(self, one: Field) -> Format:
        """The format of a cell that people fill in."""
        figures = {Kind.MONEY: self.money, Kind.NUMBER: self.figure, Kind.COUNT: self.whole}
        if one.kind in figures:
            return figures[one.kind]
        return self.text if one.kind in (Kind.TEXT, Kind.LONG_TEXT) else self.short

    def put(self, sheet: Worksheet, at: tuple[int, int], one: Field, value: Any) -> None:  # noqa: ANN401 - a raw cell
        """Write a cell as it stands in the draft: codes as words, amounts as numbers, all other text as text."""
        text, style = shown(one, value, self.lang), self.style(one)
        figure = number(text) if one.kind in _FIGURES else None
        if figure is not None:
            sheet.write_number(*at, figure, style)
        elif text:
            sheet.write_string(*at, text, style)
        else:
            sheet.write_blank(*at, None, style)

    def write_lists(self) -> None:
        """The hidden sheet of what drop-downs offer."""
        sheet = self.book.add_worksheet(LISTS)
        sheet.very_hidden()
        for column, (kind, words) in enumerate(offered(self.form, self.lang).items()):
            for row, word in enumerate(words):
                sheet.write_string(row, column, word)
            letter = chr(ord("A") + column)
            self.lists[kind] = f"={LISTS}!${letter}$1:${letter}${len(words)}"

    def validate(self, sheet: Worksheet, area: tuple[int, int, int, int], one: Field) -> None:
        """Let Excel say at once what a check would say later. A drop-down of units is a suggestion and stops nobody."""
        rule = self._rule(one, (area[0], area[1]))
        if rule is not None:
            words = {"error_title": label("field", one.name, self.lang)[:32], "ignore_blank": True}
            sheet.data_validation(*area, {**words, **rule})

    def _rule(self, one: Field, first: tuple[int, int]) -> Mapping[str, Any] | None:
        if one.kind is Kind.UNIT:
            return {"validate": "list", "source": self.lists[one.kind], "show_error": False}
        if one.kind in self.lists:
            return {"validate": "list", "source": self.lists[one.kind], "error_message": self._say("choose")}
        if one.kind is Kind.MONEY:
            cell = xl_rowcol_to_cell(*first)
            fits = f"=AND(ISNUMBER({cell}),{cell}>=0,ROUND({cell},{self.places})={cell})"
            said = self._say("amount", places=self.places)
            return {"validate": "custom", "value": fits, "error_message": said}
        if one.kind is Kind.COUNT:
            return {"validate": "integer", "criteria": ">=", "value": 0, "error_message": self._say("count")}
        if one.kind in (Kind.TEXT, Kind.LONG_TEXT):
            said = self._say("length", limit=one.limit)
            return {"validate": "length", "criteria": "<=", "value": one.limit, "error_message": said}
        return None

    def _say(self, key: str, **params: object) -> str:
        return sentence(f"workbook.{key}", self.lang, **params)[:_LONGEST_RULE]


def offered(form: FormType, lang: str) -> dict[Kind, tuple[str, ...]]:
    """What the drop-downs offer, by kind of cell."""
    twigs = dict.fromkeys(twig for branch in form.tree.branches.values() for twig in branch)
    return {
        Kind.LEVEL1: tuple(label("level1", one, lang) for one in form.tree.branches),
        Kind.LEVEL2: tuple(label("level2", one, lang) for one in twigs),
        Kind.COMPARATOR: tuple(label("comparator", one, lang) for one in COMPARATORS),
        Kind.UNIT: unit_names(),
    }


def shown(one: Field, value: Any, lang: str) -> str:  # noqa: ANN401 - a raw cell of a draft
    """The text of a cell in the workbook: the word of a code, all else as it was typed."""
    if value is None:
        return ""
    text = str(value)
    if one.kind not in _WORDS:
        return text
    kind, read = _WORDS[one.kind]
    code = read(text)
    return label(kind, code, lang) if code else text


def coded(one: Field, text: str) -> str:
    """The code that a word of either language stands for; other text as it is."""
    if one.kind is Kind.COMPARATOR:
        for code in COMPARATORS:
            if text.strip() in (label("comparator", code, "zh"), label("comparator", code, "en")):
                return code
    return text
