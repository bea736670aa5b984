"""What a check found: an id and figures, no words. The words stand in the catalogue, in each language."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from workflows.catalogue import label, sentence, texts


class Severity(StrEnum):
    """How much a finding weighs: `block` is a secrecy hold, `error` refuses a submission, the others inform."""

    BLOCK = "block"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


BLOCKING = frozenset({Severity.BLOCK, Severity.ERROR})

# Parameters that hold a code, shown by its label; `place` holds a path, shown as section, row and field;
# `problem` a key of [shape].
_CODED = ("section", "field", "level1", "level2", "comparator", "grade")
_PATH = re.compile(r"(?P<section>\w+)(?:\[(?P<row>\d{1,6})\])?(?:\.(?P<field>\w+))?")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a rule at a path of the document.

    `case` names the variant of the rule's sentence, "" the plain one; `source` is a key of [source] in the catalogue.
    Parameters are figures, short quotations of a cell, codes, or a path under the name `place`.
    """

    rule: str
    severity: Severity
    path: str
    source: str
    case: str = ""
    params: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def blocks(self) -> bool:
        """True where a submission may not pass over it."""
        return self.severity in BLOCKING

    def stored(self) -> dict[str, object]:
        """The finding as JSON without words, to be kept with a revision."""
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "path": self.path,
            "source": self.source,
            "case": self.case,
            "params": dict(self.params),
        }


def restored(data: Mapping[str, object]) -> Finding:
    """The finding that `stored` wrote. Raises KeyError or ValueError for anything else."""
    params = data.get("params")
    if not isinstance(params, Mapping):
        raise ValueError("params of a finding must be an object")
    return Finding(
        rule=str(data["rule"]),
        severity=Severity(str(data["severity"])),
        path=str(data["path"]),
        source=str(data["source"]),
        case=str(data.get("case", "")),
        params={str(name): str(value) for name, value in params.items()},
    )


def rendered(finding: Finding, lang: str) -> dict[str, str]:
    """The finding with its sentences, in which `{here}` is its own place; rule ids, paths and severities never change."""
    params = _shown(finding.params, lang) | {"here": place(finding.path, lang)}
    words = {part: sentence(_key(finding, part), lang, **params) for part in ("message", "why", "fix")}
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "path": finding.path,
        **words,
        "source": sentence(f"source.{finding.source}", lang),
    }


def path_parts(path: str) -> tuple[str, int | None, str]:
    """Section, row (from 0) and field of a path such as `key_tasks[1].content`; "" where there is no field."""
    head, _, field_name = path.partition(".")
    section, _, index = head.partition("[")
    return section, int(index[:-1]) if index else None, field_name


def place(path: str, lang: str) -> str:
    """Where a path points, in words: `key_tasks[1].content` is 年度重点工作任务 第 2 行 · 主要实施内容."""
    match = _PATH.fullmatch(path)
    if match is None:
        return sentence("place.whole", lang)
    name = match["section"]
    section = texts(lang).get(f"label.section.{name}") or _label("field", name, lang)
    if match["row"] is not None:
        section = sentence("place.row", lang, section=section, row=int(match["row"]) + 1)
    if match["field"] is None:
        return section
    return sentence("place.cell", lang, section=section, field=_label("field", match["field"], lang))


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that a submission may not pass over."""
    return tuple(finding for finding in findings if finding.blocks)


def _key(finding: Finding, part: str) -> str:
    """A case has a message of its own and may share the why and the fix of its rule."""
    own = f"rule.{finding.rule}.{finding.case}.{part}"
    return own if finding.case and own in texts("zh") else f"rule.{finding.rule}.{part}"


def _shown(params: Mapping[str, str], lang: str) -> dict[str, str]:
    shown = {name: _label(name, value, lang) if name in _CODED else value for name, value in params.items()}
    if "place" in params:
        shown["place"] = place(params["place"], lang)
    if "problem" in params:
        shown["problem"] = sentence(f"shape.{params['problem']}", lang, **params)
    return shown


def _label(kind: str, code: str, lang: str) -> str:
    try:
        return label(kind, code, lang)
    except KeyError:
        return code
