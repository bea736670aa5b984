"""Every word of the pages has its English, and English has no word that no page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from service.i18n import FOLDER

SERVICE = Path(__file__).parents[2] / "service"
KEYWORDS = {"_": None, "gettext": None, "mark": None, "ngettext": (1, 2)}
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.i18n"}
_PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_ZH = re.compile(r'<(\w+)[^>]*lang="zh-CN"[^>]*>.*?</\1>', re.DOTALL)
_CALL = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@cache
def said() -> dict[str, str]:
    """Every msgid of templates and code, with the file that says it; a plural is known by its singular."""
    found: dict[str, str] = {}
    for path, method in _sources():
        for _line, message, _comments, _context in extract_from_file(method, str(path), KEYWORDS, options=OPTIONS):
            found.setdefault(message if isinstance(message, str) else message[0], path.name)
    return found


def _sources() -> Iterator[tuple[Path, str]]:
    for path in sorted((SERVICE / "templates").rglob("*.html")):
        yield path, "jinja2.ext:babel_extract"
    for path in sorted((SERVICE / "web").rglob("*.py")):
        yield path, "python"


def test_every_word_has_its_english() -> None:
    with (FOLDER / "en.po").open("rb") as file:
        catalog = read_po(file, locale="en")
    english = {(entry.id if isinstance(entry.id, str) else entry.id[0]): entry for entry in catalog if entry.id}
    words = said()
    assert len(words) > 300
    untranslated = {word: name for word, name in words.items() if word not in english or not english[word].string}
    assert untranslated == {}
    assert sorted(set(english) - set(words)) == []
    assert [entry.id for entry in english.values() if entry.fuzzy] == []


def test_english_fills_the_same_places_and_holds_no_chinese() -> None:
    with (FOLDER / "en.po").open("rb") as file:
        catalog = read_po(file, locale="en")
    for entry in catalog:
        for chinese, text in zip(_several(entry.id), _several(entry.string), strict=True):
            assert sorted(_PLACE.findall(chinese)) == sorted(_PLACE.findall(text)), chinese
            assert not _HAN.search(text), text


def _several(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, tuple | list) else [str(value)]


def test_no_template_speaks_chinese_past_the_translation() -> None:
    for path in sorted((SERVICE / "templates").rglob("*.html")):
        bare = _CALL.sub("", _ZH.sub("", _COMMENT.sub("", path.read_text("utf-8"))))
        left = [line.strip() for line in bare.splitlines() if _HAN.search(line)]
        # What a template says to a page that is Chinese by its nature, such as the official print, is marked as such.
        assert left == [] or 'lang="zh-CN"' in path.read_text("utf-8").partition("<body")[0], (path.name, left[:3])
