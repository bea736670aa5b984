"""The indicator library over the API: found by name or pinyin initials, as in the editor."""

from __future__ import annotations

from typing import Annotated

from flask import Response
from pydantic import BaseModel, Field, StringConstraints

from service.api.auth import current, sign_in_required
from service.api.blueprint import api_blueprint
from service.api.edge import work
from service.api.idempotency import answer
from service.api.paging import plain
from service.api.schemas import Id, Strict
from service.queries.library import LONGEST_QUERY, SHOWN, places_of, search
from service.queries.revisions import last_year_document
from service.queries.seen import seen
from workflows.document import INDICATORS
from workflows.forms import form_type
from workflows.library import proposable

blueprint = api_blueprint("library", about="Indicators that forms may take over")
sign_in_required(blueprint)


class LibraryQuery(Strict):
    """What a name, or the initials of its pinyin, should hold; blank finds all.

    With `submission_id` the levels of that form, the indicators of its unit and those that the unit used a year ago come
    into it; without, the entries of the departments where the person holds a role.
    """

    q: Annotated[str, StringConstraints(max_length=LONGEST_QUERY, pattern=r"^[^\x00]*$")] = ""
    submission_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = SHOWN


class LibraryLine(BaseModel):
    """An entry. `units` is how many units use it, `own`: this unit used it a year ago."""

    id: int
    code: str
    scope: str
    industry: str | None
    department: str | None
    level1: str
    level2: str
    level3: str
    interpretation: str | None
    comparator: str | None
    unit: str | None
    direction: str
    source: str
    units: int
    own: bool


class LibraryOut(BaseModel):
    """What was found: own ones first, then what most units use."""

    items: list[LibraryLine]


@blueprint.get("/library", responses={200: LibraryOut})
def find_in_library(query: LibraryQuery) -> Response:
    """Active entries of the indicator library. Entries of a department are for it and all below it."""
    with work() as session:
        connection, actor = session.connection(), current().actor
        own: set[str] = set()
        levels = None
        if query.submission_id is None:
            places = places_of(connection, [grant.department_id for grant in actor.grants])
        else:
            case = seen(connection, actor, submission_id=query.submission_id)
            places = list(case.place.path)
            levels = {twig for twigs in form_type(case.form).tree.branches.values() for twig in twigs}
            last = last_year_document(connection, case) or {}
            own = {row["level3"] for row in last.get(INDICATORS, ()) if proposable(row)}
        found = search(connection, query.q, departments=places, own=own, levels=levels, limit=query.limit)
    return answer(200, {"items": [plain(one) for one in found]})
