"""A21, A30, A31 and A32: what texts say beside their words: stale years, buried numbers, document numbers, people."""

import re
from collections.abc import Iterator

from workflows import quantities
from workflows.document import Cell, cells
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document, Kind
from workflows.rules.reading import Row, quoted, rows

_PROSE = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.TARGET})
_WORTH_READING = re.compile(r"[\d:：@]")
_MOST_YEARS_BACK = 2

_YEAR = re.compile(r"(?<![\d〔\[【（(])(?P<year>20\d{2})\s*年(?!来|代)")
# Before the year: it is named as what this year is compared with, or as the start of something.
_BEFORE = re.compile(
    r"(?:较|比|同比|自|从|于|至|到|截至|截止|超过|高于|低于|不低于|基于|参照|参考|对照|结合|执行|根据|依据|按照|[-—–~～至])\s*$"
)
_AFTER = re.compile(
    r"度?(?:以来|起|至|到|[-—–~～]|底|末|决算|结转|相比|基数|基础|水平|同期|实际|完成数|完成值|执行数|绩效评价|印发|出台|制定|发布|通过|修订|"
    r"的?基础)|\s*\d{1,2}\s*月"
)
_MONTH_DUE = re.compile(r"\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?(?:底|末|份)?\s*(?:前|之前|以前|完成)")
_TITLE = re.compile(r"《[^《》]{0,120}》")

_COUNTED = re.compile(
    r"(?<![\d〔\[【（(第.,])(?P<number>\d[\d,]*(?:\.\d+)?)\s*[万千百亿]?(?:余|多)?(?P<unit>万元|元|名|人次|人|个|场|次|期|份|处|户|家|台|套|件|条|篇|"
    r"公里|千米|平方米|亩|吨|辆|座|所|课时|学时)(?![年月日号])"
)
_DOCUMENT = re.compile(r"[\[【(（［]\s*(?P<year>(?:19|20)\d{2})\s*[\]】)）］]\s*(?:第\s*)?(?P<number>\d{1,5})\s*号")

_PHONE = re.compile(r"(?<![\d.])1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)|(?<!\d)0\d{2,3}[-－—]\d{7,8}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_NAMED = re.compile(
    r"(?:联系人|经办人|填报人|填表人|项目负责人|负责人|责任人|承办人)(?:姓名)?\s*[:：]\s*"
    r"[\u4e00-\u9fff]{1,2}\s?(?![科室处局股办部组队中委院所站长员任])[\u4e00-\u9fff]{1,2}(?<![科室处局股办部组队心委院所站长员任])(?![\u4e00-\u9fff])"
)
# Weights and check digits of a citizen's identity number (GB 11643-1999).
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS = "10X98765432"
# Cells that a form has for just this.
_FOR_PEOPLE = frozenset({"person_in_charge", "contact_phone", "phone"})


def a21(document: Document, context: CheckContext) -> Iterator[Finding]:
    """No text speaks of one of the two years before as if it were this one; comparisons, periods and titles may name them.

    Source: proposal of this project, after forms that were copied from last year's.
    """
    year = quantities.count(document.get("fiscal_year"))
    if year is None:
        return
    for cell in _texts(document, context):
        stale = _stale(cell.value, year)
        if stale is not None:
            params = {"field": cell.field.name, "year": str(stale), "fiscal_year": str(year)}
            yield Finding("A21", Severity.WARNING, cell.path, "proposal", params=params)


def a30(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """Figures stand in the column of the target, not inside a name or an explanation.

    Source: proposal of this project, after 全市116名 in the form of 2022 and 村组干部230人 in another.
    """
    for row in rows(document, "indicators"):
        for name, case in (("level3", "name"), ("interpretation", "interpretation")):
            match = _buried(row, name)
            if match is not None:
                params = {"number": match["number"], "unit": match["unit"]}
                yield Finding("A30", Severity.INFO, f"{row.path}.{name}", "proposal", case, params)


def a31(document: Document, context: CheckContext) -> Iterator[Finding]:
    """The year of a document number stands in hexagonal brackets: 〔2012〕10号.

    Source: GB/T 9704-2012 art 7.2.5.
    """
    for cell in _texts(document, context):
        match = _DOCUMENT.search(cell.value)
        if match is not None:
            params = {"written": quoted(match[0]), "right": f"〔{match['year']}〕{match['number']}号"}
            yield Finding("A31", Severity.INFO, cell.path, "gbt_9704", params=params)


def a32(document: Document, context: CheckContext) -> Iterator[Finding]:
    """No text names a person with a telephone, an identity number or an address: forms are published.

    The finding never repeats what it found. Source: 个人信息保护法 art 6, 26; 预算法 art 14 for the publication.
    """
    for cell in _texts(document, context):
        case = _personal(cell.value)
        if case is not None and cell.field.name not in _FOR_PEOPLE:
            yield Finding("A32", Severity.WARNING, cell.path, "personal_information", case, {"field": cell.field.name})


def _texts(document: Document, context: CheckContext) -> Iterator[Cell]:
    """Cells of prose; the head of the form is not the filler's."""
    heads = {one.name for one in context.form.header}
    for cell in cells(document, context.form):
        is_prose = cell.field.kind in _PROSE and isinstance(cell.value, str) and cell.path not in heads
        # Every pattern here looks for a figure, a label or an address.
        if is_prose and _WORTH_READING.search(cell.value) is not None:
            yield cell


def _stale(text: str, year: int) -> int | None:
    outside = _TITLE.sub("《》", text)
    for match in _YEAR.finditer(outside):
        named, before, after = int(match["year"]), outside[: match.start()][-8:], outside[match.end() :][:12]
        if not year - _MOST_YEARS_BACK <= named < year or _BEFORE.search(before):
            continue
        if _MONTH_DUE.match(after) or not _AFTER.match(after):
            return named
    return None


def _buried(row: Row, name: str) -> re.Match[str] | None:
    target = quantities.number(row.text("target_value"))
    for match in _COUNTED.finditer(row.text(name)[:400]):
        value = quantities.number(match["number"])
        # The target itself, said again in its explanation, is explained and not buried.
        if value is not None and (name == "level3" or value != target):
            return match
    return None


def _personal(text: str) -> str | None:
    if any(_is_identity(match[0]) for match in _IDENTITY.finditer(text)):
        return "identity"
    if _PHONE.search(text):
        return "phone"
    if _MAIL.search(text):
        return "mail"
    return "name" if _NAMED.search(text) else None


def _is_identity(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return number[17].upper() == _DIGITS[total % 11]
