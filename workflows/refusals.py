"""Refusals in words: a reason and its parameters become a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.catalogue import label, sentence
from workflows.errors import DomainError

# Parameters that carry codes; several codes are joined by "|".
_CODES = ("role", "state", "action", "shape")


def explained(reason: str, params: Mapping[str, str], *, lang: str) -> str:
    """The sentence of a reason. Reasons with a dot, such as `shape.too_long`, are keys of the catalogue themselves."""
    key = reason if "." in reason else f"error.{reason}"
    return sentence(key, lang, **{name: _shown(name, value, lang) for name, value in params.items()})


def explained_error(error: DomainError, *, lang: str) -> str:
    """The sentence of a refusal."""
    return explained(error.reason, error.params, lang=lang)


def _shown(name: str, value: str, lang: str) -> str:
    if name not in _CODES or not value:
        return value
    joint = "、" if lang == "zh" else ", "
    return joint.join(label(name, code, lang) for code in value.split("|"))
