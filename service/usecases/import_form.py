"""A form file becomes a draft, or brings one up to date: all of it or nothing.

What a file would do to a draft that is there is told before it is done (workflows/incoming.py). Whoever confirms it says
which versions they saw; a colleague's save in between shows it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from service.importers import ReadResult, read_form
from service.importers.places import Place
from service.models.cycle import Cycle
from service.models.draft_rows import add_editor, put_section
from service.models.held import remember
from service.models.submission import Submission
from service.queries.check_context import check_context
from service.queries.drafts import Draft, draft
from service.queries.facts import facts_of
from service.queries.held import held_traces
from service.queries.seen import locked
from service.queries.submissions import Case
from workflows.check import check
from workflows.document import section_problems
from workflows.draft import HEAD, HEAD_FIELDS, target_sections
from workflows.engine import step
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow, StaleVersion
from workflows.facts import Actor, Request
from workflows.findings import Finding
from workflows.forms import form_type
from workflows.forms.base import CheckContext, Document
from workflows.held_words import with_holds
from workflows.incoming import Disputed, Joined, Picks, joined
from workflows.lifecycle import Action, Role, RouteKind, State
from workflows.named_sections import refuse_locked
from workflows.tidying import Change, tidied

LARGEST = 2 * 1024 * 1024  # bytes; the seed has 6 kB


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds and what became of it. `submission_id` is None after a dry run that would create a draft.

    `department_id` is the unit that the form belongs to, `created` says whether a new draft was (or would be) opened.
    `document` is the file's. Where a draft is there already, `joined` is what comes of the two, `versions` are those of
    its sections, `draft` is its document as read for this, and the findings are about the result. `merges`: the
    file knew the state that it started from.
    """

    submission_id: int | None
    department_id: int
    cycle_id: int
    created: bool
    document: Document
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    source: dict[str, str]
    joined: Joined | None = None
    versions: Mapping[str, int] = field(default_factory=dict)
    merges: bool = False
    places: Mapping[str, Place] = field(default_factory=dict)
    draft: Document | None = None


