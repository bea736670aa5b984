"""Scores: the worked example to the cent, each trace recomputed, and what keeps a total open."""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.documents import changed, evaluated, seed
from workflows import formulas
from workflows.catalogue import languages
from workflows.findings import Severity
from workflows.scoring import Score, score, score_json
from workflows.scoring_profile import ScoringProfile, read_profile, shipped_profile, shipped_profiles

LINEAR, RATIO = shipped_profile("mof-2020"), shipped_profile("mof-2020-ratio")
_SUM = re.compile(r"[:：] ?(?P<expression>[\d.×÷−()% ]+) = (?P<result>\d+\.\d\d)(?P<percent>%?)")


def _profile(**quantitative: Any) -> ScoringProfile:  # noqa: ANN401  # values of the profile
    data = dict(LINEAR.data)
    return read_profile(data | {"quantitative": data["quantitative"] | quantitative})


def _row(comparator: str, target: str, actual: str, profile: ScoringProfile = LINEAR, weight: str = "6") -> str | None:
    document = changed(evaluated(), "indicators[0]", evaluated()["indicators"][0])
    document["indicators"][0] |= {
        "comparator": comparator,
        "target_value": target,
        "actual_value": actual,
        "weight": weight,
    }
    points = score(document, profile).rows[0].score
    return None if points is None else f"{points:.2f}"


@pytest.mark.parametrize(
    ("profile", "cost", "rows", "total"), [(LINEAR, "5.40", "88.64", "98.24"), (RATIO, "5.45", "88.69", "98.29")]
)
def test_worked_example(profile: ScoringProfile, cost: str, rows: str, total: str) -> None:
    result = score(evaluated(), profile)
    expected = ["6.00", "5.00", "4.72", "5.75", "6.00", "5.00", "5.00", "6.00", cost, "15.00", "15.00", "9.77"]
    assert [f"{row.score:.2f}" for row in result.rows] == expected
    assert sum(row.score or 0 for row in result.rows) == Decimal(rows)
    assert f"{result.execution.score:.2f}" == "9.60"
    assert f"{result.total:.2f}" == total
    assert result.grade == "excellent"
    assert result.missing == ()
    assert result.profile == f"{profile.code}@1"


def test_reasons_that_the_worked_example_still_owes() -> None:
    findings = [(one.rule, str(one.severity), one.path, one.case) for one in score(evaluated(), LINEAR).findings]
    assert findings == [
        ("S1", "warning", "indicators[0].deviation_analysis", "over"),
        *(("S1", "error", f"indicators[{index}].deviation_analysis", "") for index in (2, 3, 8, 11)),
    ]
    document = evaluated()
    for row in document["indicators"]:
        row["deviation_analysis"] = "纸价上涨。"
    assert score(document, LINEAR).findings == ()


def _value(expression: str) -> Fraction:
    """The sum in a trace, by its own small grammar: numbers, %, × ÷ − and brackets."""
    tokens = re.findall(r"\d+(?:\.\d+)?%?|[×÷−()]", expression)
    assert "".join(tokens) == expression.replace(" ", "")

    def factor() -> Fraction:
        token = tokens.pop(0)
        if token == "(":
            inner = difference()
            assert tokens.pop(0) == ")"
            return inner
        return Fraction(token[:-1]) / 100 if token.endswith("%") else Fraction(token)

    def product() -> Fraction:
        value = factor()
        while tokens and tokens[0] in "×÷":
            value = value * factor() if tokens.pop(0) == "×" else value / factor()
        return value

    def difference() -> Fraction:
        value = product()
        while tokens and tokens[0] == "−":
            tokens.pop(0)
            value -= product()
        return value

    result = difference()
    assert not tokens
    return result


