"""Gathers what the editor shows: the draft, its findings, the sums, what reviewers said, and whether it may go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection

from service.i18n import mark as _
from service.queries.departments import keeps_unsaved
from service.queries.draft_times import draft_times
from service.queries.drafts import Draft, draft
from service.queries.facts import facts_of
from service.queries.remarks import Remark, last_act, remarks, returned
from service.queries.revisions import last_year_document
from service.queries.submissions import Case
from service.queries.waivers import draft_answers
from service.web.answers import answers_of
from service.web.copied_view import copied_values
from service.web.editor_balance import sums_of
from service.web.editor_notes import Note, anchor, notes_of, split
from service.web.editor_tables import tables_beside
from service.web.editor_view import SectionView, Value, section_of, sections_of
from service.web.form_words import HEADS, SECTION_WORDS, balance_words, target_title
from service.web.frame import gettext, language, ngettext
from service.web.section_kinds import section_named
from workflows.deadlines import BEIJING
from workflows.document import INDICATORS
from workflows.draft import HEAD
from workflows.engine import allowed
from workflows.facts import Actor
from workflows.forms import form_type
from workflows.forms.base import FormType
from workflows.levels import level1
from workflows.lifecycle import Action
from workflows.refusals import explained

LEVEL_WORDS: Final = {"cost": _("成本"), "output": _("产出"), "benefit": _("效益"), "satisfaction": _("满意度")}
_STEP_MARKS: Final = {"er": "error", "wr": "warn", "ok": "done", "todo": "todo"}


@dataclass(frozen=True, slots=True)
class Groups:
    """Findings by weight. `block` are secrecy holds."""

    block: list[Note]
    error: list[Note]
    warning: list[Note]
    info: list[Note]

    @property
    def blocking(self) -> int:
        """How many stand in the way of a submission."""
        return len(self.block) + len(self.error)


def grouped(notes: Sequence[Note]) -> Groups:
    """Findings by weight, each group in the order of the form."""
    by = {name: [note for note in notes if note.severity == name] for name in ("block", "error", "warning", "info")}
    return Groups(**by)


def title_of(case: Case) -> str:
    """The form's name on screens."""
    return target_title(case.form, case.fiscal_year)


def values_of(current: Draft, posted: Mapping[str, Value] | None) -> dict[str, tuple[int, Value]]:
    """Version and value of each section; what was posted and not saved stands in place of what is kept."""
    kept = {name: (one.version, one.value) for name, one in current.sections.items()}
    for name, value in (posted or {}).items():
        kept[name] = (kept.get(name, (0, None))[0], value)
    return kept


def screen(
    connection: Connection, actor: Actor, case: Case, *, posted: Mapping[str, Value] | None = None
) -> dict[str, Any]:
    """All values of the editor's templates."""
    form, lang = form_type(case.form), language()
    current = draft(connection, case)
    values = values_of(current, posted)
    document = {**current.document, **{name: value for name, (_v, value) in values.items() if name != HEAD}}
    answers = answers_of(connection, actor, case, draft_answers(connection, case, document))
    notes = notes_of(answers.shown, form, lang)
    sections = sections_of(form, values, notes=notes, lang=lang)
    sums = sums_of({name: value for name, (_v, value) in values.items()}, form.id)
    last_year = last_year_document(connection, case)
    goal = str(document.get(form.goal) or "")
    return {
        "case": case,
        "title": title_of(case),
        "document": document,
        "sections": sections,
        "head_view": _head_view(form, values, notes=notes, lang=lang),
        "notes": notes,
        "answers": answers,
        "groups": grouped(notes),
        "checked_at": case.now.astimezone(BEIJING).strftime("%H:%M"),
        "last_action": last_act(connection, case.locked.id),
        "step_items": step_items(sections, submission_id=case.locked.id),
        "form": form,
        "sums": sums,
        "balance_words": balance_words,
        "last_spending": _spending(last_year),
        "has_last_year": last_year is not None,
        "goal_length": len("".join(goal.split())),
        "goal_most": form.goal_length[1],
        "level_counts": _level_counts(form, document[INDICATORS]),
        "times": draft_times(connection, case.locked.id),
        "keeps_unsaved": keeps_unsaved(connection, case.place.department_id),
        "submit_reason": _reason(connection, actor, case),
        "section_words": SECTION_WORDS,
        "beside": {name: [one.name for one in tables_beside(form, form.section(name))] for name in sections},
        "heads": HEADS,
        "level_words": LEVEL_WORDS,
        **_remarks(connection, case, form),
        **copied_values(connection, case, current, lang=lang),
    }


