"""Marks of secrecy in what an upload says: fail closed, since material that bears one never belongs in this system."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from service.uploads.kinds import UnfitFileError
from workflows.secrecy import marks

# No mark without one of these; a text without them needs no closer look.
_TRIGGER = re.compile("[密宻㊙★☆✩✪⭐✭✮内內]|secret|confidential", re.IGNORECASE)
_BREAKS = re.compile(r"[ \t]*[\r\n\x02\ufffe]+[ \t]*")
_SENTENCE_END: Final = tuple("。，；、,.;:：！？!?")
_LONGEST: Final = 4_000  # characters in one look
_SHORT: Final = 14
_SHOWN: Final = 20


def refuse_marked(texts: Iterable[str]) -> None:
    """Raises UnfitFileError with the first mark that stands in one of the paragraphs."""
    for text in texts:
        if _TRIGGER.search(text):
            for start in range(0, len(text), _LONGEST):
                _refuse(text[max(0, start - _SHORT) : start + _LONGEST])


def refuse_marked_pages(pages: Iterable[str]) -> None:
    """The same for pages whose lines are broken where the paper ended.

    Lines are joined, since half a word at the start of a line looks like a mark; a short line of its own, such as the
    one above a title, is looked at by itself.
    """
    for page in pages:
        if not _TRIGGER.search(page):
            continue
        refuse_marked([_BREAKS.sub("", page)])
        for line in _BREAKS.split(page):
            words = line.strip()
            if 1 < len(words) <= _SHORT and not words.endswith(_SENTENCE_END):
                _refuse(words)


def _refuse(text: str) -> None:
    found = marks(text)
    if found:
        raise UnfitFileError("marked_content", mark=" ".join(found[0].text.split())[:_SHOWN])
