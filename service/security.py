"""Passwords, tokens, CSRF, the key that signs heads: the few lines of cryptography that the house owns.

Passwords are argon2id. Tokens are 256 random bits, of which the database keeps the SHA-256: who reads the table can't
sign in with it. Everything secret is compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from functools import cache
from typing import Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from service.settings import Settings, kept_secret
from workflows.ed25519 import private_pem, read_private_pem

Profile = Literal["asvs", "dengbao3"]

SHORTEST: Final = 12
LONGEST: Final = 128  # argon2 takes any length; a megabyte of password is a way to keep a server busy
TOKEN_BYTES: Final = 32

# OWASP's second recommended setting for argon2id; some 30 ms on a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _HASHER.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether this is the password. Without a stored hash it takes as long and says no, so that time tells nothing."""
    try:
        _HASHER.verify(stored or _nobody(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


def new_token() -> str:
    """An opaque token for a session, a CSRF field or an API client."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What the database keeps of a token. Random tokens need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def name_hash(username: str) -> str:
    """Under which failed sign-ins of a name are counted."""
    return hashlib.sha256(username.encode("utf-8", "replace")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets without telling how far they agree."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def signing_seed(settings: Settings) -> bytes:
    """The private key that signs heads, made in the home (0600) where no setting names one.

    Raises OSError where the file that a setting names is not there, ValueError where it is no Ed25519 key.
    """
    if settings.head_key is not None:
        return read_private_pem(settings.head_key.read_text(encoding="ascii"))
    return read_private_pem(kept_secret(settings.home / "head-key.pem", lambda: private_pem(secrets.token_bytes(32))))


# Without 0 O 1 I l, so that it can be read out over the telephone.
_LEGIBLE: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def one_time_password() -> str:
    """A password to hand over once: five groups of four, 99 bits."""
    return "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(5))


def password_fault(password: str, *, profile: Profile, context: Sequence[str] = ()) -> str | None:
    """Why a password may not be used, as a key of [error] in the catalogue, or None.

    `context`: words that everybody here could guess (user name, name, unit). Profile `asvs` asks for length and for
    nothing that is easily guessed, and for no mixture of characters (ASVS 5.0, 6.2.1-6.2.12); `dengbao3` asks for
    three kinds of characters beside (GB/T 22239-2019, 8.1.4.1 a).
    """
    if len(password) < SHORTEST:
        return "password_too_short"
    if len(password) > LONGEST:
        return "password_too_long"
    if any(ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 for char in password):
        return "password_no_text"
    if profile == "dengbao3" and _kinds(password) < 3:
        return "password_too_uniform"
    if _is_common(password):
        return "password_too_common"
    if any(len(word) >= 3 and word.casefold() in password.casefold() for word in context):
        return "password_has_context"
    return None


def _kinds(password: str) -> int:
    return sum(bool(re.search(kind, password)) for kind in (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]"))


# What the well-known lists are made of once a site asks for twelve characters: these words with figures or signs around
# them, rows of the keyboard, sequences, and short pieces said several times.
_WORDS: Final = frozenset(
    """
    password passwd passphrase passcode pass word pwd mima admin administrator administrators root system superuser
    user username login signin guest test tester testing demo default changeme change changeit letmein welcome hello
    helloworld secret private access master monkey dragon football baseball basketball soccer superman batman spiderman
    sunshine princess shadow michael jordan michelle jennifer charlie daniel thomas andrew joshua matthew ashley jessica
    computer internet server database oracle mysql postgres windows microsoft google apple samsung huawei tencent alibaba
    baidu taobao weixin wechat iloveyou ilovechina iloveu woaini woaiwojia woaizhongguo woaibeijing wodemima zhongguo
    zhonghua china beijing shanghai guangdong guangzhou shenzhen jieyang caizheng caizhengju jixiao yusuan zhengfu
    budget performance finance government trustnoone whatever freedom liberty starwars pokemon naruto summer winter
    spring autumn monday friday january december qwerty qwertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc
    onetwothree abc abcd abcdef aaa abcabc
    """.split()
)
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "!@#$%^&*()_+",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "q1w2e3r4t5y6u7i8o9p0",
    "1q2w3e4r5t6y7u8i9o0p",
)
_LOOKALIKES: Final = str.maketrans("@4310$57!|", "aaelosstii")


def _is_common(password: str) -> bool:
    """Whether the password is a guess that lists of leaked passwords begin with."""
    plain = password.casefold()
    if any(char.isalpha() and not char.isascii() for char in plain):
        return len(set(plain)) < 5 or _is_repeated(plain)
    letters = re.sub(r"[^a-z]", "", plain)
    spelt = re.sub(r"[^a-z]", "", re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain).translate(_LOOKALIKES))
    return len(set(plain)) < 5 or _is_words(letters) or _is_words(spelt) or _is_repeated(plain) or _is_walk(plain)


def _is_words(letters: str) -> bool:
    """One or several of the words and nothing else; a dozen figures alone are no words, but too few to be random."""
    reached = {0}
    for start in range(len(letters)):
        if start in reached:
            reached |= {start + n for n in range(1, 15) if letters[start : start + n] in _WORDS}
    return len(letters) in reached


def _is_repeated(plain: str) -> bool:
    """A piece of up to a third, said again and again: abc123abc123abc123."""
    return any(plain == (plain[:size] * len(plain))[: len(plain)] for size in range(1, len(plain) // 2 + 1))


def _is_walk(plain: str) -> bool:
    """Made of runs along the keyboard or the alphabet, four or more keys each, with at most three keys left over."""
    rest, index = 0, 0
    while index < len(plain):
        run = max((_run(plain, index, row) for line in _ROWS for row in (line, line[::-1])), default=0)
        rest += 0 if run >= 4 else 1
        index += run if run >= 4 else 1
    return rest <= 3


def _run(plain: str, start: int, row: str) -> int:
    length = 0
    while start + length < len(plain) and plain[start : start + length + 1] in row:
        length += 1
    return length
