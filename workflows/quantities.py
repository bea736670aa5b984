"""Numbers as officials write them, read strictly: Decimal, 万元 for money, None for blank, never a float.

One rule holds at every door (page, file, API): full-width forms of ASCII are the same digit, groups of three may be
parted by commas, nothing else is bent. `NaN`, `Infinity`, `1e400`, `1_000`, `٣`, `²`, `一百`, `+5`, `010`, `-0` and any
hidden character are no numbers.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

# PostgreSQL keeps numeric(18,6): twelve digits before the point, six after it.
MAX_INTEGER_DIGITS = 12
MAX_DECIMALS = 6
MAX_COUNT = 2**31 - 1

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_MARGIN = " \t\r\n\u00a0"
# No number, sign or range is longer; longer texts are refused before any pattern or cache sees them.
_LONGEST = 64
_NUMBER = re.compile(r"(?P<sign>-?)(?P<whole>0|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]*)(?:\.(?P<part>[0-9]+))?")
_UNIT = r"[%‰℃]|[A-Za-z]{1,6}|[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z/、()·]{0,15}"
_FUSED = re.compile(rf"(?P<sign>[^\d\s-]{{0,5}}?)\s*(?P<number>-?[\d,]+(?:\.\d+)?)\s*(?P<unit>{_UNIT})?")
_RANGE = re.compile(r"(?P<low>-?[\d.,]+)\s*(?:~|-|—|–|至|到)\s*(?P<high>-?[\d.,]+)")

_SPELLINGS = {
    "ge": ("≥", ">=", "=>", "≧", "⩾", "大于等于", "大于或等于", "不低于", "不少于", "不小于", "至少"),
    "gt": (">", "大于", "超过", "高于", "多于"),
    "eq": ("=", "==", "等于"),
    "le": ("≤", "<=", "=<", "≦", "⩽", "小于等于", "小于或等于", "不超过", "不高于", "不大于", "不多于", "至多"),
    "lt": ("<", "小于", "低于", "少于"),
    "between": ("区间", "介于", "~"),
    "qual": ("定性", "定性指标"),
}
COMPARATORS = tuple(_SPELLINGS)
POSITIVE = frozenset({"ge", "gt"})
REVERSE = frozenset({"le", "lt"})
_CODES = {spelling: code for code, spellings in _SPELLINGS.items() for spelling in (code, *spellings)}

# What published forms print where nothing is known (domain guide, section 3.5).
FILLERS = frozenset({"", "/", "-", "--", "—", "——", "*", "……", "…"})
PERCENT = frozenset({"%", "百分比", "百分数"})


@dataclass(frozen=True, slots=True)
class Fused:
    """Comparator, value and unit that stood in one cell, such as `≥50个`."""

    comparator: str | None
    value: str
    unit: str | None


def folded(text: str) -> str:
    """Full-width forms of ASCII as ASCII, ends trimmed. Not NFKC as a whole, which would make 2 of ²."""
    return text.translate(_FULL_WIDTH).strip(_MARGIN)


def is_blank(cell: object) -> bool:
    """None, or a text of nothing but white space (U+3000 included)."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def number(text: str) -> Decimal | None:
    """The decimal number that the text is, or None if it is none: plain or with commas between groups of three.

    At most 12 digits before the point; the decimals are kept as written, their number is a check's business.
    """
    return _number(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=8192)
def _number(text: str) -> Decimal | None:
    match = _NUMBER.fullmatch(folded(text))
    if match is None:
        return None
    whole = match["whole"].replace(",", "")
    if len(whole) > MAX_INTEGER_DIGITS:
        return None
    part = f".{match['part']}" if match["part"] else ""
    value = Decimal(f"{match['sign']}{whole}{part}")
    return None if match["sign"] and not value else value


def decimals(value: Decimal) -> int:
    """How many decimals the number needs, trailing zeros left out. Exact: `normalize()` would round to 28 digits first."""
    return len(plain(value).partition(".")[2])


def plain(value: Decimal) -> str:
    """The one spelling of a number in documents: no sign +, no exponent, no trailing zeros."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def count(cell: object) -> int | None:
    """A whole number of people or units, 0…2^31−1, from a JSON integer or a text; None if it is none."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return cell if 0 <= cell <= MAX_COUNT else None
    value = number(cell) if isinstance(cell, str) else None
    if value is None or value != value.to_integral_value() or not 0 <= value <= MAX_COUNT:
        return None
    return int(value)


def half_up(value: Decimal, *, places: int = 2) -> Decimal:
    """Rounded as accounts are rounded: half away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def comparator(text: str) -> str | None:
    """The code of a comparison sign in any of its spellings, or None: `≥`, `>=`, `＞＝`, `≧`, `不低于` are all ge."""
    return _comparator(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=1024)
def _comparator(text: str) -> str | None:
    return _CODES.get("".join(folded(text).split()))


def bounds(text: str) -> tuple[Decimal, Decimal] | None:
    """The two ends of a range written `lo~hi` (or with a dash, 至, 到), None if it is none or runs backwards."""
    match = _RANGE.fullmatch(folded(text)) if len(text) <= _LONGEST else None
    if match is None:
        return None
    low, high = number(match["low"]), number(match["high"])
    return (low, high) if low is not None and high is not None and low <= high else None


def split_fused(text: str) -> Fused | None:
    """Comparator, number and unit out of one cell, or None where the cell is not such a fusion (domain guide, 8.3)."""
    match = _FUSED.fullmatch(folded(text)) if len(text) <= _LONGEST else None
    if match is None or number(match["number"]) is None:
        return None
    sign, unit = match["sign"], match["unit"]
    code = comparator(sign) if sign else None
    if (sign and code is None) or not (sign or unit):
        return None
    return Fused(code, match["number"], unit)


def is_percent(unit: object) -> bool:
    """Whether the unit is per cent in one of its spellings."""
    return isinstance(unit, str) and folded(unit) in PERCENT
