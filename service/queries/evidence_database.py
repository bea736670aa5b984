"""Whether everything that the database keeps of forms still is what happened: every chain, revision, opinion and form.

Forms come in order of their ids, some hundreds at a time, so that memory stays small however many there are; each is put
together as a bundle and judged by the same code that judges an exported one. Chains beside those of forms are streamed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, TextClause, text

from workflows.bundle import first_fault
from workflows.bundle_fault import BundleFault
from workflows.canonical import canonical_json
from workflows.chain import FIELDS, first_broken, instant
from workflows.withheld import SUBJECT, withheld_by

FORMS_AT_A_TIME: Final = 200
_EVENT: Final = ", ".join((*FIELDS, "hash"))
_LAST: Final = 2**63 - 1

_FORMS = text("""
select s.id, s.state, s.level, s.version, s.head_hash, s.grade, s.reply_number, s.reply_date::text as reply_date,
    s.head_revision_id, r.sha256 as head_sha256
from submission s left join revision r on r.id = s.head_revision_id where s.id > :after order by s.id limit :limit
""")
# By a range of ids and not by the ids of forms: what belongs to a form that is gone is found too.
_RANGES: Final[Mapping[str, TextClause]] = {
    "events": text(f"""
select {_EVENT} from event
where subject_kind = 'submission' and subject_id > :after and subject_id <= :last order by subject_id, seq
"""),  # noqa: S608 - constant text
    "withholdings": text(f"""
select {_EVENT} from event
where subject_kind = '{SUBJECT}' and subject_id > :after and subject_id <= :last order by subject_id, seq
"""),  # noqa: S608 - constant text
    "revisions": text("""
select * from revision where submission_id > :after and submission_id <= :last order by submission_id, number, id
"""),
    "attachments": text("""
select r.submission_id, r.number as revision, a.name, a.size, a.sha256, a.section, a.row_id
from revision r join revision_attachment a on a.revision_id = r.id
where r.submission_id > :after and r.submission_id <= :last order by r.submission_id, r.number, a.attachment_id
"""),
}
# In one go beside the forms: one sort of the whole costs less than a join with the revisions for each range.
_OPINIONS = text("""
select o.*, r.sha256 as revision_sha256 from opinion o left join revision r on r.id = o.revision_id
order by o.submission_id, o.id
""")
_STREAMED: Final = {"stream_results": True, "yield_per": 2_000}
_OTHER_CHAINS = text(f"""
select {_EVENT} from event where subject_kind not in ('submission', '{SUBJECT}') order by subject_kind, subject_id, seq
""")  # noqa: S608 - constant text
_HEADS: Final = frozenset({"submit", "submit_evaluation", "re_score", "amend"})
_PLACE: Final = re.compile(r"(?P<table>[a-z]+)\[(?P<index>\d+)\]")
_TABLES: Final = {"events": "event", "revisions": "revision", "opinions": "opinion", "withholdings": "event"}


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that does not hold: its table and key, the chain that it belongs to, why (a key of [bundle])."""

    table: str
    key: str
    kind: str
    id: int
    reason: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def place(self) -> str:
        """The row as people look it up."""
        return f"{self.table} {self.key} ({self.kind} {self.id})"


@dataclass(slots=True)
class Counted:
    """How much was looked at. `withheld`: bodies that were emptied by two people."""

    chains: int = 0
    events: int = 0
    revisions: int = 0
    opinions: int = 0
    withheld: int = 0


def row_faults(connection: Connection, counted: Counted) -> Iterator[RowFault]:
    """The first fault of each form and of each other chain, in order of their ids; `counted` grows on the way."""
    after, opinions = 0, _Opinions(connection)
    while forms := connection.execute(_FORMS, {"after": after, "limit": FORMS_AT_A_TIME}).mappings().all():
        full = len(forms) == FORMS_AT_A_TIME
        last = forms[-1]["id"] if full else _LAST
        yield from _some(connection, forms, opinions.up_to(last), after=after, last=last, counted=counted)
        after = last
    if after != _LAST:  # behind the last form too
        yield from _some(connection, (), opinions.up_to(_LAST), after=after, last=_LAST, counted=counted)
    yield from _others(connection, counted)


class _Opinions:
    """All opinions in order of their forms, taken off as far as the forms have come."""

    def __init__(self, connection: Connection) -> None:
        self._rows = iter(connection.execute(_OPINIONS, execution_options=_STREAMED).mappings())
        self._next = next(self._rows, None)

    def up_to(self, last: int) -> dict[int, list[dict[str, Any]]]:
        """Those of forms up to this one that nobody has taken yet, by form."""
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        while self._next is not None and self._next["submission_id"] <= last:
            found[self._next["submission_id"]].append(_plain(self._next))
            self._next = next(self._rows, None)
        return found