def _head_view(
    form: FormType, values: Mapping[str, tuple[int, Value]], *, notes: Sequence[Note], lang: str
) -> SectionView:
    """The head's findings are on `supervising_department`, without a section in their path."""
    kind = section_named(form, HEAD)
    assert kind is not None, "every draft has a head"
    view = section_of(form, kind, *values.get(HEAD, (0, {})), notes=(), lang=lang)
    cells = []
    for cell in view.cells:
        path = cell.field
        mine = tuple(note for note in notes if note.section == path)
        mark = mine[0].mark if mine else ""
        cells.append(replace(cell, id=anchor(path, form), notes=mine, mark=mark))
    return replace(view, cells=tuple(cells))


def step_items(sections: Mapping[str, SectionView], *, submission_id: int) -> list[dict[str, Any]]:
    """The steps under the title: each section with its state, then the preview."""
    items = []
    for view in sections.values():
        item = {
            "href": f"#sec-{view.code}",
            "word": SECTION_WORDS[view.code],
            "current": False,
            "mark": _STEP_MARKS[view.state],
            "count": None,
        }
        if view.max_rows:
            words = ("%(num)d 条", "%(num)d 条") if view.code == INDICATORS else ("%(num)d 行", "%(num)d 行")
            item["count"] = ngettext(*words, len(view.rows)) % {"num": len(view.rows)}
        items.append(item)
    preview = {"word": gettext("内容预览"), "current": False, "mark": "todo", "count": None}
    return [*items, {"href": f"/submissions/{submission_id}/preview", **preview}]


def _spending(document: Mapping[str, Any] | None) -> Decimal | None:
    return sums_of(document, str(document["form"])).spending if document else None


def _level_counts(form: FormType, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    codes = [level1(str(row.get("level1") or "")) for row in rows or ()]
    return [(code, codes.count(code)) for code in form.tree.branches if code in codes]


def _reason(connection: Connection, actor: Actor, case: Case) -> str | None:
    """Why the form could not be handed in now, whatever it holds: a window that is closed."""
    button = next((one for one in allowed(actor, facts_of(connection, case)) if one.action is Action.SUBMIT), None)
    return explained(button.reason, button.params, lang=language()) if button is not None and button.reason else None


def _remarks(connection: Connection, case: Case, form: FormType) -> dict[str, Any]:
    """The reason of a return on top; remarks on rows hang under their row, the others stand with the reason."""
    sent_back = returned(connection, case.locked.id)
    pinned: dict[str, list[Remark]] = {}
    loose = []
    for remark in remarks(connection, case.locked.id) if sent_back else ():
        section, row, _field = split(remark.path or "")
        if row is None:
            loose.append({"path": remark.path, "body": remark.body, "anchor": anchor(remark.path or "", form)})
        else:
            pinned.setdefault(f"{section}[{row}]", []).append(remark)
    return {"returned": sent_back, "pinned": pinned, "loose": loose}


def step_items_of(
    current: Draft, form: FormType, *, notes: Sequence[Note], submission_id: int, here: str
) -> list[dict[str, Any]]:
    """The same steps on the pages beside the editor; `here` is `preview`, or empty where none of them is open."""
    sections = sections_of(form, values_of(current, None), notes=notes, lang=language())
    items = step_items(sections, submission_id=submission_id)
    address = f"/submissions/{submission_id}"
    moved = [{**item, "href": f"{address}{item['href']}"} for item in items[:-1]]
    return [*moved, {**items[-1], "current": here == "preview"}]
