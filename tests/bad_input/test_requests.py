"""Kinds that are no value of a cell: dates and ids, shapes, raw bytes, names, searches; over pages and the API."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from tests.bad_input.doors import House
from tests.bad_input.table import expected, key_of, written
from tests.service.callers import Caller
from tests.web.filling import fields_of, saved
from tests.web.visitor import PASSWORD, hidden, sign_in
from workflows.lifecycle import Action

pytestmark = pytest.mark.slow

PAGE, API = "page", "API"
DOORS = (PAGE, API)
Tries = Iterator[tuple[str, TestResponse]]


def dates(house: House) -> Tries:
    """In the reply of the finance bureau, the one date that people type."""
    form = house.town.forms["mine"]
    for who in ("dept_head", "finance_business_office"):
        house.town.act(who, form, action=Action.PASS)
    house.town.act("finance_performance_office", form, action=Action.PASS, grade="excellent")
    client = sign_in(house.town.app.test_client(), "finance_budget_office")
    caller = Caller(house.town.app).as_("finance_budget_office", PASSWORD)
    token = hidden(client.get(f"/submissions/{form}"), "csrf_token")
    version = house.town.version(form)
    for day in ("2月30日", "2022-02-30", "0000-00-00", "10000-01-01", "2022/13/1", "４月１日", "1e3"):
        asked = {"action": "issue_reply", "version": version, "reply_number": "1号", "reply_date": day}
        yield PAGE, client.post(f"/submissions/{form}/actions", data={**asked, "csrf_token": token})
        yield API, caller.post(f"/api/v1/submissions/{form}/actions", asked)
    assert house.town.version(form) == version


def ids(house: House) -> Tries:
    """Beyond every column, and what some call a digit."""
    for number in (2**31, 2**63, 10**30, "²", "-1", "1e3", "0x1"):
        for path in ("/submissions/{}", "/submissions/{}/check", "/import/bulk/{}", "/reports/{}"):
            yield PAGE, house.client.get(path.format(quote(str(number))))
        for path in ("/api/v1/submissions/{}", "/api/v1/bulk-imports/{}", "/api/v1/reports/{}"):
            yield API, house.caller.get(path.format(quote(str(number))))


def shapes(house: House) -> Tries:
    """A list where a text is expected, a field twice, a key twice."""
    page = house.client.get(f"/submissions/{house.draft}")
    fields = list(fields_of(page, "overall_goal").items())
    path = f"/submissions/{house.draft}/sections/overall_goal"
    for more in (("overall_goal[]", "x"), ("overall_goal", "again"), ("overall_goal.0", "x")):
        body = "&".join(f"{quote(name)}={quote(value)}" for name, value in [*fields, ("do", "save"), more])
        yield PAGE, house.client.post(path, data=body, content_type="application/x-www-form-urlencoded")
    for value in ('["x"]', '{"a": 1}', "true"):
        yield API, _patched(house, f'"section": "overall_goal", "value": {value}')
    yield API, _patched(house, '"section": "overall_goal", "value": "a", "value": "b"')
    yield API, _patched(house, '"section": "key_tasks", "value": {"0": {}}')
    yield API, _patched(house, '"section": "overall_goal", "value": "a", "state": "approved"')


def crowds(house: House) -> Tries:
    """Ten thousand fields, and as many parts."""
    many = "&".join(f"f{number}=1" for number in range(10_000)).encode()
    parts = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\nv\r\n' * 10_000 + b"--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    path = f"/submissions/{house.draft}/sections/overall_goal"
    yield PAGE, house.client.post(path, data=many, content_type="application/x-www-form-urlencoded")
    yield PAGE, house.client.post(path, input_stream=io.BytesIO(parts), content_length=len(parts), content_type=kind)
    where = f"/api/v1/imports?cycle_id={house.cycle}&dry_run=true"
    yield (
        API,
        house.caller.send("POST", where, input_stream=io.BytesIO(parts), content_length=len(parts), content_type=kind),
    )
    rows = json.dumps([{"name": "x"}] * 10_000)
    yield API, _patched(house, f'"section": "key_tasks", "value": {rows}')


def raw_bytes(house: House) -> Tries:
    """UTF-8 cut short, GBK, UTF-16, and depth: where text is expected and no encoding is named."""
    page = house.client.get(f"/submissions/{house.draft}")
    fields = {name: value for name, value in fields_of(page, "overall_goal").items() if name != "overall_goal"}
    head = "&".join(f"{quote(name)}={quote(value)}" for name, value in {**fields, "do": "save"}.items())
    path = f"/submissions/{house.draft}/sections/overall_goal"
    for sent in (b"\xff\xfe", b"\xe4\xb8", "目标".encode("gb18030")):
        body = f"{head}&overall_goal={quote(sent)}"
        reply = house.client.post(path, data=body, content_type="application/x-www-form-urlencoded")
        # No browser sends such; a program finds what is no UTF-8 written out as `%FF%FE`, which is plain text.
        assert saved(house.town, house.draft, "overall_goal").isprintable()
        house.restore()
        yield PAGE, reply
        yield API, _patched(house, b'"section": "overall_goal", "value": "' + sent + b'"')
    yield API, _patched(house, '"section": "overall_goal", "value": ' + "[" * 5000)
    utf16 = '{"section": "overall_goal", "value": "x", "base_version": 1}'.encode("utf-16")
    yield (
        API,
        house.caller.send("PATCH", f"/api/v1/submissions/{house.draft}", data=utf16, content_type="application/json"),
    )


def names(house: House) -> Tries:
    """An account whose name looks like another's, or is no name."""
    stranger = house.town.app.test_client()
    for name in ("fill\u0435r", "filler\u200b", "ｆｉｌｌｅｒ", "filler\x00", "x" * 5000, "' OR 1=1--", "a\r\nb", ""):
        data = {"username": name, "password": "seven quiet herons at dusk"}
        yield PAGE, stranger.post("/sign-in", data=data)
        yield API, house.caller.post("/api/v1/sessions", data)


