"""Which form a title announces, whether the year's end is filled in, and of which region and year."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from service.importers.lines import Line
from service.importers.unreadable import UnreadableForm
from workflows.forms import form_types
from workflows.forms.base import FormType

WITHIN = 12  # lines
_LONGEST = 120
_PARTS = 3  # cells of one line that a title may be spread over
_OFFICIAL = re.compile(
    r"#*(?:附件\d*[:：]?)?(?P<region>[^\d#]{1,30}?)(?:本级|省级|市级|县级|区级|镇级)?(?P<year>\d{4})年(?:度)?(?P<name>\D{4,30})"
)
_NAMED = re.compile(
    r"#*(?:附件\d*[:：]?)?(?:\D{0,20}?(?:省|市|县|区))??(?:(?P<year>\d{4})年(?:度)?)?(?P<name>[\u4e00-\u9fff]{2,30}表)(?:\(.{0,20}\))?"
)
_FOREIGN = re.compile(r"(?P<form>[\u4e00-\u9fff]{2,20}(?:目标表|申报表|自评表|监控表|审核表))")
# Words that say who prints the form and for what step, not which form it is.
_STEPS = re.compile(r"部门预算(?=项目)|预算|申报|批复|自评|监控|运行|目标|\(.*?\)")
_NEAR = 75  # of 100


@dataclass(frozen=True, slots=True)
class Title:
    """`at` is the index of the line. `official`: our own print, in which every cell has its place."""

    form: FormType
    at: int
    region: str | None
    year: int | None
    official: bool


def titled(lines: Sequence[Line]) -> Title:
    """The title of a form among the first lines, our own print before others. Raises UnreadableForm when there is none."""
    for at, line in enumerate(lines[: 1 if lines[0].ragged else WITHIN]):
        found = title_of(line, at)
        if found is not None:
            return found
    related = relative_of(lines)
    if related is None:
        raise _untitled(lines)
    return related


def _untitled(lines: Sequence[Line]) -> UnreadableForm:
    """Another form that we can name, or no form at all."""
    for line in lines[:WITHIN]:
        foreign = _FOREIGN.search("".join(line.labels)[:_LONGEST])
        if foreign is not None and not _is_ours(foreign["form"]):
            return line.refused("foreign_form", {"form": foreign["form"]})
    return lines[0].refused("no_title")


def title_of(line: Line, at: int = 0) -> Title | None:
    """The official title in a line, None when there is none."""
    if line.filled > _PARTS:
        return None
    printed = "".join(line.labels)
    match = _OFFICIAL.fullmatch(printed) if len(printed) <= _LONGEST else None
    form = None if match is None else _official_forms().get(_kernel(match["name"]))
    if match is None or form is None or not _is_target(match["name"]):
        return None
    return Title(form, at, match["region"], int(match["year"]), official=True)


def relative_of(lines: Sequence[Line]) -> Title | None:
    """The title of a form of the same kind that is not our own print, None when none of the first lines is one."""
    for at, line in enumerate(lines[:WITHIN]):
        printed = "".join(line.labels)
        match = _NAMED.fullmatch(printed) if len(printed) <= _LONGEST else None
        if match is None:
            continue
        scored = [(fuzz.ratio(_kernel(match["name"]), kernel), form) for kernel, form in _official_forms().items()]
        score, form = max(scored, key=lambda one: one[0])
        if score >= _NEAR:
            return Title(form, at, None, int(match["year"]) if match["year"] else None, official=False)
    return None


@cache
def _official_forms() -> dict[str, FormType]:
    return {_kernel(form.layout.title.rpartition("年")[2]): form for form in form_types()}


def _kernel(name: str) -> str:
    return _STEPS.sub("", name)


def _is_ours(name: str) -> bool:
    """Whether only region and year are missing, or are written in a way that we don't read."""
    return any(kernel in _kernel(name) for kernel in _official_forms())


def _is_target(name: str) -> bool:
    return "自评" not in name and "监控" not in name
