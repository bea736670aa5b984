"""The task that an indicator names: in a document a path such as `key_tasks[0]`, in a draft the id of that row.

A path means another row as soon as rows change places, and a draft is written a section at a time. So drafts keep ids, and
a document that is built from a draft, with its hash, has the path (design.md, section 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.document import cell_at
from workflows.forms.base import Document, FormType, Kind, Section, Shape
from workflows.ulid import is_ulid

Values = Mapping[str, Any]


def tasks_named_by_path(section: Section, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever the section holds
    """The sections in which a section's rows name tasks by a path: those whose rows must be known to write ids."""
    paths = (row.get(name) for name in _fields(section) for row in _rows(value))
    return tuple(sorted({path.partition("[")[0] for path in paths if isinstance(path, str) and "[" in path}))


def with_task_ids(section: Section, value: Any, drafted: Values) -> Any:  # noqa: ANN401 - whatever the section holds
    """The section as a draft keeps it. `drafted` are the sections of the draft by name, or those of them that are named.

    A path to no row stays: the task may be written after the indicator.
    """
    for name in _fields(section):
        value = [_set(row, name, _id_at(drafted, row[name])) if row.get(name) else row for row in value]
    return value


def with_task_paths(form: FormType, document: Document) -> Document:
    """The document of a draft. A link to a row that is gone is none; a path stays as it is."""
    paths = _paths(form, document)
    changed = {}
    for section in form.sections:
        for name in _fields(section) if section.name in document else ():
            rows = document[section.name]
            if any(is_ulid(row.get(name)) for row in rows):
                changed[section.name] = [
                    _set(row, name, paths.get(row[name])) if is_ulid(row.get(name)) else row for row in rows
                ]
    return {**document, **changed} if changed else document


def _paths(form: FormType, document: Document) -> dict[str, str]:
    return {
        row["id"]: f"{section}[{index}]"
        for section in form.tasks
        for index, row in enumerate(document.get(section) or ())
        if is_ulid(row.get("id"))
    }


def _id_at(drafted: Values, link: str) -> str:
    try:
        found = cell_at(dict(drafted), f"{link}.id")
    except KeyError:
        return link
    return found if isinstance(found, str) and is_ulid(found) else link


def _set(row: Mapping[str, Any], name: str, link: str | None) -> dict[str, Any]:
    if link is None:  # an optional key: left out where there is nothing to say
        return {key: cell for key, cell in row.items() if key != name}
    return {**row, name: link}


def _fields(section: Section) -> tuple[str, ...]:
    """The cells of its rows that name a task."""
    return tuple(one.name for one in section.fields if one.kind is Kind.TASK) if section.shape is Shape.ROWS else ()


def _rows(value: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - as above
    return (row for row in value or () if isinstance(row, Mapping))
