"""One formatter writes every figure and date of the screens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from service.web import formats
from service.web.paging import address, key_of, written
from service.web.words import by_script, latin
from workflows.lifecycle import Role, State

NOON = datetime(2021, 11, 10, 4, 0, tzinfo=UTC)  # 12:00 in Beijing, a Wednesday


@pytest.mark.parametrize(
    ("value", "money", "figure"),
    [
        (Decimal("1263.12"), "1,263.12", "1,263.12"),
        ("100000", "100,000.00", "100,000"),
        ("0", "0.00", "0"),
        (None, "--", "--"),
        ("", "--", "--"),
        ("1823.365", "1,823.37", "1,823.365"),
        ("-12.4", "-12.40", "-12.4"),
        ("约一百", "约一百", "约一百"),
        ("NaN", "NaN", "NaN"),
        ("1E+5", "1E+5", "1E+5"),
        (69, "69.00", "69"),
    ],
)
def test_figures(value: Decimal | str | int | None, money: str, figure: str) -> None:
    assert formats.money(value) == money
    assert formats.figure(value) == figure


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Safari/537.36", "Chrome 110 · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36 Edg/130.0.1", "Edge 130 · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128 · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605 Version/17.1 Mobile Safari/604", "Safari 17 · iPhone"),
        ("curl/8.1", "curl/8.1"),
        ("", "--"),
        (None, "--"),
    ],
)  # fmt: skip
def test_browsers_by_name(agent: str | None, words: str) -> None:
    assert formats.browser(agent) == words


def test_a_float_is_no_money() -> None:
    with pytest.raises(TypeError):
        formats.money(0.1)  # type: ignore[arg-type]


def test_times_are_of_beijing_to_the_minute() -> None:
    assert formats.moment(datetime(2021, 11, 8, 16, 20, 59, tzinfo=UTC)) == "2021-11-09 00:20"
    assert formats.short_moment(NOON) == "11-10 12:00"
    assert formats.day(datetime(2021, 11, 8, 16, 20, tzinfo=UTC)) == "2021-11-09"
    assert formats.day(date(2022, 2, 10)) == "2022-02-10"
    assert (formats.moment(None), formats.day(None)) == ("--", "--")
    assert formats.weekday(NOON) == "星期三"


def test_changes_carry_sign_and_percent() -> None:
    assert formats.signed(formats.difference("460.25", "560.25")) == "+100.00"
    assert formats.change_rate("460.25", "560.25") == "+21.73%"
    assert formats.signed(Decimal("-12.4")) == "-12.40"
    assert (formats.signed(Decimal(0)), formats.change_rate("5", "5")) == ("0", "0%")
    assert (formats.signed(formats.difference(None, "5")), formats.change_rate("0", "5")) == ("--", "--")


def test_sums_and_large_figures() -> None:
    assert formats.total("1263.12", Decimal("560.25")) == Decimal("1823.37")
    assert formats.total(None, "") is None
    assert (formats.large(Decimal("1023600"), "zh"), formats.large(Decimal("1023600"), "en")) == ("102.36", "10.24")


@pytest.mark.parametrize(
    ("at", "kind", "days"),
    [
        (NOON - timedelta(minutes=1), "over", 1),
        (NOON - timedelta(days=3), "over", 3),
        (NOON + timedelta(hours=6), "today", 0),
        (NOON + timedelta(days=2), "soon", 2),
        (NOON + timedelta(days=3), "near", 3),
        (NOON + timedelta(days=30), "far", 30),
    ],
)
def test_limits(at: datetime, kind: str, days: int) -> None:
    limit = formats.due(at, NOON)
    assert limit is not None
    assert (limit.kind, limit.days) == (kind, days)


def test_no_limit_is_no_limit() -> None:
    assert formats.due(None, NOON) is None


@pytest.mark.parametrize(
    ("length", "unit", "count"),
    [(timedelta(minutes=59), "less", 0), (timedelta(hours=17), "hour", 17), (timedelta(hours=25), "day", 1)],
)
def test_time_spent(length: timedelta, unit: str, count: int) -> None:
    found = formats.span(NOON, NOON + length)
    assert (found.unit, found.count) == (unit, count)


def test_every_state_has_its_chip() -> None:
    assert formats.state_chip(State.DRAFT).word == "草稿"
    assert formats.state_chip(State.DRAFT, waits_for=Role.FILLER, last_action="return_for_revision").kind == "ret"
    assert formats.state_chip("review", waits_for="finance_performance_office").word == "待绩效审核"
    assert formats.state_chip(State.YEAR_END_EVALUATION, waits_for=Role.FILLER).word == "评价中"
    assert {formats.state_chip(state).icon for state in State} <= {"pen", "clock", "check", "ruler", "medal"}


def test_numbers_that_people_read_out() -> None:
    assert formats.form_number(2022, 31) == "PB-2022-0031"
    assert formats.record_number("7k2m40f1aaaa") == "7K2M-40F1"
    assert formats.short_hash("3b7e90c41d55a2f8" + "0" * 48) == "3b7e 90c4 1d55 a2f8"


def test_keys_of_pages_are_exact_and_bad_ones_are_none() -> None:
    at = datetime(2021, 11, 10, 1, 2, 3, 456789, tzinfo=UTC)
    assert key_of(written(at, 17)) == (at, 17)
    assert [key_of(bad) for bad in (None, "", "x-1", "1-x", "9" * 40 + "-1", "1-" + "9" * 30)] == [None] * 6
    assert address("/a", {"b": None, "c": "", "d": 1}) == "/a?d=1"


def test_names_in_latin_letters_and_quotations() -> None:
    assert latin("揭阳市") == "Jieyang"
    assert by_script('"法学会工作", 43') == [(False, '"'), (True, "法学会工作"), (False, '", 43')]
