"""What is known of rows that are or were held: enough to know them again, by their id and by their words.

A hold stands on words. Whoever deletes a held row and types it anew, without the mark, in another row or another table,
has the same words there, so they are held there too (fail closed). Kept are hashes alone: the words themselves may be gone
for good, because a placeholder took their place. Source: 保守国家秘密法 (2024) art 31(3), as `holds.py`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from typing import Any, Final

from workflows.draft import carried_tag, with_kept_tags, with_tag
from workflows.forms.base import FormType, Section, Shape, Stage
from workflows.holds import UNRESOLVED, WITHHELD
from workflows.secrecy import PLACEHOLDER, without_marks

# By key (a row's id, the hash of a row, the hash of a cell): the tag of whatever has it.
Traces = Mapping[str, str]
Values = Mapping[str, Any]  # the sections of a draft by name
_SHORTEST: Final = 3  # a cell of fewer letters is no telling one


def traces_of(section: Section, rows: Any) -> dict[str, str]:  # noqa: ANN401 - a section is whatever its shape says
    """What held, withheld and marked rows of a section are known by."""
    found: dict[str, str] = {}
    for row in _rows(section, rows):
        tag = carried_tag(row)
        if tag is not None:
            if tag != WITHHELD:  # what a resolved row still says is what somebody let stand
                found |= dict.fromkeys(_words(section, row).values(), UNRESOLVED)
            found |= {str(row.get("id")): tag, _whole(section, row): tag}
    return found


def with_known_tags(section: Section, value: Any, stored: Any, known: Traces) -> Any:  # noqa: ANN401 - as above
    """The rows with the tags that the server knows of, whatever tag came with them.

    A row that comes back by its id, and a copy of a row, has the tag of that row. Words of a held row make any other row
    held, where they are new. A tag that nothing vouches for is a hold, until somebody resolves it.
    """
    if section.shape is not Shape.ROWS:
        return value
    here = {str(row.get("id")): row for row in _rows(section, stored)}
    known = {**known, **traces_of(section, stored)}
    rows = with_kept_tags(value, stored)
    return [_decided(section, row, here.get(str(row.get("id"))), known) for row in rows]


def held_in(form: FormType, values: Values) -> dict[str, str]:
    """What held, withheld and marked rows of all sections are known by."""
    found: dict[str, str] = {}
    for section in form.sections:
        found |= traces_of(section, values.get(section.name))
    return found


def with_holds(form: FormType, values: Values, stored: Values, known: Traces) -> tuple[dict[str, Any], dict[str, str]]:
    """Sections that are written together, with the tags that the server knows of, and the traces that are to be noted.

    `stored` are the sections of the draft as they were. A row that a file moved to another table, or wrote under another
    name, is known by what it was in any of them.
    """
    tables = {one.name: one for one in form.sections if one.shape is Shape.ROWS}
    before = held_in(form, stored)
    tagged = {
        name: with_known_tags(tables[name], value, stored.get(name), {**known, **before}) if name in tables else value
        for name, value in values.items()
    }
    now = before | held_in(form, tagged)
    return tagged, {key: tag for key, tag in now.items() if known.get(key) != tag}


def _decided(section: Section, row: dict[str, Any], before: Mapping[str, Any] | None, known: Traces) -> dict[str, Any]:
    if before is not None and carried_tag(before) is not None:
        return row
    tag = None
    if before is None:
        tag = known.get(str(row.get("id"))) or known.get(_whole(section, row))
    if tag is None:
        claimed = row.get("secrecy_tag") is not None and (before is None or before.get("secrecy_tag") is None)
        if claimed or any(word in known for word in _new_words(section, row, before)):
            tag = UNRESOLVED
    return with_tag(row, tag)


def _new_words(section: Section, row: Mapping[str, Any], before: Mapping[str, Any] | None) -> set[str]:
    """The hashes of words that the row did not say before. Rows that nobody touched, nearly all, are not hashed."""
    if before is None:
        return set(_words(section, row).values())
    telling = (section.name_field, section.content_field)
    if all(row.get(name) == before.get(name) for name in telling):
        return set()
    return set(_words(section, row).values()) - set(_words(section, before).values())


def _rows(section: Section, rows: Any) -> Iterable[Mapping[str, Any]]:  # noqa: ANN401 - a section is whatever its shape says
    return rows if section.shape is Shape.ROWS and isinstance(rows, list) else ()


def _words(section: Section, row: Mapping[str, Any]) -> dict[str, str]:
    """The hashes of the cells that tell what a row is about: spelling, spaces and marks do not count."""
    letters = {name: _letters(row.get(name)) for name in (section.name_field, section.content_field)}
    return {name: _hash(text) for name, text in letters.items() if len(text) >= _SHORTEST and text != _placeholder()}


def _whole(section: Section, row: Mapping[str, Any]) -> str:
    cells = [str(row.get(one.name) or "") for one in section.fields if one.stage is Stage.TARGET]
    return _hash("\0".join([section.name, *cells]))


def _letters(cell: object) -> str:
    text = unicodedata.normalize("NFKC", without_marks(cell)) if isinstance(cell, str) else ""
    return "".join(letter for letter in text if letter.isalnum()).casefold()


@cache
def _placeholder() -> str:
    return _letters(PLACEHOLDER)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
