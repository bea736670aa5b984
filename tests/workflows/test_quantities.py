"""Numbers, signs and units as officials write them, and what is none."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows import quantities

NO_NUMBERS = [
    "", " ", "\u3000", "NaN", "nan", "sNaN", "Infinity", "-Infinity", "inf", "1e400", "1e-400", "1E5", "-0", "-0.00",
    "٣", "²", "½", "①", "一百", "壹佰", "1_000", "1.000,00", "1,00", "1000,000", "1,000,", ",100", "0x10", "010", "+5",
    "--5", "−5", "12\u200b", "\u202e12", "1\u00ad2", "1 2", ".5", "5.", "1.2.3", "99999999999999999999", "9" * 70,
    "100%", "≥ 95", "2月30日", "0000-00-00", "=1+1", "1;2", "\x001", "\ud8001", "1\x1c", "<b>1</b>", "{{7*7}}",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_is_no_number(text: str) -> None:
    assert quantities.number(text) is None
    assert quantities.count(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("1263.12", "1263.12"),
        ("１２３", "123"),
        ("１２３．５", "123.5"),
        ("1,263.12", "1263.12"),
        ("1，000", "1000"),
        ("12,345,678", "12345678"),
        (" 12 ", "12"),
        ("\u300012\u00a0", "12"),
        ("12\n", "12"),
        ("-3.5", "-3.5"),
        ("－3", "-3"),
        ("100.50", "100.5"),
        ("137.225", "137.225"),
        ("999999999999", "999999999999"),
    ],
)
def test_number_has_one_plain_spelling(text: str, value: str) -> None:
    number = quantities.number(text)
    assert number is not None
    assert quantities.plain(number) == value


@pytest.mark.parametrize(
    ("code", "spellings"),
    [
        ("ge", ["≥", ">=", "＞＝", "≧", "⩾", "> =", "不低于", "不少于", "大于等于", "大于 等于", "ge"]),
        ("gt", [">", "＞", "大于", "超过"]),
        ("eq", ["=", "＝", "等于", "=="]),
        ("le", ["≤", "<=", "＜＝", "≦", "不超过", "不高于", "小于等于"]),
        ("lt", ["<", "＜", "小于", "低于"]),
        ("qual", ["定性", " 定性 ", "qual"]),
        ("between", ["区间", "between"]),
    ],
)
def test_comparator_in_every_spelling(code: str, spellings: list[str]) -> None:
    assert [quantities.comparator(one) for one in spellings] == [code] * len(spellings)


@pytest.mark.parametrize("text", ["", "≠", "约", "2", "大", "≥≥", "ge\u200b", "x" * 100])
def test_is_no_comparator(text: str) -> None:
    assert quantities.comparator(text) is None


@pytest.mark.parametrize(
    ("text", "comparator", "value", "unit"),
    [
        ("≥50个", "ge", "50", "个"),
        ("≥100百分比", "ge", "100", "百分比"),
        ("≤90万元", "le", "90", "万元"),
        ("100%", None, "100", "%"),
        ("≥ 95", "ge", "95", None),
        ("不低于95%", "ge", "95", "%"),
        ("1人/年", None, "1", "人/年"),
        ("1,200册", None, "1,200", "册"),
        ("＝３年", "eq", "3", "年"),
    ],
)
def test_fused_cell_is_parted(text: str, comparator: str | None, value: str, unit: str | None) -> None:
    assert quantities.split_fused(text) == quantities.Fused(comparator, value, unit)


@pytest.mark.parametrize(
    "text", ["效果明显", "100", "1e400", "1_000", "5-10天", "12\u200b", "≠5", "参照政府采购成本控制"]
)
def test_is_not_fused(text: str) -> None:
    assert quantities.split_fused(text) is None


@pytest.mark.parametrize("text", ["10~20", "10～20", "10-20", "10—20", "10至20", "10 到 20"])
def test_range(text: str) -> None:
    assert quantities.bounds(text) == (Decimal(10), Decimal(20))


@pytest.mark.parametrize("text", ["20~10", "10", "10~", "~", "a~b", "1~2~3", "NaN~1"])
def test_is_no_range(text: str) -> None:
    assert quantities.bounds(text) is None


def test_blank_is_not_zero() -> None:
    assert quantities.is_blank(None)
    assert quantities.is_blank(" \u3000\t")
    assert not quantities.is_blank("0")
    assert not quantities.is_blank(0)


@pytest.mark.parametrize("cell", [True, False, -1, 2**31, 2**63, "69.5", "-1", "2147483648", [], {}, 1.0])
def test_is_no_count(cell: object) -> None:
    assert quantities.count(cell) is None


@pytest.mark.parametrize(
    ("value", "places", "rounded"), [("2.345", 2, "2.35"), ("2.335", 2, "2.34"), ("0.005", 2, "0.01")]
)
def test_half_goes_up(value: str, places: int, rounded: str) -> None:
    assert quantities.half_up(Decimal(value), places=places) == Decimal(rounded)


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=6, allow_nan=False, allow_infinity=False))
@settings(max_examples=200)
def test_plain_reads_back(value: Decimal) -> None:
    text = quantities.plain(value + 0)
    if text not in {"-0"}:
        read = quantities.number(text)
        assert read == value
        assert "E" not in text
        assert not text.endswith(".")
        assert "." not in text or not text.endswith("0")


@given(st.text(max_size=80))
@settings(max_examples=300)
def test_any_text_is_read_without_an_exception(text: str) -> None:
    for reader in (
        quantities.number,
        quantities.comparator,
        quantities.bounds,
        quantities.split_fused,
        quantities.count,
    ):
        reader(text)


def test_decimals_are_counted_however_far_behind_the_point_they_stand() -> None:
    assert quantities.decimals(Decimal("5." + "0" * 35 + "1")) == 36
    assert quantities.decimals(Decimal("5.10")) == 1
    assert quantities.decimals(Decimal("500")) == 0
