"""A24 and A25: money and goals that no indicator measures."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from workflows import quantities
from workflows.document import cell_at, task_sections
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document
from workflows.links import links
from workflows.rules.reading import quoted, rows, tasks

_ENOUGH = Decimal("0.8")
_SHOWN = 3
# Fewer telling pairs than these are an attitude; so many in common are one subject; so many of few measures may share one.
_LEAST, _COMMON, _FEW = 4, 2, 3
_LONGEST_CLAUSE = 14
_CLAUSES = re.compile(r"[；;。！!\n\r]+")
_RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[A-Za-z0-9]+")
# What every goal of every department says: it tells nothing of what is meant.
_EVERYDAY = re.compile(
    "进一步|工作|建设|开展|推进|推动|全市|全力|加强|提升|提高|不断|深入|贯彻|落实|实现|完成|确保|全面|有效|积极|组织|做好|保障|服务|管理|"
    "发展|活动|促进|切实|努力|持续|继续|圆满|各项|任务|项目|相关|有关|重点|水平|能力|质量|社会|人民|群众|城市|经济|我市|年度|以及|为了|"
    "通过|指导|思想|情况|数量|次数|反映|指标"
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Task money that an indicator measures, of all task money (万元), and the paths of tasks without one."""

    measured: Decimal
    total: Decimal
    without: tuple[str, ...]

    @property
    def share(self) -> Decimal:
        """The measured part, 0 to 1."""
        return self.measured / self.total if self.total else Decimal(1)


def coverage(document: Document) -> Coverage:
    """How much of the money of a document's tasks is measured. Unknown amounts weigh nothing."""
    taken = {link.task for link in links(document)}
    known = [(row.path, row.number("planned_amount") or Decimal(0)) for row in tasks(document)]
    measured = sum((amount for path, amount in known if path in taken), Decimal(0))
    without = tuple(path for path, _amount in known if path not in taken)
    return Coverage(measured, sum((amount for _path, amount in known), Decimal(0)), without)


def a24(document: Document, _context: CheckContext) -> Iterator[Finding]:
    """Indicators measure at least four fifths of the money that the tasks plan. 万元.

    Source: 中发〔2018〕34号, no money without a target; the share is a proposal of this project.
    """
    sections = task_sections(document)
    if not sections or not any(True for _ in rows(document, "indicators")):
        return
    found = coverage(document)
    if found.total > 0 and found.share < _ENOUGH:
        params = {
            "percent": quantities.plain(quantities.half_up(found.share * 100)),
            "measured": quantities.plain(found.measured),
            "total": quantities.plain(found.total),
            "count": str(len(found.without)),
        }
        yield Finding("A24", Severity.INFO, sections[0], "cpc_2018_34", params=params)


def a25(document: Document, context: CheckContext) -> Iterator[Finding]:
    """Each clause of the overall goal is measured: an indicator, or a task that has one, speaks of the same thing.

    Clauses end with ；or 。; likeness is a guess by neighbouring characters, so this is a note.
    Source: 财预〔2015〕88号, indicators make the goal of the form finer and measurable.
    """
    try:
        goal = cell_at(document, context.form.goal)
    except KeyError:
        return
    measures = _measures(document)
    if not isinstance(goal, str) or not measures:
        return
    said = [clause.strip() for clause in _CLAUSES.split(goal[:5000])]
    loose = [
        clause for clause in said if len(_pairs(clause)) >= _LEAST and not any(_meets(clause, one) for one in measures)
    ]
    if loose:
        shown = "；".join(_beginning(clause) for clause in loose[:_SHOWN])
        params = {"count": str(len(loose)), "clauses": shown}
        yield Finding("A25", Severity.INFO, context.form.goal, "mof_2015_88", params=params)


def _measures(document: Document) -> list[frozenset[str]]:
    """What each indicator speaks of, and each task that an indicator measures, without what most of them speak of."""
    taken = {link.task for link in links(document)}
    found = [_pairs(row.text("level3") + "，" + row.text("interpretation")) for row in rows(document, "indicators")]
    found += [_pairs(row.text("name") + "，" + row.text("content")) for row in tasks(document) if row.path in taken]
    times = Counter(pair for one in found for pair in one)
    most = max(_FEW, len(found) // 4)
    return [frozenset(pair for pair in one if times[pair] <= most) for one in found]


def _beginning(clause: str) -> str:
    return quoted(clause if len(clause) <= _LONGEST_CLAUSE else f"{clause[:_LONGEST_CLAUSE]}…")


def _meets(clause: str, measure: frozenset[str]) -> bool:
    """Two telling pairs in common, or half of a clause that has few."""
    words = _pairs(clause)
    common = len(words & measure)
    return common >= _COMMON or common * 2 >= len(words)


@lru_cache(maxsize=1024)
def _pairs(text: str) -> frozenset[str]:
    runs = _RUN.findall(_EVERYDAY.sub(" ", text[:2000]))
    return frozenset(run[index : index + 2] for run in runs for index in range(len(run) - 1))
