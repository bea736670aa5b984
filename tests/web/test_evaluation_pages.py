"""Actuals, points and re-scores on the page."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import Browse, Town
from tests.web.filling import BAD, IMPOSSIBLE, fields_of, saved
from tests.web.visitor import press
from workflows.lifecycle import Action


@pytest.fixture(scope="module")
def evaluating(town: Town, approved: int) -> int:
    """The form of the unit below while actuals are entered."""
    town.act("finance_performance_office", approved, action=Action.OPEN_EVALUATION)
    return approved


class TestEvaluation:
    WEIGHTS = "6 5 5 6 6 5 5 6 6 15 15 10".split()
    ACTUALS = "135000 72 100 46 100 3 1 1 22 100 97 86".split()

    def enter(self, client: FlaskClient, form: int, section: str, **changes: str) -> TestResponse:
        page = client.get(f"/submissions/{form}/evaluation")
        assert page.status_code == 200
        data = {**fields_of(page, section), "do": "save", **changes}
        return client.post(f"/submissions/{form}/sections/{section}", data=data)

    def test_from_actuals_to_both_scores(self, town: Town, browse: Browse, evaluating: int) -> None:
        form, client = evaluating, browse("filler2")
        empty = client.get(f"/submissions/{form}").text
        assert "还缺 13 处" in empty
        figures = {f"{n}.actual_value": actual for n, actual in enumerate(self.ACTUALS)}
        weights = {f"{n}.weight": weight for n, weight in enumerate(self.WEIGHTS)}
        assert self.enter(client, form, "actuals", **figures, **weights).status_code == 303
        assert (
            self.enter(client, form, "execution", adjusted_budget="1,823.37", executed_amount="1,750.20").status_code
            == 303
        )
        page = client.get(f"/submissions/{form}/evaluation").text
        assert "98.24" in page
        assert "9.60" in page
        assert "95.99%" in page
        assert page.count("怎么算的") == 13
        refused = press(client, f"/submissions/{form}/evaluation/submit", page=f"/submissions/{form}/evaluation")
        assert (refused.status_code, refused.text.partition('id="panel"')[0].count('href="#a-')) == (422, 4)
        reasons = {f"{n}.deviation_analysis": "已说明" for n in (0, 2, 3, 8, 11)}
        assert self.enter(client, form, "actuals", **reasons).status_code == 303
        done = press(client, f"/submissions/{form}/evaluation/submit", page=f"/submissions/{form}/evaluation")
        assert done.status_code == 303
        town.act("dept_head2", form, action=Action.PASS)
        town.act("superior_reviewer", form, action=Action.PASS)
        office = browse("finance_performance_office")
        address = f"/submissions/{form}/evaluation"
        beyond = press(office, f"{address}/scores", page=address, comment="核减", **{"score.0": "9", "score.1": "4"})
        assert (beyond.status_code, 'value="4"' in beyond.text) == (400, True)
        silent = press(office, f"{address}/scores", page=address, comment="", **{"score.1": "4"})
        assert (silent.status_code, 'value="4"' in silent.text) == (422, True)
        assert press(office, f"{address}/scores", page=address, comment="核减", **{"score.1": "4"}).status_code == 303
        town.act("finance_performance_office", form, action=Action.CONFIRM)
        closed = client.get(address).text
        assert "97.24" in closed
        assert "自评 98.24" in closed
        assert "<input" not in closed.partition("<main")[2].partition("</main>")[0]
        read = client.get(f"/submissions/{form}").text
        assert "复核总分" in read
        assert "尚未复核" not in read

    def test_the_printed_target_bears_the_approved_revision(self, town: Town, browse: Browse, entering: int) -> None:
        ((number, sha256, head),) = town.rows(
            "select r.number, r.sha256, s.head_revision_id from submission s "
            "join revision r on r.id = s.approved_revision_id where s.id = :id",
            id=entering,
        )
        page = browse("filler").get(f"/submissions/{entering}/print").text
        assert head is not None
        assert f"v{number} · {str(sha256)[:4]} {str(sha256)[4:8]}" in page
        assert f'href="/submissions/{entering}"' in page, "a printed page is no dead end"

    def test_it_is_not_there_before_its_time(self, town: Town, browse: Browse) -> None:
        assert browse("filler").get(f"/submissions/{town.forms['mine']}/evaluation").status_code == 409


@pytest.mark.parametrize("bad", [*BAD, *IMPOSSIBLE])
@pytest.mark.slow
def test_bad_actuals_are_kept_or_refused_in_words(town: Town, browse: Browse, entering: int, bad: str) -> None:
    client = browse("filler")
    page = client.get(f"/submissions/{entering}/evaluation")
    names = ("weight", "actual_value", "entered_score", "deviation_analysis")
    data = {**fields_of(page, "actuals"), **{f"0.{name}": bad for name in names}, "do": "save"}
    reply = client.post(f"/submissions/{entering}/sections/actuals", data=data)
    assert reply.status_code in (303, 400)
    money = {"adjusted_budget": bad, "executed_amount": bad, "deviation_analysis": bad}
    data = {**fields_of(page, "execution"), **money, "do": "save"}
    assert client.post(f"/submissions/{entering}/sections/execution", data=data).status_code in (303, 400)
    shown = client.get(f"/submissions/{entering}/evaluation")
    assert (shown.status_code, "<script>alert" in shown.text) == (200, False)


def test_a_quality_in_words_is_scored_by_the_person(town: Town, browse: Browse, entering: int) -> None:
    client = browse("filler")
    page = client.get(f"/submissions/{entering}/evaluation")
    assert 'list="bands"' in page.text
    said = {"12.actual_value": "部分达成年度指标并具有一定效果", "12.entered_score": "7", "12.weight": "10"}
    data = {**fields_of(page, "actuals"), **said, "do": "save"}
    assert client.post(f"/submissions/{entering}/sections/actuals", data=data).status_code == 303
    row = saved(town, entering, "actuals")[12]
    assert (row["entered_score"], row["weight"]) == ("7", "10")
    shown = client.get(f"/submissions/{entering}/evaluation").text
    assert "6.00 至 8.00" in shown, "the band of these words"
