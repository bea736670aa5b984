"""存证 and 依规移除 on pages: the audit administrator keeps heads and confirms, a secrecy reviewer asks, nobody else sees either."""

from __future__ import annotations

import json
import re
from itertools import count

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.usecases.write_head import write_head
from tests.factories import seed_document
from tests.web.conftest import Browse, Town
from tests.web.filling import new_draft
from tests.web.test_timeline import hand_in
from tests.web.visitor import chinese_outside, press
from workflows.ed25519 import public_key, read_public_pem
from workflows.heads import read_exported
from workflows.lifecycle import Action
from workflows.withheld import WITHHELD

KEY = bytes(range(32))
_years = count(2050)  # one form of a unit a year
SAID = "此处写有依法不得保存的内容"


@pytest.fixture
def form(town: Town) -> int:
    made = new_draft(town, next(_years), seed_document())
    hand_in(town, made)
    town.act("dept_head", made, action=Action.PASS, comment=SAID)
    return made


def post(client: FlaskClient, path: str, fields: dict[str, str]) -> TestResponse:
    """Post as a form of the site, whatever the page shows to this person."""
    return press(client, path, page="/account", **fields)


def test_the_audit_administrator_keeps_heads_and_sees_no_form(town: Town, browse: Browse, form: int) -> None:
    audit = browse("audit_admin")
    with unit_of_work(town.factory) as session:
        head = write_head(session, KEY)
    page = audit.get("/admin/evidence").text
    assert f'<th scope="row" class="title">{head.seq}</th>' in page
    assert 'href="/admin/evidence"' in page, "an entry of the bar on top"
    assert SAID not in page
    kept, ends = read_exported(json.loads(audit.get("/admin/evidence/head.json").data))
    assert (kept, len(ends)) == (head, head.chains)
    assert read_public_pem(audit.get("/admin/evidence/key.pem").text) == public_key(KEY)
    for who in ("sys_admin", "sec_admin", "filler", "secrecy_reviewer", "finance_performance_office"):
        for path in ("/admin/evidence", "/admin/evidence/head.json", "/admin/evidence/key.pem"):
            assert browse(who).get(path).status_code == 403, (who, path)
    assert audit.get(f"/submissions/{form}/withhold").status_code == 404


def test_one_asks_and_another_confirms(town: Town, browse: Browse, form: int) -> None:
    reviewer, audit = browse("secrecy_reviewer"), browse("audit_admin")
    path = f"/submissions/{form}/withhold"
    assert f'href="{path}"' in reviewer.get(f"/submissions/{form}/timeline").text
    assert path not in browse("filler").get(f"/submissions/{form}/timeline").text
    chosen = re.findall(r'value="(opinion:\w+)"', reviewer.get(path).text)[0]
    refused = post(reviewer, path, {"body": chosen, "reason": " "})
    assert refused.status_code == 400
    assert 'aria-describedby="e-reason"' in refused.text
    assert f'value="{chosen}" required checked' in refused.text, "nothing that was chosen is lost"
    for body in ("", "opinion:O", "revision:x"):
        assert post(reviewer, path, {"body": body, "reason": "定密机关确认"}).status_code in (400, 404)
    assert post(reviewer, path, {"body": chosen, "reason": "定密机关确认"}).status_code == 303
    again = post(reviewer, path, {"body": chosen, "reason": "定密机关确认"})
    assert again.status_code == 409
    assert post(browse("filler"), path, {"body": "revision:1", "reason": "x"}).status_code == 403
    page = audit.get("/admin/evidence").text
    assert "定密机关确认" in page
    for who, english in (("audit_admin", "/admin/evidence"), ("secrecy_reviewer", path)):
        assert chinese_outside(browse(who, language="en").get(english).text) == []
    reviewer, audit = browse("secrecy_reviewer"), browse("audit_admin")
    request = re.findall(r'name="withholding_id" value="(\d+)"', page)[0]
    assert post(browse("sec_admin"), "/admin/evidence", {"withholding_id": request, "do": "confirm"}).status_code == 403
    assert post(audit, "/admin/evidence", {"withholding_id": request, "do": "burn"}).status_code == 400
    assert post(audit, "/admin/evidence", {"withholding_id": "99999", "do": "confirm"}).status_code == 404
    assert post(audit, "/admin/evidence", {"withholding_id": request, "do": "confirm"}).status_code == 303
    assert post(audit, "/admin/evidence", {"withholding_id": request, "do": "refuse"}).status_code == 409
    for page in (f"/submissions/{form}/timeline", f"/submissions/{form}"):
        shown = browse("filler").get(page).text
        assert SAID not in shown
    assert WITHHELD in browse("filler").get(f"/submissions/{form}/timeline").text


def test_every_page_of_a_form_lives_without_its_body(town: Town, browse: Browse, form: int) -> None:
    reviewer, audit = browse("secrecy_reviewer"), browse("audit_admin")
    assert (
        post(reviewer, f"/submissions/{form}/withhold", {"body": "revision:1", "reason": "定密机关确认"}).status_code
        == 303
    )
    request = re.findall(r'name="withholding_id" value="(\d+)"', audit.get("/admin/evidence").text)[0]
    assert post(audit, "/admin/evidence", {"withholding_id": request, "do": "confirm"}).status_code == 303
    for who in ("filler", "dept_head", "finance_business_office", "secrecy_reviewer"):
        for page in (
            "",
            "?view=whole",
            "/timeline",
            "/attachments",
            "/print",
            "/remarks",
            "/evidence.pdf",
            "/evidence.json",
        ):
            reply = browse(who).get(f"/submissions/{form}{page}")
            assert reply.status_code == 200, (who, page)
            assert "平安揭阳专项工作" not in reply.text if not page.endswith("pdf") else True
    assert WITHHELD in browse("filler").get(f"/submissions/{form}/print").text
    record = browse("filler").get(f"/submissions/{form}/timeline").text
    assert "完整，未被改动" in record
    assert "其中 1 处已依规移除" in record
    with town.factory() as session:
        row = session.execute(
            text("select basic_expenditure, project_expenditure from submission where id = :id"), {"id": form}
        ).one()
        assert tuple(row) == (None, None)
