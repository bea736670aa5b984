"""The indicator library tells: its keepers of what units propose, whoever proposed of what became of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.settings import Settings
from service.usecases.library_keep import create_entry, merge_entry, move_entry
from service.usecases.library_suggest import suggest_entries
from tests.factories import City, make_draft, make_person
from tests.workers.conftest import rows
from tests.workers.sink import Sink
from workers.channels.email import Email
from workers.deliver import deliver_batch
from workers.outbox import drain_batch
from workflows.library import Content

TOLD = """
select p.username, n.topic, n.submission_id, n.params from notification n join person p on p.id = n.person_id
order by n.id, p.username
"""
ROWS = """
select jsonb_path_query_array(body, '$.value[*].id') from draft_section where submission_id = :id and section = 'indicators'
"""
ENTRIES = "select id, code from library_entry where status = 'suggested' order by id"


@pytest.fixture
def proposed(engine: Engine, factory: sessionmaker[Session], city: City) -> list[tuple[int, str]]:
    """Three indicators of a draft, proposed by its filler: id and code of each entry."""
    with unit_of_work(factory) as session:
        make_person(session, "keeper", finance_performance_office=city.bureau)
        form = make_draft(session, city)
    ((ids,),) = rows(engine, ROWS, id=form)
    with unit_of_work(factory) as session:
        made = suggest_entries(session, city["filler"], submission_id=form, row_ids=ids[:3], source="单位推荐")
    assert made == 3
    return [(int(row.id), str(row.code)) for row in rows(engine, ENTRIES)]


def told(engine: Engine, factory: sessionmaker[Session]) -> list[Any]:
    """What one more drain tells."""
    rows(engine, "delete from delivery")
    rows(engine, "delete from notification")
    drain_batch(factory, host="city.invalid")
    assert rows(engine, "select count(*) from outbox where sent_at is null") == [(0,)]
    return [tuple(row) for row in rows(engine, TOLD)]


def test_every_keeper_gets_one_notice_of_a_proposal_and_nobody_else(
    engine: Engine, factory: sessionmaker[Session], proposed: list[tuple[int, str]]
) -> None:
    first = {"entry_id": proposed[0][0], "code": proposed[0][1], "count": 3}
    found = told(engine, factory)
    assert sorted(one[0] for one in found) == ["finance_performance_office", "keeper"]
    assert all(one[1:] == ("library.suggest", None, first) for one in found)


def test_whoever_proposed_hears_what_became_of_it(
    engine: Engine, factory: sessionmaker[Session], city: City, proposed: list[tuple[int, str]]
) -> None:
    told(engine, factory)
    office, content = city["finance_performance_office"], ("output", "quality", "试验合格率", None, "ge", "%", "测试")
    with unit_of_work(factory) as session:
        (one, _), (two, _), (three, _) = proposed
        other = create_entry(session, office, content=Content(*content))
        move_entry(session, office, entry_id=one, version=1, action="adopt")
        move_entry(session, office, entry_id=two, version=1, action="decline")
        merge_entry(session, office, entry_id=three, version=1, into_id=other)
    assert sorted(told(engine, factory), key=lambda told_: told_[3]["entry_id"]) == [
        ("filler", f"library.{action}", None, {"entry_id": id_, "code": code})
        for action, (id_, code) in zip(("adopt", "decline", "merge"), proposed, strict=True)
    ]
    with unit_of_work(factory) as session:
        move_entry(session, office, entry_id=one, version=2, action="retire")
        move_entry(session, office, entry_id=one, version=3, action="restore")
        merge_entry(session, office, entry_id=one, version=4, into_id=other)
    assert told(engine, factory) == [], "what was taken in is the office's own from then on"


def test_an_answer_that_is_rolled_back_tells_nobody(
    engine: Engine, factory: sessionmaker[Session], city: City, proposed: list[tuple[int, str]]
) -> None:
    told(engine, factory)
    with factory() as session:
        move_entry(session, city["finance_performance_office"], entry_id=proposed[0][0], version=1, action="adopt")
        session.rollback()
    assert told(engine, factory) == []


def test_its_mail_names_no_form_and_leads_to_the_proposals(
    factory: sessionmaker[Session], proposed: list[tuple[int, str]], mailing: Settings, sink: Sink
) -> None:
    drain_batch(factory, host="city.invalid")
    with Email(mailing) as channel:
        deliver_batch(factory, channel, url="https://city.invalid", lease_seconds=60)
    assert len(sink.mails) == 2
    for _, mail in sink.mails:
        assert mail["Subject"] == f"有 3 条指标推荐入库（从 {proposed[0][1]} 起），请审核"
        plain = mail.get_body(("plain",))
        assert plain is not None
        assert "https://city.invalid/admin/library?tab=suggested" in plain.get_content()
