"""The demonstration city: its counts, its chains, its one draft with marks, and that a second start keeps everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from service.demo import documents, load
from service.demo.cast import ACCOUNTS, build
from service.demo.city import FISCAL_YEAR, fill
from service.demo.plan import plan
from service.queries import inbox
from service.queries.actor import by_username
from service.queries.desk import desk
from service.queries.drafts import draft
from service.queries.evidence import verdict
from service.queries.evidence_database import Counted, row_faults
from service.queries.frame import COUNT_LIMIT, masthead
from service.queries.inbox import Tab
from service.queries.revisions import revisions_of
from service.queries.submissions import read
from service.security import password_matches
from service.settings import Settings, demo_password, load_settings
from service.usecases.decide import decide
from service.usecases.resolve_mark import resolve_mark
from service.usecases.save_section import save_section
from service.usecases.submit import submit
from workflows.chain import FIELDS, first_broken, instant
from workflows.check import check
from workflows.facts import Actor, Request
from workflows.findings import blocking
from workflows.forms import form_type
from workflows.forms.base import CheckContext
from workflows.holds import holds
from workflows.lifecycle import Action, State

pytestmark = pytest.mark.slow  # the whole city is told once

NOW = datetime.now(UTC)
OFFICE = "finance_performance_office"
STAGES = """
select case
    when s.id is null or s.round = 0 then 'not handed in' when s.state = 'draft' then 'handed back'
    when s.state = 'review' then 'in review' else 'approved' end as stage, count(*)
from cycle c join cycle_department p on p.cycle_id = c.id
    left join submission s on s.cycle_id = c.id and s.department_id = p.department_id
