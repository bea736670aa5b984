"""A mark of secrecy in a comment: nobody reads the comment into the form, and its row would pass for an open one.

So the file is refused, with the cell. Source: 保守国家秘密法 (2024) art 31(3), as `workflows/holds.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape

from service.importers.unreadable import UnreadableForm
from workflows.secrecy import has_mark

_PARTS = re.compile(r"xl/(?:comments|threadedComments)[^.]*\.xml|word/comments\w*\.xml|content\.xml")
_BEGINS = re.compile(rb"<(?:\w+:)?(?:comment|threadedComment|annotation)[\s>]")
_ENDS = re.compile(rb"</(?:\w+:)?(?:comment|threadedComment|annotation)>")
_CELL = re.compile(rb'[^<>]{0,400}?\bref="([A-Z]{1,3}\d{1,7})"')
_TAG = re.compile(rb"<[^<>]*>")


def refuse_marked_comments(members: Mapping[str, bytes]) -> None:
    """Raises UnreadableForm where a comment of a workbook or a document carries a mark."""
    for name, content in members.items():
        if _PARTS.fullmatch(name):
            for cell, words in _comments(content):
                if has_mark(words):
                    raise UnreadableForm("marked_comment", params={"cell": f" {cell} " if cell else ""})


def _comments(content: bytes) -> Iterator[tuple[str, str]]:
    """Each comment with its cell, empty where the format names none. One pass, whatever the bytes are."""
    for piece in _BEGINS.split(content)[1:]:
        cell, comment = _CELL.match(piece), _ENDS.split(piece, maxsplit=1)[0]
        words = _TAG.sub(b"", comment)
        yield cell[1].decode() if cell else "", unescape(words.decode("utf-8", "replace"))
