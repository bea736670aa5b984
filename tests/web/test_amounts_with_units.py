"""An amount that was written with its unit: offered in 万元 where a person looks, never turned unasked, never refused."""

from __future__ import annotations

import io
import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import Browse, Town
from tests.web.filling import cycle_of, fields_of, post, saved
from tests.web.test_bulk_import import send as send_zip
from tests.web.test_bulk_import import work
from tests.web.test_offline_workbook import confirm, download, filled
from tests.web.test_offline_workbook import send as send_workbook
from tests.web.visitor import chinese_outside, hidden, press
from tests.workers.zips import form_of, zipped

UNIT = "中共揭阳市委政法委员会"
BUDGET = {
    "basic_expenditure": "12,631,200元", "project_expenditure": "560.25", "fiscal_appropriation": "1823.37万",
    "other_funds": None,
}  # fmt: skip


def preview(client: FlaskClient, where: str) -> TestResponse:
    token = hidden(client.get("/import"), "csrf_token")
    data = (io.BytesIO(form_of(UNIT, budget=BUDGET)), "form.json")
    return client.post("/import", data={"csrf_token": token, "where": where, "file": data})


def write(client: FlaskClient, shown: TestResponse, **chosen: str) -> TestResponse:
    form = re.search(r'<form id="f-write".*?</form>', shown.text, re.S)
    assert form
    own = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    radios = dict(re.findall(r'name="(amount\.[^"]+)" value="([^"]+)" checked', shown.text))
    assert set(radios.values()) == {"keep"}, "nothing is chosen for anybody"
    return client.post("/import", data={**own, **radios, **chosen})


def test_the_preview_of_a_file_asks_and_what_is_chosen_is_written(town: Town, browse: Browse) -> None:
    client = browse("filler")
    shown = preview(client, f"{cycle_of(town, 2081)}-{town.city.unit}")
    assert shown.text.count("万元吗？") == 2
    assert "是 1263.12 万元吗？" in shown.text
    made = write(client, shown, **{"amount.budget.basic_expenditure": "convert"})
    form = int(made.headers["Location"].rpartition("/")[2])
    budget = saved(town, form, "budget")
    assert (budget["basic_expenditure"], budget["fiscal_appropriation"]) == ("1263.12", "1823.37万")


def test_what_offers_nothing_takes_no_choice(town: Town, browse: Browse) -> None:
    client = browse("filler")
    shown = preview(client, f"{cycle_of(town, 2082)}-{town.city.unit}")
    forged = {"amount.budget.project_expenditure": "convert", "amount.nonsense[7].x": "convert", "amount.": "convert"}
    form = int(write(client, shown, **forged).headers["Location"].rpartition("/")[2])
    assert {name: text for name, text in saved(town, form, "budget").items() if name in BUDGET} == BUDGET


def test_an_offline_workbook_is_asked_about_too(town: Town, browse: Browse, draft: int) -> None:
    client = browse("filler")
    book = download(client, draft)
    cell = next(cell for sheet in book for row in sheet for cell in row if cell.value == 100)
    cell.value = "98万"
    shown = send_workbook(client, town, draft, filled(book))
    (name,) = set(re.findall(r'name="(amount\.key_tasks[^"]+)"', shown.text))
    assert cell.coordinate in shown.text
    assert confirm(client, shown, **{name: "convert"}).status_code == 303
    assert "98" in [row["planned_amount"] for row in saved(town, draft, "key_tasks")]


def test_a_batch_writes_as_it_stands_and_says_what_it_would_be(town: Town, browse: Browse) -> None:
    client = browse("filler")
    cycle = cycle_of(town, 2083)
    job = send_zip(client, cycle, zipped({"甲.json": form_of(UNIT, budget=BUDGET)})).headers["Location"]
    work(town)
    press(client, f"{job}/confirm", page=job)
    work(town)
    done = client.get(job).text
    assert "12,631,200元" in done
    assert "是 1263.12 万元吗？共 2 处" in done
    assert "已新建草稿" in done
    ((form,),) = town.rows("select id from submission where cycle_id = :id", id=cycle)
    assert saved(town, int(str(form)), "budget")["basic_expenditure"] == "12,631,200元"
    client.get("/account?lang=en")
    assert chinese_outside(client.get(f"{job}?lang=en").text) == []
    client.get("/account?lang=zh")


def test_a_pasted_block_is_shown_with_its_offers_and_converted_when_chosen(
    town: Town, browse: Browse, draft: int
) -> None:
    client = browse("filler")
    data = {
        **fields_of(client.get(f"/submissions/{draft}"), "key_tasks"), "do": "paste", "at": "0.name",
        "paste": "普法\t讲座\t1,000元\n",
    }  # fmt: skip
    path, script = f"/submissions/{draft}/sections/key_tasks", {"Accept": "application/json"}
    shown = client.post(path, data=data, headers=script).get_json()
    assert "是 0.1 万元吗？" in shown["preview"]
    assert 'data-take="convert"' in shown["preview"]
    kept = client.post(path, data={**data, "sure": "yes", "convert": "yes"}, headers=script).get_json()
    assert saved(town, draft, "key_tasks")[0]["planned_amount"] == "0.1"
    assert "section" not in kept, "rows that were there are not drawn anew"
    post(client, draft, "key_tasks", do="paste", at="0.name", paste="普法\t讲座\t1,000元\n")
    assert saved(town, draft, "key_tasks")[0]["planned_amount"] == "1,000元", (
        "without a script as it stands, and marked"
    )