def _half_up(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("lang", languages)
@pytest.mark.parametrize("profile", [LINEAR, RATIO], ids=lambda profile: profile.code)
def test_every_trace_recomputes(profile: ScoringProfile, lang: str) -> None:
    data: Any = score_json(score(evaluated(), profile), lang)
    total = Decimal(0)
    for row in [data["execution"], *data["rows"]]:
        sums = list(_SUM.finditer(row["trace"]))
        assert len(sums) == 2
        for one in sums:
            scale = 100 if one["percent"] else 1
            assert _half_up(_value(one["expression"]) * scale) == Decimal(one["result"])
        assert sums[0]["result"] + "%" == row["rate"]
        assert sums[-1]["result"] == row["score"]
        assert row["trace"].count(row["steps"][-1]["text"]) == 1
        total += Decimal(sums[-1]["result"])
    assert f"{total:.2f}" == data["total"]


def test_json_is_that_of_the_contract() -> None:
    data: Any = score_json(score(evaluated(), LINEAR), "zh")
    keys = {"profile", "total", "grade", "execution", "rows", "missing", "findings"}
    assert keys <= set(data)
    assert data["profile"] == "mof-2020@1"
    assert {"weight": "10", "score": "9.60"}.items() <= data["execution"].items()
    assert {"path": "indicators[0]", "weight": "6", "score": "6.00"}.items() <= data["rows"][0].items()
    assert data["groups"][0] == {"level1": "output", "weight": "50", "score": "48.87"}
    assert data["rows"][8]["steps"][-1] == {
        "key": "points",
        "params": {"expression": "6 × (1 − (22 − 20) ÷ 20)", "score": "5.40"},
        "text": "得分：6 × (1 − (22 − 20) ÷ 20) = 5.40",
    }


def test_other_rules_of_the_domain_guide() -> None:
    cost_binary = score(evaluated(), _profile(reverse="binary"))
    assert f"{cost_binary.total:.2f}" == "92.84"
    tiers = [["0.90", "1"], ["0.80", "0.80"], ["0.60", "0.50"], ["0", "0"]]
    in_tiers = score(evaluated(), _profile(satisfaction="tiers", tiers=tiers))
    assert f"{in_tiers.total:.2f}" == "96.47"
    assert _row("eq", "48", "60", _profile(equal="symmetric")) == "4.50"
    assert _row("le", "20", "40") == "0.00"
    assert _row("le", "20", "40", RATIO) == "3.00"


@pytest.mark.parametrize(
    ("comparator", "target", "actual", "points"),
    [
        ("ge", "100", "99.99", "6.00"),
        ("ge", "100", "0", "0.00"),
        ("ge", "100", "-5", "0.00"),
        ("ge", "0", "0", "6.00"),
        ("ge", "-5", "-3", "6.00"),
        ("ge", "-5", "-8", "0.00"),
        ("gt", "5", "5", "6.00"),
        ("gt", "5", "6", "6.00"),
        ("lt", "5", "5", "6.00"),
        ("le", "0", "0", "6.00"),
        ("le", "0", "1", "0.00"),
        ("le", "20", "-1", "6.00"),
        ("le", "20", "39", "0.30"),
        ("le", "20", "400", "0.00"),
        ("eq", "0", "0", "6.00"),
        ("eq", "0", "3", "0.00"),
        ("eq", "48", "60", "6.00"),
        ("eq", "48", "24", "3.00"),
        ("between", "10~20", "15", "6.00"),
        ("between", "10~20", "5", "3.00"),
        ("between", "10~20", "25", "4.50"),
        ("ge", "3", "1", "2.00"),
        ("ge", "100", "１００", "6.00"),
        ("ge", "1000", "1,000", "6.00"),
    ],
)
def test_formulas(comparator: str, target: str, actual: str, points: str) -> None:
    assert _row(comparator, target, actual) == points


def test_binary_profiles_give_all_or_nothing() -> None:
    profile = _profile(positive="binary", equal="binary", reverse="binary")
    rows = [
        ("ge", "100", "99"),
        ("gt", "5", "5"),
        ("eq", "48", "47"),
        ("le", "20", "21"),
        ("ge", "100", "100"),
        ("eq", "48", "48"),
    ]
    assert [_row(*row, profile) for row in rows] == ["0.00", "0.00", "0.00", "0.00", "6.00", "6.00"]
    assert _row("eq", "48", "96", _profile(equal="symmetric")) == "0.00"


def test_ratio_floor_gives_nothing_below_it() -> None:
    assert _row("ge", "100", "59", _profile(ratio_floor="0.60")) == "0.00"
    assert _row("ge", "100", "60", _profile(ratio_floor="0.60")) == "3.60"


def test_unit_behind_the_actual_is_read() -> None:
    assert score(changed(evaluated(), "indicators[10].actual_value", "97%"), LINEAR).total == Decimal("98.24")
    assert score(changed(evaluated(), "indicators[10].actual_value", "97个"), LINEAR).total is None


@pytest.mark.parametrize(
    ("cells", "missing", "finding"),
    [
        ({"indicators[2].actual_value": None}, ["indicators[2]"], ("S2", "indicators[2].actual_value")),
        ({"indicators[2].actual_value": "完成"}, ["indicators[2]"], ("S2", "indicators[2].actual_value")),
        ({"indicators[2].target_value": "多"}, ["indicators[2]"], ("S2", "indicators[2].actual_value")),
        ({"execution.executed_amount": None}, ["execution"], None),
        ({"execution.executed_amount": "-1"}, ["execution"], None),
        ({"indicators[2].weight": "6"}, [], ("S4", "indicators")),
        ({"indicators[2].weight": None}, [], ("S4", "indicators[2].weight")),
    ],
)
def test_no_total_while_something_is_unknown(
    cells: dict[str, Any], missing: list[str], finding: tuple[str, str] | None
) -> None:
    document = evaluated()
    for path, value in cells.items():
        document = changed(document, path, value)
    result = score(document, LINEAR)
    assert (result.total, result.grade) == (None, None)
    assert list(result.missing) == missing
    assert finding is None or finding in [(one.rule, one.path) for one in result.findings]


def test_target_stage_has_no_score() -> None:
    result = score(seed(), LINEAR)
    assert result.total is None
    assert result.missing == ("execution", *(f"indicators[{index}]" for index in range(12)))
    assert [one.case for one in result.findings if one.rule == "S4"] == ["none"]


def test_no_budget_to_execute_is_not_applicable_and_the_rest_is_rescaled() -> None:
    result = score(changed(evaluated(), "execution", {"adjusted_budget": "0", "executed_amount": "0"}), LINEAR)
    assert result.execution.score is None
    assert not result.execution.applicable
    assert result.missing == ()
    assert result.total == Decimal("98.49")


@pytest.mark.parametrize(
    ("executed", "points", "owes"), [("1641.04", "9.00", False), ("1641.03", "9.00", True), ("2000", "10.00", False)]
)
def test_execution(executed: str, points: str, owes: bool) -> None:
    document = changed(evaluated(), "execution.executed_amount", executed)
    result = score(document, LINEAR)
    assert f"{result.execution.score:.2f}" == points
    owed = [one.path for one in result.findings if one.rule == "S3"]
    assert owed == (["execution.deviation_analysis"] if owes else [])
    document["execution"]["deviation_analysis"] = "项目延期。"
    assert not [one for one in score(document, LINEAR).findings if one.rule == "S3"]


def _qualitative(said: str, entered: str | None) -> Score:
    document = evaluated()
    document["indicators"][9] |= {"comparator": "qual", "target_value": "持续改善", "unit": None, "actual_value": said}
    document["indicators"][9]["entered_score"] = entered
    return score(document, LINEAR)


@pytest.mark.parametrize(
    ("said", "entered", "points", "case"),
    [
        ("达成年度指标", "15", "15.00", None),
        ("达成预期指标", "12", "12.00", None),
        ("达成年度指标", "11.99", "11.99", "band"),
        ("部分达成年度指标并具有一定效果", "11.99", "11.99", None),
        ("部分达成年度指标并具有一定效果", "12", "12.00", "band"),
        ("部分达成年度指标并具有一定效果", "9", "9.00", None),
        ("未达成年度指标且效果较差", "8.99", "8.99", None),
        ("未达成年度指标且效果较差", "9", "9.00", "band"),
        ("效果明显", "1", "1.00", None),
        ("达成年度指标", "15.01", None, "beyond"),
        ("达成年度指标", "-1", None, "beyond"),
        ("达成年度指标", "NaN", None, "beyond"),
    ],
)
def test_qualitative_row(said: str, entered: str, points: str | None, case: str | None) -> None:
    result = _qualitative(said, entered)
    given = result.rows[9].score
    assert (None if given is None else f"{given:.2f}") == points
    assert (result.total is None) == (points is None)
    assert [one.case for one in result.findings if one.rule == "S5"] == ([] if case is None else [case])


def test_qualitative_row_waits_for_points() -> None:
    result = _qualitative("达成年度指标", None)
    assert result.missing == ("indicators[9]",)
    assert ("S2", "indicators[9].entered_score") in [(one.rule, one.path) for one in result.findings]


def test_qualitative_row_without_actual_or_weight_stays_open() -> None:
    assert _qualitative("", "15").missing == ("indicators[9]",)
    document = evaluated()
    document["indicators"][9] |= {
        "comparator": "qual",
        "weight": None,
        "actual_value": "达成年度指标",
        "entered_score": "15",
    }
    assert score(document, LINEAR).rows[9].score is None


def test_reviewers_points_stand_beside_the_units_own() -> None:
    result = score(changed(evaluated(), "indicators[0].audit_score", "4"), LINEAR)
    assert (result.total, result.audit_total) == (Decimal("98.24"), Decimal("96.24"))
    assert (result.grade, result.audit_grade) == ("excellent", "excellent")
    data: Any = score_json(result, "en")
    assert (data["audit_total"], data["rows"][0]["audit_score"]) == ("96.24", "4.00")
    assert score(evaluated(), LINEAR).audit_total is None
    beyond = score(changed(evaluated(), "indicators[0].audit_score", "6.01"), LINEAR)
    assert beyond.audit_total is None
    assert [(one.case, one.path) for one in beyond.findings if one.rule == "S5"] == [
        ("audit", "indicators[0].audit_score")
    ]


def test_first_level_that_differs_from_the_profile_is_a_warning() -> None:
    document = changed(changed(evaluated(), "indicators[0].weight", "1"), "indicators[9].weight", "20")
    levels = [one for one in score(document, LINEAR).findings if one.rule == "S4"]
    assert [(one.severity, one.params["level1"]) for one in levels] == [
        (Severity.WARNING, "output"),
        (Severity.WARNING, "benefit"),
    ]
    assert score(document, LINEAR).total is not None


@pytest.mark.parametrize(
    ("total", "grade"),
    [("100", "excellent"), ("90", "excellent"), ("89.99", "good"), ("60", "fair"), ("59.99", "poor")],
)
def test_grades(total: str, grade: str) -> None:
    assert LINEAR.grade(Decimal(total)) == grade


def test_without_cut_offs_there_is_no_grade() -> None:
    profile = read_profile({key: value for key, value in LINEAR.data.items() if key != "grades"})
    result = score(evaluated(), profile)
    assert (result.total, result.grade) == (Decimal("98.24"), None)


_FIGURES = st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False, allow_infinity=False)


