"""填报: one page of sections, each a form of its own that saves with or without scripts.

A section carries the version and the value that it started from. Where somebody else saved meanwhile, changes of different
cells go together by themselves; the same cell is put before the person, and neither side is lost. Everything happens under
the lock of the form: what was typed is joined with what is there, and only then kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, current_app, redirect, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from werkzeug import Response

from service.db import unit_of_work
from service.queries.drafts import draft
from service.queries.facts import facts_of
from service.queries.presence import others
from service.queries.seen import seen
from service.queries.submissions import Case
from service.usecases.save_section import OpenedSection, SavedSection, keep_section, open_section
from service.web import evaluation
from service.web.editor_answer import preview_answer, saved_answer, section_answer, state_answer
from service.web.editor_base import packed, unpacked
from service.web.editor_buttons import done as done_by_button
from service.web.editor_buttons import fitting
from service.web.editor_clash import clash_fragment, clash_page
from service.web.editor_paste import MOST_ROWS, Pasted
from service.web.editor_patch import Key, patched, read_patch
from service.web.editor_post import CONTROLS, UnreadableError, button, read_section
from service.web.editor_screen import screen
from service.web.editor_tables import table_beside, taken_over
from service.web.editor_view import Value
from service.web.form_words import SECTION_WORDS
from service.web.frame import gettext, language, ngettext, page, who
from service.web.presence import window_of
from service.web.replies import fragment_values, json_reply, refused_page, wants_json
from service.web.section_kinds import EVALUATION, kept, section_named, sent
from workflows.draft import HEAD, with_kept_tags
from workflows.engine import step
from workflows.errors import InvalidRequest
from workflows.facts import Request
from workflows.forms import form_type
from workflows.forms.base import Kind, Section, Shape
from workflows.lifecycle import Action
from workflows.merge import Merged, merge, moved_on_both, settled
from workflows.refusals import explained_error


@dataclass(frozen=True, slots=True)
class Posted:
    """A section as it was posted: `base` is what it started from, `mine` what it is to be, `do` the button."""

    opened: OpenedSection
    kind: Section
    base: Value
    mine: Value
    do: str
    stale: bool
    current: Value
    version: int
    rows: int = 0
    picks: Mapping[Key, str] = field(default_factory=dict)
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of it: the saved section, how many changes of others came in, and whether both sides moved rows."""

    posted: Posted
    saved: SavedSection
    taken: int
    both_moved: bool = False
    beside: tuple[Section, SavedSection] | None = None


_ROW_ID = re.compile(r"\d{1,4}\.id")

blueprint = Blueprint("editor", __name__)
blueprint.auth = "required"  # type: ignore[attr-defined]


def editor_page(connection: Connection, case: Case) -> Response:
    """The editor of a draft for its filler; `/submissions/<id>` shows it."""
    merged = request.args.get("merged", "")
    values = screen(connection, who().actor, case)
    return page("editor.html", **values, faults=(), merged=int(merged) if merged.isdecimal() and len(merged) < 4 else 0)


@blueprint.get("/submissions/<int:submission_id>/state")
def state(submission_id: int) -> Response:
    """What stands beside the cells of the editor, for its script, once a save has gone through."""
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        step(who().actor, facts_of(connection, case), Request(Action.EDIT))
        return json_reply(state_answer({**screen(connection, who().actor, case), **fragment_values()}))


@blueprint.post("/submissions/<int:submission_id>/sections/<section>")
def save(submission_id: int, section: str) -> Response:
    """Save one section as typed, and move its rows if a row's button was pressed."""
    kind, posted = None, None
    try:
        with unit_of_work(current_app.extensions["jixiao"].factory) as session:
            opened = open_section(session, who().actor, submission_id=submission_id, section=section)
            kind = section_named(form_type(opened.case.form), section)
            if kind is None:
                return refused_page([(None, gettext("没有这一节，请刷新页面后再试。"))], status=404)
            posted, done = _posted(session, opened, kind)
            if done is not None and (answer := _asked(kind, done, posted.at or 0)):
                return answer
            kept_or_clash = _kept(session, posted)
            if isinstance(kept_or_clash, Merged):
                return _clash(session.connection(), posted, kept_or_clash)
    except UnreadableError as unreadable:
        words = gettext("不认识或重复的栏目：%(names)s") % {"names": "、".join(unreadable.names)}
        return refused_page([(None, words)], status=400)
    except InvalidRequest as error:
        return _impossible(submission_id, posted, error)
    return _after(kept_or_clash)


