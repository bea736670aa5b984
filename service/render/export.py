"""One door to every file format of a document, for pages, the API, the CLI and report jobs."""

from typing import Final

from service.render.data import data_csv, data_json
from service.render.official import DRAFT, Stamp, official
from workflows.forms import form_type
from workflows.forms.base import Document

FORMATS: Final = ("xlsx", "docx", "pdf", "json", "csv")
MEDIA_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
_FORBIDDEN: Final = str.maketrans(dict.fromkeys('\\/:*?"<>|\r\n\t', "_"))  # in file names of one system or another
_NAME_BYTES: Final = 180


class FormatError(ValueError):
    """No file format of that name."""


def document_export(document: Document, format_: str, *, stamp: Stamp = DRAFT, language: str = "zh") -> bytes:
    """The document as a file. XLSX, DOCX and PDF are the official layout, in its one language. Raises FormatError."""
    if format_ == "json":
        return data_json(document)
    if format_ == "csv":
        return data_csv(document, language=language)
    if format_ == "xlsx":
        from service.render.official_xlsx import official_xlsx

        return official_xlsx(official(document), stamp)
    if format_ == "docx":
        from service.render.official_docx import official_docx

        return official_docx(official(document), stamp)
    if format_ == "pdf":
        from service.render.official_pdf import official_pdf

        return official_pdf(official(document), stamp)
    raise FormatError(format_)


def file_name(document: Document, format_: str) -> str:
    """What the file is called, such as 揭阳市_2022_部门整体支出预算绩效目标表_中共揭阳市委政法委员会.pdf."""
    title = form_type(document["form"]).layout.title
    title = title.rpartition("年")[2] if "年" in title else title
    parts = (document["region"], document["fiscal_year"], title, document["department"])
    stem = "_".join(str(part) for part in parts).translate(_FORBIDDEN)
    return f"{stem.encode()[:_NAME_BYTES].decode(errors='ignore')}.{format_}"
