"""任意两版对比: any two of the frozen versions of a form, and the draft for those who may see it, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from service.queries.drafts import draft
from service.queries.revisions import Version, revision, versions_of
from service.queries.submissions import Case
from service.web.formats import moment
from service.web.frame import gettext
from service.web.review_reading import AGAINST, AMENDED, PREVIOUS, Reading
from workflows.comparison import Comparison, compare
from workflows.forms.base import Document
from workflows.lifecycle import RouteKind

DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True)
class Choice:
    """A version to choose: its name in the address, and in words."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Sides:
    """What the two columns are called; `short` is the newer one on a phone."""

    old: str
    new: str
    short: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The two versions that are compared, among those that can be."""

    choices: tuple[Choice, ...]
    old: str
    new: str
    comparison: Comparison


def sides_of(view: str, case: Case, chosen: Chosen | None) -> Sides:
    """The heads of the columns of a comparison."""
    if view == AGAINST and chosen is not None:
        words = {one.value: one.words for one in chosen.choices}
        return Sides(words[chosen.old], words[chosen.new], words[chosen.new])
    if view == AMENDED:
        return Sides(gettext("调整前"), gettext("调整后"), gettext("调整后"))
    if view == PREVIOUS:
        return Sides(gettext("上次提交"), gettext("本次提交"), gettext("本次提交"))
    year = gettext("%(year)s 年")
    new = gettext("%(year)s 年（本次）") % {"year": case.fiscal_year}
    return Sides(year % {"year": case.fiscal_year - 1}, new, year % {"year": case.fiscal_year})


def chosen_of(connection: Connection, case: Case, reading: Reading, asked: Mapping[str, str]) -> Chosen | None:
    """The two versions that the address names by `from` and `to`; what it does not name, or names wrong, is the newest two.

    None where there are not two.
    """
    versions = versions_of(connection, case.locked.id)
    choices = [Choice(str(one.number), _words(one)) for one in versions]
    if reading.is_draft:
        choices.append(Choice(DRAFT, gettext("现在的草稿")))
    if len(choices) < 2:
        return None
    values = [one.value for one in choices]
    old, new = asked.get("from", ""), asked.get("to", "")
    new = new if new in values else values[-1]
    old = old if old in values else values[max(0, values.index(new) - 1)]
    by_number = {str(one.number): one for one in versions}
    before, after = (_document(connection, case, by_number.get(value)) for value in (old, new))
    return Chosen(tuple(choices), old, new, compare(before, after))


def counts_of(reading: Reading) -> dict[str, int | None]:
    """How many differences each comparison has."""
    return {name: one.count for name, one in reading.comparisons.items()}


def first_view(reading: Reading, views: Sequence[str]) -> str:
    """The first one that says something: a comparison without a change is offered, but not opened.

    A second round opens on what changed since reviewers had it, with their remarks and the answers to them.
    """
    telling = (
        view
        for view in views
        if view not in reading.comparisons or reading.comparisons[view].count or (view == PREVIOUS and reading.earlier)
    )
    return next(telling, "")


def _words(version: Version) -> str:
    kind = gettext("评价稿") if version.kind is RouteKind.EVALUATION else gettext("提交稿")
    number = gettext("第 %(n)s 版") % {"n": version.number}
    return f"{number} {kind} {moment(version.created_at)}"


def _document(connection: Connection, case: Case, version: Version | None) -> Document:
    return revision(connection, version.id).document if version else draft(connection, case).document
