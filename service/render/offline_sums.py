"""The balances of a form as formulas of a workbook: they say ✓ or ▲ while somebody fills it in without the system.

Each formula carries the result that it had when the file was written, for readers that do not reckon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from workflows.catalogue import label, sentence
from workflows.forms.balances import Balance, Sum
from workflows.forms.base import FormType, Shape
from workflows.quantities import plain
from workflows.sums import is_optional, side


@dataclass(frozen=True, slots=True)
class Line:
    """One balance: what must equal what, its formula, and the text that the formula gives now."""

    words: str
    formula: str
    result: str


@dataclass
class Amounts:
    """Where the amounts of a workbook stand, by term of the form (`budget.other_funds`, `key_tasks.planned_amount`).

    `names` are the ranges of a table in which a row is named, by the same term: an amount missing beside a name is unknown.
    """

    form: FormType
    values: Mapping[str, Any]
    places: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def concerning(self, section: str, lang: str) -> list[Line]:
        """The balances that the money of this section stands in."""
        return [self._line(one, lang) for one in self.form.balances if section in one.sections]

    def all(self, lang: str) -> list[Line]:
        """Every balance of the form."""
        return [self._line(one, lang) for one in self.form.balances]

    def _line(self, balance: Balance, lang: str) -> Line:
        left, right = self._sum(balance.left), self._sum(balance.right)
        say = {name: sentence(f"workbook.{name}", lang) for name in ("open", "even", "off", "unit")}
        gap = f"ROUND({left}-{right},6)"
        formula = (
            f'=IF(OR({",".join(self._unknown(balance))}),"{say["open"]}",IF({gap}=0,"{say["even"]}",'
            f'"{say["off"]} "&TEXT({gap},"#,##0.00####")&"{say["unit"]}"))'
        )
        words = " = ".join(self._words(one, lang) for one in (balance.left, balance.right))
        return Line(words, formula, self._result(balance, say))

    def _words(self, one: Sum, lang: str) -> str:
        """What is added: cells by their own label, a column by that of its section."""
        names = [term.partition(".") for term in one.terms]
        tables = {name for name, _, _ in names if self.form.section(name).shape is Shape.ROWS}
        return " + ".join(label("section", a, lang) if a in tables else label("field", b, lang) for a, _, b in names)

    def _sum(self, one: Sum) -> str:
        return f"SUM({','.join(self.places[term] for term in one.terms)})"

    def _unknown(self, balance: Balance) -> list[str]:
        """The conditions under which a sum is not known yet: blank where it must not be, text in place of a number."""
        found = []
        for term in (*balance.left.terms, *balance.right.terms):
            place = self.places[term]
            if term in self.names:
                found.append(f"COUNTA({self.names[term]})<>COUNT({place})")
            elif is_optional(term, self.form):
                found.append(f"COUNTA({place})<>COUNT({place})")
            else:
                found.append(f"COUNT({place})=0")
        return found

    def _result(self, balance: Balance, say: Mapping[str, str]) -> str:
        left, right = (side(one, self.values, self.form) for one in (balance.left, balance.right))
        if left is None or right is None:
            return say["open"]
        gap = left - right
        return say["even"] if not gap else f"{say['off']} {_money(gap)}{say['unit']}"


def _money(amount: Decimal) -> str:
    """As the formula writes it: two places, or as many as there are."""
    whole, _, places = plain(amount).partition(".")
    return f"{int(whole):,}.{places.ljust(2, '0')}" if whole.lstrip("-") != "0" else f"{whole}.{places.ljust(2, '0')}"
