"""A document as JSON: strictly one value per key, no floats, no NaN, nothing deeper or longer than a document is."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from service.importers.unreadable import UnreadableForm
from workflows.document import Problem, shape_problems, text_fault
from workflows.forms import form_type
from workflows.forms.base import Document, FormType, Section, Shape, Stage
from workflows.tidying import Change, tidied

_MAX_DEPTH = 6
_MAX_INTEGER_DIGITS = 16


class _Pairs(list[tuple[str, Any]]):
    """An object as parsed, its keys not yet unique."""


class _Refused(NamedTuple):
    case: str
    text: str


def read_document_json(text: str) -> tuple[Document, tuple[Change, ...]]:
    """The document in a JSON text, as `jixiao read` or the API gives it, with the changes that tidying made.

    The whole output of `jixiao read` is taken too; its document counts. Raises UnreadableForm.
    """
    document = _plain(_parsed(text), path="", depth=0)
    if isinstance(document, dict) and "form" not in document and isinstance(document.get("document"), dict):
        document = document["document"]
    if not isinstance(document, dict):
        raise UnreadableForm("no_document")
    form = _form(document)
    changes = list(_filled_in(document, form))
    problems = shape_problems(document, form)
    if problems:
        raise _misshapen(problems)
    tidy, respelled = tidied(document, form)
    return tidy, (*changes, *respelled)


def _parsed(text: str) -> object:
    try:
        return json.loads(
            text,
            object_pairs_hook=_Pairs,
            parse_float=lambda number: _Refused("float", number),
            parse_constant=lambda name: _Refused("float", name),
            parse_int=_integer,
        )
    except json.JSONDecodeError as fault:
        raise UnreadableForm("json", fault.lineno) from fault
    except RecursionError as fault:
        raise UnreadableForm("too_deep", params={"path": "…"}) from fault


def _integer(text: str) -> int | _Refused:
    return int(text) if len(text) <= _MAX_INTEGER_DIGITS else _Refused("integer", text)


def _plain(value: object, *, path: str, depth: int) -> Any:  # noqa: ANN401  # JSON
    """The value with plain dictionaries. Raises UnreadableForm with the path of the first thing that is refused."""
    if depth > _MAX_DEPTH:
        raise UnreadableForm("too_deep", params={"path": path})
    if isinstance(value, _Refused):
        raise UnreadableForm(value.case, params={"path": path or "/", "value": value.text[:20]})
    if isinstance(value, _Pairs):
        return _object(value, path=path, depth=depth)
    if isinstance(value, list):
        return [_plain(item, path=f"{path}[{index}]", depth=depth + 1) for index, item in enumerate(value)]
    if isinstance(value, str) and (fault := text_fault(value)):
        raise UnreadableForm("cell", params={"path": path, "problem": fault})
    return value


def _object(pairs: _Pairs, *, path: str, depth: int) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, value in pairs:
        clean = "".join(char for char in key[:40] if char.isprintable())
        below = f"{path}.{clean}" if path else clean
        if key in plain:
            raise UnreadableForm("duplicate_key", params={"path": below})
        if key != clean:
            raise UnreadableForm("cell", params={"path": below, "problem": "unknown_key", "key": clean})
        plain[key] = _plain(value, path=below, depth=depth + 1)
    return plain


def _form(document: Document) -> FormType:
    form_id = document.get("form")
    if not isinstance(form_id, str):
        raise UnreadableForm("no_document")
    try:
        return form_type(form_id)
    except KeyError as fault:
        raise UnreadableForm("unknown_form", params={"form": form_id[:60]}) from fault


def _filled_in(document: Document, form: FormType) -> Iterator[Change]:
    """Keys of cells that were left out become null, and are reported; a missing section is no such slip."""
    if "supervising_department" not in document:
        document["supervising_department"] = None
        yield Change("supervising_department", None, None, "missing_key")
    for section in form.sections:
        value = document.get(section.name)
        rows = value if section.shape is Shape.ROWS and isinstance(value, list) else [value]
        for index, row in enumerate(rows):
            path = f"{section.name}[{index}]" if section.shape is Shape.ROWS else section.name
            if isinstance(row, dict):
                yield from _filled_row(row, section, path=path)


def _filled_row(row: dict[str, Any], section: Section, *, path: str) -> Iterator[Change]:
    for one in section.fields:
        if one.stage is Stage.TARGET and one.name not in row:
            row[one.name] = None
            yield Change(f"{path}.{one.name}", None, None, "missing_key")


def _misshapen(problems: list[Problem]) -> UnreadableForm:
    first = problems[0]
    return UnreadableForm("cell", params=dict(first.params) | {"path": first.path or "/", "problem": first.case})
