"""Which forms a list sends along: those that were ticked, or all that the list's own filters match."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from service.queries import inbox as boxes
from service.queries import lists
from service.queries.inbox import Tab
from service.usecases.decide_many import LARGEST, Chosen
from service.web.inbox import NARROWED, end_of_week
from service.web.narrowing import read_filters
from workflows.errors import InvalidRequest
from workflows.facts import Actor

_LONGEST: Final = 12
PATHS: Final = ("/inbox", "/submissions")


def chosen_forms(connection: Connection, actor: Actor, form: MultiDict[str, str], *, now: datetime) -> list[Chosen]:
    """At most 500, each with the version that the list showed. Raises InvalidRequest for a value that is none."""
    if form.get("all") == "1":
        return _all(connection, actor, form, now)
    chosen = list(dict.fromkeys(map(_chosen, form.getlist("form"))))
    if len(chosen) > LARGEST:
        raise InvalidRequest("batch_size", field="items", limit=str(LARGEST))
    return chosen


def list_address(form: MultiDict[str, str]) -> str:
    """The list that the forms were chosen from; the desk where the page names none of ours."""
    path, query = form.get("path", ""), form.get("query", "")
    if path not in PATHS or not query.isprintable():
        return PATHS[0]
    return f"{path}?{query}" if query else path


def _chosen(value: str) -> Chosen:
    form, dash, version = value.partition("-")
    if (
        not dash
        or not (form + version).isdecimal()
        or len(form) > 18
        or len(version) > _LONGEST
        or not form
        or not version
    ):
        raise InvalidRequest("no_such_path", field="form")
    return Chosen(int(form), int(version))


def _all(connection: Connection, actor: Actor, form: MultiDict[str, str], now: datetime) -> list[Chosen]:
    given = dict(parse_qsl(form.get("query", "")))
    asked = read_filters(given)
    if asked.narrowed is None:
        return []
    if form.get("path") == "/submissions":
        found = lists.submissions(connection, actor, narrowed=asked.narrowed, limit=LARGEST)
        return [Chosen(line.id, line.version) for line in found]
    due = given.get("due") if given.get("due") in NARROWED else None
    until = {"week": end_of_week(now), "over": now}.get(due or "")
    waiting = boxes.inbox(connection, actor, tab=Tab.TODO, limit=LARGEST, until=until, narrowed=asked.narrowed)
    return list(dict.fromkeys(Chosen(line.submission_id, line.version) for line in waiting if line.level))
