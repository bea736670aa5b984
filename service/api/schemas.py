"""Bodies and paths of the API, and what its queries are made of.

Whatever is not named here is refused, so nobody sets a state or a version. Input only: replies are built from the queries'
own types, so that a stored value never fails a rule made for input. Money and numbers travel as text with a pattern; texts
are bounded.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from workflows.lifecycle import Action

LONGEST_OPINION: Final = 2000
_LARGEST_ID: Final = 2**63 - 1

Id = Annotated[int, Field(ge=1, le=_LARGEST_ID)]
Version = Annotated[int, Field(ge=0, le=_LARGEST_ID)]
Level = Annotated[int, Field(ge=1, le=9)]
Year = Annotated[int, Field(ge=2000, le=2100)]
# NUL is refused in every text of a body by the parser; a query string has to be asked.
Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")]  # 万元
Points = Annotated[str, StringConstraints(pattern=r"^([0-9]{1,3}(\.[0-9]{1,2})?)?$")]
Money = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$")]
Path = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=r"^[a-z][a-z0-9_]*(\[[0-9]{1,4}\])?(\.[a-z][a-z0-9_]*)?$"),
]
SectionName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,17}-[0-9]{1,18}$")]
Limit = Annotated[int, Field(ge=1, le=200)]


def _day(typed: object) -> date:
    try:
        if isinstance(typed, str) and len(typed) == 10:
            return date.fromisoformat(typed)
    except ValueError:
        pass
    raise PydanticCustomError("date_parsing", "a date is written like 2022-02-10")


# pydantic's own date also takes numbers and times; a Beijing date is written one way.
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]

# Every action of the contract; saving a section of the target is PATCH.
ActionName = Literal[
    "submit", "withdraw", "pass", "undo_pass", "hand_over", "add_signer", "return_for_revision", "reject", "issue_reply",
    "issue_control_figure", "replace_with_placeholder", "clear_mark", "open_evaluation", "save_actuals",
    "submit_evaluation", "re_score", "confirm", "reopen",
]  # fmt: skip
# Asked for in other ways: by PATCH, at the adjustments of a form, by nobody.
_ELSEWHERE = {Action.EDIT, Action.OPEN_ADJUSTMENT, Action.AMEND}
assert set(get_args(ActionName)) == {action.value for action in set(Action) - _ELSEWHERE}, "an action is missing"


Criterion = Literal["completeness", "relevance", "adequacy", "feasibility"]
Grade = Literal["excellent", "good", "fair", "poor"]


class Strict(BaseModel):
    """No unknown keys, no text taken for a number."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class StrictBody(Strict):
    """A JSON body: types are those of JSON."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, strict=True)


class SubmissionPath(Strict):
    """A form."""

    submission_id: Id


class RunPath(Strict):
    """A report run."""

    run_id: Id


class ActionIn(StrictBody):
    """One step of the life of a form. `version` is the one that the person saw.

    `path` names the marked row or cell of the two resolving actions, whose `base_version` is that of its section as it was
    read; `scores` are the points of a re-score by path; `section`, `value` and `base_version` belong to `save_actuals`.
    `confirm_copied` names the sections whose cells from last year stay as they are: a submission without it is refused (422)
    with the list of those cells. `to_person` is who takes the work item over (`hand_over`) or signs too: before or beside
    the own signature (`add_signer`), after it with the `pass` itself. `sections` are the only ones that a return unlocks,
    `criteria` the grades of all four criteria of a target review, `control_figure` the ceiling in 万元 that goes down after the
    first round.
    """

    action: ActionName
    version: Version | None = None
    comment: Annotated[str, StringConstraints(max_length=LONGEST_OPINION)] | None = None
    to_level: Level | None = None
    grade: Grade | None = None
    reply_number: Annotated[str, StringConstraints(max_length=100)] | None = None
    reply_date: Day | None = None
    path: Path | None = None
    scores: Annotated[dict[Path, Points], Field(max_length=200)] | None = None
    section: Literal["actuals", "execution"] | None = None
    value: Any = None
    base_version: Version | None = None
    confirm_copied: Annotated[list[SectionName], Field(max_length=50)] = []
    to_person: Id | None = None
    position: Literal["before", "beside", "after"] | None = None
    sections: Annotated[list[SectionName], Field(max_length=50)] | None = None
    criteria: dict[Criterion, Grade] | None = None
    control_figure: Amount | None = None


class AdjustmentIn(StrictBody):
    """Why approved targets shall change, and where that comes from. `version` is that of the approved form."""

    version: Version
    source: Literal["own_request", "content_changed", "budget_adjustment", "budget_reallocation", "monitoring"]
    comment: Annotated[str, StringConstraints(max_length=LONGEST_OPINION)]


class ChosenIn(StrictBody):
    """A form and the version that the person saw."""

    id: Id
    version: Version


class BatchIn(StrictBody):
    """One step on many forms of one stage. `{n}` in `reply_number` counts from `first_number` over the forms that go."""

    action: Literal["pass", "issue_reply"]
    items: Annotated[list[ChosenIn], Field(min_length=1, max_length=500)]
    comment: Annotated[str, StringConstraints(max_length=LONGEST_OPINION)] | None = None
    grade: Literal["excellent", "good", "fair", "poor"] | None = None
    reply_number: Annotated[str, StringConstraints(max_length=100)] | None = None
    reply_date: Day | None = None
    first_number: Annotated[int, Field(ge=1, le=999_999)] = 1


class CopiesIn(StrictBody):
    """To whom copies go."""

    people: Annotated[list[Id], Field(min_length=1, max_length=50)]


class NewSubmissionIn(StrictBody):
    """A new draft of a unit in a cycle; with a `document` its cells become the draft as they are."""

    department_id: Id
    cycle_id: Id
    document: dict[str, Any] | None = None


class SectionIn(StrictBody):
    """A section of a draft as typed. `base_version` is the version that the editor started from, 0 for none."""

    section: SectionName
    value: Any
    base_version: Version


class WaiverIn(StrictBody):
    """A reason that answers a finding."""

    rule: Annotated[str, StringConstraints(min_length=1, max_length=10)]
    path: Annotated[str, StringConstraints(max_length=120)]
    meaning: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    reason: Annotated[str, StringConstraints(max_length=4000)]


class RemarkIn(StrictBody):
    """A remark on the place at `path` (None: on the whole form). As a suggestion it may propose a value, for `field` of the
    row or for the cell itself.
    """

    path: Path | None = None
    body: Annotated[str, StringConstraints(max_length=4000)]
    suggests: bool = False
    field: Annotated[str, StringConstraints(max_length=60)] | None = None
    proposed: Annotated[str, StringConstraints(max_length=4000)] | None = None


class AnswerIn(StrictBody):
    """The answer to one remark."""

    remark_id: Id
    answer: Literal["changed", "unchanged", "explained", "accepted", "declined"]
    words: Annotated[str, StringConstraints(max_length=4000)] | None = None


class AnswersIn(StrictBody):
    """Answers to remarks, each remark once."""

    answers: Annotated[list[AnswerIn], Field(min_length=1, max_length=500)]


class ReadIn(StrictBody):
    """Which notification was read; without an id all of them."""

    id: Id | None = None


class ReportIn(StrictBody):
    """A report to build: its code and its parameters, in the language of the file."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    params: Annotated[dict[str, Any], Field(max_length=20)]
    language: Literal["zh", "en"] = "zh"


class SignInIn(StrictBody):
    """A name and a password."""

    username: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class PasswordIn(StrictBody):
    """Change of one's own password."""

    current_password: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    new_password: Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class FieldProblem(BaseModel):
    """A field and what is wrong with it."""

    field: str
    message: str


class ProblemOut(BaseModel):
    """Problem details (RFC 9457). `code` never changes, `title` and `detail` are in the reader's language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None = None
    line: int | None = None
    field: str | None = None
    errors: list[FieldProblem] | None = None
    findings: list[dict[str, str]] | None = None
    by: dict[str, str] | None = None
    at: str | None = None
