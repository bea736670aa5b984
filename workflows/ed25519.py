"""Ed25519 signatures (RFC 8032, section 5.1) on the standard library alone, so that a verifier needs nothing else.

Some milliseconds each, which an hourly signature and a check now and then can afford. It does not hide how long it takes:
sign only where nobody else can measure (one head an hour, on the machine that holds the key). Keys are 32 bytes, signatures
64; on disk they are PEM (RFC 8410), which `openssl pkey` reads.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import lru_cache
from typing import Final

_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, _P - 2, _P) % _P
_SQRT_OF_MINUS_1: Final = pow(2, (_P - 1) // 4, _P)
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_PRIVATE_HEAD: Final = bytes.fromhex("302e020100300506032b657004220420")
_PUBLIC_HEAD: Final = bytes.fromhex("302a300506032b6570032100")

# A point (x, y) as (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z: sums without divisions.
_Point = tuple[int, int, int, int]
_ZERO: Final[_Point] = (0, 1, 1, 0)


def public_key(seed: bytes) -> bytes:
    """The public key of a private one (32 random bytes)."""
    scalar, _ = _expanded(seed)
    return _encoded(_times(scalar, _BASE))


def sign(seed: bytes, message: bytes) -> bytes:
    """The signature of a message; the same one each time."""
    scalar, prefix = _expanded(seed)
    key = _encoded(_times(scalar, _BASE))
    nonce = _number(hashlib.sha512(prefix + message).digest()) % _ORDER
    commitment = _encoded(_times(nonce, _BASE))
    challenge = _number(hashlib.sha512(commitment + key + message).digest()) % _ORDER
    return commitment + ((nonce + challenge * scalar) % _ORDER).to_bytes(_KEY_BYTES, "little")


@lru_cache(maxsize=256)
def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of `key` signed the message. False for whatever is no key or no signature."""
    if len(key) != _KEY_BYTES or len(signature) != _SIGNATURE_BYTES:
        return False
    signer, commitment = _decoded(key), _decoded(signature[:_KEY_BYTES])
    response = _number(signature[_KEY_BYTES:])
    if signer is None or commitment is None or response >= _ORDER:
        return False
    challenge = _number(hashlib.sha512(signature[:_KEY_BYTES] + key + message).digest()) % _ORDER
    return _same(_times(response, _BASE), _sum(commitment, _times(challenge, signer)))


def private_pem(seed: bytes) -> str:
    """A private key as PKCS #8 (RFC 8410)."""
    return _pem("PRIVATE KEY", _PRIVATE_HEAD + seed)


def public_pem(key: bytes) -> str:
    """A public key as SubjectPublicKeyInfo (RFC 8410)."""
    return _pem("PUBLIC KEY", _PUBLIC_HEAD + key)


def read_private_pem(text: str) -> bytes:
    """The seed in a PEM file. Raises ValueError for anything else than an Ed25519 private key."""
    return _from_pem(text, "PRIVATE KEY", _PRIVATE_HEAD)


def read_public_pem(text: str) -> bytes:
    """The key in a PEM file. Raises ValueError for anything else than an Ed25519 public key."""
    return _from_pem(text, "PUBLIC KEY", _PUBLIC_HEAD)


def _pem(label: str, content: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.b64encode(content).decode()}\n-----END {label}-----\n"


def _from_pem(text: str, label: str, head: bytes) -> bytes:
    lines = text.strip().splitlines()
    if len(lines) < 3 or lines[0] != f"-----BEGIN {label}-----" or lines[-1] != f"-----END {label}-----":
        raise ValueError(f"no PEM of an Ed25519 {label.lower()}")
    try:
        content = base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64 in the PEM") from error
    if not content.startswith(head) or len(content) != len(head) + _KEY_BYTES:
        raise ValueError("a key of another kind than Ed25519")
    return content[len(head) :]


def _expanded(seed: bytes) -> tuple[int, bytes]:
    """The secret scalar, clamped, and the prefix that makes nonces."""
    if len(seed) != _KEY_BYTES:
        raise ValueError("a private key has 32 bytes")
    hashed = hashlib.sha512(seed).digest()
    scalar = _number(hashed[:_KEY_BYTES]) & (2**254 - 8) | 2**254
    return scalar, hashed[_KEY_BYTES:]


def _number(content: bytes) -> int:
    return int.from_bytes(content, "little")


def _sum(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    total = _ZERO
    while scalar:
        if scalar & 1:
            total = _sum(total, point)
        point = _sum(point, point)
        scalar >>= 1
    return total


def _same(one: _Point, other: _Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % _P == 0 and (one[1] * other[2] - other[1] * one[2]) % _P == 0


def _encoded(point: _Point) -> bytes:
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(_KEY_BYTES, "little")


def _decoded(content: bytes) -> _Point | None:
    """The point that 32 bytes name, None where they name none."""
    number = _number(content)
    y, odd = number & (2**255 - 1), number >> 255
    x = None if y >= _P else _x_of(y, odd)
    return None if x is None else (x, y, 1, x * y % _P)


def _x_of(y: int, odd: int) -> int | None:
    squared = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(squared, (_P + 3) // 8, _P)
    if (x * x - squared) % _P:
        x = x * _SQRT_OF_MINUS_1 % _P
    if (x * x - squared) % _P or (x == 0 and odd):
        return None
    return x if x & 1 == odd else _P - x


def _base() -> _Point:
    point = _decoded((4 * pow(5, _P - 2, _P) % _P).to_bytes(_KEY_BYTES, "little"))
    assert point is not None, "the base point is on the curve"
    return point


_BASE: Final = _base()