def searches(house: House) -> Tries:
    """What a search takes for SQL, for a pattern, or for too much: it finds nothing more than it says."""
    for words in ("' OR 1=1--", "'; DROP TABLE person;--", "%", "_", "\\", "x" * 101, "\x00", "\ud800"):
        asked = quote(words, errors="surrogatepass")
        yield PAGE, house.client.get(f"/submissions?q={asked}")
        yield API, house.caller.get(f"/api/v1/submissions?text={asked}")


KINDS: tuple[tuple[int, str, Callable[[House], Tries]], ...] = (
    (21, "no date", dates),
    (22, "ids beyond every column", ids),
    (23, "lists, doubles and unknown fields", shapes),
    (31, "names that look alike", names),
    (33, "ten thousand fields", crowds),
    (34, "bytes that are no UTF-8", raw_bytes),
    (37, "SQL and patterns in a search", searches),
)


@pytest.mark.parametrize(("number", "name", "tries"), KINDS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_request_gets_its_answer(house: House, number: int, name: str, tries: Callable[[House], Tries]) -> None:
    before = _everything(house)
    answers: dict[str, set[str]] = {}
    for door, reply in tries(house):
        assert reply.status_code < 500, (door, reply.request.path, reply.status_code, reply.text[:300])
        if reply.status_code >= 400:
            assert "错误" in reply.text or "detail" in reply.text or "<h1" in reply.text, reply.text[:300]
        answers.setdefault(door, set()).add(_word(reply))
    assert _everything(house) == before, "nothing was written"
    row = written(key_of(number, name), DOORS, {door: sorted(found) for door, found in answers.items()})
    assert expected().get(key_of(number, name)) == row, f"README.md should say:\n{row}"


def _word(reply: TestResponse) -> str:
    return "refused" if reply.status_code >= 400 else "answered" if reply.status_code < 300 else "done"


def _everything(house: House) -> list[tuple[object, ...]]:
    return house.town.rows("select submission_id, section, body::text from draft_section order by 1, 2")


def _patched(house: House, inside: str | bytes) -> TestResponse:
    version = house.caller.get(f"/api/v1/submissions/{house.draft}").json["sections"]["overall_goal"]["version"]  # type: ignore[index]
    raw = inside.encode() if isinstance(inside, str) else inside
    body = b"{" + raw + b', "base_version": %d}' % version
    return house.caller.send("PATCH", f"/api/v1/submissions/{house.draft}", data=body, content_type="application/json")
