"""A27 to A29: whether unit, value and level of an indicator fit what its name counts."""

import re
from collections.abc import Iterator

from workflows import quantities, units
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.rules.indicators import QUANTITATIVE
from workflows.rules.reading import Row, quoted, rows
from workflows.units import Slash, Unit

# What a percentage can be of: a rate, a share, a degree, or how far something goes up or down.
_RATE = re.compile(
    r"率|比例|占比|比重|百分|[%％]|度|幅|感|指数|合格|覆盖|达标|优良|完好|满意|评价|认可|增长|增加|下降|降低|减少|同比|环比|节约|节能|压减|"
    r"收入|产值|税收|利润|产量"
)
_PEOPLE = re.compile(
    r"(?:人数|人员|干部|职工|学生|教师|居民|村民|群众|党员|志愿者|网格员|对象|\d+\s*[人名])(?:数量|数|总数)?$"
)
_THINGS = frozenset({"个", "项", "处", "台", "套", "家"})
_MONEY = re.compile(r"(?:成本|经费|金额|费用|支出|投资额|价款|补助额|资金)(?:总额|数额|控制数|控制额|上限|数)?$")
# Rates of what was delivered: an output, whatever good comes of it.
_DELIVERED = re.compile(
    r"(?:合格|完成|保障|覆盖|到位|发放|执行|及时|准确|参与|参训|开展|办结|建成|达标|验收|控制|出勤|入库|巡检|配备|落实|兑现)率$"
)
_SATISFIED = re.compile(r"满意")
_PUNCTUAL = re.compile(r"按时|及时|准时|如期|按期|时效")
_OPINION = re.compile(r"满意|认可|好评|评价|知晓|安全感|获得感|幸福感|投诉|信任|感受")


def a27(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """The unit counts what the name names, and the figure fits the unit.

    Source: proposal of this project, after rows of published forms: people counted in 个, effects in %, costs in words.
    """
    for row in rows(document, "indicators"):
        case = _misfit(row)
        if case is None:
            continue
        field, severity = _SHOWN_AT[case]
        params = {name: quoted(row.text(cell)) for name, cell in _PARAMS.items()}
        yield Finding("A27", severity, f"{row.path}.{field}", "proposal", case, params)


def a28(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """A timeliness indicator counts time, or the share of what was done in time.

    Source: 财预〔2020〕10号, tree v1; proposal of this project, after the row = 1 条/天 of the form of 2022.
    """
    for row in rows(document, "indicators"):
        if row.level2 != "timeliness" or row.comparator not in QUANTITATIVE or not row.text("unit"):
            continue
        known = units.unit(row.text("unit"))
        if known is not None and known.dimension in ("time", "share") and known.slash is not Slash.OR:
            continue
        params = {"unit": quoted(row.text("unit")), "name": quoted(row.text("level3"))}
        yield Finding("A28", Severity.WARNING, f"{row.path}.unit", "mof_2020_10", params=params)


def a29(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """A benefit is what comes of the work; a rate of delivery is output, what people think of it is satisfaction.

    Source: 财预〔2020〕10号, tree v1; the mix-ups are those that reviewers name most.
    """
    for row in rows(document, "indicators"):
        name = "".join(row.text("level3").split())
        case = None
        if row.level1 == "benefit" and _SATISFIED.search(name):
            case = "satisfaction"
        elif row.level1 == "benefit" and _DELIVERED.search(name):
            case = "delivery"
        elif row.level1 == "satisfaction" and name and not _OPINION.search(name):
            case = "no_opinion"
        if case is not None:
            yield Finding(
                "A29", Severity.INFO, f"{row.path}.level1", "mof_2020_10", case, {"name": quoted(row.text("level3"))}
            )


_PARAMS = {"value": "target_value", "unit": "unit", "name": "level3"}
_SHOWN_AT = {
    "fraction": ("target_value", Severity.WARNING),
    "not_a_rate": ("unit", Severity.WARNING),
    "people": ("unit", Severity.INFO),
    "punctual": ("unit", Severity.WARNING),
    "cost_in_words": ("target_value", Severity.WARNING),
    "cost_unit": ("unit", Severity.WARNING),
    "unknown": ("unit", Severity.INFO),
    "slash": ("unit", Severity.INFO),
    "spelled": ("unit", Severity.INFO),
}


def _misfit(row: Row) -> str | None:
    """The first thing that does not fit; one fault makes one finding."""
    text, name = row.text("unit"), "".join(row.text("level3").split())
    if row.comparator == "qual" or not text:
        return "cost_in_words" if is_cost(row) and _is_words(row) else None
    known = units.unit(text)
    if known is None:
        return "unknown" if len(text) <= 30 else None
    return _of_figure(row, known, name) or _of_unit(row, known, name)


def _of_figure(row: Row, known: Unit, name: str) -> str | None:
    value = row.number("target_value")
    if value is None or known.dimension != "share":
        return None
    changes = _RATE.search(name + row.text("interpretation")) is not None
    # "= 1 %" is A12's.
    if row.comparator in quantities.POSITIVE and 0 < value < 1 and known.name == "%":
        return "fraction"
    if not changes and not (row.comparator == "eq" and value <= 5):
        return "not_a_rate"
    return None


def _of_unit(row: Row, known: Unit, name: str) -> str | None:
    if known.slash is Slash.OR:
        return "slash"
    if _is_punctual(row, name) and (known.dimension not in ("time", "share") or known.slash is Slash.PER):
        return "punctual"
    if known.name in _THINGS and _PEOPLE.search(name):
        return "people"
    if is_cost(row) and _MONEY.search(name) and known.dimension not in ("money", "share"):
        return "cost_unit"
    if known.dimension == "share" and row.text("unit") not in (known.name, "％"):
        return "spelled"
    return None


def _is_punctual(row: Row, name: str) -> bool:
    """Whether the name is about being in time and about nothing counted; under 时效 the unit is A28's."""
    return row.level2 not in ("timeliness", "quantity") and _PUNCTUAL.search(name) is not None


def is_cost(row: Row) -> bool:
    """Whether the row is a cost indicator of either scheme."""
    return row.level2 in ("cost", "economic_cost") or (row.level1 == "cost" and row.level2 is None)


def _is_words(row: Row) -> bool:
    text = row.text("target_value")
    return bool(text) and quantities.number(text) is None and quantities.split_fused(text) is None
