"""流转与证据: each handing-in leads to the revision that it froze."""

from __future__ import annotations

import re

from service.db import unit_of_work
from service.usecases.submit import submit
from tests.factories import seed_document
from tests.web.conftest import Browse, Town
from tests.web.filling import new_draft
from workflows.facts import Request
from workflows.lifecycle import Action


def hand_in(town: Town, form: int) -> None:
    version = town.version(form)
    with unit_of_work(town.factory) as session:
        submit(session, town.city["filler"], submission_id=form, request=Request(Action.SUBMIT), version=version)


def test_the_same_text_in_a_second_round_is_a_revision_of_its_own(town: Town, browse: Browse) -> None:
    form = new_draft(town, 2043, seed_document())
    hand_in(town, form)
    town.act("dept_head", form, action=Action.RETURN_FOR_REVISION, comment="请核对")
    hand_in(town, form)
    town.act("dept_head", form, action=Action.PASS)
    page = browse("filler").get(f"/submissions/{form}/timeline").text
    assert re.findall(r'class="ver" href="#r(\d)"', page) == ["1", "2"]
    first, second = page.partition('id="r1"')[2].split('id="r2"')
    assert first.count('class="sg"') == 0, "nobody passed the first"
    assert second.count('class="sg"') == 1