def _some(
    connection: Connection,
    forms: Sequence[RowMapping],
    opinions: dict[int, list[dict[str, Any]]],
    *,
    after: int,
    last: int,
    counted: Counted,
) -> Iterator[RowFault]:
    tables = {
        name: _by_form(connection, sql, subject=_subject(name), after=after, last=last) for name, sql in _RANGES.items()
    } | {"opinions": opinions}
    ids = {form["id"] for form in forms}
    strays = {id_ for rows in tables.values() for id_ in rows} - ids
    found = []
    for form in forms:
        data = {name: rows.get(form["id"], []) for name, rows in tables.items()}
        _count(counted, data)
        fault = _fault_of(dict(form), data)
        if fault is not None:
            found.append(fault)
    found += [_stray(id_, tables) for id_ in strays]
    yield from sorted(found, key=lambda fault: fault.id)


def _subject(name: str) -> str:
    return "subject_id" if name in ("events", "withholdings") else "submission_id"


def _by_form(
    connection: Connection, sql: TextClause, *, subject: str, after: int, last: int
) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(sql, {"after": after, "last": last}).mappings():
        found[row[subject]].append(_plain(row))
    return found


def _plain(row: RowMapping) -> dict[str, Any]:
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _count(counted: Counted, data: Mapping[str, list[dict[str, Any]]]) -> None:
    withheld = withheld_by(data["withholdings"])
    counted.chains += 1 + bool(data["withholdings"])
    counted.events += len(data["events"]) + len(data["withholdings"])
    counted.revisions += len(data["revisions"])
    counted.opinions += len(data["opinions"])
    counted.withheld += len(withheld.opinions) + len(withheld.revisions)


def _fault_of(form: dict[str, Any], data: dict[str, list[dict[str, Any]]]) -> RowFault | None:
    head = (form.pop("head_revision_id"), form.pop("head_sha256"))
    try:
        fault = first_fault({"submission": form, **data})
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ):  # a text or a body that the service could not have written
        fault = BundleFault("submission", "unfit")
    if fault is None and not _is_head(*head, data):
        fault = BundleFault("submission", "form_disagrees")
    return None if fault is None else _row_of(fault, form["id"], data)


def _is_head(id_: int | None, sha256: str | None, data: Mapping[str, list[dict[str, Any]]]) -> bool:
    """Whether a form names the revision that its events froze last, or that an adjustment of it put in its place."""
    last = next((event for event in reversed(data["events"]) if event["action"] in _HEADS), None)
    if last is None or last["action"] == "amend":
        return sha256 == (last["body"].get("revision_sha256") if last else None)
    return bool(data["revisions"]) and id_ == data["revisions"][-1]["id"]


def _unfit(data: Mapping[str, list[dict[str, Any]]]) -> str:
    """The place of the first row that has no canonical form or another shape than its table's."""
    for name, rows in data.items():
        for index, row in enumerate(rows):
            try:
                canonical_json(row)
            except ValueError:
                return f"{name}[{index}]"
            if any(key in row and not isinstance(row[key], dict) for key in ("document", "body")):
                return f"{name}[{index}]"
    return "submission"


def _row_of(fault: BundleFault, form_id: int, data: Mapping[str, list[dict[str, Any]]]) -> RowFault:
    """The row that a place in the bundle stands for. Of a missing event the place is where it should be."""
    found = _PLACE.fullmatch(fault.place)
    if found is None:
        table = "revision_attachment" if fault.place == "attachments" else fault.place
        return RowFault(table, str(form_id), "submission", form_id, fault.reason, fault.params)
    name, index = found["table"], int(found["index"])
    rows = data[name]
    kind = SUBJECT if name == "withholdings" else "submission"
    key = str(rows[index].get("id", index + 1)) if index < len(rows) else f"#{index + 1}"
    return RowFault(_TABLES.get(name, "revision_attachment"), key, kind, form_id, fault.reason, fault.params)


def _stray(form_id: int, tables: Mapping[str, Mapping[int, list[dict[str, Any]]]]) -> RowFault:
    """Rows of a form that is not there."""
    name, rows = next((name, rows[form_id]) for name, rows in tables.items() if form_id in rows)
    key = str(rows[0].get("id", form_id))
    return RowFault(_TABLES.get(name, "revision_attachment"), key, "submission", form_id, "no_form")


def _others(connection: Connection, counted: Counted) -> Iterator[RowFault]:
    rows = connection.execute(_OTHER_CHAINS, execution_options=_STREAMED).mappings()
    for (kind, id_), group in groupby(rows, key=lambda row: (row["subject_kind"], row["subject_id"])):
        events = [_plain(row) for row in group]
        counted.chains += 1
        counted.events += len(events)
        try:
            broken = first_broken(events)
        except ValueError:
            index = int(_unfit({"events": events})[len("events[") : -1])
            yield RowFault("event", str(events[index]["id"]), kind, id_, "unfit")
            continue
        if broken is not None:
            at = min(broken.seq, len(events)) - 1
            yield RowFault("event", str(events[at]["id"]), kind, id_, broken.reason, {"seq": str(broken.seq)})
