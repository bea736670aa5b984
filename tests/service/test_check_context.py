"""What the checks know beside the document: last year's form, other units' targets without what is withheld, sub-units."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.db import session_factory
from service.queries.check_context import check_context
from service.queries.drafts import draft, draft_findings
from service.queries.submissions import Case, read
from tests.factories import City, make_city, make_department, make_draft, seed_document

# An approved form as it stands in the tables; how it came there is not what is tested.
_APPROVED = text("""
with s as (insert into submission (department_id, cycle_id, fiscal_year, form, target_route_id, evaluation_route_id,
        profile_id, state, version, head_hash, created_by, approved_at, reply_number, kind, round, evaluation_round, blocked)
    select :unit, c.id, :year, :form, c.target_route_id, c.evaluation_route_id, c.profile_id, 'approved', 1, 'x',
        (select min(id) from person), now(), '1号', 'target', 1, 0, false from cycle c order by c.id limit 1 returning id),
r as (insert into revision (submission_id, number, kind, document, sha256, findings, rules_version, created_by)
    select id, 1, 'target', '{}', 'x', '[]', 'x', (select min(id) from person) from s returning id, submission_id)
insert into revision_indicator (revision_id, position, level3, comparator, target_value, unit, secrecy_tag)
select id, 0, :name, 'ge', :value, :unit_name, :tag from r
""")
_HEADS = text(
    "update submission s set approved_revision_id = r.id from revision r where r.submission_id = s.id and s.head_hash = 'x'"
)
NAME, UNIT = "政法工作满意度", "%"


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A transaction that is taken back, past the triggers that keep history."""
    with session_factory(engine)() as opened:
        opened.execute(text("set local session_replication_role = replica"))
        yield opened
        opened.rollback()


@pytest.fixture
def town(session: Session) -> City:
    return make_city(session)


def approve(session: Session, *values: str, unit: int | None = None, tag: str | None = None, year: int = 2022) -> None:
    """One unit more for each value, its form approved."""
    for value in values:
        given = {
            "unit": unit or make_department(session),
            "year": year,
            "form": "department_overall@2022",
            "name": NAME,
        }
        session.execute(_APPROVED, {**given, "value": value, "unit_name": UNIT, "tag": tag})
    session.execute(_HEADS)


def _case(session: Session, town: City) -> Case:
    document = seed_document()
    document["indicators"][11]["target_value"] = "20"
    return read(session.connection(), make_draft(session, town, document=document))


def found(session: Session, case: Case) -> list[str]:
    """The paths at which a target is said to be far from those of others."""
    connection = session.connection()
    findings = draft_findings(connection, case, draft(connection, case).document)
    return [one.path for one in findings if one.rule == "A23"]


def test_targets_of_other_units_are_compared_with_once_there_are_five(session: Session, town: City) -> None:
    case = _case(session, town)
    approve(session, "88", "90", "92", "95")
    assert found(session, case) == []
    approve(session, "91", year=2021)
    assert found(session, case) == ["indicators[11].target_value"]


@pytest.mark.parametrize("given", [{"tag": "withheld_public"}, {"year": 2019}, {"year": 2023}])
def test_withheld_rows_and_other_years_tell_nothing(session: Session, town: City, given: dict[str, object]) -> None:
    case = _case(session, town)
    approve(session, "88", "90", "92", "95")
    approve(session, "91", **given)  # type: ignore[arg-type]
    assert found(session, case) == []


def test_the_own_form_is_no_peer(session: Session, town: City) -> None:
    case = _case(session, town)
    approve(session, "88", "90", "92", "95")
    approve(session, "91", unit=town.unit, year=2021)
    others = check_context(session.connection(), case).peers
    assert others is not None
    assert others.spread(NAME, UNIT, Decimal(20)) is None


def test_whether_a_unit_has_units_is_known(session: Session, town: City) -> None:
    case = _case(session, town)
    assert check_context(session.connection(), case).has_sub_units is False
    make_department(session, parent=town.unit)
    assert check_context(session.connection(), case).has_sub_units is True