where c.code = '2022' group by 1
"""


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    return load_settings({"JIXIAO_HOME": str(home), "JIXIAO_DATABASE_URL": database_url, "JIXIAO_DEMO": "1"})


@pytest.fixture(scope="module")
def city(engine: Engine, settings: Settings) -> Engine:
    """The engine of a database that the demonstration was loaded into."""
    assert load(settings, now=NOW) == tuple(ACCOUNTS)
    return engine


@pytest.fixture
def connection(city: Engine) -> Iterator[Connection]:
    with city.connect() as connection:
        yield connection


def account(connection: Connection, username: str) -> Actor:
    found = by_username(connection, username)
    assert found is not None, username
    return found


def seed_form(connection: Connection, state: str = "draft") -> int:
    statement = text("select s.id from submission s join department d on d.id = s.department_id where d.code = '101'"
                     " and s.state = :state")  # fmt: skip
    return int(connection.execute(statement, {"state": state}).scalar_one())


def test_the_counts_are_those_of_the_pictures(connection: Connection) -> None:
    stages = dict(tuple(row) for row in connection.execute(text(STAGES)))
    assert stages == {"approved": 34, "in review": 19, "handed back": 4, "not handed in": 21}
    figures = desk(connection, account(connection, OFFICE), now=NOW, week_ends_at=NOW).city
    assert figures is not None
    assert (figures.fiscal_year, figures.units, figures.submitted, figures.returned) == (2022, 78, 57, 4)
    overdue = connection.execute(text("select count(*) from work_item where closed_at is null and due_at < now()"))
    assert overdue.scalar_one() == 2
    levels = connection.execute(text("select level from submission where state = 'review'")).scalars()
    assert Counter(levels) == {1: 4, 2: 3, 3: 6, 4: 3, 5: 3}
    evaluations = connection.execute(
        text("select coalesce(level::text, state) as at, count(*) from submission where fiscal_year = 2021 group by 1")
    )
    assert dict(tuple(row) for row in evaluations) == {
        "closed": 5, "year_end_evaluation": 2, "1": 1, "2": 1, "3": 2
    }  # fmt: skip


@pytest.mark.parametrize(
    ("username", "least"),
    [
        ("filler", 1),
        ("dept_head", 1),
        ("filler2", 1),
        ("dept_head2", 1),
        ("superior_reviewer", 3),
        ("finance_business_office", 4),
        (OFFICE, 5),
        ("finance_budget_office", 3),
    ],
)
def test_whoever_acts_has_something_to_do(connection: Connection, username: str, least: int) -> None:
    assert inbox.count(connection, account(connection, username), tab=Tab.TODO) >= least


def test_the_seed_is_the_one_text_with_marks(connection: Connection) -> None:
    seed = seed_form(connection)
    marked = {}
    for form in connection.execute(text("select id from submission where state = 'draft'")).scalars():
        found = holds(draft(connection, read(connection, form)).document)
        marked[form] = [hold.path for hold in found]
    assert {form for form, paths in marked.items() if paths} == {seed}
    assert marked[seed] == ["key_tasks[1]", "key_tasks[2]", "other_tasks[0]", "other_tasks[5]"]
    for document in connection.execute(text("select document from revision")).scalars():
        assert holds(document) == ()
    assert seed_form(connection, "closed")


def test_the_seed_is_the_published_text_to_the_letter() -> None:
    root = Path(__file__).parents[2]
    shipped = (root / "service" / "demo" / "seed" / "jieyang-2022.txt").read_bytes()
    assert shipped == (root / "tests" / "forms" / "seed-jieyang-2022.txt").read_bytes()
    assert shipped.count("（密）".encode()) == 4


def test_every_chain_and_every_revision_verifies(connection: Connection) -> None:
    forms = connection.execute(text("select id from submission")).scalars().all()
    for form in forms:
        assert verdict(connection, form, revisions=revisions_of(connection, form)).holds, form
    statement = text(f"select {', '.join(FIELDS)}, hash from event order by subject_kind, subject_id, seq")
    chains: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in connection.execute(statement):
        chains.setdefault((row.subject_kind, row.subject_id), []).append({**row._mapping, "at": instant(row.at)})
    assert {kind for kind, _ in chains} == {"submission", "person", "department", "cycle"}
    assert [subject for subject, chain in chains.items() if first_broken(chain)] == []
    assert list(row_faults(connection, Counted())) == [], "nor does the look at the whole database find anything"


def test_time_runs_forward_in_every_story(connection: Connection) -> None:
    backwards = text("select count(*) from event e join event f using (subject_kind, subject_id)"
                     " where f.seq = e.seq + 1 and f.at < e.at")  # fmt: skip
    assert connection.execute(backwards).scalar_one() == 0
    future = text("select count(*) from event where subject_kind = 'submission' and at > :now")
    assert connection.execute(future, {"now": NOW}).scalar_one() == 0
    revised = text("select count(*) from event e join revision r on r.submission_id = e.subject_id"
                   " and r.sha256 = e.body ->> 'revision_sha256' where e.action = 'submit' and r.created_at = e.at")  # fmt: skip
    assert connection.execute(revised).scalar_one() >= 57


@pytest.mark.parametrize("username", ACCOUNTS)
def test_every_box_counts_the_lines_that_it_shows(connection: Connection, username: str) -> None:
    actor = account(connection, username)
    for tab in Tab:
        lines = inbox.inbox(connection, actor, tab=tab, limit=inbox.COUNT_CAP)
        assert inbox.count(connection, actor, tab=tab) == len(lines), tab
        assert len({line.key for line in lines}) == len(lines), tab
    assert masthead(connection, actor.id).todo == min(COUNT_LIMIT, inbox.count(connection, actor, tab=Tab.TODO))


def test_only_the_accounts_of_the_roles_can_sign_in(connection: Connection, settings: Settings) -> None:
    rows = connection.execute(text("select username, password_hash, must_change_password from person")).all()
    can = {row.username: row.password_hash for row in rows if row.password_hash}
    assert can.keys() == ACCOUNTS.keys()
    assert all(password_matches(stored, demo_password(settings)) for stored in can.values())
    assert not any(row.must_change_password for row in rows)
    kept = settings.home / "demo-password"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_second_start_changes_nothing(city: Engine, settings: Settings) -> None:
    with city.connect() as connection:
        before = _rows(connection)
    assert load(settings, now=NOW) == tuple(ACCOUNTS)
    with city.connect() as connection:
        assert _rows(connection) == before


def _rows(connection: Connection) -> dict[str, tuple[int, str]]:
    """For each table the number of its rows, and the newest transaction that wrote one of them."""
    names = connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
    newest = "select count(*), coalesce(max(xmin::text::bigint), 0)::text from {}"
    return {name: tuple(connection.execute(text(newest.format(name))).one()) for name in names}


def test_generated_forms_pass_the_checks_whatever_is_drawn() -> None:
    units = [unit for unit in plan().departments if unit.duties]
    for unit in units:
        for draw in range(5):
            document = documents.target(unit, Random(draw), region="揭阳市", fiscal_year=FISCAL_YEAR, sub_units=0)
            assert blocking(check(document, CheckContext(form_type(documents.FORM)))) == (), unit.code


def test_the_seed_can_be_walked_to_its_end_on_the_first_day(city: Engine) -> None:
    """Rolled back in the end: the other tests see the city as it was loaded."""
    with city.connect() as connection, connection.begin() as transaction:
        with Session(connection) as session:
            assert _walk(session) is State.CLOSED
        transaction.rollback()


def _walk(session: Session) -> State:
    connection = session.connection()
    form = seed_form(connection)

    def step(who: str, action: Action, **fields: Any) -> None:  # noqa: ANN401 - the fields of Request
        version = read(connection, form).locked.version
        given: dict[str, Any] = {"submission_id": form, "request": Request(action, **fields), "version": version}
        if action in (Action.SUBMIT, Action.SUBMIT_EVALUATION):
            submit(session, account(connection, who), **given)
        else:
            decide(connection, account(connection, who), **given)

    for path in ("key_tasks[1]", "key_tasks[2]", "other_tasks[0]", "other_tasks[5]"):
        clears = path == "other_tasks[5]"
        request = Request(Action.CLEAR_MARK if clears else Action.REPLACE_WITH_PLACEHOLDER, comment="按保密规定办理")
        who = account(connection, "secrecy_reviewer" if clears else "filler")
        version = read(connection, form).locked.version
        resolve_mark(session, who, submission_id=form, version=version, request=request, path=path)
    step("filler", Action.SUBMIT)
    step("dept_head", Action.PASS)
    step("finance_business_office", Action.PASS)
    step(OFFICE, Action.PASS, grade="excellent")
    step("finance_budget_office", Action.ISSUE_REPLY, reply_number="揭市财预〔2022〕5号", reply_date=date(2022, 2, 10))
    step(OFFICE, Action.OPEN_EVALUATION)
    spent = {"adjusted_budget": "1823.37", "executed_amount": "1750.2", "deviation_analysis": None}
    rows = [row | {"deviation_analysis": "说明"} for row in documents.seed_actuals()]
    for section, value in (("actuals", rows), ("execution", spent)):
        filler = account(connection, "filler")
        save_section(session, filler, submission_id=form, section=section, value=value, base_version=0)
    step("filler", Action.SUBMIT_EVALUATION)
    step("dept_head", Action.PASS)
    step(OFFICE, Action.CONFIRM)
    return read(connection, form).locked.state


@pytest.mark.parametrize(
    "first_start",
    [
        datetime(2026, 2, 24, 0, 5, tzinfo=UTC),  # the first morning after a spring festival of nine days
        datetime(2026, 10, 4, 15, 30, tzinfo=UTC),  # a Sunday night in the national holiday
        datetime(2027, 1, 1, 16, 30, tzinfo=UTC),  # beyond the published calendar
    ],
)
def test_it_can_be_loaded_on_any_day(engine: Engine, first_start: datetime) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        for statement in ("set session_replication_role = replica", f"truncate {_tables(connection)} cascade",
                          "set session_replication_role = origin"):  # fmt: skip
            connection.execute(text(statement))
        with Session(connection) as session:
            fill(session, build(session, plan(), password="p"), now=first_start)
            session.flush()
        stages = dict(tuple(row) for row in connection.execute(text(STAGES)))
        late = text("select count(*) from work_item where closed_at is null and due_at < :now")
        overdue = connection.execute(late, {"now": first_start}).scalar_one()
        transaction.rollback()
    assert stages == {"approved": 34, "in review": 19, "handed back": 4, "not handed in": 21}
    assert overdue == 2


def _tables(connection: Connection) -> str:
    names = "select string_agg(format('%I', tablename), ', ') from pg_tables where schemaname = 'public'"
    return str(connection.execute(text(names)).scalar_one())
