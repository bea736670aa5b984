"""Filling the city: two cycles and a pilot, and the form of each unit, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from service.demo import documents
from service.demo.cast import Cast
from service.demo.clock import PastDays
from service.demo.plan import Unit
from service.demo.story import dated, days_ago, evaluation_steps, take, target_steps
from service.importers import read_form
from service.models.record import Recorded
from service.queries.calendar import working_days
from service.usecases.cycles import Dates, create_cycle
from service.usecases.decide import decide
from service.usecases.open_draft import open_draft
from service.usecases.save_section import save_section
from workflows.deadlines import BEIJING, beijing_date
from workflows.draft import ACTUALS, EXECUTION
from workflows.facts import SYSTEM, Request
from workflows.forms.base import Document
from workflows.holds import holds, resolved
from workflows.lifecycle import Action
from workflows.scoring_profile import shipped_profile
from workflows.weights import proposed_weights

FISCAL_YEAR = 2022  # of the seed; the windows are relative to the first start all the same
SEED_UNIT = "101"
SEED_FILE = "jieyang-2022.txt"
_PROFILE = "mof-2020"
_A_YEAR_AGO = 250  # working days


@dataclass(frozen=True, slots=True)
class _City:
    """What every step of the filling needs."""

    session: Session
    cast: Cast
    days: PastDays
    evaluation_opened_at: datetime


def fill(session: Session, cast: Cast, *, now: datetime) -> None:
    """Write cycles and forms into a city that has its units and people."""
    today = beijing_date(now)
    evaluation_opens_on = today - timedelta(days=30)
    opened_at = datetime.combine(evaluation_opens_on, time(0, 1), BEIJING)
    city = _City(session, cast, PastDays(today, working_days(session.connection())), opened_at)
    last_year = _last_year(city, today, evaluation_opens_on)
    pilot = _pilot(city, today)
    this_year = _this_year(city, today)
    for code, stage in cast.plan.evaluations.items():
        _evaluation(city, cast.plan.department(code), cycle_id=last_year, stage=stage)
    _seed_draft(city, cycle_id=pilot)
    for unit in cast.plan.departments:
        if unit.stage not in ("none", "seed"):
            _target(city, unit, cycle_id=this_year)


def _last_year(city: _City, today: date, evaluation_opens_on: date) -> int:
    dates = Dates(
        today - timedelta(days=470), today - timedelta(days=340), evaluation_opens_on, today + timedelta(days=20)
    )
    return _cycle(city, f"{FISCAL_YEAR - 1}", FISCAL_YEAR - 1, dates, list(city.cast.plan.evaluations))


def _pilot(city: _City, today: date) -> int:
    """The seed's unit goes ahead of the others (先行试点): its evaluation is open already, so that a visitor can walk the
    form to its end on one day, while the approved forms of the others wait for the date of their own cycle.
    """
    dates = Dates(
        today - timedelta(days=75), today + timedelta(days=45), today - timedelta(days=1), today + timedelta(days=90)
    )
    return _cycle(city, f"{FISCAL_YEAR}-pilot", FISCAL_YEAR, dates, [SEED_UNIT])


def _this_year(city: _City, today: date) -> int:
    """Written last: the running cycle is the newest one of the newest year."""
    dates = Dates(
        today - timedelta(days=75), today + timedelta(days=14), today + timedelta(days=60), today + timedelta(days=120)
    )
    return _cycle(city, f"{FISCAL_YEAR}", FISCAL_YEAR, dates, [unit.code for unit in city.cast.plan.departments])


def _cycle(city: _City, code: str, fiscal_year: int, dates: Dates, units: Sequence[str]) -> int:
    return create_cycle(
        city.session,
        SYSTEM,
        code=code,
        fiscal_year=fiscal_year,
        region=city.cast.plan.region,
        form=documents.FORM,
        dates=dates,
        department_ids=[city.cast.ids[code] for code in units],
    )


def _seed() -> Document:
    """The published form as its file says it, its four marks included."""
    data = files("service.demo").joinpath("seed", SEED_FILE).read_bytes()
    return read_form(data, SEED_FILE).document


def _seed_draft(city: _City, *, cycle_id: int) -> None:
    random = Random(SEED_UNIT)  # noqa: S311 - invented figures, the same on every machine
    unit = city.cast.plan.department(SEED_UNIT)
    _open(city, unit, cycle_id=cycle_id, document=_seed(), now=city.days.moment(2, random))


def _target(city: _City, unit: Unit, *, cycle_id: int) -> Recorded:
    random = Random(f"{unit.code}:{FISCAL_YEAR}")  # noqa: S311 - invented figures, the same on every machine
    document = _document(city, unit, random, FISCAL_YEAR)
    if unit.stage == "draft":
        return _open(
            city, unit, cycle_id=cycle_id, document=_unfinished(document, random), now=city.days.moment(3, random)
        )
    return _told(city, unit, random, cycle_id=cycle_id, document=document, ago=days_ago(unit, random))


def _told(city: _City, unit: Unit, random: Random, *, cycle_id: int, document: Document, ago: int) -> Recorded:
    """Open the form and take its steps, the last one `ago` working days back."""
    steps = dated(target_steps(city.cast, unit, random), city.days, ago=ago, random=random)
    first = steps[0][1]
    form = _open(city, unit, cycle_id=cycle_id, document=document, now=first - timedelta(days=random.randint(2, 6)))
    for step, at in steps:
        form = take(city.session, step, form, now=at)
    return form


def _open(city: _City, unit: Unit, *, cycle_id: int, document: Document, now: datetime) -> Recorded:
    return open_draft(
        city.session,
        city.cast.filler(unit),
        department_id=city.cast.ids[unit.code],
        cycle_id=cycle_id,
        document=document,
        now=now,
    )


def _document(city: _City, unit: Unit, random: Random, fiscal_year: int) -> Document:
    below = sum(other.parent == unit.code for other in city.cast.plan.departments)
    return documents.target(unit, random, region=city.cast.plan.region, fiscal_year=fiscal_year, sub_units=below)


def _unfinished(document: Document, random: Random) -> Document:
    """A draft that somebody is still at: the goal or the last rows are not there yet."""
    if random.random() < 0.5:
        return document | {"overall_goal": None}
    return document | {"indicators": document["indicators"][: random.randint(0, 4)]}


def _evaluation(city: _City, unit: Unit, *, cycle_id: int, stage: str) -> None:
    """Last year's form: approved a year ago, opened by the timer on its date, and from there as far as `stage` says."""
    random = Random(f"{unit.code}:{FISCAL_YEAR - 1}")  # noqa: S311 - invented figures, the same on every machine
    seeds = unit.code == SEED_UNIT
    document = documents.last_year(_resolved(_seed())) if seeds else _document(city, unit, random, FISCAL_YEAR - 1)
    approved = replace(unit, stage="approved", again=False)
    form = _told(city, approved, random, cycle_id=cycle_id, document=document, ago=_A_YEAR_AGO)
    opening = Request(Action.OPEN_EVALUATION)
    opened_at = city.evaluation_opened_at
    form = decide(
        city.session.connection(), SYSTEM, submission_id=form.id, request=opening, version=form.version, now=opened_at
    )
    if stage != "entry":
        rows = documents.seed_actuals() if seeds else _actuals(document, random)
        _save(city, unit, form, section=ACTUALS, value=rows)
        _save(city, unit, form, section=EXECUTION, value=documents.execution(document["budget"], random))
    for step, at in dated(evaluation_steps(city.cast, unit, stage), city.days, ago=random.randint(2, 4), random=random):
        form = take(city.session, step, form, now=at)


def _actuals(document: Document, random: Random) -> list[dict[str, Any]]:
    weights = proposed_weights(document["indicators"], shipped_profile(_PROFILE))
    return documents.actuals(document["indicators"], weights, random)


def _save(city: _City, unit: Unit, form: Recorded, *, section: str, value: object) -> None:
    filler = city.cast.filler(unit)
    save_section(city.session, filler, submission_id=form.id, section=section, value=value, base_version=0)


def _resolved(document: Document) -> Document:
    """The document with each mark replaced by the placeholder."""
    for hold in holds(document):
        document = document | resolved(document, path=hold.path, action=Action.REPLACE_WITH_PLACEHOLDER)
    return document
