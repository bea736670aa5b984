"""Check 55 of the interface, as far as it can be held before there are public pages: what was taken out of a form is nowhere.

The public pages belong to the issue of disclosure, and so does the rest of the check. Here a row is withheld by its placeholder;
afterwards no page, print, export or proof of the form contains a word of it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from zipfile import ZipFile, is_zipfile

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader
from sqlalchemy import text

from service.db import session_factory, unit_of_work
from service.queries.actor import by_username
from service.queries.evidence_rows import evidence_rows
from service.queries.exportable import exportable
from service.render.bundle import evidence_bundle
from service.render.export import FORMATS, document_export
from service.render.official import Stamp
from service.render.offline_draft import offline_draft
from service.render.offline_workbook import offline_workbook
from service.usecases.submit import submit
from tests.browser.checks.editing import kept
from tests.browser.checks.test_printing import plain
from tests.browser.conftest import Site
from workflows.facts import Request
from workflows.lifecycle import Action

pytestmark = pytest.mark.browser

SECRET = "青鸾行动第七小组驻地"
PLACEHOLDER = "涉密事项，线下报送"
PAGES = ("", "/check", "/preview", "/holds", "/timeline", "/print", "/attachments", "/library")


@pytest.fixture
def withheld(site: Site, seeded: int, window: Page) -> int:
    """The form after its filler has put the placeholder over a marked row, on the page for it."""
    rows = kept(site, seeded, "key_tasks")
    rows[1]["content"] = f"{SECRET}的经费（密）"
    with unit_of_work(session_factory(site.engine)) as session:
        statement = "update draft_section set body = :body, version = version + 1 where submission_id = :id and section = 'key_tasks'"
        session.execute(text(statement), {"body": json.dumps({"value": rows}), "id": seeded})
    window.goto(f"/submissions/{seeded}/holds")
    assert SECRET in window.content(), "before, it is there to be seen by its filler"
    window.get_by_label("理由").first.fill("按保密规定线下报送")
    with window.expect_navigation():
        window.get_by_role("button", name="换成").first.click()
    assert kept(site, seeded, "key_tasks")[1]["content"] == PLACEHOLDER
    return seeded


def readings(data: bytes) -> Iterator[str]:
    """Everything that a file says: itself, what is packed in it, and what a reader of PDF makes of it."""
    yield data.decode("utf-8", "replace")
    if data.startswith(b"%PDF"):
        yield "".join(plain(page.extract_text()) for page in PdfReader(io.BytesIO(data)).pages)
    elif is_zipfile(io.BytesIO(data)):
        with ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from readings(archive.read(name))


def exports(site: Site, form: int, *, revision: bool) -> dict[str, bytes]:
    """Every file that the form can be had as."""
    with unit_of_work(session_factory(site.engine)) as session:
        connection = session.connection()
        chosen = exportable(connection, form, which="head")
        stamp = Stamp(chosen.revision, chosen.sha256)
        files = {one: document_export(chosen.document, one, stamp=stamp) for one in FORMATS}
        if revision:
            rows = evidence_rows(connection, form)
            files["bundle"] = evidence_bundle(rows)
        else:
            files["workbook"] = offline_workbook(offline_draft(connection, None, submission_id=form), lang="zh")
        return files


def test_check_55_what_was_withheld_is_on_no_page_and_in_no_file(site: Site, withheld: int, window: Page) -> None:
    for path in PAGES:
        reply = window.goto(f"/submissions/{withheld}{path}")
        assert reply is not None
        assert reply.ok, path
        assert SECRET not in window.content(), path
    state = window.request.get(f"/submissions/{withheld}/state", headers={"Accept": "application/json"})
    assert SECRET not in json.dumps(state.json(), ensure_ascii=False)
    for name, data in exports(site, withheld, revision=False).items():
        texts = "".join(readings(data))
        assert SECRET not in texts, name
        assert PLACEHOLDER in texts or "\\u6d89\\u5bc6" in texts, f"{name} was read at all"
    window.goto(f"/submissions/{withheld}/print")
    assert SECRET not in "".join(readings(window.pdf()))
    with unit_of_work(session_factory(site.engine)) as session:
        filler = by_username(session.connection(), "filler")
        assert filler is not None
        version = session.execute(text("select version from submission where id = :id"), {"id": withheld}).scalar_one()
        submit(session, filler, submission_id=withheld, request=Request(Action.SUBMIT), version=version)
    for name, data in exports(site, withheld, revision=True).items():
        assert SECRET not in "".join(readings(data)), name
