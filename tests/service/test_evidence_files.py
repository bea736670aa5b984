"""The case file on paper and the bundle, over the API and from the timeline: whole, the same bytes again, for readers alone."""

from __future__ import annotations

import json
from typing import Any

import pypdfium2
import pytest

from service.api.edge import Edge
from service.db import unit_of_work
from service.usecases.write_head import write_head
from tests.factories import City, make_draft, make_submitted, seed_document
from tests.service.callers import Caller
from tests.steps import step_taker
from workflows.bundle import check_bundle
from workflows.bundle_proof import heads_of
from workflows.lifecycle import Action

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def form(edge: Edge, city: City) -> int:
    """Handed in, returned with a reason, handed in again, passed once."""
    with unit_of_work(edge.factory) as session:
        made = make_submitted(session, city)
    step = step_taker(edge.factory, city)
    step(made, "dept_head", Action.RETURN_FOR_REVISION, comment="请补充依据文号")
    step(made, "filler", Action.SUBMIT)
    step(made, "dept_head", Action.PASS, comment="同意上报")
    return made


@pytest.fixture(scope="module")
def draft(edge: Edge, city: City) -> int:
    with unit_of_work(edge.factory) as session:
        return make_draft(session, city, filler="filler2", document=seed_document())


def words(pdf: bytes) -> str:
    """The text of all pages, without the ends of lines."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "")
    finally:
        document.close()


def test_paper_and_bundle_tell_the_whole_case(caller: Caller, edge: Edge, form: int) -> None:
    reader = caller.as_("finance_business_office")
    paper = reader.get(f"/api/v1/submissions/{form}/evidence?format=pdf")
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
    assert f'filename="evidence-{form}.pdf"' in paper.headers["Content-Disposition"]
    said = words(paper.data)
    for word in (
        "办理卷宗",
        "请补充依据文号",
        "同意上报",
        "第 2 版与第 1 版",
        "核对与理由",
        "还没有时点签名",
        "政法委",
    ):
        assert word in said, word
    reply = reader.get(f"/api/v1/submissions/{form}/evidence")
    bundle: dict[str, Any] = json.loads(reply.data)
    assert check_bundle(bundle) is None
    assert bundle["proofs"] == []
    for revision in bundle["revisions"]:
        assert revision["sha256"][:8] in said, "each signature stands under the hash that it is bound to"


def test_it_has_the_same_bytes_until_a_head_covers_it_and_again_from_then_on(
    caller: Caller, edge: Edge, city: City, form: int
) -> None:
    reader = caller.as_("finance_business_office")

    def files() -> list[bytes]:
        return [reader.get(f"/submissions/{form}/evidence.{kind}").data for kind in ("pdf", "json")]

    before = files()
    assert files() == before
    with unit_of_work(edge.factory) as session:
        first = write_head(session, KEY)
    covered = files()
    assert covered != before
    bundle = json.loads(covered[1])
    assert check_bundle(bundle, public_key=first.public_key) is None
    assert heads_of(bundle) == [(first, len(bundle["events"]))]
    assert "第 1 号" in words(covered[0])
    with unit_of_work(edge.factory) as session:
        write_head(session, KEY)
    assert files() == covered, "the first head that covers it stays its proof"


def test_before_it_was_handed_in_there_is_none(caller: Caller, draft: int) -> None:
    filler = caller.as_("filler2")
    for kind in ("pdf", "json"):
        assert filler.get(f"/api/v1/submissions/{draft}/evidence?format={kind}").status_code == 409
        assert filler.get(f"/submissions/{draft}/evidence.{kind}").status_code == 409
    assert "evidence.pdf" not in filler.get(f"/submissions/{draft}/timeline").text


def test_who_may_not_see_the_form_sees_no_evidence_of_it(caller: Caller, form: int) -> None:
    for who in ("filler2", "audit_admin", "sec_admin", "sys_admin"):
        other = caller.other(who)
        for path in (f"/api/v1/submissions/{form}/evidence?format=pdf", f"/api/v1/submissions/{form}/evidence"):
            assert other.get(path).status_code == 404, who
        for kind in ("pdf", "json"):
            assert other.get(f"/submissions/{form}/evidence.{kind}").status_code == 404, who
    assert (
        caller.as_("finance_business_office").get(f"/api/v1/submissions/{form}/evidence?format=xml").status_code == 400
    )


def test_the_timeline_leads_to_both(caller: Caller, form: int) -> None:
    page = caller.as_("finance_business_office").get(f"/submissions/{form}/timeline").text
    for kind in ("pdf", "json"):
        assert f'href="/submissions/{form}/evidence.{kind}"' in page
