"""JSON that leaves nothing to interpretation: UTF-8, no NaN, no repeated keys, no half surrogates, no NUL.

What Python's own parser lets through would be a 500 later or two readings of one request.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import orjson
from flask.json.provider import JSONProvider

from workflows.errors import InvalidRequest

_NUL: Final = b"\\u0000"


class StrictJson(JSONProvider):
    """Replies by orjson; requests read strictly, numbers with a point as exact decimals."""

    def dumps(self, obj: Any, **_: Any) -> str:  # noqa: ANN401  # Flask's own signature
        """JSON text; money as text, times as UTC."""
        return orjson.dumps(obj, default=str).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:  # noqa: ANN401  # Flask's own signature
        """The value. Raises InvalidRequest."""
        raw = s.encode("utf-8", "surrogatepass") if isinstance(s, str) else s
        try:
            orjson.loads(raw)  # refuses bad UTF-8, half surrogates, NaN and nesting beyond 1,000
            value = json.loads(raw, object_pairs_hook=_no_repeated_keys, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise InvalidRequest("body_unreadable") from None
        if _NUL in raw:
            _refuse_nul(value, "")
        return value


def _no_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _refuse_nul(value: object, path: str) -> None:
    """Name the field that holds U+0000, which no text column can keep."""
    if isinstance(value, str) and "\0" in value:
        raise InvalidRequest("bytes_unreadable", field=path or None)
    if isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_nul(item, f"{path}[{index}]")
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_nul(key, path)
            _refuse_nul(item, f"{path}.{key}" if path else key)


def as_typed(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """The value with its decimals as the text that was sent: cells of a draft are kept as typed."""
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 40 else str(value)
    if isinstance(value, list):
        return [as_typed(item) for item in value]
    if isinstance(value, dict):
        return {key: as_typed(item) for key, item in value.items()}
    return value
