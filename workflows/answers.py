"""How a unit answers what reviewers said of its form, and when.

A form that came back is answered remark by remark before it goes out again. Suggestions of a form that passed with 良 are
taken or declined one by one: 良 means that the target is completed in agreement with its unit and goes on
(财预〔2015〕88号 art 25, domain guide section 1.2).
"""

from __future__ import annotations

from typing import Final

from workflows.findings import Finding, Severity
from workflows.lifecycle import Action, State

REVISED: Final = ("changed", "unchanged", "explained")  # 已改, 未改, 已说明
SUGGESTED: Final = ("accepted", "declined")  # 采纳, 不采纳
WORDS_DUE: Final = frozenset({"explained", "declined"})
MAY_ANSWER: Final = frozenset({Action.EDIT, Action.SAVE_ACTUALS})


ACCEPTED: Final = "accepted"
_QUOTED: Final = 30  # characters of a remark that name it


def unanswered_finding(path: str | None, body: str, *, taken: bool) -> Finding:
    """R1: a remark of a form that came back has no answer; `taken`: a suggestion that was agreed to is not worked in yet.

    Source: design of the product, section 2; the next round of reviewers starts from remarks and answers.
    """
    words = body if len(body) <= _QUOTED else f"{body[:_QUOTED]}…"
    case = "taken" if taken else "open"
    return Finding("R1", Severity.ERROR, path or "", "remarks", case=case, params={"words": words})


def how_answered(kind: str, state: State, *, came_back: bool) -> tuple[str, ...]:
    """The answers that are possible now to a remark of this kind (`remark`, `suggestion`); none where it is not the time.

    `came_back`: a reviewer sent it back, and it lies open with its unit, which hands it in again.
    """
    if came_back:
        return REVISED
    return SUGGESTED if kind == "suggestion" and state in (State.REVIEW, State.APPROVED) else ()
