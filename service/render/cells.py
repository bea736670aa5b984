"""What a cell of a sheet may be: a number, or a text that no spreadsheet takes for a formula."""

import re
from decimal import Decimal

# As documents write decimals (RFC 8785 aside): no sign +, no exponent, no leading zeros. 15 digits are what a sheet keeps.
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_DIGITS_KEPT = 15
# What starts a formula or a command in one spreadsheet or another, full-width twins included (OWASP: CSV injection).
_DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


def number(text: str) -> Decimal | None:
    """The number that a text is, None for any other text and for one with more digits than a sheet would keep."""
    if not _DECIMAL.fullmatch(text) or sum(char.isdigit() for char in text) > _DIGITS_KEPT:
        return None
    return Decimal(text)


def harmless(text: str) -> str:
    """The text for a CSV cell: with an apostrophe in front where a spreadsheet would run it. Numbers stay numbers."""
    if text.lstrip(" ").startswith(_DANGEROUS) and not _DECIMAL.fullmatch(text):
        return f"'{text}"
    return text
