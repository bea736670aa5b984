"""Kinds of attachments: looked into by content, never by name; a name is text for people and harmless in a header."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from tests.bad_input.doors import House
from tests.bad_input.table import expected, key_of, written
from tests.uploads import files
from tests.web.visitor import hidden

pytestmark = pytest.mark.slow

DOORS = ("page", "API")
KEPT, REFUSED = "kept", "refused"
SCRIPTED = files.raw_pdf(b"1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n")
ODD_NAMES = (
    "../../x.png", "C:\\windows\\x.png", "a\x00.pdf.png", "长" * 300 + ".png", "CON.png", ".hidden.png", "\u202egnp.exe.png",
    "a；filename*=UTF-8''evil.png", 'a"; x="b.png', "a\r\nSet-Cookie: x=1.png",
)  # fmt: skip

KINDS: tuple[tuple[int, str, str, Callable[[], bytes], str], ...] = (
    (42, "a bomb in an attachment", "a.xlsx", files.bomb, REFUSED),
    (46, "macros in an attachment", "a.docx", lambda: files.docx("x", word__vbaProject_DOT_bin=b"\0"), REFUSED),
    (46, "macros by the name", "a.docm", files.docx, REFUSED),
    (48, "a page as a document", "a.docx", lambda: b"<html><script>alert(1)</script></html>", REFUSED),
    (48, "a picture as a PDF", "a.pdf", files.png, REFUSED),
    (48, "a PDF with a zip behind it", "a.pdf", lambda: files.pdf("x") + files.docx("y"), REFUSED),
    (62, "the test file of virus scanners", "a.pdf", lambda: rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR", REFUSED),
    (63, "a picture of 50,000 by 50,000", "a.png", lambda: files.png(50_000, 50_000), REFUSED),
    (63, "a PDF with a script", "a.pdf", lambda: SCRIPTED, REFUSED),
)


def page(house: House, name: str, data: bytes) -> str:
    address = f"/submissions/{house.draft}/attachments"
    token = hidden(house.client.get(address), "csrf_token")
    reply = house.client.post(address, data={"csrf_token": token, "file": (io.BytesIO(data), name)})
    assert reply.status_code < 500, (reply.status_code, reply.text[:300])
    return REFUSED if reply.status_code >= 400 else KEPT


def api(house: House, name: str, data: bytes) -> str:
    address = f"/api/v1/submissions/{house.draft}/attachments"
    reply = house.caller.send("POST", address, data={"file": (io.BytesIO(data), name)})
    if reply.status_code == 201:
        return KEPT
    assert 400 <= reply.status_code < 500, (reply.status_code, reply.text[:300])
    assert reply.json["detail"]  # type: ignore[index]
    return REFUSED


@pytest.mark.parametrize(
    ("number", "name", "filename", "data", "answer"), KINDS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_attachment_gets_its_answer(
    *, house: House, number: int, name: str, filename: str, data: Callable[[], bytes], answer: str
) -> None:
    answers = {"page": [page(house, filename, data())], "API": [api(house, filename, data())]}
    assert answers == {"page": [answer], "API": [answer]}
    row = written(key_of(number, name), DOORS, answers)
    assert expected().get(key_of(number, name)) == row, f"README.md should say:\n{row}"


def test_odd_names_are_harmless(house: House) -> None:
    answers: dict[str, set[str]] = {"page": set(), "API": set()}
    for number, name in enumerate(ODD_NAMES):
        picture = files.png(2, 3 + number)
        answers["page"].add(page(house, name, picture))
        answers["API"].add(api(house, name, files.png(3, 3 + number)))
    address = f"/api/v1/submissions/{house.draft}/attachments"
    for one in house.caller.get(address).json["items"]:  # type: ignore[index]
        assert one["name"].isprintable(), one["name"]
        assert not set(one["name"]) & set('/\\"\r\n'), one["name"]
        with house.caller.get(f"{address}/{one['id']}/file") as fetched:
            header = fetched.headers["Content-Disposition"]
            assert header.startswith("attachment")
            assert header.isascii()
            assert "Set-Cookie" not in fetched.headers
            assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    row = written(key_of(61, "odd names"), DOORS, {door: sorted(found) for door, found in answers.items()})
    assert expected().get(key_of(61, "odd names")) == row, f"README.md should say:\n{row}"