def _posted(session: Session, opened: OpenedSection, kind: Section) -> tuple[Posted, Pasted | None]:
    """Read the request over what is stored. Raises UnreadableError."""
    version, current, rows = opened.version, opened.value, 0
    if kind.name in EVALUATION:
        entered = draft(session.connection(), opened.case)
        (version, current), rows = kept(kind, entered), len(entered.document["indicators"])
    picks, hidden, stale = {}, False, _version(request.form.get("base_version")) != version
    # What the page started from is known here; only an older base is the browser's word.
    base = _base(kind) if stale else current
    if request.form.get("patch") == "yes":
        patch = read_patch(request.form.items(multi=True), CONTROLS)
        if patch.was:
            base, hidden = _base(kind), True
        if base is None and (stale or hidden) and request.form.get("base") != packed(None):
            raise UnreadableError(["base"])
        mine = patched(kind, base, patch.mine, stored=current)
        if hidden:
            base = patched(kind, base, patch.was, stored=current)
        picks = patch.picks if request.form.get("seen") == str(version) else {}
    else:
        mine = read_section(kind, request.form.items(multi=True), current)
    do = button(request.form)
    mine, at, done = done_by_button(kind, with_kept_tags(mine, current), do=do)
    sent(kind, mine, rows)
    return Posted(opened, kind, base, mine, do, stale or hidden, current, version, rows, picks, at), done


def _base(kind: Section) -> Value:
    """What the page started from, by its own word; None where that is none."""
    ids = [text for name, text in request.form.items(multi=True) if _ROW_ID.fullmatch(name)]
    return fitting(kind, unpacked(request.form.get("base", ""), ids))


def _asked(kind: Section, done: Pasted, at: int) -> Response | None:
    """A block that is too long is refused whole; one that adds rows is shown first, where a script can show it."""
    if done.left_out:
        words = gettext("一次最多粘贴 %(num)d 行，这一块多出 %(more)d 行，没有粘贴") % {
            "num": min(MOST_ROWS, kind.max_rows), "more": done.left_out,
        }  # fmt: skip
        return refused_page([(None, words)], status=400)
    if wants_json() and done.asks and request.form.get("sure") != "yes":
        return json_reply(preview_answer(kind, done, at=at, title=SECTION_WORDS[kind.name]))
    return None


def _kept(session: Session, posted: Posted) -> Kept | Merged:
    """Join with what others saved meanwhile, and keep it; a `Merged` is one that a person must look at first."""
    kind, value, taken, both = posted.kind, posted.mine, 0, False
    if posted.stale:
        merged = merge(kind, base=posted.base, mine=posted.mine, theirs=posted.current)
        value, left = settled(kind, merged, posted.picks)
        if left:
            return Merged(value, left, merged.taken)
        # Rows that they moved are a change too: the page must follow, or its places would be those of other rows.
        taken = merged.taken or int(value != posted.mine and not posted.picks)
        both = kind.shape is Shape.ROWS and moved_on_both(posted.base or [], posted.mine, posted.current or [])
    beside = None
    if posted.do.startswith("to:"):
        value, beside = _to_the_other_table(session, posted, value)
    saved = keep_section(
        session, who().actor, posted.opened, value=sent(kind, value, posted.rows), base_version=posted.version
    )
    return Kept(posted, saved, taken, both, beside)


def _to_the_other_table(
    session: Session, posted: Posted, rows: Value
) -> tuple[Value, tuple[Section, SavedSection] | None]:
    """`to:<section>:<row>`: take a row out of this table and put it at the end of one with the same columns.

    The row is one of those that the person saw; where others moved rows meanwhile it is found by its id.
    """
    _, name, at = (posted.do + "::").split(":")[:3]
    other = table_beside(form_type(posted.opened.case.form), posted.kind, name)
    if other is None or not at.isdecimal() or int(at) >= len(posted.mine):
        return rows, None
    meant = posted.mine[int(at)].get("id")
    row = next((one for one in rows if one.get("id") == meant), None)
    if row is None:
        return rows, None
    opened = open_section(session, who().actor, submission_id=posted.opened.case.locked.id, section=name)
    saved = keep_section(
        session,
        who().actor,
        opened,
        value=taken_over(opened.value, row, other),
        base_version=opened.version,
        moved_from=posted.opened,
    )
    return [one for one in rows if one is not row], (other, saved)


