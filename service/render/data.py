"""A document as data: JSON that `jixiao check` reads again, and CSV for spreadsheets."""

import csv
import io
import json
from typing import Final

from service.render.cells import harmless
from workflows.catalogue import label
from workflows.document import cells
from workflows.forms import form_type
from workflows.forms.base import Document

BOM: Final = "\ufeff"  # without it Excel takes UTF-8 for the code page of the machine and shows 乱码
_HEADS: Final = {
    "zh": ("路径", "部分", "行号", "项目", "内容"),
    "en": ("Path", "Section", "Row", "Field", "Value"),
}


def data_json(document: Document) -> bytes:
    """The document itself, keys in the order of the form, UTF-8."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def data_csv(document: Document, *, language: str) -> bytes:
    """One line for each cell, with its path; UTF-8 with BOM, nothing in it that a spreadsheet would run.

    Codes stay codes: the file is for tables and programs.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEADS[language])
    form = form_type(document["form"])
    sections = frozenset(one.name for one in form.sections)
    for cell in cells(document, form):
        value = "" if cell.value is None else harmless(str(cell.value))
        writer.writerow([cell.path, *_place(cell.path, sections, language), value])
    return (BOM + out.getvalue()).encode()


def _place(path: str, sections: frozenset[str], language: str) -> tuple[str, str, str]:
    """Section, row number from 1, and field of a path, in words; a field of the head stands in no section."""
    section, _, name = path.rpartition(".")
    if not section:
        section = name if name in sections else "header"
    section, _, row = section.partition("[")
    return label("section", section, language), str(int(row[:-1]) + 1) if row else "", label("field", name, language)
