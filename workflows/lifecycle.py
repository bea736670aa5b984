"""The whole process on one page: states, actions, roles, and the rows that join them.

Review levels are data (a `Route`), not states, so these five states stay for every city and year.
Source: 财预〔2015〕88号 art 25-29 as read in the domain guide; the action table of the product's design, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial


class State(StrEnum):
    """Where a form is. Only `record()` writes it."""

    DRAFT = "draft"  # 填报中
    REVIEW = "review"  # 审核中
    APPROVED = "approved"  # 已批复
    YEAR_END_EVALUATION = "year_end_evaluation"  # 年终自评
    CLOSED = "closed"  # 已办结


class Action(StrEnum):
    """What can be asked of a form; the names of the HTTP contract, and `edit` for saving a draft section."""

    EDIT = "edit"
    REPLACE_WITH_PLACEHOLDER = "replace_with_placeholder"
    CLEAR_MARK = "clear_mark"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    PASS = "pass"  # noqa: S105 - a verb
    UNDO_PASS = "undo_pass"  # noqa: S105 - a verb
    HAND_OVER = "hand_over"
    ADD_SIGNER = "add_signer"
    RETURN_FOR_REVISION = "return_for_revision"
    REJECT = "reject"
    ISSUE_REPLY = "issue_reply"
    ISSUE_CONTROL_FIGURE = "issue_control_figure"
    OPEN_ADJUSTMENT = "open_adjustment"
    AMEND = "amend"
    OPEN_EVALUATION = "open_evaluation"
    SAVE_ACTUALS = "save_actuals"
    SUBMIT_EVALUATION = "submit_evaluation"
    RE_SCORE = "re_score"
    CONFIRM = "confirm"
    REOPEN = "reopen"


class Role(StrEnum):
    """Code roles of the domain guide, section 2.1. The three administrators hold no business rights."""

    FILLER = "filler"  # 填报人
    DEPT_HEAD = "dept_head"  # 部门负责人
    SUPERIOR_REVIEWER = "superior_reviewer"  # 主管部门审核人
    FINANCE_BUSINESS_OFFICE = "finance_business_office"  # 财政业务科室
    FINANCE_PERFORMANCE_OFFICE = "finance_performance_office"  # 财政绩效科
    FINANCE_BUDGET_OFFICE = "finance_budget_office"  # 财政预算科
    SECRECY_REVIEWER = "secrecy_reviewer"  # 保密审查员
    EXTERNAL_EXPERT = "external_expert"  # 专家/第三方
    OBSERVER = "observer"  # 人大/审计
    SYS_ADMIN = "sys_admin"  # 系统管理员
    SEC_ADMIN = "sec_admin"  # 安全管理员
    AUDIT_ADMIN = "audit_admin"  # 审计管理员


ADMINISTRATORS = frozenset({Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDIT_ADMIN})


class RouteKind(StrEnum):
    """Which chain of levels a work item belongs to."""

    TARGET = "target"
    EVALUATION = "evaluation"


class By(StrEnum):
    """Which seats of the level a row belongs to."""

    ANY = "any"
    ROUTE = "route"  # a seat that the route names
    ADDED = "added"  # a seat that a reviewer added (加签)


class Ends(StrEnum):
    """What the last level of a target route does, by the kind of form and the round of the budget."""

    ANY = "any"
    REPLY = "reply"  # 批复: the form is approved
    CONTROL_FIGURE = "control_figure"  # 一下: control figures go down, and the form begins its second round (二上)
    ADJUSTMENT = "adjustment"  # the approved form that it adjusts takes its place, and it is done


class At(StrEnum):
    """Which levels of a state a row speaks of."""

    NONE = "none"  # the state has no level: draft, approved, closed, entering actuals
    ANY = "any"
    NOT_LAST = "not_last"
    LAST = "last"


class To(StrEnum):
    """Where the level goes."""

    NONE = "none"
    SAME = "same"
    FIRST = "first"
    NEXT = "next"  # once the level's need is met, else the same
    EARLIER = "earlier"  # to the earlier level that the reviewer chose
    UNDONE = "undone"  # to the level whose pass is taken back


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the process. Flags name what the engine checks; nothing here is code."""

    action: Action
    source: State
    target: State
    at: At
    to: To
    roles: frozenset[Role]  # empty: the row belongs to whoever holds an open seat of the level
    kind: RouteKind | None = None
    comment: bool = False  # 意见必填
    checks_form: bool = False  # findings of severity error or block refuse it
    reviews: bool = False  # nobody who prepared the round or decided another level of it
    grades: bool = False  # only at a level that asks for a grade
    system: bool = False  # the timer may do it too
    records: bool = True  # False: an edit of the draft, which is no lifecycle event
    to_level: bool = False  # the row for a request that names a level
    by: By = By.ANY
    ends: Ends = Ends.ANY
    names_person: bool = False  # the request names who takes over or signs too

    @property
    def name(self) -> str:
        """A name that no other row has, for the machine, the diagram and the tests."""
        narrowed = ":to_level" if self.to_level else f":{self.ends}" if self.ends is not Ends.ANY else ""
        return f"{self.action}:{self.source}:{self.at}{narrowed}"

    @property
    def is_final(self) -> bool:
        """Whether it ends the levels forwards: the reply, the control figures, the confirmation."""
        return self.at is At.LAST and self.to is To.NONE


