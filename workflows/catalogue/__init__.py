"""Every sentence and label that people read, one TOML file per language, looked up by a dotted key."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

languages = ("zh", "en")

_FOLDER = Path(__file__).parent


def sentence(key: str, lang: str, /, **params: object) -> str:
    """The sentence of a dotted key such as `rule.A1.message`, with `{name}` places filled from params.

    Values are put in as they are and never read as templates themselves.
    Raises KeyError for an unknown language or key, and for a place that params leave open.
    """
    return texts(lang)[key].format_map(params)


def label(kind: str, code: str, lang: str) -> str:
    """The word for a code, such as 产出指标 for level1, output, zh. Raises KeyError when there is none."""
    return texts(lang)[f"label.{kind}.{code}"]


@cache
def texts(lang: str) -> Mapping[str, str]:
    """All texts of one language by dotted key, those of the form types included. Raises KeyError for any other language."""
    if lang not in languages:
        raise KeyError(lang)
    # Form types know the catalogue by way of their checks, so they are asked for their words when somebody reads.
    from workflows.forms import form_types

    found = dict(_flat(tomllib.loads((_FOLDER / f"{lang}.toml").read_text(encoding="utf-8")), prefix=""))
    for form in form_types():
        found |= form.words.get(lang, {})
    return found


def _flat(tree: Mapping[str, object], *, prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _flat(value, prefix=f"{key}.")
        elif isinstance(value, str):
            yield key, value
        else:
            raise TypeError(f"catalogue value of {key} is not a text")
