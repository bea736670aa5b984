"""The words of a form type's print that say where its values stand: labels, block labels, heads of columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from service.importers import spellings
from service.importers.cells import label
from workflows.catalogue import texts
from workflows.forms import form_type
from workflows.forms.base import (
    Document,
    FormType,
    Kind,
    Ledger,
    Matrix,
    Names,
    Pairs,
    Prose,
    Rows,
    Section,
)

Block = Prose | Rows | Matrix
_MACHINE = frozenset({Kind.ID, Kind.TAG, Kind.TASK})


@dataclass(frozen=True)
class Anchors:
    """Labels are without gaps and without what stands in brackets behind them.

    `pairs`: label to path of the value beside it. `groups`: label of a block of such pairs, or a heading inside one.
    `blocks`: label of a long text or a table. `tables`: section to its heads to fields. `amounts`: head over a
    ledger's figures to its section. `sections` of a label of a group that is a section.
    """

    form: FormType
    pairs: Mapping[str, str]
    groups: Mapping[str, str]
    blocks: Mapping[str, Block]
    tables: Mapping[str, Mapping[str, str]]
    amounts: Mapping[str, str]

    def fits(self, document: Document) -> bool:
        """Whether no table has more rows than the form takes."""
        return all(len(document[name]) <= self.form.section(name).max_rows for name in self.tables)


def key(text: str) -> str:
    """A label as anchors know it: without what stands in brackets, a unit for instance."""
    return text.partition("(")[0] or text


@cache
def anchors(form_id: str) -> Anchors:
    """The anchors of a form type, from its layout. Raises KeyError."""
    form = form_type(form_id)
    pairs: dict[str, str] = {}
    groups: dict[str, str] = {}
    blocks: dict[str, Block] = {}
    tables: dict[str, Mapping[str, str]] = {}
    amounts: dict[str, str] = {}
    for part in form.layout.parts:
        if isinstance(part, Names):
            pairs |= {key(label(printed)): path for printed, path in part.pairs}
        elif isinstance(part, Pairs):
            groups[key(label(part.label))] = part.section
            pairs |= {key(label(printed)): f"{part.section}.{name}" for printed, name in part.pairs}
        elif isinstance(part, Ledger):
            groups |= {key(label(name)): part.section for name in (part.label, part.left[0], part.right[0])}
            amounts[key(label(part.amount_head))] = part.section
            cells = (*part.left[1], *part.right[1])
            pairs |= {key(label(printed)): f"{part.section}.{name}" for printed, name in cells}
        else:
            blocks[key(label(part.label))] = part
            if not isinstance(part, Prose):
                tables[part.section] = _heads(form, part)
    return Anchors(form, pairs, groups, blocks, tables, amounts)


def _heads(form: FormType, table: Rows | Matrix) -> dict[str, str]:
    """The heads of a table: as printed, then in other spellings of the fields that its section has."""
    printed = {key(label(one.head)): one.field for one in table.columns if one.field}
    return printed | {word: name for word, name in heads_of(form.section(table.section)).items() if word not in printed}


def heads_of(section: Section) -> dict[str, str]:
    """What the columns of a table are called: row numbers, then the names of its fields and other forms' words for them."""
    words = texts("zh")
    heads = {"序号": "number"}
    for one in section.fields:
        if one.kind not in _MACHINE:
            named = (words.get(f"label.field.{one.name}"), words.get(f"label.head.{one.name}"))
            for spelling in (*filter(None, named), *spellings.COLUMNS.get(one.name, ())):
                heads.setdefault(key(label(spelling)), one.name)
    return heads


def needed(form: FormType, section: str) -> frozenset[str]:
    """The fields without whose heads a line is no head of the table: those that the form requires."""
    return frozenset(one.name for one in form.section(section).fields if one.required)
