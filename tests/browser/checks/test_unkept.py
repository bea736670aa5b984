"""A unit whose people share computers keeps nothing unsaved in a browser: the system administrator's switch."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.browser.checks.conftest import Opened
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

GOAL = "#c-overall_goal"
# Each write and each removal of this tab's storage, from the first script on.
_WATCHED = """
window.written = []; window.removed = [];
const put = Storage.prototype.setItem, drop = Storage.prototype.removeItem;
Storage.prototype.setItem = function (name, value) { window.written.push(name); return put.call(this, name, value); };
Storage.prototype.removeItem = function (name) { window.removed.push(name); return drop.call(this, name); };
"""


def switch(site: Site, form: int, *, keeps: bool) -> None:
    with site.engine.begin() as connection:
        connection.execute(
            text(
                "update department set keeps_unsaved = :keeps where id = (select department_id from submission where id = :id)"
            ),
            {"keeps": keeps, "id": form},
        )


def test_nothing_stays_in_the_tab_and_what_was_there_goes(site: Site, seeded: int, opened: Opened) -> None:
    window = opened()
    window.add_init_script(_WATCHED)
    window.on("dialog", lambda dialog: dialog.accept())
    window.route("**/sections/**", lambda route: route.abort())
    window.locator(GOAL).press("Control+End")
    window.keyboard.type("关闭之前。")
    window.wait_for_function("() => Object.keys(sessionStorage).some((one) => one.includes('#'))")
    switch(site, seeded, keeps=False)
    try:
        window.reload()
        expect(window.locator("#editor")).to_have_attribute("data-unkept", "")
        window.wait_for_function("() => window.removed.some((one) => one.includes('#'))")
        window.locator(GOAL).press("Control+End")
        window.evaluate("window.removed.length = 0")
        window.keyboard.type("关闭之后。")
        window.wait_for_function("() => window.removed.some((one) => one.includes('#overall_goal'))")
        own = "(one) => one.startsWith('jixiao:')"
        assert window.evaluate(f"[Object.keys(sessionStorage).filter({own}), window.written.filter({own})]") == [
            ["jixiao:owner"],
            [],
        ]
        expect(window.locator(GOAL)).to_have_value(re.compile("关闭之后。$"))
    finally:
        switch(site, seeded, keeps=True)