@given(
    comparator=st.sampled_from(["ge", "gt", "eq", "le", "lt"]),
    target=_FIGURES,
    actual=_FIGURES,
    profile=st.sampled_from([LINEAR, RATIO]),
)
@settings(max_examples=300)
def test_points_lie_between_none_and_all_and_follow_the_sum_shown(
    comparator: str, target: Decimal, actual: Decimal, profile: ScoringProfile
) -> None:
    judged = formulas.judged(comparator, target, actual, rules=profile.quantitative)
    assert 0 <= judged.share <= 1
    assert not judged.met or judged.share == 1
    assert _value(judged.expression) == judged.share
    assert formulas.points(Decimal("7.5"), judged.share) == _half_up(Fraction("7.5") * judged.share)


@given(
    st.text(max_size=30),
    st.sampled_from(["weight", "actual_value", "target_value", "comparator", "entered_score", "audit_score", "unit"]),
)
@settings(max_examples=200)
def test_any_text_in_a_cell_is_scored_or_left_open(text: str, name: str) -> None:
    result = score(changed(evaluated(), f"indicators[0].{name}", text), LINEAR)
    for lang in languages:
        score_json(result, lang)


def test_shipped_profiles_score_differently_and_cite_their_source() -> None:
    assert shipped_profiles() == ("mof-2020", "mof-2020-capped", "mof-2020-ratio")
    assert shipped_profile("mof-2020@1") == LINEAR
    for name in shipped_profiles():
        assert "财预〔2020〕10号" in shipped_profile(name).source
        assert set(shipped_profile(name).title) == set(languages)
    for unknown in ("mof-2020@2", "nothing", "../mof-2020", "city-standard", ""):
        with pytest.raises(KeyError):
            shipped_profile(unknown)


@pytest.mark.parametrize(
    ("executed", "cap", "total"),
    [
        ("1823.37", None, "98.64"),
        ("1458.7", None, "96.64"),
        ("1389.41", "89", "89.00"),
        ("1000", "69", "69.00"),
        ("900", "59", "59.00"),
    ],
)
def test_a_profile_may_cap_the_total_by_the_rate_of_execution(executed: str, cap: str | None, total: str) -> None:
    document = changed(evaluated(), "execution.executed_amount", executed)
    result = score_json(score(document, shipped_profile("mof-2020-capped")), "zh")
    assert (result.get("cap"), result["total"]) == (cap, total)
    assert score(document, LINEAR).cap is None
