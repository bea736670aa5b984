"""What the checks of a target may know besides the document: last year, other units, the unit's own units, its ceiling."""

from __future__ import annotations

from sqlalchemy import Connection, text

from service.queries.peers import peers_of
from service.queries.revisions import last_year_document
from service.queries.submissions import Case
from workflows.forms import form_type
from workflows.forms.base import CheckContext

_AROUND = text("""
select exists (select 1 from department where parent_id = :department_id and active) as has_sub_units,
    (select control_figure from submission where id = :id) as control_figure,
    count(*) as approved, coalesce(max(approved_revision_id), 0) as newest
from submission where approved_revision_id is not null and fiscal_year in (:year, :year - 1)
    and split_part(form, '@', 1) = :code
""")


def check_context(connection: Connection, case: Case) -> CheckContext:
    """The context of the checks of a form's target."""
    form, unit = form_type(case.form), case.locked.department_id
    given = {"id": case.locked.id, "department_id": unit, "year": case.fiscal_year, "code": form.code}
    around = connection.execute(_AROUND, given).one()
    others = peers_of(
        connection,
        code=form.code,
        fiscal_year=case.fiscal_year,
        department_id=unit,
        stamp=(around.approved, around.newest),
    )
    return CheckContext(
        form=form,
        last_year=last_year_document(connection, case),
        has_sub_units=around.has_sub_units,
        peers=others,
        control_figure=around.control_figure,
    )
