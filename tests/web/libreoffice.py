"""The workbook of a draft with ids that never change, as somebody fills it in and LibreOffice writes it again."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import openpyxl

from service.render.offline_workbook import OfflineDraft, offline_workbook
from tests.factories import seed_document
from workflows.catalogue import label
from workflows.draft import HEAD, target_sections
from workflows.forms import form_type
from workflows.forms.base import Shape

FILE = Path(__file__).parents[1] / "forms" / "offline-by-libreoffice.xlsx"
FORM_ID = 70_001
ADDED, CHANGED, AMOUNT = "-一个新任务", "在 LibreOffice 里改写", 111.5
FIRST_ROW, NAME, CONTENT, MONEY = 6, 3, 4, 5  # from 1


def document() -> dict[str, Any]:
    """The seed with ids on its rows."""
    found = seed_document()
    for section in target_sections(form_type(found["form"])):
        if section.shape is Shape.ROWS:
            found[section.name] = [
                {"id": f"01J0{section.max_rows}K{section.min_rows}{index:017d}", **row}
                for index, row in enumerate(found[section.name])
            ]
    return found


def original() -> bytes:
    """The workbook as it goes out."""
    held = document()
    form = form_type(held["form"])
    sections = {HEAD: (1, {"supervising_department": held["supervising_department"]})}
    sections |= {one.name: (1, held[one.name]) for one in target_sections(form)}
    draft = OfflineDraft(form, FORM_ID, held["region"], held["fiscal_year"], held["department"], sections)
    return offline_workbook(draft, lang="zh")


def filled() -> bytes:
    """What somebody fills in: an amount, a content, one more task; the indicators upside down, the last one deleted."""
    book = openpyxl.load_workbook(io.BytesIO(original()))
    tasks, rows = book[label("section", "key_tasks", "zh")], document()["key_tasks"]
    tasks.cell(FIRST_ROW, MONEY).value = AMOUNT
    tasks.cell(FIRST_ROW + 1, CONTENT).value = CHANGED
    tasks.cell(FIRST_ROW + len(rows), NAME).value = ADDED
    sheet, count = book[label("section", "indicators", "zh")], len(document()["indicators"])
    lines = [[sheet.cell(FIRST_ROW + at, column).value for column in range(1, 10)] for at in range(count)]
    for at, line in enumerate([*reversed(lines[:-1]), [None] * 9]):
        for column, value in enumerate(line, 1):
            sheet.cell(FIRST_ROW + at, column).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def written_by_libreoffice(data: bytes, folder: Path, *, kind: str = "xlsx") -> bytes:
    """The same file as LibreOffice saves it."""
    source = folder / "filled.xlsx"
    source.write_bytes(data)
    out = folder / "out"
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{folder}/profile",
        "--convert-to",
        kind,
        "--outdir",
    ]
    subprocess.run([*command, str(out), str(source)], check=True, capture_output=True, timeout=180)
    return (out / f"filled.{kind}").read_bytes()
