"""What the checks of a target may know besides the document: last year's form and whether the unit has units of its own."""

from __future__ import annotations

from sqlalchemy import Connection, text

from service.queries.revisions import last_year_document
from service.queries.submissions import Case
from workflows.forms import form_type
from workflows.forms.base import CheckContext

_SUB_UNITS = text("select exists (select 1 from department where parent_id = :id and active)")


def check_context(connection: Connection, case: Case) -> CheckContext:
    """The context of the checks of a form's target."""
    return CheckContext(
        form=form_type(case.form),
        last_year=last_year_document(connection, case),
        has_sub_units=connection.execute(_SUB_UNITS, {"id": case.locked.department_id}).scalar_one(),
    )
