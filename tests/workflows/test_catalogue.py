"""The words: both languages have the same keys and places, and nothing asks for a key that is not there."""

import re
from collections.abc import Iterator

import pytest

from tests.workflows.documents import FORM
from workflows import levels, quantities
from workflows.catalogue import label, languages, sentence, texts
from workflows.document import SECRECY_TAGS
from workflows.findings import Severity
from workflows.scoring_profile import GRADES

_PLACE = re.compile(r"\{(\w+)\}")


def test_both_languages_have_the_same_keys_and_places() -> None:
    zh, en = texts("zh"), texts("en")
    assert sorted(zh) == sorted(en)
    assert {key: set(_PLACE.findall(text)) for key, text in zh.items()} == {
        key: set(_PLACE.findall(text)) for key, text in en.items()
    }


def test_no_text_is_empty_or_in_the_other_language() -> None:
    assert all(text.strip() or key.endswith("join") for lang in languages for key, text in texts(lang).items())
    chinese = re.compile("[\u4e00-\u9fff]")
    assert [key for key, text in texts("en").items() if key.startswith("rule.") and chinese.search(text)] == [
        "rule.A10.no_unit.fix",
        "rule.A11.no_value.fix",
        "rule.A16.fix",
    ]


def _labels() -> Iterator[tuple[str, str]]:
    yield from (("section", section.name) for section in FORM.sections)
    yield from (("field", one.name) for section in FORM.sections for one in section.fields)
    yield from (("field", one.name) for one in FORM.header)
    yield from (("level1", code) for code in levels.LEVEL1)
    yield from (("level2", code) for code in levels.LEVEL2)
    yield from (("comparator", code) for code in quantities.COMPARATORS)
    yield from (("grade", code) for code in GRADES)
    yield from (("severity", code) for code in Severity)
    yield from (("secrecy_tag", code) for code in SECRECY_TAGS)


@pytest.mark.parametrize(("kind", "code"), sorted(set(_labels())))
def test_every_code_has_a_label(kind: str, code: str) -> None:
    assert all(label(kind, code, lang) for lang in languages)


def test_values_are_put_in_as_they_are() -> None:
    for hostile in ("{0.__class__}", "{{7*7}}", "%(x)s", "{% raw %}", "${7*7}"):
        assert hostile in sentence("rule.A10.sign.message", "zh", value=hostile)


def test_what_is_missing_raises() -> None:
    with pytest.raises(KeyError):
        sentence("rule.A1.message", "fr")
    with pytest.raises(KeyError):
        sentence("rule.Z9.message", "zh")
    with pytest.raises(KeyError):
        sentence("rule.A1.message", "zh")
    with pytest.raises(KeyError):
        label("grade", "superb", "zh")


@pytest.mark.parametrize("code", levels.LEVEL2)
def test_levels_are_read_in_every_spelling(code: str) -> None:
    printed = label("level2", code, "zh")
    gapped = f"{printed[:3]} {printed[3:]}"
    assert {levels.level2(text) for text in (code, printed, printed.removesuffix("指标"), gapped)} == {code}


@pytest.mark.parametrize("text", ["", " ", "指标", "投入", "产出指标 指标 指标", "x" * 100_000])
def test_anything_else_is_no_level(text: str) -> None:
    assert levels.level1(text) is None
    assert levels.level2(text) is None
