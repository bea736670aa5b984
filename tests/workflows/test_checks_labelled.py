"""The checks on labelled rows and forms: as precise as promised, and every rule has seen cases enough to say so."""

from functools import cache

import pytest

from tests.checks_labelled.__main__ import main as print_table
from tests.checks_labelled.measure import FORM, Measured, measure
from workflows.catalogue import texts

# Rules with fewer than three labelled faults say little of themselves; none today.
THIN: frozenset[str] = frozenset()


@cache
def _all() -> Measured:
    return measure()


def test_there_are_rows_enough() -> None:
    assert _all().rows >= 150
    assert _all().forms >= 90


def test_what_is_found_is_there_and_what_is_there_is_found() -> None:
    whole = _all().whole
    assert whole.precision is not None
    assert whole.recall is not None
    assert whole.precision >= 0.95, _all().wrong
    assert whole.recall >= 0.95, _all().wrong


def test_no_rule_cries_wolf() -> None:
    precise = {rule: tally.precision for rule, tally in _all().rules.items()}
    assert {rule: share for rule, share in precise.items() if share is not None and share < 0.9} == {}


def test_rows_that_no_rule_was_made_for_come_out_nearly_as_well() -> None:
    fresh = measure("fresh.txt").whole
    assert fresh.precision is not None
    assert fresh.recall is not None
    assert min(fresh.precision, fresh.recall) >= 0.85


def test_every_rule_of_the_form_is_measured_on_three_faults_or_named_as_thin() -> None:
    rules = {key.split(".")[1] for key in texts("zh") if key.startswith("rule.A")}
    assert len(rules) == len(FORM.checks)
    assert {rule for rule in rules if _all().rules[rule].positives < 3} == THIN


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_table()
    said = capsys.readouterr().out
    assert "precision" in said
    assert all(f"\nA{number} " in said for number in range(36))
