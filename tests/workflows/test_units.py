"""The dictionary of units: synonyms, dimensions, and the two meanings of a slash."""

import tomllib
from decimal import Decimal
from importlib.resources import files

import pytest

from workflows.quantities import folded
from workflows.units import Slash, same_unit, unit, unit_names


@pytest.mark.parametrize(
    ("text", "name", "dimension"),
    [
        ("批次", "次", "occasions"),
        ("百分比", "%", "share"),
        ("％", "%", "share"),
        (" 万 元 ", "万元", "money"),
        ("人民币", "元", "money"),
        ("名", "人", "people"),
        ("个工作日", "工作日", "time"),
        ("KM", "公里", "length"),
        ("㎡", "平方米", "area"),
    ],
)
def test_synonyms_are_one_unit(text: str, name: str, dimension: str) -> None:
    found = unit(text)
    assert found is not None
    assert (found.name, found.dimension, found.slash) == (name, dimension, Slash.NONE)


@pytest.mark.parametrize(
    ("text", "slash", "per"),
    [
        ("册/份", Slash.OR, None),
        ("课时/人", Slash.PER, "人"),
        ("条/天", Slash.PER, "天"),
        ("人／年", Slash.PER, "年"),
        ("元/人", Slash.PER, "人"),
        ("学时/名", Slash.PER, "人"),
        ("次/份", Slash.OR, None),
        ("万元/公里", Slash.PER, "公里"),
    ],
)
def test_a_slash_has_two_meanings(text: str, slash: Slash, per: str | None) -> None:
    found = unit(text)
    assert found is not None
    assert (found.slash, found.per) == (slash, per)


@pytest.mark.parametrize("text", ["", " ", "未知单位", "/", "份/", "/份", "份/未知", "次" * 40, "a/b/c", "\x00"])
def test_others_are_none(text: str) -> None:
    assert unit(text) is None


def test_factors_turn_money_into_money() -> None:
    yuan, wan = unit("元"), unit("亿元")
    assert yuan is not None
    assert wan is not None
    assert yuan.factor == Decimal("0.0001")
    assert wan.factor == Decimal(10000)


def test_same_unit_looks_through_spellings() -> None:
    assert same_unit("批次", "次")
    assert same_unit("课时/人", "学时／名")
    assert same_unit("自定义", " 自定义 ")
    assert not same_unit("元", "万元")
    assert not same_unit("自定义", "次")


def test_every_name_is_its_own_spelling_and_stands_once() -> None:
    names = unit_names()
    assert len(names) == len(set(names)) > 60
    for name in names:
        found = unit(name)
        assert found is not None, name
        assert found.name == name


def test_no_spelling_means_two_units() -> None:
    groups = tomllib.loads((files("workflows") / "units.toml").read_text("utf-8"))["unit"]
    spellings = [
        "".join(folded(spelling).split()).casefold()
        for group in groups
        for one in group["units"]
        for spelling in (one["name"], *one.get("synonyms", ()))
    ]
    assert sorted(spellings) == sorted(set(spellings))
