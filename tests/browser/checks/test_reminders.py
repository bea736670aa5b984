"""Reminders by their number: the preview names those who are really told by the next run."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from service.db import session_factory
from tests.browser.conftest import Site
from tests.browser.walk import Visitor
from workers.outbox import drain_batch

# A day off reminds nobody: today counts as a working day whatever the calendar says.
_WORKING = text("""
insert into calendar_day (day, working, source) values ((now() at time zone 'Asia/Shanghai')::date, true, 'test')
on conflict (day) do update set working = true
""")
_LATE = text("update work_item set due_at = now() - interval '2 day', opened_at = now() - interval '9 day' where id in "
             "(select id from work_item where closed_at is null and level > 0 order by id limit 3)")  # fmt: skip


@pytest.fixture
def office(browser: Browser, demo_site: Site, artefacts: Path) -> Visitor:
    pictures = artefacts / "checks"
    return Visitor(browser, demo_site.url, password=demo_site.password, pictures=pictures)


def test_check_36_the_preview_names_those_who_are_told(office: Visitor, demo_site: Site) -> None:
    with demo_site.engine.begin() as connection:
        connection.execute(_WORKING)
        connection.execute(_LATE)
    factory = session_factory(demo_site.engine)
    while drain_batch(factory, host=None):
        pass
    with office:
        page = office.sign_in("finance_performance_office").page
        page.goto("/admin/deadlines/preview")
        cells = page.locator("[data-person]")
        named = {int(cells.nth(at).get_attribute("data-person") or "") for at in range(cells.count())}
        lines = cells.count()
        office.picture("reminders")
        assert named, "there is somebody to remind"
        office.press("现在提醒")
        expect(page.get_by_role("status")).to_contain_text(f"新发提醒 {lines} 条")
        while drain_batch(factory, host=None):
            pass
        with demo_site.engine.connect() as connection:
            told = connection.execute(text("select person_id from notification where topic = 'reminder'")).scalars()
            assert set(told) == named
        page.goto("/admin/deadlines/preview")
        expect(page.get_by_text("现在没有要提醒的人")).to_be_visible()
        assert office.faults == []
