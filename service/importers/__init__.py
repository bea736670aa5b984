"""From the bytes of a file to a document, with every alteration listed. `read_form` is the one way in."""

from service.importers.reading import ReadResult, read_form
from service.importers.unreadable import UnreadableForm

__all__ = ["ReadResult", "UnreadableForm", "read_form"]
