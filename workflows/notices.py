"""What a notification says: words made from its topic and codes when it is read, in the reader's language.

The row carries ids and codes only. Of the form its unit, its kind and its year are named, never a text that was typed
into it; the page, where the reader is known, shows the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.catalogue import label, sentence, texts
from workflows.lifecycle import Action

REMINDER = "reminder"
SUBMISSION = "submission."
LIBRARY = "library."
URGE = "urge"
CIRCULATION = "circulation"
DESK, PREPARED = "desk", "prepared"  # whom it is for: who must act, or who prepared the form

# Whom an action is told to, beside nobody at all. Desks are told whenever a work item was opened for them.
AUDIENCES: dict[str, frozenset[str]] = {
    audience: frozenset(
        key.removeprefix(f"notice.{audience}.") for key in texts("zh") if key.startswith(f"notice.{audience}.")
    )
    for audience in (DESK, PREPARED)
}
# Of the indicator library: its keepers hear of what units propose, whoever proposed hears what became of it.
SUGGESTED = f"{LIBRARY}suggest"
ANSWERS = frozenset({"adopt", "decline", "merge"})
# Of a delegation: both people hear of it.
DELEGATION = "delegation."
LENT, TAKEN_BACK = f"{DELEGATION}lent", f"{DELEGATION}taken_back"
TOPICS = (
    frozenset({REMINDER, SUGGESTED, URGE, CIRCULATION, LENT, TAKEN_BACK})
    | {f"{SUBMISSION}{action.value}" for action in Action}
    | {f"{LIBRARY}{action}" for action in ANSWERS}
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The form that is spoken of: the name of the unit, the id of the form type, the fiscal year."""

    unit: str
    form: str
    fiscal_year: int


def title(topic: str, params: Mapping[str, Any], subject: Subject, *, lang: str) -> str:
    """One line: 市教育局《部门整体支出绩效目标表》（2022年度）：已提交，请您审核. What concerns no form stands alone.

    Raises KeyError for an unknown topic.
    """
    if topic.startswith((LIBRARY, DELEGATION)):
        return what(topic, params, lang=lang)
    form = sentence("notice.form", lang, unit=subject.unit, form=_form(subject.form, lang), year=subject.fiscal_year)
    between = "：" if lang == "zh" else " – "
    return f"{form}{between}{what(topic, params, lang=lang)}"


def what(topic: str, params: Mapping[str, Any], *, lang: str) -> str:
    """What happened, without the form: 已提交，请您审核. Raises KeyError for an unknown topic."""
    if topic == REMINDER:
        key = "overdue" if str(params["offset_code"]).startswith("overdue") else "before"
        return sentence(f"notice.reminder.{key}", lang, due_on=params["due_on"])
    if topic.startswith(LIBRARY):
        return sentence(f"notice.{topic}", lang, code=params["code"], count=params.get("count", 1))
    if topic in (URGE, CIRCULATION):
        return sentence(f"notice.{topic}", lang, role=label("role", params["role"], lang))
    if topic.startswith(DELEGATION):
        role = label("role", params["role"], lang)
        return sentence(f"notice.{topic}", lang, role=role, first=params["from"], last=params["until"])
    action = topic.removeprefix(SUBMISSION)
    return sentence(f"notice.{params['audience']}.{action}", lang)


def where(topic: str, submission_id: int | None) -> str:
    """The path of the page that a notice leads to; the notices themselves where the reader has no page for it."""
    if topic == SUGGESTED:
        return "/admin/library?tab=suggested"
    if topic.startswith(DELEGATION):
        return "/account/delegations"
    return "/notifications" if submission_id is None else f"/submissions/{submission_id}"


def _form(form_id: str, lang: str) -> str:
    code = form_id.partition("@")[0]
    try:
        return label("form", code, lang)
    except KeyError:
        return form_id
