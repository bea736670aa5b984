"""Keys of pages: a moment to the microsecond and an id, `1637000000000000-17`, as `next` gives and `after` takes them."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.errors import InvalidRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def written(at: datetime, key: int) -> str:
    """The key of the page that begins after a line."""
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}-{key}"


def key_of(cursor: str | None) -> tuple[datetime, int] | None:
    """The moment and the id of a key that has its shape. Raises InvalidRequest for a moment that is none."""
    if cursor is None:
        return None
    moment, _, key = cursor.partition("-")
    try:
        return _EPOCH + timedelta(microseconds=int(moment)), int(key)
    except OverflowError:
        raise InvalidRequest("no_such_path", field="after") from None


def plain(row: Any) -> dict[str, Any]:  # noqa: ANN401  # any of the queries' dataclasses
    """A row of a query by its field names."""
    return {one.name: getattr(row, one.name) for one in fields(row)}
