"""Keys of pages in addresses: a moment to the microsecond and an id, `1637000000000000-17`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 18  # digits that a bigint holds, whatever they are


def written(at: datetime, key: int) -> str:
    """The key of the page that begins after a line."""
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}-{key}"


def key_of(text: str | None) -> tuple[datetime, int] | None:
    """The moment and the id of a key; None for none and for text that is no key, which shows the first page."""
    moment, dash, key = (text or "").partition("-")
    if not dash or not moment.isdecimal() or not key.isdecimal() or len(moment) > 20 or len(key) > _LONGEST:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(moment)), int(key)
    except OverflowError:
        return None


def address(path: str, values: Mapping[str, object]) -> str:
    """An address with those values that are set."""
    given = {name: value for name, value in values.items() if value not in (None, "", False)}
    return f"{path}?{urlencode(given)}" if given else path
