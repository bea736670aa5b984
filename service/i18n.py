"""Words of the page chrome: Chinese is the source, `translations/<language>.po` is read once, without a build step.

Sentences of rules and errors are not here but in `workflows/catalogue`, because files and the command line speak them too.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE: Final = "zh"
LANGUAGES: Final = ("zh", "en")
FOLDER: Final = Path(__file__).parent / "translations"


@cache
def translations(language: str) -> NullTranslations:
    """The translations of one language; Chinese is the text of the templates itself. Raises KeyError for any other."""
    if language == SOURCE:
        return NullTranslations()
    if language not in LANGUAGES:
        raise KeyError(language)
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    binary = BytesIO()
    write_mo(binary, catalog)
    binary.seek(0)
    return GNUTranslations(binary)


def mark(message: str) -> str:
    """The message itself: marks a word in the code that a template translates when it shows it."""
    return message


def html_language(language: str) -> str:
    """The `lang` of a page: `zh` alone lets a browser pick Japanese shapes of Chinese characters."""
    return "zh-CN" if language == SOURCE else language
