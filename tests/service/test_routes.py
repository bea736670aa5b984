"""Routes: versions over the API and the command that moves running forms from one version to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from service.api.edge import Edge
from service.queries.route_simulation import simulate
from service.queries.route_versions import route_named
from service.queries.submissions import read
from service.usecases.cycles import create_cycle
from service.usecases.decide import decide
from service.usecases.migrate_route import Migration, migrate_route
from service.usecases.save_route import save_route
from tests.factories import City, make_city, make_draft, make_person, make_submitted
from tests.service.callers import Caller
from workflows.deadlines import beijing_date
from workflows.errors import InvalidRequest, NotAllowed, NotPossibleNow
from workflows.facts import SYSTEM, Request
from workflows.lifecycle import Action
from workflows.route import RouteFault, read_route, shipped_route
from workflows.route_data import route_data

OLD, NEW = "city-standard@1", "city-standard@2"


@pytest.fixture(autouse=True)
def walked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk has tests of its own and takes seconds."""
    monkeypatch.setattr("service.usecases.save_route.needs_sound", lambda _route, **_most: None)


def data(code: str = "city-standard") -> dict[str, Any]:
    return route_data(shipped_route(code))


def saved(session: Session, changed: dict[str, Any], level: int = 1) -> None:
    """The next version of the standard route, one of its levels changed."""
    body = data()
    body["levels"][level - 1] |= changed
    save_route(session, SYSTEM, data=body)


def passed(session: Session, city: City, who: str, form: int) -> None:
    version = read(session.connection(), form).locked.version
    decide(session.connection(), city[who], submission_id=form, request=Request(Action.PASS), version=version)


def moved(
    session: Session, *, old: str = OLD, new: str = NEW, cycle: str | None = None, apply: bool = True
) -> Migration:
    return migrate_route(session, SYSTEM, old=old, new=new, cycle=cycle, apply=apply)


