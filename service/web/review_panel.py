"""The decision panel: which buttons, in which order, with which fields. It asks the engine and decides nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.queries.remarks import Remark
from workflows.draft import target_sections
from workflows.engine import allowed
from workflows.facts import Actor, Allowed, Facts, Seat
from workflows.forms import form_type
from workflows.grades import CRITERIA, GRADES
from workflows.lifecycle import Action, Role, State
from workflows.policy import seat_of
from workflows.refusals import explained
from workflows.standing import desk_of

# What the panel offers. The other acts have pages of their own.
MAIN: Final = (Action.PASS, Action.ISSUE_REPLY, Action.ISSUE_CONTROL_FIGURE, Action.CONFIRM)
BACK: Final = (Action.RETURN_FOR_REVISION,)
MORE: Final = (
    Action.RE_SCORE,
    Action.REJECT,
    Action.UNDO_PASS,
    Action.WITHDRAW,
    Action.OPEN_EVALUATION,
    Action.REOPEN,
)
WITH_WORDS: Final = frozenset({*MAIN, *BACK, Action.RE_SCORE, Action.REJECT, Action.REOPEN, Action.WITHDRAW})


@dataclass(frozen=True, slots=True)
class Button:
    """An act; `reason` says in words why it is not possible now."""

    action: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A level that a form can be returned to."""

    number: int
    role: Role


@dataclass(frozen=True, slots=True)
class Suggested:
    """What became of the suggestions of a form that passed with 良."""

    all: int
    accepted: int
    declined: int

    @property
    def open(self) -> int:
        """How many the unit has not answered."""
        return self.all - self.accepted - self.declined


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that the panel shows. Empty of buttons, it is not shown at all."""

    main: tuple[Button, ...]
    back: tuple[Button, ...]
    more: tuple[Button, ...]
    earlier: tuple[Earlier, ...]
    grades: tuple[str, ...]
    replies: bool
    next_role: Role | None
    has_seat: bool
    criteria: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    suggested: Suggested | None = None
    gives_figure: bool = False
    adjusts: bool = False
    hands_over: bool = False
    adds_signer: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing to press for this person."""
        return not (self.main or self.back or self.more)

    @property
    def takes_words(self) -> bool:
        """Whether one of the acts carries a comment."""
        return any(Action(button.action) in WITH_WORDS for button in (*self.main, *self.back, *self.more))

    @property
    def scores(self) -> bool:
        """Whether points can be entered now."""
        return any(button.action == Action.RE_SCORE and button.reason is None for button in self.more)


def panel_of(actor: Actor, facts: Facts, remarks: Sequence[Remark], *, lang: str) -> Panel:
    """The panel of a person for a form as it stands, with the remarks on it."""
    offered = {one.action: one for one in allowed(actor, facts)}
    seat = seat_of(actor, facts) if facts.level else None
    return Panel(
        main=_buttons(offered, MAIN, lang),
        back=_buttons(offered, BACK, lang),
        more=_buttons(offered, MORE, lang),
        earlier=_earlier(facts) if seat else (),
        grades=GRADES if _grades_here(seat, facts) else (),
        replies=Action.ISSUE_REPLY in offered,
        gives_figure=_open(offered, Action.ISSUE_CONTROL_FIGURE),
        adjusts=_open(offered, Action.OPEN_ADJUSTMENT),
        next_role=_next_role(facts),
        has_seat=seat is not None,
        criteria=CRITERIA if _grades_here(seat, facts) else (),
        sections=tuple(one.name for one in target_sections(form_type(facts.form))) if _to_draft(seat, facts) else (),
        suggested=_suggested(remarks),
        hands_over=_open(offered, Action.HAND_OVER),
        adds_signer=_open(offered, Action.ADD_SIGNER),
    )


def _open(offered: dict[Action, Allowed], action: Action) -> bool:
    return action in offered and offered[action].reason is None


def _grades_here(seat: Seat | None, facts: Facts) -> bool:
    """Whether the level asks this person for a grade: of a target, and where the route seats them."""
    level = facts.route.level(facts.level) if facts.level else None
    asks = level is not None and level.asks_grade and facts.state is State.REVIEW
    return asks and seat is not None and not seat.is_added


def _to_draft(seat: Seat | None, facts: Facts) -> bool:
    """Whether a return leads to a draft, of which sections can be named."""
    return seat is not None and facts.state is State.REVIEW


def _suggested(remarks: Sequence[Remark]) -> Suggested | None:
    answers = [one.answer for one in remarks if one.kind == "suggestion" and not one.pending]
    return Suggested(len(answers), answers.count("accepted"), answers.count("declined")) if answers else None


def _buttons(offered: dict[Action, Allowed], order: tuple[Action, ...], lang: str) -> tuple[Button, ...]:
    return tuple(
        Button(action.value, explained(one.reason, one.params, lang=lang) if one.reason else None)
        for action in order
        if (one := offered.get(action)) is not None
    )


def _earlier(facts: Facts) -> tuple[Earlier, ...]:
    """The levels below this one that the unit has a desk for."""
    return tuple(
        Earlier(level.number, level.seats[0].role)
        for level in facts.route.levels[: (facts.level or 1) - 1]
        if any(desk_of(rule.desk, facts) is not None for rule in level.seats)
    )


def _next_role(facts: Facts) -> Role | None:
    for level in facts.route.levels[facts.level or 0 :]:
        for rule in level.seats:
            if desk_of(rule.desk, facts) is not None:
                return rule.role
    return None
