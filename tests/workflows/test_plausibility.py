"""The same indicator found again under other spellings, and how far a figure lies from those of others."""

from decimal import Decimal

import pytest

from workflows.plausibility import FAR, FEWEST, Known, alike, bare_name, peers, robust_z


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("线路运维验收合格率", "线路运维 验收合格率"),
        ("培训时长(初级)", "培训时长（初级）"),
        ("管理人员培训合格率", "管理人员的培训合格率"),
        ("印制扫黑除恶宣传资料数量", "印制扫黑除恶宣传资料的数量"),
        ("ＩＴ设备完好率", "it设备完好率"),
    ],
)
def test_spellings_of_one_indicator(one: str, other: str) -> None:
    assert alike(bare_name(one), bare_name(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("心理健康社会工作职业技能培训时长（初级）", "心理健康社会工作职业技能培训时长（中级）"),
        ("线路验收合格率", "设备验收合格率"),
        ("培训合格率", "培训满意率"),
        ("培训次数", "培训人数"),
        ("满意度", "服务对象满意度"),
        ("", ""),
    ],
)
def test_different_indicators(one: str, other: str) -> None:
    assert not alike(bare_name(one), bare_name(other))


def _others(*values: str, name: str = "印制宣传资料数量", unit: str = "份") -> list[Known]:
    return [Known(owner, name, unit, Decimal(value)) for owner, value in enumerate(values, start=1)]


def test_a_figure_far_from_all_others_is_far_and_one_among_them_is_not() -> None:
    city = peers(_others("800", "1000", "1200", "1500", "900", "1100"), own=99)
    near = city.spread("印制宣传资料数量", "份", Decimal(2000))
    far = city.spread("印制 宣传资料数量", "份数", Decimal(100_000))
    assert near is not None
    assert far is not None
    assert (near.is_far, far.is_far) == (False, True)
    assert (far.count, far.middle) == (6, Decimal(1050))
    assert far.low < far.middle < far.high


def test_fewer_than_five_others_and_another_unit_compare_with_nothing() -> None:
    few = peers(_others(*["10"] * (FEWEST - 1)), own=99)
    assert few.spread("印制宣传资料数量", "份", Decimal(100)) is None
    many = peers(_others(*["10"] * 9), own=99)
    assert many.spread("印制宣传资料数量", "张", Decimal(100)) is None
    assert many.spread("培训次数", "份", Decimal(100)) is None


def test_the_own_unit_does_not_count() -> None:
    city = peers(_others(*["10"] * FEWEST), own=1)
    assert city.spread("印制宣传资料数量", "份", Decimal(100)) is None
    assert city.seen_by(99).spread("印制宣传资料数量", "份", Decimal(100)) is not None


def test_names_that_are_nearly_the_same_are_one_indicator() -> None:
    known = _others("95", "95", "96", name="管理人员培训合格率", unit="%")
    known += [Known(9 + index, "管理人员的培训合格率", "％", Decimal(95)) for index in range(3)]
    found = peers(known, own=99).spread("管理人员 培训合格率", "%", Decimal(60))
    assert found is not None
    assert (found.count, found.is_far) == (6, True)


def test_z_of_figures_that_all_agree_or_nearly_do() -> None:
    assert robust_z([95.0] * 6, 95.0) == 0
    assert abs(robust_z([95.0] * 6, 96.0)) < FAR
    assert robust_z([95.0] * 6, 60.0) < -FAR
    assert robust_z([0.0] * 6, 50.0) > FAR
    assert abs(robust_z([95.0] * 6 + [90.0], 95.0)) < 1