def read_file(data: bytes, filename: str) -> ReadResult:
    """Read a file of bearable size. Raises UnreadableForm, InvalidRequest (too large)."""
    if len(data) > LARGEST:
        raise InvalidRequest("file_too_large", field="file", limit=str(LARGEST // 1024))
    return read_form(data, filename)


def import_form(
    session: Session,
    actor: Actor,
    *,
    cycle_id: int,
    department_id: int | None,
    read: ReadResult,
    dry_run: bool,
    seen: Mapping[str, int] | None = None,
    picks: Picks | None = None,
    prefer: str | None = None,
) -> Imported:
    """Take a file into the draft of a unit that the actor fills in. The caller opens a new draft where none exists.

    `read`: what `read_file` gave, before the transaction began: a slow file must hold no lock. `seen`: the versions of the
    sections that whoever confirms has looked at, empty where there was no draft. `picks`: what they chose where file and
    draft disagree; `prefer` ("mine" is the file) chooses for all others.

    Raises InvalidRequest (another form, no unit of that name), NotFound (cycle), NotAllowed, NotPossibleNow (past its
    draft, a disagreement without a choice), StaleVersion. With `dry_run` nothing is written.
    """
    connection = session.connection()
    cycle = _cycle_of(session, cycle_id, read)
    unit = department_id or _department(connection, actor, str(read.document["department"]))
    if not actor.holds(Role.FILLER, unit):  # before anything that depends on whether the unit has a form
        raise NotAllowed("needs_role", role=Role.FILLER.value)
    existing = _existing(connection, cycle, unit)
    _refuse_another(connection, read, cycle, existing=existing)
    if existing is None:
        if seen and not dry_run:
            raise StaleVersion(field="file")
        return _imported(cycle, unit, read)
    case = _editable(connection, actor, submission_id=existing)
    current = draft(connection, case)
    done, traces = _held(connection, case, current, _joined(case, current, read, picks=picks or {}, prefer=prefer))
    refuse_locked(case.locked.unlocked_sections, _changed(current, done))
    document = {**current.document, **_without_head(done)}
    found = replace(
        _imported(cycle, unit, read, document=document, context=check_context(connection, case)),
        submission_id=existing, created=False, joined=done, merges=read.offline is not None, draft=current.document,
        versions={name: one.version for name, one in current.sections.items()},
    )  # fmt: skip
    if not dry_run:
        _write(connection, actor, case=case, current=current, found=found, seen=seen)
        remember(connection, existing, traces)
    return found


def _cycle_of(session: Session, cycle_id: int, read: ReadResult) -> Cycle:
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        raise NotFound
    if read.document["form"] != cycle.form:
        raise InvalidRequest("another_form", field="file", form=str(read.document["form"])[:60], wanted=cycle.form)
    return cycle


_REGION = text("select c.region from submission s join cycle c on c.id = s.cycle_id where s.id = :id")


def _refuse_another(connection: Connection, result: ReadResult, cycle: Cycle, *, existing: int | None) -> None:
    """A workbook that the system gave out goes back to the form that it came from, and to no other.

    Its number alone does not tell: another installation has a form of the same number. Units may be renamed meanwhile.
    """
    if result.offline is None:
        return
    known = result.offline.identity
    region = connection.execute(_REGION, {"id": existing}).scalar()
    wanted = (existing, region, cycle.fiscal_year, cycle.form)
    if (known.submission_id, known.region, known.fiscal_year, known.form) != wanted:
        said = {"unit": known.department[:60], "year": str(known.fiscal_year), "id": str(known.submission_id)}
        raise InvalidRequest("offline_another_form", field="file", **said)


def _joined(case: Case, current: Draft, result: ReadResult, *, picks: Picks, prefer: str | None) -> Joined:
    form, values = form_type(case.form), {name: one.value for name, one in current.sections.items()}
    if result.offline is not None:
        base, file = result.offline.identity.base, result.offline.values
    else:
        head = {name: result.document[name] for name in HEAD_FIELDS if result.document.get(name)}
        base, file = None, {**result.document, HEAD: {"supervising_department": None} | head}
    done = joined(form, base=base, file=file, draft=values, picks=picks)
    if prefer is not None and done.open:
        done = joined(
            form, base=base, file=file, draft=values, picks={one.key: prefer for one in done.open} | dict(picks)
        )
    if base is None:  # the unit of the amounts goes with them
        done.values[HEAD].pop("money_source_unit", None)
        done.values[HEAD] |= {name: cell for name, cell in file[HEAD].items() if name == "money_source_unit"}
    return done


def _held(connection: Connection, case: Case, current: Draft, done: Joined) -> tuple[Joined, Mapping[str, str]]:
    """A row that a file wrote anew stays held, and the preview says so."""
    stored = {name: one.value for name, one in current.sections.items()}
    known = held_traces(connection, case.locked.id)
    values, traces = with_holds(form_type(case.form), done.values, stored, known)
    return replace(done, values=values), traces


def _without_head(done: Joined) -> dict[str, Any]:
    sections = {name: value for name, value in done.values.items() if name != HEAD}
    return {"supervising_department": done.values[HEAD].get("supervising_department"), **sections}


def _imported(
    cycle: Cycle,
    unit: int,
    result: ReadResult,
    *,
    document: Document | None = None,
    context: CheckContext | None = None,
) -> Imported:
    """Without a draft there is nothing to look at beside the document, so the document alone is checked."""
    form = form_type(cycle.form)
    tidy, _ = tidied(document or result.document, form)
    findings = tuple(check(tidy, context or CheckContext(form)))
    return Imported(
        None, unit, cycle.id, True, result.document, result.changes, findings, result.source, places=result.places
    )


_BY_NAME = text("""
select d.id from department d join role_assignment g on g.department_id = d.id
where g.person_id = :person_id and g.role = 'filler' and d.active and (d.name = :name or d.short_name = :name)
""")


def _department(connection: Connection, actor: Actor, name: str) -> int:
    """The unit of this name among those that the actor fills in for; the only one where there is but one."""
    own = [grant.department_id for grant in actor.grants if grant.role is Role.FILLER]
    named = connection.execute(_BY_NAME, {"person_id": actor.id, "name": name}).scalar()
    if named is None and len(own) != 1:
        raise InvalidRequest("no_unit_of_this_name", field="department", name=name[:60])
    return int(named or own[0])


def _existing(connection: Connection, cycle: Cycle, department_id: int) -> int | None:
    return connection.execute(
        select(Submission.id).where(
            Submission.department_id == department_id,
            Submission.fiscal_year == cycle.fiscal_year,
            Submission.form == cycle.form,
            Submission.kind == "target",
            Submission.state != State.CLOSED,
        )
    ).scalar_one_or_none()


def _editable(connection: Connection, actor: Actor, *, submission_id: int) -> Case:
    """A dry run is refused what the writing would be: it tells nobody of forms that are none of their business."""
    case = locked(connection, actor, submission_id=submission_id)
    if case.kind is not RouteKind.TARGET:
        raise NotPossibleNow("not_in_this_state", state=case.locked.state.value, action=Action.EDIT.value)
    step(actor, facts_of(connection, case), Request(Action.EDIT))
    return case


def _write(
    connection: Connection, actor: Actor, *, case: Case, current: Draft, found: Imported, seen: Mapping[str, int] | None
) -> None:
    """Write the sections that come out otherwise than they are. All of them or, by an error, none."""
    assert found.joined is not None, "there is a draft"
    if seen is not None and dict(seen) != dict(found.versions):
        raise StaleVersion(field="file")
    _refuse_open(found.joined.open)
    _refuse_impossible(case, found.joined)
    changed = _changed(current, found.joined)
    for name in changed:
        known = current.sections.get(name)
        version, value = known.version + 1 if known else 1, found.joined.values[name]
        put_section(connection, actor, submission_id=case.locked.id, section=name, value=value, version=version)
    if changed:
        add_editor(connection, actor, submission_id=case.locked.id, kind=RouteKind.TARGET)


def _changed(current: Draft, joined: Joined) -> list[str]:
    """The sections that come out otherwise than they are."""
    stands = {name: one.value for name, one in current.sections.items()}
    return [name for name, value in joined.values.items() if name not in stands or stands[name] != value]


def _refuse_open(disputed: tuple[Disputed, ...]) -> None:
    if disputed:
        raise NotPossibleNow("import_conflicts", field="file", count=str(len(disputed)))


def _refuse_impossible(case: Case, done: Joined) -> None:
    """File and draft each fit, and together may have too many rows."""
    for section in target_sections(form_type(case.form)):
        for problem in section_problems(section, done.values[section.name])[:1]:
            raise InvalidRequest(f"shape.{problem.case}", field=problem.path, **dict(problem.params))
