"""The doors: the editor, a pasted block, the API, and three kinds of files. Each is tried as a person would, then read back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import openpyxl
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.importers import read_form
from service.queries.exportable import exportable
from service.render.export import document_export
from service.render.official import DRAFT
from tests.bad_input import kinds
from tests.bad_input.kinds import BLANK, FLAGGED, KEPT, REFUSED, RESPELLED, WARNED
from tests.service.callers import Caller
from tests.web.conftest import Town
from tests.web.filling import SEED, fields_of, post, saved
from workflows.quantities import comparator, number

WORKBOOK: Final = SEED.parents[1] / "importers" / "data" / "seed.xlsx"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the draft: its section, its row (None outside tables), its field, and what the seed prints there."""

    section: str
    row: int | None
    field: str
    printed: str

    @property
    def path(self) -> str:
        """As findings name it."""
        if self.row is not None:
            return f"{self.section}[{self.row}].{self.field}"
        return self.section if self.field == self.section else f"{self.section}.{self.field}"

    @property
    def posted(self) -> str:
        """As the editor's form names it."""
        return self.field if self.row is None else f"{self.row}.{self.field}"

    def of(self, value: Any) -> Any:  # noqa: ANN401 - the value of a section
        """What stands here in a value of the section."""
        if self.row is not None:
            return value[self.row][self.field]
        return value if self.field == self.section else value[self.field]

    def put(self, value: Any, text: object) -> Any:  # noqa: ANN401 - the value of a section
        """The section with this cell changed."""
        if self.row is not None:
            return [{**row, self.field: text} if at == self.row else row for at, row in enumerate(value)]
        return text if self.field == self.section else {**value, self.field: text}


CELLS: Final[Mapping[str, Cell]] = {
    kinds.MONEY: Cell("key_tasks", 0, "planned_amount", "100"),
    kinds.COUNT: Cell("basic", None, "fiscally_supported_headcount", "69"),
    kinds.TARGET: Cell("indicators", 0, "target_value", "100000"),
    kinds.COMPARATOR: Cell("indicators", 0, "comparator", "≥"),
    kinds.UNIT: Cell("indicators", 0, "unit", "册/份"),
    kinds.NAME: Cell("key_tasks", 1, "name", "扫黑除恶工作"),
    kinds.LONG: Cell("overall_goal", None, "overall_goal", ""),
}


@dataclass(frozen=True, slots=True)
class House:
    """The running application, a filler at the pages and at the API, a draft, and the way to make it whole again."""

    town: Town
    client: FlaskClient
    caller: Caller
    draft: int
    cycle: int
    restore: Callable[[], None]

    def section(self, cell: Cell) -> Any:  # noqa: ANN401 - the value of a section
        """What stands in the database."""
        return saved(self.town, self.draft, cell.section)


def field(house: House, cell: Cell, text: str) -> str:
    """Typed into the editor and saved without scripts."""
    reply = post(house.client, house.draft, cell.section, **{cell.posted: text})
    return _after_page(house, cell, text, reply)


def paste(house: House, cell: Cell, text: str) -> str:
    """As a block of one cell from a spreadsheet, quoted as its clipboard would."""
    quoted = '"' + text.replace('"', '""') + '"' if any(sign in text for sign in '"\t\n\r') else text
    reply = post(house.client, house.draft, cell.section, do="paste", paste=f"{quoted}\n", at=cell.posted)
    return _after_page(house, cell, text, reply)


def api(house: House, cell: Cell, text: str) -> str:
    """PATCH of the section, in JSON."""
    path = f"/api/v1/submissions/{house.draft}"
    version = house.caller.get(path).json["sections"][cell.section]["version"]  # type: ignore[index]
    value = cell.put(house.section(cell), text)
    body = json.dumps({"section": cell.section, "value": value, "base_version": version})  # \ud800 as JSON can write it
    before = house.section(cell)
    reply = house.caller.send("PATCH", path, data=body.encode(), content_type="application/json")
    if reply.status_code != 200:
        problem = _refused(reply)
        assert problem["code"] in ("invalid_request", "too_large"), problem
        assert problem.get("field") or problem["code"] == "too_large" or "\\ud800" in body, problem
        assert house.section(cell) == before
        return REFUSED
    return _read_back(house, cell, text)


def document_file(house: House, cell: Cell, text: str) -> str:
    """A document as JSON, imported for show."""
    document = read_form(SEED.read_bytes(), SEED.name).document
    document = {**document, cell.section: cell.put(document[cell.section], text)}
    return _imported(house, cell, text, json.dumps(document).encode(), "form.json")


def text_file(house: House, cell: Cell, text: str) -> str:
    """The table as text, the cell written where the seed prints it."""
    table = SEED.read_text("utf-8")
    printed = cell.printed or str(read_form(SEED.read_bytes(), SEED.name).document["overall_goal"])
    assert printed in table, printed
    start = table.index("部门履职的整体绩效指标") if cell.section == "indicators" else 0
    changed = table[:start] + table[start:].replace(f"\t{printed}", f"\t{text}", 1)
    assert changed != table, printed
    return _imported(house, cell, text, changed.encode("utf-8", "surrogatepass"), "form.txt")