_SEAT: frozenset[Role] = frozenset()
_FILLER = frozenset({Role.FILLER})
_SECRECY = frozenset({Role.SECRECY_REVIEWER})
_PERFORMANCE = frozenset({Role.FINANCE_PERFORMANCE_OFFICE})

_D, _R, _A, _E, _C = State.DRAFT, State.REVIEW, State.APPROVED, State.YEAR_END_EVALUATION, State.CLOSED
_TARGET, _EVALUATION = RouteKind.TARGET, RouteKind.EVALUATION


def _levels(state: State, kind: RouteKind, back: State) -> tuple[Transition, ...]:
    """What every level of a route knows, whichever route it is. `back`: where a form goes that returns to its unit."""
    seat = partial(Transition, source=state, roles=_SEAT, kind=kind)
    return (
        seat(action=Action.PASS, target=state, at=At.NOT_LAST, to=To.NEXT, reviews=True),
        # At the last level the route's own seat replies or confirms; whoever was asked beside it passes.
        seat(action=Action.PASS, target=state, at=At.LAST, to=To.SAME, reviews=True, by=By.ADDED),
        seat(action=Action.UNDO_PASS, target=state, at=At.ANY, to=To.UNDONE),
        seat(action=Action.RETURN_FOR_REVISION, target=back, at=At.ANY, to=To.NONE, comment=True, reviews=True),
        seat(
            action=Action.RETURN_FOR_REVISION,
            target=state,
            at=At.ANY,
            to=To.EARLIER,
            comment=True,
            reviews=True,
            to_level=True,
        ),
        # Also for somebody who may not decide: handing over is what they should do.
        seat(action=Action.HAND_OVER, target=state, at=At.ANY, to=To.SAME, names_person=True),
        seat(
            action=Action.ADD_SIGNER, target=state, at=At.ANY, to=To.SAME, reviews=True, by=By.ROUTE, names_person=True
        ),
    )


ROWS: tuple[Transition, ...] = (
    Transition(Action.EDIT, _D, _D, At.NONE, To.NONE, _FILLER, records=False),
    Transition(Action.REPLACE_WITH_PLACEHOLDER, _D, _D, At.NONE, To.NONE, _FILLER, comment=True),
    Transition(Action.CLEAR_MARK, _D, _D, At.NONE, To.NONE, _SECRECY, comment=True),
    Transition(Action.SUBMIT, _D, _R, At.NONE, To.FIRST, _FILLER, _TARGET, checks_form=True),
    Transition(Action.WITHDRAW, _R, _D, At.ANY, To.NONE, _FILLER, _TARGET),
    *_levels(_R, _TARGET, _D),
    Transition(
        Action.REJECT, _R, _D, At.ANY, To.NONE, _SEAT, _TARGET, comment=True, reviews=True, grades=True, by=By.ROUTE
    ),
    *(
        Transition(action, _R, target, At.LAST, To.NONE, _SEAT, _TARGET, reviews=True, by=By.ROUTE, ends=ends)
        for action, target, ends in (
            (Action.ISSUE_REPLY, _A, Ends.REPLY),
            (Action.ISSUE_CONTROL_FIGURE, _D, Ends.CONTROL_FIGURE),
            (Action.ISSUE_REPLY, _C, Ends.ADJUSTMENT),
        )
    ),
    Transition(Action.OPEN_ADJUSTMENT, _A, _A, At.NONE, To.NONE, _FILLER, comment=True),
    # What the reply to an adjustment does to the form that it adjusts, in the same act: nobody asks for it by itself.
    Transition(Action.AMEND, _A, _A, At.NONE, To.NONE, _SEAT, system=True),
    Transition(Action.OPEN_EVALUATION, _A, _E, At.NONE, To.NONE, _PERFORMANCE, system=True),
    Transition(Action.SAVE_ACTUALS, _E, _E, At.NONE, To.NONE, _FILLER, records=False),
    Transition(Action.SUBMIT_EVALUATION, _E, _E, At.NONE, To.FIRST, _FILLER, _EVALUATION, checks_form=True),
    Transition(Action.WITHDRAW, _E, _E, At.ANY, To.NONE, _FILLER, _EVALUATION),
    *_levels(_E, _EVALUATION, _E),
    Transition(Action.RE_SCORE, _E, _E, At.LAST, To.SAME, _SEAT, _EVALUATION, comment=True, reviews=True, by=By.ROUTE),
    Transition(Action.CONFIRM, _E, _C, At.LAST, To.NONE, _SEAT, _EVALUATION, reviews=True, by=By.ROUTE),
    Transition(Action.REOPEN, _C, _E, At.NONE, To.NONE, _PERFORMANCE, comment=True, ends=Ends.REPLY),
)
