"""The one byte form of a document, and its hash.

JSON Canonicalization Scheme (RFC 8785), narrowed to what our documents hold: ASCII keys, texts, integers, null.

A hash names its algorithm: 64 hex digits alone are SHA-256, `sm3:` and 64 hex digits are SM3 (GB/T 32905-2016), which an
installation may choose for the chains that it begins (密码法 第二十七条). Whoever checks a hash makes it anew as it is named.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

try:
    import orjson
except ImportError:  # the verifier of one file has the standard library alone, and makes the same bytes by it
    orjson = None  # type: ignore[assignment]

SHA256: Final = "sha256"
SM3: Final = "sm3"
_SM3_PREFIX: Final = f"{SM3}:"
_MAX_SAFE_INTEGER = 2**53 - 1
_PLAIN: Final = frozenset({str, bool, type(None)})


def canonical_json(value: object) -> bytes:
    """The canonical bytes. Raises ValueError for a float, a key beyond ASCII, a lone surrogate or an unsafe integer.

    With keys in ASCII the order by UTF-16 units of RFC 8785 is the order by code points.
    """
    _refuse_unfit(value)
    if orjson is not None:
        # Half a surrogate pair, a key that is a member of an enum: the slow way knows what to make of it.
        with suppress(TypeError):
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def algorithm_of(hashed: object) -> str:
    """The algorithm that a hash names; SHA-256 for whatever names none, which then matches nothing but its own."""
    return SM3 if isinstance(hashed, str) and hashed.startswith(_SM3_PREFIX) else SHA256


def hash_bytes(content: bytes, algorithm: str = SHA256) -> str:
    """The hash of bytes, named. Raises ValueError where this Python has no SM3."""
    if algorithm == SHA256:
        return hashlib.sha256(content).hexdigest()
    return _SM3_PREFIX + hashlib.new(SM3, content).hexdigest()


def digest(value: object, algorithm: str = SHA256) -> str:
    """The hash of the canonical bytes, named."""
    return hash_bytes(canonical_json(value), algorithm)


def hashed_part(document: Mapping[str, object]) -> dict[str, object]:
    """The document as it is hashed: without the ids of rows, which belong to the draft and not to the form."""
    return {key: _without_ids(value) if isinstance(value, list) else value for key, value in document.items()}


def document_hash(document: Mapping[str, object], algorithm: str = SHA256) -> str:
    """The hash that a revision stores and a signature binds to."""
    return digest(hashed_part(document), algorithm)


def _without_ids(rows: list[object]) -> list[object]:
    return [
        {name: cell for name, cell in row.items() if name != "id"} if isinstance(row, dict) else row for row in rows
    ]


def _refuse_unfit(value: object) -> None:
    """Texts and blanks, which are most of what there is, are passed over where they stand: this runs for every hash."""
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is dict:
        _refuse_unfit_object(value)  # type: ignore[arg-type]
    elif kind is list or kind is tuple:
        for item in value:  # type: ignore[attr-defined]
            if type(item) not in _PLAIN:
                _refuse_unfit(item)
    elif isinstance(value, int):
        if abs(value) > _MAX_SAFE_INTEGER:
            raise ValueError("an integer beyond 2^53 has no canonical form; numbers travel as texts")
    else:
        _refuse_unfit_kin(value)


def _refuse_unfit_kin(value: object) -> None:
    """The same for what is of one of these kinds without being it: an enum that is a text, a mapping that is no dict."""
    if isinstance(value, str):
        return
    if isinstance(value, Mapping):
        _refuse_unfit_object(value)
    elif isinstance(value, (list, tuple)):
        _refuse_unfit(list(value))
    else:
        raise ValueError(f"{type(value).__name__} has no canonical form; numbers travel as texts")


def _refuse_unfit_object(value: Mapping[object, object]) -> None:
    for key, item in value.items():
        if not isinstance(key, str) or not key.isascii():
            raise ValueError("keys of a document are ASCII")
        if type(item) not in _PLAIN:
            _refuse_unfit(item)