def workbook(house: House, cell: Cell, text: str) -> str:
    """The table as a workbook, the cell typed as text."""
    book = openpyxl.load_workbook(WORKBOOK)
    printed = cell.printed or str(read_form(SEED.read_bytes(), SEED.name).document["overall_goal"])
    found = [one for sheet in book for row in sheet for one in row if _shows(one.value, printed)]
    assert found, printed
    target = found[0]
    target.value = text
    target.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return _imported(house, cell, text, out.getvalue(), "form.xlsx")


DOOR_OF: Final[Mapping[str, Callable[[House, Cell, str], str]]] = {
    kinds.FIELD: field,
    kinds.PASTE: paste,
    kinds.API: api,
    kinds.JSON_FILE: document_file,
    kinds.TEXT_FILE: text_file,
    kinds.WORKBOOK: workbook,
}


def _shows(value: object, printed: str) -> bool:
    shown = str(value).strip() if value is not None else ""
    return (
        shown == printed or (printed.isdigit() and shown == f"{printed}.0") or (len(printed) > 40 and printed in shown)
    )


def _after_page(house: House, cell: Cell, text: str, reply: TestResponse) -> str:
    if reply.status_code == 303:
        return _read_back(house, cell, text)
    assert 400 <= reply.status_code < 500, (reply.status_code, reply.text[:300])
    assert "错误：" in reply.text or "内容太大" in reply.text, reply.text[:300]
    return REFUSED


def _refused(reply: TestResponse) -> dict[str, Any]:
    assert 400 <= reply.status_code < 500, (reply.status_code, reply.text[:300])
    problem: dict[str, Any] = reply.json  # type: ignore[assignment]
    assert problem["detail"], problem
    return problem


def _read_back(house: House, cell: Cell, text: str) -> str:
    """What stands there now is what page, API and exports give back, and nothing of it runs anywhere."""
    stored = cell.of(house.section(cell))
    path = f"/api/v1/submissions/{house.draft}"
    read: dict[str, Any] = house.caller.get(path).json  # type: ignore[assignment]
    assert cell.of(read["sections"][cell.section]["value"]) == stored
    page = house.client.get(f"/submissions/{house.draft}")
    assert page.status_code == 200
    shown = fields_of(page, cell.section)[cell.posted]
    assert _same(shown, "" if stored is None else str(stored)), "the page shows what is kept"
    if "<" in text:
        assert text not in page.text, "markup is text on a page"
    _exported(house, cell, stored)
    findings = house.caller.get(f"{path}/findings").json["findings"]  # type: ignore[index]
    return _answer(cell, text, stored, findings)


def _same(shown: str, stored: str) -> bool:
    """Sums are shown with their thousands, signs as the choice that they mean; a text area has one kind of line end."""
    if shown.replace("\r\n", "\n") == stored.replace("\r\n", "\n"):
        return True
    return (comparator(stored) or stored) == shown or (number(stored) is not None and number(shown) == number(stored))


def _exported(house: House, cell: Cell, stored: object) -> None:
    """Of the draft as an operator exports it: the same text, and nothing that a spreadsheet would run."""
    with unit_of_work(house.town.factory) as session:
        document = exportable(session.connection(), house.draft, which="draft").document
    assert cell.of(json.loads(document_export(document, "json", stamp=DRAFT, language="zh"))[cell.section]) == stored
    lines = csv.reader(
        io.StringIO(document_export(document, "csv", stamp=DRAFT, language="zh").decode("utf-8-sig"), newline="")
    )
    row = next(line for line in lines if line[0] == cell.path)
    written = "" if stored is None else str(stored)
    assert row[-1].removeprefix("'") == written.removeprefix("'")
    assert not row[-1].lstrip().startswith(tuple("=@＝＠")), "a spreadsheet would run it"
    book = openpyxl.load_workbook(io.BytesIO(document_export(document, "xlsx", stamp=DRAFT, language="zh")))
    cells = [one for sheet in book for line in sheet for one in line]
    assert not [one.coordinate for one in cells if one.data_type == "f"], "a formula in a workbook"


def _imported(house: House, cell: Cell, text: str, data: bytes, name: str) -> str:
    """Shown and not written; a refusal is one sentence, over the API with its place."""
    before = house.section(cell)
    where = f"/api/v1/imports?cycle_id={house.cycle}&department_id={house.town.city.unit}&dry_run=true&filename={name}"
    reply = house.caller.send("POST", where, data=data, content_type="application/octet-stream")
    assert house.section(cell) == before
    if reply.status_code != 200:
        assert _refused(reply)["code"] in ("invalid_request", "too_large", "unreadable_form")
        return REFUSED
    read: dict[str, Any] = reply.json  # type: ignore[assignment]
    return _answer(cell, text, cell.of(read["document"][cell.section]), read["findings"])


def _answer(cell: Cell, text: str, stored: object, findings: list[dict[str, Any]]) -> str:
    row = cell.path.partition(".")[0]
    flagged = any(one["path"] in (cell.path, row) and one["severity"] in ("error", "block") for one in findings)
    if stored is None:
        return FLAGGED if flagged and text.strip() else BLANK
    if flagged:
        return FLAGGED
    if any((one["rule"], one["severity"], one["path"]) == ("A0", "warning", cell.path) for one in findings):
        return WARNED
    return KEPT if str(stored) == text else RESPELLED
