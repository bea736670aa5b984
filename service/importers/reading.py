"""Which reader a file needs, and what they all give back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.importers.cells import Notes
from service.importers.decode import decoded, refuse_foreign
from service.importers.document_json import read_document_json
from service.importers.extracts import as_printed, is_extract
from service.importers.funds_table import settle
from service.importers.grid import Sheet
from service.importers.guard import Container, is_binary
from service.importers.limited import grids
from service.importers.lines import Line, lines_of_pages, lines_of_sheet, lines_of_text
from service.importers.money import in_ten_thousand
from service.importers.observations import observe
from service.importers.offline_workbook import OfflineRead, offline_of
from service.importers.places import Place
from service.importers.printed_form import read_printed
from service.importers.reading_state import MOST_REFUSALS, Reading
from service.importers.related_form import read_related
from service.importers.sheet_choice import chosen_sheet
from service.importers.titles import titled
from service.importers.unreadable import UnreadableForm
from workflows.document import shape_problems
from workflows.forms.base import Document
from workflows.tidying import Change, tidied


@dataclass(frozen=True, slots=True)
class ReadResult:
    """A document, what reading altered, and where it came from: `source` has `kind` and `encoding`.

    `places` says where in the file a path was read, as far as it is known. `others` are further records of the same
    file, one for each project. `offline` is there for a workbook that the system itself gave out.
    """

    document: Document
    changes: tuple[Change, ...]
    source: dict[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    others: "tuple[ReadResult, ...]" = ()
    offline: OfflineRead | None = None

    def as_json(self, lang: str) -> dict[str, object]:
        """What `jixiao read` prints. Cells of a sheet and rows of a page are named, lines of a text are not."""
        changes = [change.rendered(lang) for change in self.changes]
        printed: dict[str, object] = {"document": self.document, "changes": changes, "source": self.source}
        named = {path: str(place) for path, place in self.places.items() if place.sheet or place.page}
        return printed | ({"places": named} if named else {})


def read_form(data: bytes, filename: str) -> ReadResult:
    """Read a form file or a document JSON, told apart by content and not by `filename`. Raises UnreadableForm.

    XLSX, XLS, ODS, DOCX and PDF are opened in a process of their own with little time and memory.
    """
    refuse_foreign(data)
    if is_binary(data):
        container, sheets = grids(data)
        return _from_grids(container, sheets)
    text = decoded(data)
    if text.text.lstrip()[:1] in "{[" or filename.lower().endswith(".json"):
        document, changes = read_document_json(text.text)
        return ReadResult(document, changes, {"kind": "document_json", "encoding": text.encoding})
    return _from_lines(lines_of_text(text.text), {"kind": "table_text", "encoding": text.encoding}, Notes())


def _from_grids(container: Container, sheets: Sequence[Sheet]) -> ReadResult:
    notes = Notes()
    offline = offline_of(sheets)
    if offline is not None:
        source = {"kind": "offline_workbook", "encoding": "binary"}
        return ReadResult(offline.document, offline.changes, source, offline.places, offline=offline)
    if container is Container.PDF:
        lines = lines_of_pages(sheets)
    else:
        lines = lines_of_sheet(chosen_sheet(sheets, container, notes=notes), container)
    if not lines:
        raise UnreadableForm("empty")
    return _from_lines(lines, {"kind": str(container), "encoding": "binary"}, notes)


def _from_lines(lines: Sequence[Line], source: dict[str, str], notes: Notes) -> ReadResult:
    lines = as_printed(lines) if is_extract(lines) else lines
    title = titled(lines)
    if title.official:
        return _result(read_printed(lines, title), source, notes)
    records = read_related(lines, title)
    for record in records:
        settle(record.funds, record.reading)
        observe(record.funds, record.reading)
    # The record of which most is known comes first; a tail of another one may stand before it.
    records.sort(key=lambda record: record.reading.document["department"] is None)
    first, *others = [_result(record.reading, source, Notes()) for record in records]
    if others:
        names = "、".join(str(one.document.get("department") or "…")[:30] for one in others)
        notes.add("", names, None, reason="more_records", count=str(len(others)))
    return replace(first, changes=(*notes.changes, *first.changes), others=tuple(others))


def _result(reading: Reading, source: dict[str, str], notes: Notes) -> ReadResult:
    document, respelled = _document(reading)
    changes = (*notes.changes, *reading.notes.changes, *respelled)
    return ReadResult(document, changes, source, reading.places)


def _document(reading: Reading) -> tuple[Document, tuple[Change, ...]]:
    form = reading.anchors.form
    document, respelled = tidied(reading.document, form)
    document = in_ten_thousand(document, form, units=reading.units, notes=reading.notes)
    if reading.doubtful or not reading.anchors.fits(document):
        _refuse_misshapen(reading, document)
    return document, respelled


def _refuse_misshapen(reading: Reading, document: Document) -> None:
    """The reader keeps to the form's keys; only texts and the number of rows can be more than a document takes."""
    faults = []
    for problem in shape_problems(document, reading.anchors.form)[:MOST_REFUSALS]:
        params = dict(problem.params) | {"path": problem.path, "problem": problem.case}
        faults.append(UnreadableForm("cell", params=params, place=reading.places.get(problem.path)))
    if faults:
        first, *more = faults
        raise UnreadableForm("cell", params=first.params, place=first.place, more=more)
