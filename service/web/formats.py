"""How screens write figures, dates and states: the one place, in no language. Words are the templates' business.

Money is 万元. Times are UTC in, Asia/Shanghai out. Nothing known is `--`; zero is `0`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from service.i18n import mark as _
from workflows import quantities
from workflows.deadlines import BEIJING, beijing_date
from workflows.lifecycle import Role, State

BLANK: Final = "--"
CENT: Final = Decimal("0.01")
SOON_DAYS: Final = 2  # from here on a limit carries a chip
FAR_DAYS: Final = 14  # beyond this the date says more than the number of days
WEEKDAYS: Final = (_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"))
WAN_PER_YI: Final = 10_000  # 万元 in 亿元
WAN_PER_BILLION: Final = 100_000  # 万元 in a billion yuan


def moment(value: datetime | None) -> str:
    """A UTC time as `2021-11-08 16:20` in Beijing."""
    return BLANK if value is None else value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def short_moment(value: datetime | None) -> str:
    """The same without the year, for columns whose year is plain: `11-08 16:20`."""
    return moment(value)[5:] if value is not None else BLANK


_BROWSERS: Final = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Version", "Safari"))
_SYSTEMS: Final = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")


def browser(agent: str | None) -> str:
    """`Chrome 130 · Windows` for what a browser says of itself; whatever else signs in is named by its first word."""
    if not agent:
        return BLANK
    found = next((hit for code, name in _BROWSERS if (hit := _version(agent, code, name))), agent.split(" ")[0][:60])
    system = next((name for name in _SYSTEMS if name in agent), "")
    return f"{found} · {system}" if system else found


def _version(agent: str, code: str, name: str) -> str | None:
    """The name and the main number after `Chrome/`, which is `HeadlessChrome/` too."""
    _before, found, after = agent.partition(f"{code}/")
    return f"{name} {after.partition('.')[0][:6]}" if found else None


def day(value: date | datetime | None) -> str:
    """A Beijing date, or the Beijing date of a UTC time."""
    if value is None:
        return BLANK
    return (beijing_date(value) if isinstance(value, datetime) else value).isoformat()


def weekday(value: datetime) -> str:
    """The day of the week in Beijing, a msgid."""
    return WEEKDAYS[beijing_date(value).weekday()]


def decimal_of(value: Decimal | str | int | float | None) -> Decimal | None:
    """The number in a cell, None for a blank and for text that is none. Floats are refused: they are no money."""
    if value is None or value == "":
        return None
    if isinstance(value, float):
        raise TypeError("money and targets are decimals")
    if isinstance(value, str):
        return quantities.number(value)
    if isinstance(value, int):
        return Decimal(value)
    return value if value.is_finite() else None


def money(value: Decimal | str | int | None) -> str:
    """万元 with two places and thousands: `1,263.12`. Text that is no number stays as it was typed."""
    number = decimal_of(value)
    if number is None:
        return str(value) if value else BLANK
    return f"{rounded(number):,.2f}"


def figure(value: Decimal | str | int | None) -> str:
    """A number as exact as it is, thousands separated: `100,000`, `91.2`. Other text as it is."""
    number = decimal_of(value)
    if number is None:
        return str(value) if value else BLANK
    return f"{number:,f}"


def rounded(number: Decimal) -> Decimal:
    """Half-up to 0.01, as sums of money and scores are."""
    return number.quantize(CENT, ROUND_HALF_UP)


def total(*values: Decimal | str | None) -> Decimal | None:
    """The sum of what is known, None where nothing is."""
    known = [number for value in values if (number := decimal_of(value)) is not None]
    return sum(known, Decimal(0)) if known else None


def difference(before: Decimal | str | None, after: Decimal | str | None) -> Decimal | None:
    """`after` minus `before`, None where either is unknown."""
    old, new = decimal_of(before), decimal_of(after)
    return None if old is None or new is None else new - old


def signed(value: Decimal | None, *, places: int = 2) -> str:
    """`+100.00`, `-12.40`, `0` for no change."""
    if value is None:
        return BLANK
    return "0" if value == 0 else f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):+,f}"


def change_rate(before: Decimal | str | None, after: Decimal | str | None) -> str:
    """The change in percent of `before`: `+21.73%`; `--` where there is no base."""
    old, delta = decimal_of(before), difference(before, after)
    if old is None or delta is None or old == 0:
        return BLANK
    return "0%" if delta == 0 else f"{rounded(delta * 100 / abs(old)):+,f}%"


def large(value: Decimal | None, language: str) -> str:
    """万元 as 亿元, in English as billions of yuan, two places."""
    if value is None:
        return BLANK
    return f"{rounded(value / (WAN_PER_YI if language == 'zh' else WAN_PER_BILLION)):,f}"


def record_number(value: str) -> str:
    """The number of a request as people read it out: the first eight characters in two groups of four."""
    plain = value.replace("-", "")[:8].upper()
    return f"{plain[:4]}-{plain[4:]}"


def short_hash(value: str) -> str:
    """The first sixteen hex digits of a hash in groups of four."""
    return " ".join(value[index : index + 4] for index in range(0, 16, 4))


def form_number(year: int, submission_id: int) -> str:
    """The number of a form on screens: `PB-2022-0031`."""
    return f"PB-{year}-{submission_id:04d}"


@dataclass(frozen=True, slots=True)
class Due:
    """A limit seen from now: `kind` over, today, soon, near or far; `days` between the two Beijing dates."""

    kind: str
    days: int
    at: datetime


def due(at: datetime | None, now: datetime) -> Due | None:
    """How far a limit is. Late from the moment after it, and then at least one day late."""
    if at is None:
        return None
    days = (beijing_date(at) - beijing_date(now)).days
    if now > at:
        return Due("over", max(1, -days), at)
    kinds = ((0, "today"), (SOON_DAYS, "soon"), (FAR_DAYS, "near"))
    return Due(next((kind for limit, kind in kinds if days <= limit), "far"), days, at)


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in the largest unit that fits: `unit` is day, hour or less."""

    unit: str
    count: int


