"""The whole process on one page: states, actions, roles, and the rows that join them.

Review levels are data (a `Route`), not states, so these five states stay for every city and year.
Source: 财预〔2015〕88号 art 25-29 as read in the domain guide; the action table of the product's design, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    RETURN_FOR_REVISION = "return_for_revision"
    REJECT = "reject"
    ISSUE_REPLY = "issue_reply"
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

    @property
    def name(self) -> str:
        """A name that no other row has, for the machine, the diagram and the tests."""
        return f"{self.action}:{self.source}:{self.at}" + (":to_level" if self.to_level else "")


_SEAT: frozenset[Role] = frozenset()
_FILLER = frozenset({Role.FILLER})
_SECRECY = frozenset({Role.SECRECY_REVIEWER})
_PERFORMANCE = frozenset({Role.FINANCE_PERFORMANCE_OFFICE})

_D, _R, _A, _E, _C = State.DRAFT, State.REVIEW, State.APPROVED, State.YEAR_END_EVALUATION, State.CLOSED
_TARGET, _EVALUATION = RouteKind.TARGET, RouteKind.EVALUATION

ROWS: tuple[Transition, ...] = (
    Transition(Action.EDIT, _D, _D, At.NONE, To.NONE, _FILLER, records=False),
    Transition(Action.REPLACE_WITH_PLACEHOLDER, _D, _D, At.NONE, To.NONE, _FILLER, comment=True),
    Transition(Action.CLEAR_MARK, _D, _D, At.NONE, To.NONE, _SECRECY, comment=True),
    Transition(Action.SUBMIT, _D, _R, At.NONE, To.FIRST, _FILLER, _TARGET, checks_form=True),
    Transition(Action.WITHDRAW, _R, _D, At.ANY, To.NONE, _FILLER, _TARGET),
    Transition(Action.PASS, _R, _R, At.NOT_LAST, To.NEXT, _SEAT, _TARGET, reviews=True),
    Transition(Action.UNDO_PASS, _R, _R, At.ANY, To.UNDONE, _SEAT, _TARGET),
    Transition(Action.RETURN_FOR_REVISION, _R, _D, At.ANY, To.NONE, _SEAT, _TARGET, comment=True, reviews=True),
    Transition(
        Action.RETURN_FOR_REVISION,
        _R,
        _R,
        At.ANY,
        To.EARLIER,
        _SEAT,
        _TARGET,
        comment=True,
        reviews=True,
        to_level=True,
    ),
    Transition(Action.REJECT, _R, _D, At.ANY, To.NONE, _SEAT, _TARGET, comment=True, reviews=True, grades=True),
    Transition(Action.ISSUE_REPLY, _R, _A, At.LAST, To.NONE, _SEAT, _TARGET, reviews=True),
    Transition(Action.OPEN_EVALUATION, _A, _E, At.NONE, To.NONE, _PERFORMANCE, system=True),
    Transition(Action.SAVE_ACTUALS, _E, _E, At.NONE, To.NONE, _FILLER, records=False),
    Transition(Action.SUBMIT_EVALUATION, _E, _E, At.NONE, To.FIRST, _FILLER, _EVALUATION, checks_form=True),
    Transition(Action.WITHDRAW, _E, _E, At.ANY, To.NONE, _FILLER, _EVALUATION),
    Transition(Action.PASS, _E, _E, At.NOT_LAST, To.NEXT, _SEAT, _EVALUATION, reviews=True),
    Transition(Action.UNDO_PASS, _E, _E, At.ANY, To.UNDONE, _SEAT, _EVALUATION),
    Transition(Action.RETURN_FOR_REVISION, _E, _E, At.ANY, To.NONE, _SEAT, _EVALUATION, comment=True, reviews=True),
    Transition(
        Action.RETURN_FOR_REVISION,
        _E,
        _E,
        At.ANY,
        To.EARLIER,
        _SEAT,
        _EVALUATION,
        comment=True,
        reviews=True,
        to_level=True,
    ),
    Transition(Action.RE_SCORE, _E, _E, At.LAST, To.SAME, _SEAT, _EVALUATION, comment=True, reviews=True),
    Transition(Action.CONFIRM, _E, _C, At.LAST, To.NONE, _SEAT, _EVALUATION, reviews=True),
    Transition(Action.REOPEN, _C, _E, At.NONE, To.NONE, _PERFORMANCE, comment=True),
)
