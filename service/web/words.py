"""Names of places in the reader's language."""

from __future__ import annotations

from functools import cache
from typing import Protocol

_ENDINGS = ("自治州", "地区", "省", "市", "县", "区")


class Named(Protocol):
    """A department as queries return it."""

    short_name: str
    name_en: str | None


def department_name(row: Named, language: str) -> str:
    """The short name of a unit; in English its English name where it has one."""
    return row.name_en if language == "en" and row.name_en else row.short_name


@cache
def latin(region: str) -> str:
    """A region in Latin letters: 揭阳市 is Jieyang. Its kind (市, 县) is left out, as English usage does."""
    # Loaded here alone, because its dictionaries are large and Chinese pages never need them.
    from pypinyin import lazy_pinyin

    name = next((region.removesuffix(end) for end in _ENDINGS if region.endswith(end) and len(region) > 2), region)
    return "".join(lazy_pinyin(name)).capitalize()
