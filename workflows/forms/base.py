"""What a form type is made of. A form type is reviewed code; page, API, import and print derive from it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from workflows.findings import Finding

Document = dict[str, Any]


class Kind(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    COUNT = "count"
    MONEY = "money"
    NUMBER = "number"
    LEVEL1 = "level1"
    LEVEL2 = "level2"
    COMPARATOR = "comparator"
    TARGET = "target"
    UNIT = "unit"
    TASK = "task"
    TAG = "tag"
    ID = "id"


class Stage(StrEnum):
    """From when on a key is known: later keys are left out of a document until then, optional ones may always be."""

    TARGET = "target"
    EVALUATION = "evaluation"
    OPTIONAL = "optional"


class Shape(StrEnum):
    """What a section holds."""

    FIELDS = "fields"
    TEXT = "text"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Field:
    """One cell: `limit` in characters refuses, `required` is a finding, `unit` is what the figure counts."""

    name: str
    kind: Kind
    limit: int
    required: bool = False
    stage: Stage = Stage.TARGET
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A block of the form in the order of the page. A text section has one field, named as itself."""

    name: str
    shape: Shape
    fields: tuple[Field, ...]
    min_rows: int = 0
    max_rows: int = 0
    stage: Stage = Stage.TARGET

    def field(self, name: str) -> Field:
        """The field of this name. Raises KeyError."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class IndicatorTree:
    """Which second-level indicators stand under which first-level ones, by scheme (v1: 财预〔2020〕10号)."""

    scheme: str
    branches: Mapping[str, tuple[str, ...]] = field(hash=False)
    wanted: tuple[str, ...]

    def has(self, level1: str, level2: str) -> bool:
        """Whether the pair stands in the tree."""
        return level2 in self.branches.get(level1, ())


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an official table: the printed head, the field under it (None: the row number), width in shares."""

    head: str
    field: str | None
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The official print: title, blocks by their printed label, columns. Words as printed, never translated."""

    title: str
    unit: str
    basic: tuple[tuple[str, str], ...]
    spending: tuple[str, tuple[tuple[str, str], ...]]
    income: tuple[str, tuple[tuple[str, str], ...]]
    amount_head: str
    blocks: Mapping[str, str] = field(hash=False)
    task_columns: tuple[Column, ...]
    indicator_columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may know besides the document. Without last year and sub-units the document alone decides."""

    form: "FormType"
    last_year: Document | None = None
    has_sub_units: bool | None = None


Check = Callable[[Document, CheckContext], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class FormType:
    """A form of one layout year, with its checks and its print.

    `year_end_checks` are those that what is typed at year end must pass too, beside the findings of its score.
    `goal_length` is the advised length of the overall goal in characters, `link_threshold` the amount (万元) from
    which a task that is no key task should have an indicator, `weight_sums` what weights may add up to (with or without the
    10 of execution), `waivable` the rules whose errors a waiver with a reason lets pass.
    """

    code: str
    version: int
    source: str
    header: tuple[Field, ...]
    sections: tuple[Section, ...]
    tree: IndicatorTree
    checks: tuple[Check, ...]
    year_end_checks: tuple[Check, ...]
    layout: Layout
    goal_length: tuple[int, int]
    link_threshold: Decimal
    weight_sums: tuple[Decimal, ...]
    waivable: frozenset[str]

    @property
    def id(self) -> str:
        """The id that documents carry, such as department_overall@2022."""
        return f"{self.code}@{self.version}"

    def section(self, name: str) -> Section:
        """The section of this name. Raises KeyError."""
        for candidate in self.sections:
            if candidate.name == name:
                return candidate
        raise KeyError(name)
