"""Documents that the code holds to account: the diagram is current, and nothing that exists goes unnamed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.cli import COMMANDS, SECOND_VERBS
from service.queries.reports import REPORTS
from service.settings import Settings, variable
from workflows.catalogue import texts
from workflows.diagram import diagram
from workflows.forms import form_types
from workflows.lifecycle import Action, Role, State

ROOT = Path(__file__).parents[2]
DOMAIN = ROOT / "workflows" / "README.md"
DIAGRAM = re.compile(r"<!-- lifecycle -->\n```mermaid\n(?P<drawn>.*?)```\n<!-- /lifecycle -->", re.DOTALL)


def words(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def test_the_diagram_is_what_the_command_draws() -> None:
    found = DIAGRAM.search(words(DOMAIN))
    assert found is not None
    assert found["drawn"] == diagram("zh"), "run: jixiao lifecycle draw, and put it between the marks"


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_explained(state: State) -> None:
    assert f"| `{state}` {texts('zh')[f'label.state.{state}']} |" in words(DOMAIN)


def rules() -> list[str]:
    """The ids of all rules: those of the forms' checks, and those of scoring in the catalogue."""
    checks = {check.__name__.upper() for form in form_types() for check in form.checks}
    named = {key.split(".")[1] for key in texts("en") if key.startswith("rule.")}
    return sorted(checks | named, key=lambda rule: (rule[0], int(rule[1:])))


@pytest.mark.parametrize("rule", rules())
def test_every_rule_is_named(rule: str) -> None:
    assert f"| `{rule}` |" in words(DOMAIN)


def test_no_rule_is_named_that_is_none() -> None:
    assert set(re.findall(r"^\| `([APRS]\d+)` \|", words(DOMAIN), re.MULTILINE)) == set(rules())


@pytest.mark.parametrize("code", sorted(REPORTS))
def test_every_report_is_named(code: str) -> None:
    assert f"`{code}`" in words(DOMAIN)


def test_the_glossary_has_its_terms_once() -> None:
    glossary = words(DOMAIN).partition("## Glossary")[2]
    terms = re.findall(r"^\| ([^|]+?) \| .+ \| .+ \|$", glossary, re.MULTILINE)[1:]
    assert 40 <= len(terms) <= 60
    assert len(set(terms)) == len(terms)
    for role in (role for role in Role if role not in {Role.EXTERNAL_EXPERT, Role.OBSERVER}):
        assert f"`{role}`" in glossary
    for action in (Action.SUBMIT, Action.WITHDRAW, Action.RETURN_FOR_REVISION, Action.REJECT, Action.ISSUE_REPLY):
        assert f"`{action}`" in glossary


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_every_command_is_in_the_readme(verb: str) -> None:
    readme = words(ROOT / "README.md")
    assert f"`jixiao {verb}" in readme
    for second in SECOND_VERBS.get(verb, ()):
        assert f"jixiao {verb} {second}" in readme


def test_no_command_is_in_the_readme_that_is_none() -> None:
    table = re.findall(r"^\| `jixiao (\w+)", words(ROOT / "README.md"), re.MULTILINE)
    assert set(table) == set(COMMANDS)


def test_every_setting_is_in_its_document() -> None:
    settings = words(ROOT / "docs" / "settings.md")
    assert all(f"| `{variable(name)}` |" in settings for name in Settings.model_fields)
