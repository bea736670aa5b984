"""The screen marks as required what the data of the form type name as required, in every form type, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from service.db import unit_of_work
from service.usecases.open_draft import open_draft
from service.web.formats import now
from tests.factories import make_cycle, seed_document
from tests.web.conftest import Browse, Town
from tests.web.test_project_form import ROWS
from workflows.deadlines import beijing_date
from workflows.document import empty_document, empty_row
from workflows.forms import form_type, form_types
from workflows.forms.base import Shape


def project() -> dict[str, Any]:
    """A project form with a row in each of its tables."""
    form = form_type("project@2022")
    rows = {name: [empty_row(form.section(name)) | row for row in some] for name, some in ROWS.items()}
    return (
        empty_document(form, region="揭阳市", fiscal_year=2078, department="政法委", supervising_department="") | rows
    )


def marked(page: str, cell: str) -> bool:
    """Whether the label of a cell wears the mark, and says it to those who hear the page."""
    found = re.search(rf'<label[^>]*for="c-{cell}"[^>]*>(.*?)</label>', page, re.DOTALL)
    assert found is not None, cell
    assert ('class="req"' in found[1]) == ("必填" in found[1]), cell
    return 'class="req"' in found[1]


@pytest.mark.parametrize("form_id", [one.id for one in form_types()])
def test_marks_follow_the_data_of_the_form_type(town: Town, browse: Browse, form_id: str) -> None:
    form = form_type(form_id)
    with unit_of_work(town.factory) as session:
        unit = town.city.unit
        year = 2070 + [one.id for one in form_types()].index(form_id)
        cycle = make_cycle(session, departments=[unit], today=beijing_date(now()), fiscal_year=year, form=form_id)
        draft = open_draft(session, town.city["filler"], department_id=unit, cycle_id=cycle).id
    page = browse("filler").get(f"/submissions/{draft}").text
    wrong = [
        f"{section.name}.{field.name}"
        for section in form.sections
        if section.shape in (Shape.FIELDS, Shape.TEXT)
        for field in section.fields
        for cell in [section.name if section.shape is Shape.TEXT else f"{section.name}-{field.name}"]
        if f'for="c-{cell}"' in page and marked(page, cell) != field.required
    ]
    assert wrong == []
    assert marked(page, form.goal), "a text that is a section of its own is among them"


@pytest.mark.parametrize(
    ("form_id", "year", "document"),
    [("department_overall@2022", 2079, seed_document), ("project@2022", 2078, project)],
    ids=["department", "project"],
)
def test_heads_of_tables_follow_it_too(
    town: Town, browse: Browse, form_id: str, year: int, document: Callable[[], dict[str, Any]]
) -> None:
    form = form_type(form_id)
    with unit_of_work(town.factory) as session:
        unit = town.city.unit
        cycle = make_cycle(session, departments=[unit], today=beijing_date(now()), fiscal_year=year, form=form.id)
        filler = town.city["filler"]
        draft = open_draft(session, filler, department_id=unit, cycle_id=cycle, document=document()).id
    page = browse("filler").get(f"/submissions/{draft}").text
    tables = [one.name for one in form.sections if f'id="sec-{one.name}"' in page and one.shape is Shape.ROWS]
    assert len(tables) == 3
    for name in tables:
        part = page[page.index(f'id="sec-{name}"') :]
        head = part[part.index("<thead>") : part.index("</thead>")]
        assert head.count('class="req"') == sum(field.required for field in form.section(name).fields), name