class Tests:
    """Over one transaction each, rolled back."""

    @pytest.fixture
    def session(self, engine: Engine) -> Iterator[Session]:
        with engine.connect() as connection, connection.begin() as outer:
            yield Session(connection, join_transaction_mode="create_savepoint")
            outer.rollback()

    @pytest.fixture
    def town(self, session: Session) -> City:
        return make_city(session)

    def test_versions_follow_each_other_and_are_never_changed(self, session: Session, town: City) -> None:
        office = town["finance_performance_office"]
        kept = save_route(session, office, data={**data(), "source": "市发〔2026〕1号"}, base=1)
        assert (kept.version, kept.source) == (2, "市发〔2026〕1号")
        assert route_named(session.connection(), "city-standard").version == 2
        assert route_named(session.connection(), "city-standard", 1) == shipped_route("city-standard")
        with pytest.raises(NotPossibleNow, match="changed_meanwhile"):
            save_route(session, office, data=data(), base=1)
        with pytest.raises(NotPossibleNow, match="unchanged"):
            save_route(session, office, data=route_data(kept), base=2)

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"code": "../x"}, "code"),
            ({"code": ""}, "code"),
            ({"source": "x" * 201}, "source"),
            ({"source": "a\x00"}, "source"),
            ({"kind": "evaluation"}, "reply_last"),
            ({"kind": "other"}, "shape"),
            ({"levels": "all"}, "shape"),
            ({"levels": [1]}, "shape_of_level"),
            ({"levels": [{"seat": []}]}, "shape_of_level"),
            ({"levels": [{"seats": ["x"]}]}, "shape_of_level"),
        ],
    )
    def test_what_is_no_route_is_refused(
        self, session: Session, town: City, values: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(RouteFault, match=rf"^route\.{reason}$"):
            save_route(session, town["finance_performance_office"], data={**data(), **values})

    def test_who_may_not_and_codes_that_are_taken(self, session: Session, town: City) -> None:
        for name in ("sys_admin", "filler", "finance_budget_office"):
            with pytest.raises(NotAllowed):
                save_route(session, town[name], data=data())
            with pytest.raises(NotAllowed):
                migrate_route(session, town[name], old=OLD, new=NEW, apply=True)
        elsewhere = make_person(session, "elsewhere", finance_performance_office=town.unit)
        with pytest.raises(NotAllowed):
            save_route(session, elsewhere, data=data())
        for code in ("city-standard", "city-evaluation"):
            with pytest.raises(RouteFault, match="code_taken"):
                save_route(session, SYSTEM, data={**data(), "code": code}, base=0)
        with pytest.raises(RouteFault, match="kind_changed"):
            save_route(session, SYSTEM, data={**data("city-evaluation"), "code": "city-standard"})
        unknown = data()
        unknown["levels"][0]["when"] = {"forms": ["no_such_form"]}
        with pytest.raises(RouteFault, match=r"route\.form"):
            save_route(session, SYSTEM, data=unknown)

    def test_a_cycle_binds_the_version_that_was_chosen(self, session: Session, town: City) -> None:
        saved(session, {"working_days": 9})

        def bound(code: str, target_route: str = "city-standard") -> int:
            from service.usecases.cycles import Dates

            today = beijing_date(read_now(session))
            made = create_cycle(
                session, town["finance_performance_office"], code=code, fiscal_year=2030, region="揭阳市",
                form="department_overall@2022", dates=Dates(today, today, today, today), department_ids=[], target_route=target_route,
            )  # fmt: skip
            asked = "select r.version from cycle c join route_version r on r.id = c.target_route_id where c.id = :id"
            return int(session.execute(text(asked), {"id": made}).scalar_one())

        assert bound("A") == 2
        assert bound("B", target_route=OLD) == 1
        assert bound("C", target_route=NEW) == 2
        for wrong in ("city-standard@3", "city-standard@x", "city-evaluation@1", "none"):
            with pytest.raises(InvalidRequest, match="no_such_profile") as refused:
                bound("D", target_route=wrong)
            assert refused.value.field == "target_route"

    def test_forms_move_where_the_change_lies_ahead(self, session: Session, town: City) -> None:
        draft = make_draft(session, town)
        review = make_submitted(session, town, filler="filler2")
        saved(session, {"working_days": 8, "need": "any"}, level=3)
        work = "select level, seat, role, department_id, due_at, closed_at from work_item order by id"
        before = session.execute(text(work)).all()
        dry = moved(session, apply=False)
        assert [one.id for one in dry.moved] == [draft, review]
        assert read(session.connection(), draft).target_route_id == read(session.connection(), review).target_route_id
        done = moved(session)
        assert (done.moved, done.left) == (dry.moved, ())
        case = read(session.connection(), review)
        assert route_named(session.connection(), "city-standard", 2).level(3).working_days == 8
        ((version,),) = session.execute(
            text("select version from route_version where id = :id"), {"id": case.target_route_id}
        ).all()
        assert version == 2
        assert session.execute(text(work)).all() == before
        passed(session, town, "dept_head2", review)
        passed(session, town, "superior_reviewer", review)
        assert read(session.connection(), review).locked.level == 3
        action, body = session.execute(
            text(
                "select action, body from event where subject_kind = 'cycle' and subject_id = :id order by seq desc limit 1"
            ),
            {"id": town.cycle},
        ).one()
        assert (action, body) == (
            "migrate_route",
            {"from": OLD, "to": NEW, "bound": True, "moved": [draft, review], "left": []},
        )
        assert moved(session).moved == ()

    def test_forms_stay_whose_levels_mean_something_else(self, session: Session, town: City) -> None:
        early = make_submitted(session, town)
        later = make_submitted(session, town, filler="filler2")
        passed(session, town, "dept_head2", later)
        returned = read(session.connection(), later).locked.version
        saved(session, {"seats": [{"role": "external_expert", "desk": "own"}]}, level=2)
        done = moved(session)
        assert [one.id for one in done.moved] == [early]
        assert [(one.id, one.why, one.params) for one in done.left] == [(later, "level_differs", {"level": "2"})]
        back = Request(Action.RETURN_FOR_REVISION, "请补充")
        decide(session.connection(), town["superior_reviewer"], submission_id=later, request=back, version=returned)
        assert [(one.id, one.why) for one in moved(session).left] == [(later, "round_differs")]

    def test_versions_that_do_not_fit_and_cycles_that_are_none(self, session: Session, town: City) -> None:
        saved(session, {"working_days": 8})
        for old, new in (
            (OLD, OLD),
            (OLD, "city-standard@9"),
            ("x", NEW),
            (OLD, "city-evaluation@1"),
            (OLD, "city-standard@1e3"),
        ):
            with pytest.raises(InvalidRequest, match=r"^route\."):
                moved(session, old=old, new=new)
        with pytest.raises(NotPossibleNow, match="no_cycle"):
            moved(session, cycle="nothing")
        code = session.execute(text("select code from cycle where id = :id"), {"id": town.cycle}).scalar_one()
        assert moved(session, cycle=code).cycles == (code,)

    def test_a_simulation_follows_conditions_empty_desks_and_order(self, session: Session, town: City) -> None:
        expert = {"role": "external_expert", "desk": "own"}
        levels = [
            {"seats": [{"role": "dept_head", "desk": "own"}, expert], "need": "all", "in_order": True, "working_days": 1},
            {"seats": [expert], "when": {"amount": "500"}},
            {"seats": [expert], "when": {"forms": ["project@2022"]}},
            {"seats": [expert], "if_nobody": "skip"},
            {"seats": [expert], "if_nobody": "escalate", "escalate_to": {"role": "finance_business_office", "desk": "business_office"}},
            {"seats": [{"role": "finance_budget_office", "desk": "finance"}], "is_reply": True},
        ]  # fmt: skip
        route = read_route({"code": "x", "version": 1, "kind": "target", "source": "s", "levels": levels})
        day = beijing_date(read_now(session)).replace(year=2022, month=2, day=10)
        asked: dict[str, Any] = {
            "department_id": town.unit,
            "form": "department_overall@2022",
            "amount": None,
            "on": day,
        }
        found = simulate(session.connection(), route, **asked)
        assert [one.passed_over for one in found.levels] == [None, None, "form", "nobody", None, None]
        first, second, escalated = found.levels[0], found.levels[1], found.levels[4]
        assert [(seat.opens_on.day, seat.due_on.day) for seat in first.seats] == [(10, 11), (11, 14)]
        assert [one.barred for one in second.seats[0].people] == ["decided_another_level"]
        assert (escalated.escalated, escalated.seats[0].role.value) == (True, "finance_business_office")
        assert found.ends_on == found.levels[5].seats[0].due_on
        small = simulate(session.connection(), route, **{**asked, "amount": 1})
        assert [one.passed_over for one in small.levels][1] == "amount"
        with pytest.raises(InvalidRequest, match="no_such_department"):
            simulate(session.connection(), route, **{**asked, "department_id": town.bureau})


def read_now(session: Session) -> Any:  # noqa: ANN401 - a moment of the database
    return session.execute(text("select now()")).scalar_one()


def test_the_api_lists_versions_and_simulates(edge: Edge, city: City, caller: Caller) -> None:
    office = caller.as_("finance_performance_office")
    listed = office.get("/api/v1/routes")
    assert listed.status_code == 200
    items = [(one["code"], one["version"]) for one in listed.json["items"]]  # type: ignore[index]
    assert items == [("city-standard", 1), ("city-evaluation", 1)]
    path = "/api/v1/routes/city-standard/1/simulation"
    query = f"department_id={city.below}&form=department_overall@2022&on=2022-02-10&amount=12.5"
    found = office.get(f"{path}?{query}")
    assert found.status_code == 200
    levels = found.json["levels"]  # type: ignore[index]
    assert [[one["name"] for one in level["seats"][0]["people"]] for level in levels] == [
        ["dept_head2"], ["superior_reviewer"], ["finance_business_office"], ["finance_performance_office"], ["finance_budget_office"]
    ]  # fmt: skip
    assert levels[0]["seats"][0]["due_on"] == "2022-02-14"
    for wrong, status in (
        ("department_id=0", 400), ("department_id=999999", 400), ("on=tomorrow", 400), ("amount=x", 400), ("form=nothing", 400),
        ("extra=1", 400), ("prepared_by=x", 400),
    ):  # fmt: skip
        name = wrong.partition("=")[0]
        rest = "&".join(part for part in query.split("&") if not part.startswith(f"{name}="))
        assert office.get(f"{path}?{rest}&{wrong}").status_code == status, wrong
    assert office.get(f"/api/v1/routes/city-standard/7/simulation?{query}").status_code == 404
    assert caller.other("sec_admin").get(f"{path}?{query}").status_code == 200
    for name in ("filler", "dept_head", "finance_budget_office"):
        assert caller.other(name).get("/api/v1/routes").status_code == 403
        assert caller.other(name).get(f"{path}?{query}").status_code == 403
