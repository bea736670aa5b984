"""The kinds as data: number and name by the guide, what is typed, into which cells, and what may become of it.

Answers: `kept` as typed, `warned` (kept as typed, and a check says that it hides something), `flagged` (kept as typed, and a
check says so), `respelled` (kept in the one spelling of the
house), `blank` (nothing was said), `refused` (4xx with a place in words). A door where a kind does not fit is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

KEPT, WARNED, FLAGGED, RESPELLED = "kept", "warned", "flagged", "respelled"
BLANK, REFUSED = "blank", "refused"

MONEY, COUNT, TARGET, COMPARATOR = "money", "count", "target", "comparator"
NAME, LONG, UNIT = "name", "long", "unit"
FIGURES: Final = (MONEY, COUNT, TARGET)
TEXTS: Final = (NAME, LONG)

FIELD, PASTE, API, JSON_FILE, TEXT_FILE, WORKBOOK = "field", "paste", "API", "document file", "text file", "workbook"
DOORS: Final = (FIELD, PASTE, API, JSON_FILE, TEXT_FILE, WORKBOOK)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of bad input. `may`: the answers that are right; `doors`: where it can be typed at all."""

    number: int
    name: str
    texts: tuple[str, ...]
    cells: tuple[str, ...]
    may: frozenset[str]
    doors: tuple[str, ...] = DOORS

    @property
    def id(self) -> str:
        """Its name in the run."""
        return f"{self.number:02}-{self.name.replace(' ', '-')}"


# No number at any door: flagged in a draft, a finding or a refusal in a file, and never read as one.
_NO_NUMBER = frozenset({FLAGGED, REFUSED})
# The same number in another spelling: accepted everywhere, in the one spelling or as typed until it is handed in.
_A_NUMBER = frozenset({RESPELLED, KEPT})
_ANY_TEXT = frozenset({KEPT, WARNED, FLAGGED, RESPELLED})
_NO_TEXT = frozenset({REFUSED})


def _figures(number: int, name: str, *texts: str, may: Iterable[str] = _NO_NUMBER) -> Kind:
    return Kind(number, name, texts, FIGURES, frozenset(may))


def _words(number: int, name: str, *texts: str, may: Iterable[str] = _ANY_TEXT, doors: tuple[str, ...] = DOORS) -> Kind:
    return Kind(number, name, texts, TEXTS, frozenset(may), doors)


_NOT_IN_BYTES = (FIELD, PASTE, JSON_FILE, API)  # characters that no text file or workbook can hold
_NOT_PASTED = tuple(door for door in DOORS if door != PASTE)  # a blank block changes nothing
VALUES: Final = (
    _figures(1, "NaN", "NaN"),
    _figures(2, "sNaN", "sNaN"),
    _figures(3, "Infinity", "Infinity", "-Infinity"),
    _figures(4, "beyond a float", "1e400"),
    _figures(5, "below a float", "1e-400"),
    _figures(6, "minus nought", "-0"),
    Kind(7, "a negative sum", ("-1",), (MONEY, COUNT), _NO_NUMBER),
    _figures(8, "full-width figures", "１２３", may=_A_NUMBER),
    Kind(9, "full-width with a point", ("１２３．５",), (MONEY, TARGET), _A_NUMBER),
    _figures(10, "figures of another script", "٣"),
    _figures(11, "signs and words for numbers", "²", "½", "一百", "壹佰"),
    _figures(12, "a number of a program", "1_000"),
    _figures(13, "thousands", "1,000", "1，000", may=_A_NUMBER),
    _figures(13, "thousands the other way round", "1.000,00"),
    _figures(14, "other bases", "0x10", "010"),
    _figures(15, "signs in front", "+5", "--5", "−5"),
    _figures(16, "invisible signs", "12\u200b", "\u202e12"),
    Kind(17, "three decimals of 万元", ("137.225",), (MONEY,), _NO_NUMBER),
    _figures(18, "twenty figures", "9" * 20),
    _figures(19, "percent in the number", "100%"),
    Kind(20, "a sign with the value", ("≥ 95",), (TARGET,), _NO_NUMBER | {RESPELLED}),
    Kind(20, "other signs", (">=", "＞＝", "≧"), (COMPARATOR,), frozenset({KEPT, RESPELLED, FLAGGED, REFUSED})),
    _figures(21, "no date and no number", "2月30日", "0000-00-00", "2022/13/1", "４月１日"),
    _words(24, "NUL", "a\x00b", may=_NO_TEXT, doors=(FIELD, PASTE, API, JSON_FILE)),
    _words(25, "half a surrogate", "\ud800", may=_NO_TEXT, doors=(API, JSON_FILE)),
    _words(26, "NUL as JSON writes it", "\x00", may=_NO_TEXT, doors=(API, JSON_FILE)),
    _words(27, "noncharacters", "a\ufffe", "a\uffff", may=_NO_TEXT, doors=_NOT_IN_BYTES),
    _words(28, "right-to-left override", "\u202eexe.fdp", "甲\u2067乙", may={WARNED, FLAGGED, REFUSED}),
    _words(29, "zero width inside a mark", "项目（密\u200b）", may={FLAGGED, REFUSED}),
    _words(30, "a hundred marks on one letter", "e" + "\u0301" * 100),
    _words(31, "the same look", "а", "e\u0301", "é"),
    _words(32, "beyond the limit of the cell", "长" * 6000, may=_NO_TEXT),
    _words(
        35, "script and markup", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg/onload=alert(1)>',
        "javascript:alert(1)",
    ),
    _words(36, "templates and formats", "{{7*7}}", "{% raw %}", "${7*7}", "%(x)s", "{0.__class__}"),
    _words(37, "SQL", "' OR 1=1--", "'; DROP TABLE person;--", "100%_\\"),
    _words(38, "line ends", "a\r\nBcc: b", doors=_NOT_IN_BYTES),
    _words(38, "escape sequences", "\x1b[31m", may=_NO_TEXT, doors=(FIELD, PASTE, API, JSON_FILE)),
    _words(39, "slow for a careless pattern", "a" * 50_000 + "!", " " * 49_999 + "!", "(" * 50_000, may={REFUSED, RESPELLED}),
    Kind(40, "nothing but space", (" ", "\u3000"), (NAME, LONG, MONEY), frozenset({BLANK, FLAGGED, REFUSED}), _NOT_PASTED),
    _words(41, "rare and four-byte signs", "😀", "𠮷〇㛃", "\ue000"),
    _words(64, "what a sheet would run", "=1+1", "+1-1", "-2+3", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠A"),
    _words(65, "formulas that reach out", '=HYPERLINK("http://x.invalid")', "=cmd|'/C calc'!A0"),
    _words(66, "quotes, commas, lines", 'a"b', "a,b;c", 'x","y'),
    _words(67, "names no sheet may have", "[]:*?/\\", "很长" * 20),
)  # fmt: skip