def _clash(connection: Connection, posted: Posted, merged: Merged) -> Response:
    current = draft(connection, posted.opened.case)
    if wants_json():
        html = clash_fragment(connection, posted.opened.case, posted.kind, merged, current, version=posted.version)
        return json_reply({"clash": html}, status=409)
    base = packed(posted.current)
    return clash_page(connection, posted.opened.case, posted.kind, merged, current, version=posted.version, base=base)


def _after(kept_one: Kept) -> Response:
    posted, saved, taken = kept_one.posted, kept_one.saved, kept_one.taken
    kind, case, at = posted.kind, posted.opened.case, posted.at
    submission_id = case.locked.id
    if not wants_json():
        where = (
            f"r-{kind.name}-{at}"
            if at is not None and at >= 0
            else f"sec-{'basic' if kind.name == HEAD else kind.name}"
        )
        page_of = "/evaluation" if kind.name in EVALUATION else ""
        return redirect(f"/submissions/{submission_id}{page_of}{f'?merged={taken}' if taken else ''}#{where}", 303)
    with current_app.extensions["jixiao"].engine.connect() as connection:
        if kind.name in EVALUATION:
            case = seen(connection, who().actor, submission_id=submission_id)
            return json_reply(evaluation.changes(connection, case, kind, saved, taken=taken))
        present = others(connection, submission_id=submission_id, person_id=who().actor.id or 0, window=window_of())
        answer = saved_answer(saved, now=case.now, present=present)
        if posted.do != "save" or taken or posted.picks:
            values = {**screen(connection, who().actor, case), **fragment_values()}
            same = posted.do == "paste" and not taken and _same_rows(kind, posted.current, saved.value)
            answer |= state_answer(values) | section_answer(kind, values, at=at, same_rows=same) | {"taken": taken}
            if kept_one.beside is not None:
                other, moved_to = kept_one.beside
                card = section_answer(other, values, at=len(moved_to.value) - 1)
                answer["beside"] = {
                    "name": other.name,
                    "version": moved_to.version,
                    "base": packed(moved_to.value),
                    **card,
                }
    return json_reply(answer | _said(kept_one))


def _same_rows(kind: Section, before: Value, after: Value) -> bool:
    """Whether a block went over rows that were there. A head that counts its rows by level is drawn anew all the same."""
    levels = any(one.kind is Kind.LEVEL1 for one in kind.fields)
    return not levels and [row.get("id") for row in before or []] == [row.get("id") for row in after]


def _said(kept_one: Kept) -> dict[str, str]:
    """What others did to this section, in words, for the person and for the reader of the screen."""
    words = []
    if kept_one.taken:
        said = ngettext("已合并他人的 %(num)d 处修改。", "已合并他人的 %(num)d 处修改。", kept_one.taken)
        words.append(said % {"num": kept_one.taken})
    if kept_one.both_moved:
        words.append(gettext("对方也移动了行，现按您的次序。"))
    return {"said": "".join(words)} if words else {}


def _impossible(submission_id: int, posted: Posted | None, error: InvalidRequest) -> Response:
    """The page again with all that was typed, and the reason on top."""
    words = explained_error(error, lang=language())
    if wants_json():
        return json_reply({"refused": words, "field": error.field}, status=400)
    if posted is None or posted.kind.name in EVALUATION:
        return refused_page([(None, words)], status=400)
    name = posted.kind.name
    faults: list[tuple[str | None, str]] = [(f"#sec-{'basic' if name == HEAD else name}", words)]
    with current_app.extensions["jixiao"].engine.connect() as connection:
        case = seen(connection, who().actor, submission_id=submission_id)
        values = screen(connection, who().actor, case, posted={name: posted.mine})
    return page("editor.html", status=400, **values, faults=faults, merged=0)


def _version(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest("stale_version", field="base_version")
    return int(text)
