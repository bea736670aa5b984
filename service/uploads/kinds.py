"""The kinds of files that are taken. Told by content; the extension has to fit."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an attachment may be."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    OFD = "ofd"
    JPG = "jpg"
    PNG = "png"


EXTENSIONS: Final = {
    "pdf": Kind.PDF,
    "docx": Kind.DOCX,
    "xlsx": Kind.XLSX,
    "ofd": Kind.OFD,
    "jpg": Kind.JPG,
    "jpeg": Kind.JPG,
    "png": Kind.PNG,
}
MEDIA_TYPES: Final = {
    Kind.PDF: "application/pdf",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.OFD: "application/ofd",
    Kind.JPG: "image/jpeg",
    Kind.PNG: "image/png",
}
ACCEPT: Final = ",".join(f".{extension}" for extension in EXTENSIONS)


class UnfitFileError(ValueError):
    """Why a file is not taken: a key below `attachment` in the catalogue, with the params of its sentence."""

    def __init__(self, reason: str, **params: str) -> None:
        super().__init__(reason)
        self.reason, self.params = reason, params
