"""The text layer of a PDF as grids, one for each page: characters and ruled lines, as PDFium finds them.

What a table's lines enclose is one cell, whatever stands in it on however many lines; text outside of tables is a row of
its own, parted where the gap is wide. A picture of a form has no characters and is refused.
"""

import ctypes
from collections.abc import Iterator

import pypdfium2
from pypdfium2 import raw

from service.importers.grid import Sheet
from service.importers.pdf_layout import Glyph, Page, Rule, page_rows
from service.importers.unreadable import UnreadableForm

MAX_PAGES = 60
MAX_GLYPHS = 200_000  # on all pages; a form has some 3,000
MAX_PATHS = 50_000
_DEEPEST = 3
_STRAIGHT = 1.0  # points by which a ruled line may lean


def pages_of(data: bytes) -> tuple[Sheet, ...]:
    """The pages as grids, named 1, 2, …. Raises UnreadableForm: password, no text layer, too long, broken."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        raise UnreadableForm("encrypted" if "password" in str(fault).lower() else "broken_container") from fault
    try:
        if len(document) > MAX_PAGES:
            raise UnreadableForm("too_many_pages", params={"limit": str(MAX_PAGES)})
        pages = [_page(document[number]) for number in range(len(document))]
    finally:
        document.close()
    if not any(page.glyphs for page in pages):
        raise UnreadableForm("no_text_layer")
    return tuple([Sheet(str(number), rows) for number, rows in enumerate(page_rows(pages), start=1)])


def _page(page: pypdfium2.PdfPage) -> Page:
    try:
        text = page.get_textpage()
        try:
            return Page(list(_glyphs(text.raw)), list(_rules(page)))
        finally:
            text.close()
    finally:
        page.close()


def _glyphs(text: ctypes.c_void_p) -> Iterator[Glyph]:
    """Characters in the order of the page's content; blanks that PDFium made up are marked by a width of nothing."""
    count = raw.FPDFText_CountChars(text)
    if count > MAX_GLYPHS:
        raise UnreadableForm("too_many_cells", params={"sheet": "PDF", "limit": str(MAX_GLYPHS)})
    box = raw.FS_RECTF()
    for index in range(count):
        code = raw.FPDFText_GetUnicode(text, index)
        if code < 0x20 or raw.FPDFText_IsGenerated(text, index) == 1:
            continue
        raw.FPDFText_GetLooseCharBox(text, index, box)
        if box.right > box.left or box.top > box.bottom:
            yield Glyph(chr(code), box.left, box.bottom, box.right, box.top)


def _rules(page: pypdfium2.PdfPage) -> Iterator[Rule]:
    """The straight lines of all drawn paths, edges of filled areas included."""
    for number, path in enumerate(page.get_objects(filter=(raw.FPDF_PAGEOBJ_PATH,), max_depth=_DEEPEST)):
        if number >= MAX_PATHS:
            return
        matrix = path.get_matrix()
        start = last = None
        for index in range(min(raw.FPDFPath_CountSegments(path.raw), 1_000)):
            segment = raw.FPDFPath_GetPathSegment(path.raw, index)
            x, y = ctypes.c_float(), ctypes.c_float()
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            point = matrix.on_point(x.value, y.value)
            kind = raw.FPDFPathSegment_GetType(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == raw.FPDF_SEGMENT_LINETO and last is not None:
                yield from _rule(last, point)
            if start is not None and raw.FPDFPathSegment_GetClose(segment):
                yield from _rule(point, start)
            last = point


def _rule(one: tuple[float, float], other: tuple[float, float]) -> Iterator[Rule]:
    (x0, y0), (x1, y1) = one, other
    if abs(x1 - x0) <= _STRAIGHT < abs(y1 - y0):
        yield Rule("v", (x0 + x1) / 2, min(y0, y1), max(y0, y1))
    elif abs(y1 - y0) <= _STRAIGHT < abs(x1 - x0):
        yield Rule("h", (y0 + y1) / 2, min(x0, x1), max(x0, x1))
