"""What a form type is made of. A form type is reviewed code; page, API, import and print derive from it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from workflows.findings import Finding
from workflows.forms.balances import Balance
from workflows.plausibility import Peers

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
    """One cell: `limit` in characters refuses, `required` is a finding, `unit` is what the figure counts.

    `rows_of` are the sections whose rows a cell of Kind.TASK may name.
    """

    name: str
    kind: Kind
    limit: int
    required: bool = False
    stage: Stage = Stage.TARGET
    unit: str | None = None
    rows_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A block of the form in the order of the page. A text section has one field, named as itself.

    Of a section of rows: `name_field` is what a row is called by, `content_field` the cell that a placeholder takes when
    a row is withheld, `total_field` the money that is summed at its foot.
    """

    name: str
    shape: Shape
    fields: tuple[Field, ...]
    min_rows: int = 0
    max_rows: int = 0
    stage: Stage = Stage.TARGET
    name_field: str = "name"
    content_field: str = "content"
    total_field: str | None = None

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


Printed = tuple[str, str]  # the printed label and the field under it


@dataclass(frozen=True, slots=True)
class Names:
    """A row of two labels with their values; the fields are paths such as `department` or `project.project_code`."""

    pairs: tuple[Printed, Printed]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A block of short cells of one section, two to a row, its label at the left."""

    label: str
    section: str
    pairs: tuple[Printed, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Money in two columns that make a balance of the form, such as spending beside income."""

    label: str
    section: str
    left: tuple[str, tuple[Printed, ...]]
    right: tuple[str, tuple[Printed, ...]]
    amount_head: str
    balance: str

    @property
    def fields(self) -> frozenset[str]:
        """The fields of the section that stand in it."""
        return frozenset(name for _head, pairs in (self.left, self.right) for _label, name in pairs)


@dataclass(frozen=True, slots=True)
class Prose:
    """One long text, its label at the left; `path` is a section or a cell such as `basis.necessity`."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of four columns inside the head of the sheet, its label at the left: number, two texts, a figure."""

    label: str
    section: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table over the whole width, its label above it."""

    label: str
    section: str
    columns: tuple[Column, ...]


Part = Names | Pairs | Ledger | Prose | Rows | Matrix


@dataclass(frozen=True, slots=True)
class Layout:
    """The official print: title and parts from the top of the page down. Words as printed, never translated."""

    title: str
    unit: str
    parts: tuple[Part, ...]

    @property
    def blocks(self) -> dict[str, str]:
        """The printed label of each section, and of each name at the head."""
        found: dict[str, str] = {}
        for part in self.parts:
            if isinstance(part, Names):
                found |= {path: printed for printed, path in part.pairs}
            else:
                found[part.path if isinstance(part, Prose) else part.section] = part.label
        return found

    def columns(self, section: str) -> tuple[Column, ...]:
        """The columns in which a section of rows is printed. Raises KeyError."""
        for part in self.parts:
            if isinstance(part, Rows | Matrix) and part.section == section:
                return part.columns
        raise KeyError(section)

    def ledger(self, section: str) -> Ledger | None:
        """The ledger in which this section's money stands, None where it stands in none."""
        return next((part for part in self.parts if isinstance(part, Ledger) and part.section == section), None)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may know besides the document. Without last year, sub-units and peers the document alone decides."""

    form: "FormType"
    last_year: Document | None = None
    has_sub_units: bool | None = None
    peers: Peers | None = None  # what other units aim at
    control_figure: Decimal | None = None  # the ceiling of spending, 万元


Check = Callable[[Document, CheckContext], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class FormType:
    """A form of one layout year, with its checks and its print.

    Every form has the heads region, fiscal_year, department and supervising_department, a section of rows `indicators`
    (by which it is scored), and for the year's end a section `execution`. All else is its own:
    `cited` is the key of [source] in the catalogue by section, "" for the form as a whole: what rules of every form cite.
    `year_end_checks` are those that what is typed at year end must pass too, beside the findings of its score.
    `tasks` are the sections whose rows an indicator may measure, every row of `key_tasks` among them must be measured, the
    others from `link_threshold` (万元) on. `goal` is the section or cell that A6 reads, `goal_length` its advised length in
    characters. `headcount` and `sub_unit_count` are the cells of staff and of units below (A4, A5; None: the form has
    none). `basic_terms` and `project_terms` are the cells that make up basic and project spending in lists and sums
    (none: the form has no such spending). `weight_sums` is what weights may add up to (with or without the 10 of execution),
    `waivable` the rules whose errors a waiver with a reason lets pass. `words` are the labels that the catalogue does not
    have already, by language and dotted key: names of the form, of its sections and fields.
    """

    code: str
    version: int
    source: str
    cited: Mapping[str, str] = field(hash=False)
    header: tuple[Field, ...]
    sections: tuple[Section, ...]
    tree: IndicatorTree
    checks: tuple[Check, ...]
    year_end_checks: tuple[Check, ...]
    layout: Layout
    goal: str
    goal_length: tuple[int, int]
    weight_sums: tuple[Decimal, ...]
    waivable: frozenset[str]
    basic_terms: tuple[str, ...]
    project_terms: tuple[str, ...]
    balances: tuple[Balance, ...] = ()
    headcount: str | None = None
    sub_unit_count: str | None = None
    tasks: tuple[str, ...] = ()
    key_tasks: frozenset[str] = frozenset()
    link_threshold: Decimal = Decimal(0)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)

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

    def cites(self, path: str) -> str:
        """The key of [source] in the catalogue for what a path such as `budget.other_funds` asks."""
        return self.cited.get(path.partition(".")[0].partition("[")[0], self.cited[""])

    @property
    def rows_first(self) -> str:
        """The first section of rows."""
        return next(one.name for one in self.sections if one.shape is Shape.ROWS)

    def balance(self, code: str) -> Balance:
        """The balance of this code. Raises KeyError."""
        for candidate in self.balances:
            if candidate.code == code:
                return candidate
        raise KeyError(code)
