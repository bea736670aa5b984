"""Values that other forms print with something glued to them: codes before names, units behind amounts."""

import re

from service.importers.places import Place
from service.importers.reading_state import Reading
from workflows.forms.base import Kind

_CODED = re.compile(
    r"(?:\[(?P<boxed>[0-9A-Z]{3,30})\]|(?P<code>(?=[0-9A-Z]*\d)[0-9A-Z]{3,30})[-—_])(?P<name>\D.*|\d{4}年.*)"
)
_AMOUNT = re.compile(r"(?P<amount>[\d,，.]+)\s*(?P<unit>万元|元)")
# Where the code before a name belongs, where the form has a place for it.
_CODE_FIELDS = {"project_name": "project_code", "supervising_department": "supervising_department_code"}


def put_parted(reading: Reading, path: str, text: str, place: Place) -> None:
    """Put a value by its path, the code before it where codes belong; what was parted is reported."""
    name = path.rpartition(".")[2]
    match = _CODED.fullmatch(text) if name in (*_CODE_FIELDS, "department") else None
    if match is None:
        reading.put(path, text, place)
        return
    code, rest = match["boxed"] or match["code"], match["name"].strip()
    reading.put(path, rest, place)
    kept = _code_path(reading, _CODE_FIELDS.get(name))
    if kept is not None:
        reading.put(kept, code, place)
    reading.notes.add(path, text, f"{code} {rest}" if kept else rest, reason="code_parted")


def amount_of(text: str) -> tuple[str, str | None]:
    """An amount and the unit behind it: `10000万元` is 10000 and 万元."""
    match = _AMOUNT.fullmatch(text.strip())
    return (text.strip(), None) if match is None else (match["amount"], match["unit"])


def _code_path(reading: Reading, name: str | None) -> str | None:
    for section in reading.anchors.form.sections:
        for one in section.fields:
            if one.name == name and one.kind is Kind.TEXT and isinstance(reading.document.get(section.name), dict):
                return f"{section.name}.{name}"
    return None
