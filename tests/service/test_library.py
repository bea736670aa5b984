"""The indicator library: found by name and initials, kept with versions, never deleted, counted by use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from service.db import session_factory, unit_of_work
from service.models.library import LibraryEntry, count_units, search_text
from service.queries.library import Found, chosen, entry, history, known_names, search
from service.usecases.library_keep import change_entry, create_entry, merge_entry, move_entry
from service.usecases.library_starter import import_starter_set
from service.usecases.library_suggest import suggest_entries
from tests.factories import City, make_city, make_draft, make_submitted, seed_document
from workflows.errors import InvalidRequest, NotAllowed, NotFound, NotPossibleNow, StaleVersion
from workflows.facts import SYSTEM
from workflows.library import Content, Scope, starter_set

GOOD = Content("output", "quality", "试验合格率", "合格数占总数", "ge", "%", "测试")


@pytest.fixture(scope="module")
def factory(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture(scope="module")
def city(factory: sessionmaker[Session]) -> City:
    with unit_of_work(factory) as session:
        city = make_city(session)
        import_starter_set(session, SYSTEM)
    return city


@pytest.fixture
def session(factory: sessionmaker[Session], city: City) -> Iterator[Session]:
    with factory() as session:
        yield session
        session.rollback()


def names(found: list[Found]) -> list[str]:
    return [one.level3 for one in found]


def make(session: Session, city: City, **changes: object) -> int:
    values = {name: getattr(GOOD, name) for name in GOOD.__slots__} | changes
    return create_entry(session, city["finance_performance_office"], content=Content(**values))


@pytest.mark.parametrize("query", ["满意", "zfgzmyd", "ZFGZ", "  政法 工作", "ｚｆ", "myd"])
def test_a_name_is_found_by_a_part_of_it_and_by_initials(session: Session, query: str) -> None:
    assert "政法工作满意度" in names(search(session.connection(), query, departments=[], limit=100))


@pytest.mark.parametrize("query", ["%", "_", "\\", "' or 1=1 --", "没有这个词", "\n"])
def test_signs_of_the_search_itself_are_letters(session: Session, query: str) -> None:
    found = search(session.connection(), query, departments=[], limit=100)
    wanted = query.strip()
    assert all(wanted in search_text([one.level3]) for one in found)


def test_eight_at_most_own_ones_first_then_what_most_use(session: Session, city: City) -> None:
    session.execute(text("update library_entry set units = 5 where level3 = '验收合格率'"))
    found = search(session.connection(), "率", departments=[], own=["社会知晓率"])
    assert len(found) == 8
    assert names(found)[:2] == ["社会知晓率", "验收合格率"]
    assert [one.own for one in found] == [True] + [False] * 7


def test_entries_of_a_department_are_for_it_and_all_below(session: Session, city: City) -> None:
    make(session, city, scope=Scope.DEPARTMENT, department_id=city.superior)
    paths = {"below": [city.superior, city.below], "itself": [city.superior], "other": [city.unit]}
    found = {who: names(search(session.connection(), "试验合格率", departments=path)) for who, path in paths.items()}
    assert found == {"below": ["试验合格率"], "itself": ["试验合格率"], "other": []}


def test_levels_that_a_form_does_not_have_are_left_out(session: Session) -> None:
    found = search(session.connection(), "", departments=[], levels=["service_recipients"], limit=100)
    assert found
    assert {one.level2 for one in found} == {"service_recipients"}


def test_chosen_ones_keep_their_order_and_leave_out_what_is_not_for_this_unit(session: Session, city: City) -> None:
    mine = make(session, city, scope=Scope.DEPARTMENT, department_id=city.superior)
    first, second = (one.id for one in search(session.connection(), "", departments=[], limit=2))
    assert [one.id for one in chosen(session.connection(), [second, mine, first, 10**9], departments=[city.unit])] == [
        second,
        first,
    ]


def test_only_the_performance_office_keeps_it(session: Session, city: City) -> None:
    made = make(session, city)
    for who in ("filler", "sys_admin", "finance_business_office", "dept_head"):
        with pytest.raises(NotAllowed):
            create_entry(session, city[who], content=GOOD)
        with pytest.raises(NotAllowed):
            move_entry(session, city[who], entry_id=made, version=1, action="retire")
        with pytest.raises(NotAllowed):
            import_starter_set(session, city[who])


def test_a_change_is_a_version_and_the_old_name_is_still_found(session: Session, city: City) -> None:
    office, made = city["finance_performance_office"], make(session, city)
    renamed = Content("output", "quality", "抽检合格率", None, "ge", "%", "测试")
    assert change_entry(session, office, entry_id=made, version=1, content=renamed) == 2
    with pytest.raises(StaleVersion):
        change_entry(session, office, entry_id=made, version=1, content=GOOD)
    assert names(search(session.connection(), "试验合格率", departments=[])) == ["抽检合格率"]
    past = history(session.connection(), made)
    assert [(one.version, one.action, one.body["level3"]) for one in past] == [
        (2, "change", "抽检合格率"),
        (1, "create", "试验合格率"),
    ]
    with pytest.raises(NotFound):
        change_entry(session, office, entry_id=10**9, version=1, content=GOOD)


def test_retired_ones_are_not_offered_and_come_back(session: Session, city: City) -> None:
    office, made = city["finance_performance_office"], make(session, city)
    move_entry(session, office, entry_id=made, version=1, action="retire")
    assert names(search(session.connection(), "试验合格率", departments=[])) == []
    with pytest.raises(NotPossibleNow):
        move_entry(session, office, entry_id=made, version=2, action="retire")
    move_entry(session, office, entry_id=made, version=2, action="restore")
    assert names(search(session.connection(), "试验合格率", departments=[])) == ["试验合格率"]
    with pytest.raises(InvalidRequest):
        move_entry(session, office, entry_id=made, version=3, action="delete")


def test_a_merged_one_is_an_alias_of_the_other_for_good(session: Session, city: City) -> None:
    office = city["finance_performance_office"]
    one, other = make(session, city), make(session, city, level3="检测合格率")
    with pytest.raises(InvalidRequest):
        merge_entry(session, office, entry_id=one, version=1, into_id=one)
    merge_entry(session, office, entry_id=one, version=1, into_id=other)
    assert names(search(session.connection(), "试验合格率", departments=[])) == ["检测合格率"]
    merged = entry(session.connection(), one)
    assert merged is not None
    assert (merged.status, merged.merged_into_id) == ("merged", other)
    with pytest.raises(NotPossibleNow):
        merge_entry(session, office, entry_id=one, version=2, into_id=other)
    with pytest.raises(NotPossibleNow):
        move_entry(session, office, entry_id=one, version=2, action="restore")
    with pytest.raises(NotPossibleNow):
        change_entry(session, office, entry_id=one, version=2, content=GOOD)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"level3": " "}, "level3"),
        ({"level3": "名" * 201}, "level3"),
        ({"level3": "含（密）的名称"}, "level3"),
        ({"interpretation": "内容【机密】"}, "interpretation"),
        ({"level1": "satisfaction"}, "level2"),
        ({"level1": "nonsense"}, "level1"),
        ({"comparator": "大概"}, "comparator"),
        ({"comparator": "qual"}, "unit"),
        ({"source": ""}, "source"),
        ({"scope": Scope.INDUSTRY}, "industry"),
        ({"scope": Scope.DEPARTMENT}, "department_id"),
        ({"scope": Scope.DEPARTMENT, "department_id": 10**9}, "department_id"),
        ({"unit": "\x00"}, "unit"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(
    session: Session, city: City, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        make(session, city, **changes)
    assert refused.value.field == field


def test_units_that_use_it_are_counted_over_their_newest_revisions(session: Session, city: City) -> None:
    count_units(session)
    before = {row.level3: row.units for row in session.query(LibraryEntry)}
    assert before["政法工作满意度"] == 0
    make_submitted(session, city)
    make_submitted(session, city, filler="filler2")
    count_units(session)
    session.expire_all()
    after = {row.level3: row.units for row in session.query(LibraryEntry)}
    assert (after["政法工作满意度"], after["培训人次"]) == (2, 0)


def test_a_unit_proposes_what_the_library_does_not_have_and_the_office_decides(session: Session, city: City) -> None:
    document = seed_document()
    document["indicators"][0] |= {"level3": "普法宣传覆盖村居数"}
    document["indicators"][1] |= {"level3": "含（密）的指标"}
    document["indicators"] = document["indicators"][:4]
    form = make_draft(session, city, document=document)
    rows = session.execute(
        text("select body -> 'value' from draft_section where submission_id = :id and section = 'indicators'"),
        {"id": form},
    ).scalar_one()
    ids = [row["id"] for row in rows]
    with pytest.raises(NotFound):
        suggest_entries(session, city["filler2"], submission_id=form, row_ids=ids, source="单位推荐")
    assert suggest_entries(session, city["filler"], submission_id=form, row_ids=ids, source="单位推荐") == 1
    assert suggest_entries(session, city["filler"], submission_id=form, row_ids=ids, source="单位推荐") == 0
    assert known_names(session.connection(), ["普法宣传覆盖村居数"], departments=[city.unit]) == {"普法宣传覆盖村居数"}
    assert search(session.connection(), "普法宣传覆盖", departments=[city.unit]) == []
    (made,) = session.execute(text("select id from library_entry where status = 'suggested'")).scalars()
    move_entry(session, city["finance_performance_office"], entry_id=made, version=1, action="adopt")
    assert names(search(session.connection(), "普法宣传覆盖", departments=[city.unit])) == ["普法宣传覆盖村居数"]


def test_the_starter_set_is_complete_and_comes_once(session: Session) -> None:
    assert len(starter_set()) > 80
    assert len({one.code for one in starter_set()}) == len(starter_set())
    assert all(one.content.source for one in starter_set())
    assert import_starter_set(session, SYSTEM) == 0