def span(start: datetime, end: datetime) -> Span:
    """Time between two moments, as whole days from 24 hours on, else whole hours."""
    seconds = max((end - start) // timedelta(seconds=1), 0)
    hours = seconds // 3600
    if hours >= 24:
        return Span("day", hours // 24)
    return Span("hour", hours) if hours else Span("less", 0)


@dataclass(frozen=True, slots=True)
class Chip:
    """A state as an icon and a word on a tint; `word` is a msgid, `kind` a class of the style sheet."""

    kind: str
    icon: str
    word: str


_WAITS = {
    Role.DEPT_HEAD: Chip("dept", "clock", _("待部门审核")),
    Role.SUPERIOR_REVIEWER: Chip("dept", "clock", _("待主管部门审核")),
    Role.FINANCE_BUSINESS_OFFICE: Chip("fin", "clock", _("待财政审核")),
    Role.FINANCE_PERFORMANCE_OFFICE: Chip("perf", "clock", _("待绩效审核")),
    Role.FINANCE_BUDGET_OFFICE: Chip("fin", "clock", _("待批复")),
    Role.EXTERNAL_EXPERT: Chip("dept", "clock", _("待专家意见")),
}
_ENDS = {
    State.APPROVED: Chip("ok", "check", _("已批复")),
    State.CLOSED: Chip("done", "medal", _("已评价")),
}
_DRAFT = Chip("", "pen", _("草稿"))
_DRAFTS = {
    "return_for_revision": Chip("ret", "return", _("已退回")),
    "reject": Chip("ret", "return", _("未通过")),
    "withdraw": Chip("", "undo", _("已撤回")),
}
_EVALUATES = {
    "return_for_revision": Chip("ret", "return", _("评价退回")),
    "withdraw": Chip("", "undo", _("评价撤回")),
}
_EVALUATING = Chip("due", "ruler", _("评价中"))
_REVIEWING = Chip("dept", "clock", _("审核中"))


def state_chip(state: State | str, *, waits_for: Role | str | None = None, last_action: str | None = None) -> Chip:
    """The chip of a form. `waits_for`: role of its open level; `last_action`: how a form came back to its unit."""
    state = State(state)
    if state in _ENDS:
        return _ENDS[state]
    reviewer = None if waits_for in (None, Role.FILLER) else Role(waits_for)
    if state is State.DRAFT:
        return _DRAFTS.get(last_action or "", _DRAFT)
    if state is State.REVIEW:
        return _WAITS.get(reviewer, _REVIEWING) if reviewer else _REVIEWING
    return _WAITS.get(reviewer, _EVALUATING) if reviewer else _EVALUATES.get(last_action or "", _EVALUATING)


def now() -> datetime:
    """The present moment, UTC: the edge is where it is asked for."""
    return datetime.now(UTC)
