"""What people do in the walks: a request with everything that it needs, the use case that takes it, and what it should do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from sqlalchemy.orm import Session

from service.models.record import Recorded, Reply
from service.usecases.decide import decide
from service.usecases.issue_control_figure import issue_control_figure
from service.usecases.open_adjustment import open_adjustment
from service.usecases.re_score import re_score
from service.usecases.submit import submit
from tests.factories import seed_document
from tests.service.test_life import ACTUALS, WEIGHTS
from tests.walks.town import Seen, Town, save
from workflows.engine import step
from workflows.errors import DomainError, NotFound
from workflows.facts import Actor, Facts, Outcome, Position, Request
from workflows.grades import CRITERIA
from workflows.lifecycle import Action, State
from workflows.policy import may_see, seat_among

# Not among them: the two verbs that resolve a mark of secrecy, for which these forms have none, and what only the reply to
# an adjustment does.
VERBS = tuple(
    action for action in Action if action not in (Action.REPLACE_WITH_PLACEHOLDER, Action.CLEAR_MARK, Action.AMEND)
)
FORWARD = frozenset(
    {
        Action.SUBMIT, Action.PASS, Action.ISSUE_REPLY, Action.ISSUE_CONTROL_FIGURE, Action.OPEN_EVALUATION,
        Action.SAVE_ACTUALS, Action.SUBMIT_EVALUATION, Action.CONFIRM,
    }
)  # fmt: skip
BACK = frozenset(
    {Action.WITHDRAW, Action.UNDO_PASS, Action.RETURN_FOR_REVISION, Action.REJECT, Action.REOPEN, Action.RE_SCORE}
)
ASIDE = frozenset({Action.HAND_OVER, Action.ADD_SIGNER, Action.PASS})
EDITS = frozenset({Action.EDIT, Action.SAVE_ACTUALS})
# What a use case may refuse that the engine, which knows one form and no document, lets pass.
BEYOND_THE_ENGINE = {
    Action.SUBMIT: {"form_has_errors"},
    Action.SUBMIT_EVALUATION: {"form_has_errors"},
    Action.ISSUE_REPLY: {"adjusted_form_moved_on"},
    Action.ISSUE_CONTROL_FIGURE: {"cycle_closed"},
    Action.OPEN_ADJUSTMENT: {"adjustment_closed", "adjustment_open"},
    Action.REOPEN: {"submission_exists"},
}
KeepReply = Callable[[list[Recorded]], Reply | None]


@dataclass(frozen=True, slots=True)
class Deed:
    """Somebody asks something of a form. `version`: what they saw."""

    form: int
    actor: Actor
    request: Request
    version: int

    def __str__(self) -> str:
        return f"{self.actor.name} {self.request.action} form {self.form} at version {self.version}: {self.request}"


def request_for(action: Action, facts: Facts, people: Sequence[int], luck: Random, *, beside: bool = False) -> Request:
    """A request that has what this action needs, and by chance what it may have; whom it names is one of `people`."""
    asks = facts.level is not None and facts.route.level(facts.level).asks_grade
    fields: dict[str, object] = {"comment": luck.choice(("理由充分", "请补充依据文号"))}
    if action is Action.PASS and asks:
        fields["grade"] = luck.choice(("excellent", "good"))
        fields["criteria"] = luck.choice((None, dict.fromkeys(CRITERIA, "good")))
    if action is Action.RETURN_FOR_REVISION:
        fields |= _return(facts, luck, asks=asks)
    if action in (Action.ISSUE_REPLY,):
        fields |= {"reply_number": "揭市财预〔2022〕5号", "reply_date": date(2022, 2, 10)}
    if action is Action.ISSUE_CONTROL_FIGURE:
        fields["control_figure"] = Decimal(luck.choice((1000, 2000, 3000, 3000)))
    if action in EDITS:
        fields["sections"] = ("overall_goal",) if action is Action.EDIT else ("actuals",)
    if action in (Action.HAND_OVER, Action.ADD_SIGNER) or (action is Action.PASS and beside):
        fields["to_person"] = luck.choice(people)
        fields["position"] = {
            Action.HAND_OVER: None,
            Action.ADD_SIGNER: luck.choice((Position.BEFORE, Position.BESIDE)),
            Action.PASS: Position.AFTER,
        }[action]
    return Request(action, **fields)  # type: ignore[arg-type]


def _return(facts: Facts, luck: Random, *, asks: bool) -> dict[str, object]:
    """To the unit with all sections or some, or to a level before this one."""
    fields: dict[str, object] = {"grade": "fair" if asks and luck.random() < 0.5 else None}
    kind = luck.random()
    if kind < 0.4 and facts.level and facts.level > 1:
        return fields | {"to_level": luck.randint(1, facts.level - 1)}
    if kind < 0.7 and facts.state is State.REVIEW:
        return fields | {"sections": luck.choice((("key_tasks",), ("overall_goal", "indicators")))}
    return fields


def predicted(deed: Deed, town: Town) -> Outcome | DomainError:
    """What the engine says that the use case will do."""
    seen = town.seen[deed.form]
    if not is_there(deed.actor, seen):
        return NotFound()
    try:
        return step(deed.actor, town.facts(deed.form, to_person=deed.request.to_person), deed.request)
    except DomainError as refusal:
        return refusal


def is_there(actor: Actor, seen: Seen) -> bool:
    """Whether the form can be seen by this person."""
    locked = seen.case.locked
    reaches = may_see(actor, seen.case.place, state=locked.state, submitted=locked.submitted_at is not None)
    return reaches or seat_among(actor, seen.case.seats) is not None


def take(session: Session, deed: Deed, *, reply: KeepReply | None = None) -> Recorded | None:
    """Through the use case of the action; what a form has become, None for an edit."""
    action, actor, form = deed.request.action, deed.actor, deed.form
    given = {"submission_id": form, "request": deed.request, "version": deed.version}
    if action is Action.EDIT:
        save(session, actor, form, "overall_goal", f"{seed_document()['overall_goal']}第{deed.version}稿。")
        return None
    if action is Action.SAVE_ACTUALS:
        save(session, actor, form, "actuals", _actuals())
        execution = {"adjusted_budget": "1823.37", "executed_amount": "1750.2", "deviation_analysis": None}
        save(session, actor, form, "execution", execution)
        return None
    if action is Action.OPEN_ADJUSTMENT:
        words = {"source": "own_request", "comment": deed.request.comment}
        return open_adjustment(session, actor, submission_id=form, version=deed.version, **words)  # type: ignore[arg-type]
    if action is Action.RE_SCORE:
        return re_score(session, actor, **given, scores={"indicators[0]": "5.5"}, reply=reply)  # type: ignore[arg-type]
    if action in (Action.SUBMIT, Action.SUBMIT_EVALUATION):
        return submit(session, actor, **given, reply=reply)  # type: ignore[arg-type]
    if action is Action.ISSUE_CONTROL_FIGURE:
        return issue_control_figure(session, actor, **given, reply=reply)  # type: ignore[arg-type]
    return decide(session.connection(), actor, **given, reply=reply)  # type: ignore[arg-type]


def _actuals() -> list[dict[str, str | None]]:
    return [
        {"weight": weight, "actual_value": actual, "entered_score": None, "deviation_analysis": "说明"}
        for weight, actual in zip(WEIGHTS, ACTUALS, strict=True)
    ]
