"""A profile that could not score is refused with the name of its fault."""

from typing import Any

import pytest

from workflows.scoring_profile import ProfileError, read_profile, shipped_profile

DATA = dict(shipped_profile("mof-2020").data)


def _with(section: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401  # values of the profile
    return DATA | {section: DATA[section] | values}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({}, "missing"),
        (DATA | {"colour": "red"}, "unknown keys: colour"),
        (DATA | {"version": "one"}, "misshapen"),
        (DATA | {"scheme": "v9"}, "scheme"),
        (DATA | {"grades": [{"grade": "great", "from": "90"}]}, "grade"),
        (DATA | {"grades": list(reversed(DATA["grades"]))}, "from high to low"),
        (DATA | {"weights": None}, "misshapen"),
        (_with("weights", output="40"), "add up to 100"),
        (_with("weights", luck="1"), "levels"),
        (_with("weights", output=50), "weights.output"),
        (_with("weights", output="NaN"), "weights.output"),
        (_with("weights", output="-50"), "weights.output"),
        (_with("quantitative", reverse="cubic"), "reverse"),
        (_with("quantitative", satisfaction="tiers"), "tiers"),
        (_with("quantitative", satisfaction="tiers", tiers=[["0.6", "0.5"], ["0.9", "1"]]), "from high to low"),
        (_with("quantitative", over_action="shout"), "over_action"),
        (_with("qualitative", bands=[["0.8", "1"]]), "bands"),
        (_with("qualitative", bands=[["1", "0.8"], ["0.6", "0.8"], ["0", "0.6"]]), "bands"),
        (_with("total", rounding="truncate"), "rounding"),
        (_with("execution", caps=[["0.70", "79"], ["0.80", "89"]]), "from high to low"),
        (_with("execution", caps=[["0.80", "79"], ["0.70", "89"]]), "from high to low"),
        (_with("execution", caps=[["x", "79"]]), "execution.caps"),
    ],
)
def test_refused(data: dict[str, Any], fault: str) -> None:
    with pytest.raises(ProfileError, match=fault):
        read_profile(data)


def test_frozen_copy_reads_back_the_same() -> None:
    profile = shipped_profile("mof-2020-ratio")
    assert read_profile(profile.data) == profile


def test_over_achievement_may_go_unasked() -> None:
    assert read_profile(_with("quantitative", over_action="none")).quantitative.over_threshold is None
