"""Forms as a browser without scripts fills them: what a page would post, what stands in the draft afterwards."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.usecases.open_draft import open_draft
from service.web.formats import now
from tests.factories import make_cycle
from workflows.deadlines import beijing_date

if TYPE_CHECKING:
    from tests.web.conftest import Town

SEED = Path(__file__).parents[1] / "forms" / "seed-jieyang-2022.txt"


# The reliability guide, section 4, A and B: what people and programs put into a field.
BAD = [
    "NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e-400", "-0", "-1", "１２３", "１２３．５", "٣", "²", "½", "一百", "壹佰",
    "1_000", "1,000", "1，000", "1.000,00", "0x10", "010", "+5", "--5", "−5", "12\u200b", "\u202e12", "137.225",
    "9" * 20, "100%", "≥ 95", "＞＝", "2月30日", "9223372036854775808", "\u202etxt.exe", "（密\u200b）", "a" + "\u0301" * 100,
    "а", "<script>alert(1)</script>", '"><svg/onload=alert(1)>', "{{7*7}}", "{% raw %}", "${7*7}", "%(x)s",
    "{0.__class__}", "' OR 1=1--", "'; DROP TABLE person;--", "100%_\\", "a\r\nBcc: x", "\x1b[31m", "a" * 50 + "!", " " * 60,
    "\u3000", "😀𠮷〇㛃\ue000",
]  # fmt: skip
IMPOSSIBLE = ["\x00", "a\x07b", "\ufffe", "\ufdd0"]


def cycle_of(town: Town, year: int) -> int:
    """A cycle of its own for the first unit, so that its forms stand in nobody's way."""
    with unit_of_work(town.factory) as session:
        return make_cycle(session, departments=[town.city.unit], today=beijing_date(now()), fiscal_year=year)


def new_draft(town: Town, year: int, document: dict[str, Any]) -> int:
    cycle = cycle_of(town, year)
    with unit_of_work(town.factory) as session:
        return open_draft(
            session, town.city["filler"], department_id=town.city.unit, cycle_id=cycle, document=document
        ).id


def saved(town: Town, form: int, section: str) -> Any:  # noqa: ANN401 - whatever the section holds
    ((value,),) = town.rows("select body -> 'value' from draft_section where submission_id = :id and section = :s", id=form, s=section)  # fmt: skip
    return value


def fields_of(page: TestResponse, section: str) -> dict[str, str]:
    """What a browser would post of a section: its inputs, text areas and chosen options, by the form they belong to."""
    html, form = page.text, f'form="f-{section}"'
    own = re.search(rf'<form id="f-{section}".*?</form>', html, re.S)
    assert own, section
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', own[0]))
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if form in tag and name:
            found[name[1]] = value[1] if value else ""
    for tag, inside in re.findall(r"(<textarea[^>]*>)\n?(.*?)</textarea>", html, re.S):
        name = re.search(r'name="([^"]+)"', tag)
        if form in tag and name:
            found[name[1]] = inside
    for tag, inside in re.findall(r"(<select[^>]*>)(.*?)</select>", html, re.S):
        name, chosen = re.search(r'name="([^"]+)"', tag), re.search(r'<option value="([^"]*)" selected', inside)
        if form in tag and name:
            found[name[1]] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in found.items()}


def post(client: FlaskClient, form: int, section: str, **changes: str) -> TestResponse:
    """Open the editor, change some cells of a section, press a button (`do`)."""
    page = client.get(f"/submissions/{form}")
    assert page.status_code == 200
    data = {**fields_of(page, section), "do": "save", **changes}
    return client.post(f"/submissions/{form}/sections/{section}", data=data)
