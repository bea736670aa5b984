"""Shortcuts can be switched off by each person, on the account page, without scripts (check 44 of the interface)."""

from __future__ import annotations

import pytest

from tests.web.conftest import Browse, Town
from tests.web.visitor import press

OFF = 'data-shortcuts="off"'


def kept(town: Town, username: str) -> bool:
    """The choice as it is stored."""
    [(value,)] = town.rows("select shortcuts from person where username = :name", name=username)
    return bool(value)


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "快捷键的设置已保存。"), ("en", "Your choice of shortcuts is kept.")]
)
def test_a_person_switches_shortcuts_off_and_on(town: Town, browse: Browse, language: str, said: str) -> None:
    person, other = browse("dept_head", language=language), browse("observer")
    assert kept(town, "dept_head")
    assert OFF not in person.get("/inbox").text
    done = press(person, "/account/shortcuts", page="/account", shortcuts="off")
    assert (done.status_code, done.headers["Location"]) == (303, "/account?kept#h-keys")
    assert not kept(town, "dept_head")
    assert said in person.get("/account?kept").text
    for path in ("/inbox", "/submissions", "/help", "/account"):
        assert OFF in person.get(path).text, path
    assert OFF not in other.get("/inbox").text, "it is the choice of one person"
    press(person, "/account/shortcuts", page="/account", shortcuts="on")
    assert kept(town, "dept_head")
    assert OFF not in person.get("/inbox").text


@pytest.mark.parametrize("value", ["", "ON", "true", "0", "off'"])
def test_what_is_neither_on_nor_off_is_refused_and_changes_nothing(town: Town, browse: Browse, value: str) -> None:
    person = browse("observer")
    assert press(person, "/account/shortcuts", page="/account", shortcuts=value).status_code == 400
    assert kept(town, "observer")


def test_nobody_switches_for_a_visitor(browse: Browse) -> None:
    assert browse().post("/account/shortcuts", data={"shortcuts": "off"}).status_code in (303, 401, 403)
