"""The name of an uploaded file: kept as a text for people, harmless wherever it ends up."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 120  # characters; UTF-8 makes 360 bytes of them, and no file system of ours ever sees them
_PATH = re.compile(r"[/\\]")
_UNFIT = re.compile(r'[<>:"|?*;]')
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Devices of Windows, whatever follows the first dot.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)


def kept_name(sent: str) -> str:
    """The name without folders, control and direction marks and without what a file system or a header reads as its own.

    Of `../../x.pdf` only `x.pdf` is left. The extension survives a cut. A name without anything left is `file`.
    """
    last = _PATH.split(sent)[-1]
    visible = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char) not in _DROPPED)
    plain = " ".join(_UNFIT.sub("_", visible).split()).strip(". ")
    stem, dot, extension = plain.rpartition(".")
    if not dot:
        stem, extension = plain, ""
    stem = stem[: LONGEST - len(extension) - 1].rstrip(". ") or "file"
    if _DEVICE.match(plain):
        stem = f"_{stem}"
    return f"{stem}.{extension}" if extension else stem


def extension_of(name: str) -> str:
    """What stands behind the last dot, in small letters; empty without one."""
    return name.rpartition(".")[2].lower() if "." in name else ""
