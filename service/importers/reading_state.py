"""What has been read of a form so far, and the small things that every block does with a cell."""

import re
from dataclasses import dataclass, field
from typing import Any

from service.importers import cells
from service.importers.anchors import Anchors
from service.importers.cells import Notes
from service.importers.lines import Line
from service.importers.money import money_unit
from service.importers.places import Place, Places
from service.importers.unreadable import UnreadableForm
from workflows.forms.base import Document, Field, Kind, Matrix, Prose, Rows

MOST_REFUSALS = 50
_TEXTS = (Kind.TEXT, Kind.LONG_TEXT)
_DEBRIS = re.compile(r"#(?:REF!|DIV/0!|N/A|NAME\?|VALUE!|NULL!|NUM!|ERROR!|SPILL!|CALC!)|=.*(?:[A-Z(]|\d[-+*/]\d)")


@dataclass(slots=True)
class Reading:
    """`seen` are labels and sections met, `block` the open one (None: the head).

    `columns` says under which index each field of its rows stands, `fields` are those of the section among them, `blank` is a
    row of nothing. `doubtful`: some cell is longer than its limit or holds more than printable characters.
    `units` is the unit of money by section, `places` where each path was read. `official`: a cell that has no place
    refuses the file; in other layouts it is reported and left out.
    """

    anchors: Anchors
    document: Document
    official: bool
    notes: Notes = field(default_factory=Notes)
    seen: set[str] = field(default_factory=set)
    units: dict[str, str] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    blank: dict[str, object] = field(default_factory=dict)
    doubtful: bool = False
    refusals: list[UnreadableForm] = field(default_factory=list)
    places: Places = field(default_factory=Places)
    block: Prose | Rows | Matrix | None = None

    def put(self, path: str, text: str, place: Place) -> None:
        """A cell of the head or of a section of fields, by its path."""
        self.places.put(path, place)
        self.flag_debris(path, text)
        section, _, name = path.partition(".")
        if name:
            if section not in self.document:  # of the year's end, which a target has not yet
                self.document[section] = {one.name: None for one in self.anchors.form.section(section).fields}
            self.document[section][name] = self.value(self.anchors.form.section(section).field(name), text, path)
        else:
            one = next((one for one in self.anchors.form.header if one.name == path), None)
            section_field = None if one else self.anchors.form.section(path).fields[0]
            self.document[path] = self.value(one or section_field, text, path)

    def value(self, one: Field | None, text: str, path: str) -> str | None:
        """The text of a cell as the document keeps it before tidying."""
        if one is None or len(text) > one.limit or not text.isprintable():
            self.doubtful = True
        if one is None or one.kind in _TEXTS:
            return cells.free_text(text, path, notes=self.notes)
        if one.kind is Kind.COUNT:
            return cells.headcount(text, path, notes=self.notes)
        return text.strip() or None

    def flag_debris(self, path: str, text: str) -> None:
        """An error value or a formula without its result stays as it stands; the sender is told why it is flagged."""
        if text and text[0] in "#=" and _DEBRIS.match(text):
            self.notes.add(path, text[:60], text[:60], reason="formula")

    def unit_of(self, section: str, head: str, line: Line) -> None:
        """The unit that a head names for the money of a section; the same wherever it is named."""
        unit = money_unit(head, section, line=line, notes=self.notes)
        if self.units.setdefault(section, unit) != unit:
            raise line.refused("two_units")

    def dropped(self, path: str, line: Line, reason: str, text: str | None = None) -> None:
        """Report a line that is left out."""
        self.notes.add(path, line.text if text is None else text, None, reason=reason, line=str(line.number))

    def misfit(self, line: Line, column: int) -> None:
        """A filled cell that has no place: refuses an official form, is reported in another layout."""
        text = line.cells[column].strip()
        if self.official:
            self.refuse(line.refused("unknown_cell", {"text": text[:20]}, column=column))
            return
        self.dropped("", line, "not_kept", text[:60])

    def refuse(self, refusal: UnreadableForm) -> None:
        """Keep what refuses the file and go on, so that the sender hears of all of it at once."""
        self.refusals.append(refusal)
        if len(self.refusals) >= MOST_REFUSALS:
            self.raise_refusals()

    def raise_refusals(self, last: UnreadableForm | None = None) -> None:
        """Raise what was kept, as one: the first with the others in it."""
        found = [*self.refusals, *([last] if last else [])]
        if found:
            first, *more = found
            raise UnreadableForm(first.message_key, first.line, first.params, place=first.place, more=more)

    def rows(self, section: str) -> list[dict[str, Any]]:
        """The rows of a section."""
        found: list[dict[str, Any]] = self.document[section]
        return found
