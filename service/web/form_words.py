"""The words of form types on screens: forms, sections, heads of tables and balances, whatever the form type.

They stand in the catalogue and in the form types themselves, in both languages; no page knows a form by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from service.web.editor_balance import Weighed
from service.web.frame import gettext, language
from workflows.catalogue import label, texts


@dataclass(frozen=True, slots=True)
class Words(Mapping[str, str]):
    """Words by code in the reader's language: those of the first kind that has the code."""

    kinds: tuple[str, ...]

    def __getitem__(self, code: str) -> str:
        words = texts(language())
        for kind in self.kinds:
            if (word := words.get(f"label.{kind}.{code}")) is not None:
                return word
        raise KeyError(code)

    def __iter__(self) -> Iterator[str]:
        starts = [f"label.{kind}." for kind in self.kinds]
        return iter({key.removeprefix(start) for key in texts("zh") for start in starts if key.startswith(start)})

    def __len__(self) -> int:
        return sum(1 for _code in self)


# A step of the form has a short name, a head of a table too; the official ones serve where there is none.
SECTION_WORDS: Final = Words(("step", "section"))
HEADS: Final = Words(("head", "field"))


def target_title(form_id: str, year: int) -> str:
    """The name of a target form of a year on screens."""
    return _titled("form_title", form_id, year)


def evaluation_title(form_id: str, year: int) -> str:
    """The same of its evaluation."""
    return _titled("evaluation", form_id, year)


def _titled(kind: str, form_id: str, year: int) -> str:
    words = {"year": year, "form": label(kind, form_id.partition("@")[0], language())}
    return gettext("%(year)s 年%(form)s") % words


def balance_words(one: Weighed) -> dict[str, str]:
    """What to say of a balance by its outcome, with `{sum}` and `{gap}` to be filled in."""
    left, right = (label("sum", side.name, language()) for side in (one.left, one.right))
    said = {"left": left, "right": right, "sum": "{sum}", "gap": "{gap}"}
    if one.printed:
        found = {
            "even": gettext("%(left)s = %(right)s"),
            "more": gettext("%(left)s比%(right)s多 %(gap)s 万元"),
            "less": gettext("%(left)s比%(right)s少 %(gap)s 万元"),
        }
    else:
        found = {
            "even": gettext("%(left)s %(sum)s = %(right)s"),
            "more": gettext("%(left)s %(sum)s，比%(right)s多 %(gap)s 万元"),
            "less": gettext("%(left)s %(sum)s，比%(right)s少 %(gap)s 万元"),
        }
    found["open"] = gettext("%(left)s与%(right)s未填全")
    return {outcome: words % said for outcome, words in found.items()}
