"""Which reader a file needs, and what they all give back."""

from dataclasses import dataclass, field

from service.importers.decode import decoded
from service.importers.document_json import read_document_json
from service.importers.seed_table import read_table
from workflows.forms.base import Document
from workflows.tidying import Change


@dataclass(frozen=True, slots=True)
class ReadResult:
    """A document, what reading altered, and where it came from: `source` has `kind` and `encoding`."""

    document: Document
    changes: tuple[Change, ...]
    source: dict[str, str] = field(default_factory=dict)

    def as_json(self, lang: str) -> dict[str, object]:
        """What `jixiao read` prints."""
        changes = [change.rendered(lang) for change in self.changes]
        return {"document": self.document, "changes": changes, "source": self.source}


def read_form(data: bytes, filename: str) -> ReadResult:
    """Read a form file or a document JSON, told apart by content and not by `filename`. Raises UnreadableForm."""
    text = decoded(data)
    if text.text.lstrip()[:1] in "{[" or filename.lower().endswith(".json"):
        document, changes = read_document_json(text.text)
        kind = "document_json"
    else:
        document, changes = read_table(text.text)
        kind = "table_text"
    return ReadResult(document, changes, {"kind": kind, "encoding": text.encoding})
