"""The screen marks as required what the data of the form type name as required, in every form type, and nothing else."""

from __future__ import annotations

import re

import pytest

from service.db import unit_of_work
from service.usecases.open_draft import open_draft
from service.web.formats import now
from tests.factories import make_cycle, seed_document
from tests.web.conftest import Browse, Town
from workflows.deadlines import beijing_date
from workflows.forms import form_type, form_types
from workflows.forms.base import Shape


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
        if section.shape is Shape.FIELDS
        for field in section.fields
        if f'for="c-{section.name}-{field.name}"' in page
        and marked(page, f"{section.name}-{field.name}") != field.required
    ]
    assert wrong == []


def test_heads_of_tables_follow_it_too(town: Town, browse: Browse) -> None:
    form = form_type("department_overall@2022")
    with unit_of_work(town.factory) as session:
        unit = town.city.unit
        cycle = make_cycle(session, departments=[unit], today=beijing_date(now()), fiscal_year=2079, form=form.id)
        filler = town.city["filler"]
        draft = open_draft(session, filler, department_id=unit, cycle_id=cycle, document=seed_document()).id
    page = browse("filler").get(f"/submissions/{draft}").text
    for name in ("key_tasks", "other_tasks", "indicators"):
        part = page[page.index(f'id="sec-{name}"') :]
        head = part[part.index("<thead>") : part.index("</thead>")]
        assert head.count('class="req"') == sum(field.required for field in form.section(name).fields), name
