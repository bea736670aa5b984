"""Names of places in the reader's language."""

from __future__ import annotations

import re
from functools import cache

_ENDINGS = ("自治州", "地区", "省", "市", "县", "区")

_HAN = re.compile(r"([\u3400-\u9fff\u3000-\u303f\uff00-\uffef]+)")


def by_script(text: str) -> list[tuple[bool, str]]:
    """A text as runs, each with whether it is Chinese: an English sentence may quote a form, which stays as it is."""
    return [(index % 2 == 1, run) for index, run in enumerate(_HAN.split(text)) if run]


@cache
def latin(region: str) -> str:
    """A region in Latin letters: 揭阳市 is Jieyang. Its kind (市, 县) is left out, as English usage does."""
    # Loaded here alone, because its dictionaries are large and Chinese pages never need them.
    from pypinyin import lazy_pinyin

    name = next((region.removesuffix(end) for end in _ENDINGS if region.endswith(end) and len(region) > 2), region)
    return "".join(lazy_pinyin(name)).capitalize()
