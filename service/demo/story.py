"""How a form got where it stands: the steps of its people, each through the use case and with the moment it is told of.

Nothing is written past the engine. A step of the past differs from one of today by its `now` alone, so its chain, its
limits and its revisions are those that it would have had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from service.demo.cast import Cast
from service.demo.clock import PastDays
from service.demo.plan import Unit
from service.models.record import Recorded
from service.usecases.decide import decide
from service.usecases.re_score import re_score
from service.usecases.submit import submit
from workflows.deadlines import beijing_date
from workflows.facts import Actor, Request
from workflows.lifecycle import Action
from workflows.route import shipped_route

BUSINESS_OFFICE, GRADING, REPLY = 3, 4, 5
RE_SCORED_POINTS = "3"
_SUBMITS = frozenset({Action.SUBMIT, Action.SUBMIT_EVALUATION})
_PASSED = ("金额与目标相符。", "目标明确，指标可衡量。", None, None)
_GOOD = ("建议进一步细化时效指标。", "建议补充成本指标的测算依据。")
_RETURNED = (
    "请补充成本指标的测算依据，并核对项目支出合计。",
    "部分数量指标与任务不对应，请逐项核对后重新提交。",
    "总体目标未体现年度重点工作，请修改。",
)
_REJECTED = "绩效目标与部门职责不符，指标无法衡量，本年度不予安排，请重新论证。"


@dataclass(frozen=True, slots=True)
class Step:
    """Who does what."""

    actor: Actor
    request: Request


def take(session: Session, step: Step, form: Recorded, *, now: datetime) -> Recorded:
    """Take a step on the version that the form has."""
    if step.request.action is Action.RE_SCORE:
        scores = {"indicators[0]": RE_SCORED_POINTS}
        return re_score(
            session,
            step.actor,
            submission_id=form.id,
            version=form.version,
            request=step.request,
            scores=scores,
            now=now,
        )
    given: dict[str, Any] = {"submission_id": form.id, "request": step.request, "version": form.version, "now": now}
    if step.request.action in _SUBMITS:
        return submit(session, step.actor, **given)
    return decide(session.connection(), step.actor, **given)


def target_steps(cast: Cast, unit: Unit, random: Random) -> list[Step]:
    """From the first submission to the stage that the plan names."""
    handed_in = Step(cast.filler(unit), Request(Action.SUBMIT))
    steps = [handed_in]
    if unit.again:
        steps += [
            *_passes(cast, unit, before=BUSINESS_OFFICE, random=random),
            _returned(cast, unit, BUSINESS_OFFICE, random),
        ]
        steps.append(handed_in)
    kind = unit.stage.partition("-")[0]
    if kind == "approved":
        return [*steps, *_passes(cast, unit, before=REPLY, random=random), _reply(cast, unit)]
    if kind == "rejected":
        rejects = Step(cast.at_level(unit, GRADING), Request(Action.REJECT, comment=_REJECTED))
        return [*steps, *_passes(cast, unit, before=GRADING, random=random), rejects]
    steps += _passes(cast, unit, before=unit.level, random=random)
    return [*steps, _returned(cast, unit, unit.level, random)] if kind == "returned" else steps


def evaluation_steps(cast: Cast, unit: Unit, stage: str) -> list[Step]:
    """From the hand-over of the actuals on: the evaluation route has the same first two desks, then the performance office."""
    if stage == "entry":
        return []
    steps = [Step(cast.filler(unit), Request(Action.SUBMIT_EVALUATION))]
    ends = stage in ("closed", "rescored")
    level = GRADING if ends else int(stage.partition("-")[2])
    if level > 1:
        steps.append(Step(cast.at_level(unit, 1), Request(Action.PASS)))
    if level > 2 and unit.parent:
        steps.append(Step(cast.at_level(unit, 2), Request(Action.PASS)))
    office = cast.at_level(unit, GRADING)
    if stage == "rescored":
        steps.append(Step(office, Request(Action.RE_SCORE, comment="佐证材料不足，数量指标按核实结果扣减。")))
    if ends:
        steps.append(Step(office, Request(Action.CONFIRM, comment="自评材料已核对，结果予以确认。")))
    return steps


def dated(steps: Sequence[Step], days: PastDays, *, ago: int, random: Random) -> list[tuple[Step, datetime]]:
    """Each step with its moment, the last one `ago` working days before today; a reply bears its own date and number."""
    moments = days.ending(ago, len(steps), random)
    return [(_numbered(step, beijing_date(at), random), at) for step, at in zip(steps, moments, strict=True)]


def days_ago(unit: Unit, random: Random) -> int:
    """When the last step was taken, in working days: within the limit of the level where the form waits, or beyond it."""
    if not unit.stage.startswith("review"):
        return random.randint(2, 12 if unit.stage == "approved" else 3)
    limit = shipped_route("city-standard").level(unit.level).working_days
    return limit + 2 if unit.late else random.randint(1, limit - 1)


def _passes(cast: Cast, unit: Unit, *, before: int, random: Random) -> Iterator[Step]:
    for level in range(1, before):
        if level != 2 or unit.parent:
            yield Step(cast.at_level(unit, level), _pass(level, random))


def _pass(level: int, random: Random) -> Request:
    if level != GRADING:
        return Request(Action.PASS, comment=random.choice(_PASSED))
    if random.random() < 0.7:
        return Request(Action.PASS, grade="excellent")
    return Request(Action.PASS, grade="good", comment=random.choice(_GOOD))


def _returned(cast: Cast, unit: Unit, level: int, random: Random) -> Step:
    return Step(cast.at_level(unit, level), Request(Action.RETURN_FOR_REVISION, comment=random.choice(_RETURNED)))


def _reply(cast: Cast, unit: Unit) -> Step:
    return Step(cast.at_level(unit, REPLY), Request(Action.ISSUE_REPLY))


def _numbered(step: Step, day: date, random: Random) -> Step:
    if step.request.action is not Action.ISSUE_REPLY:
        return step
    number = f"揭市财预〔{day.year}〕{random.randint(11, 98)}号"
    return Step(step.actor, Request(Action.ISSUE_REPLY, reply_number=number, reply_date=day))
