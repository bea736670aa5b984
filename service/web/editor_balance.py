"""The balances of a form while it is filled in: sums that must be equal, and the subtotals beside them. 万元, exact.

The checks decide; here the same sums are drawn while a form is half filled. What adds up to what is the form type's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workflows.forms import form_type
from workflows.forms.balances import Balance, Sum
from workflows.forms.base import FormType, Ledger, Stage
from workflows.sums import added, column, is_optional, side, sum_of


@dataclass(frozen=True, slots=True)
class Side:
    """One sum: its name in the catalogue, its terms as the script reads them (`?`: a blank adds nothing), its amount."""

    name: str
    terms: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """Two sums that must be equal. Either amount is None while something in it is unknown.

    `printed` where both sums stand on the page already, at the foot of their ledger.
    """

    code: str
    left: Side
    right: Side
    printed: bool

    @property
    def difference(self) -> Decimal | None:
        """Left minus right."""
        one, other = self.left.amount, self.right.amount
        return None if one is None or other is None else one - other

    @property
    def state(self) -> str:
        """`open` while something is unknown, then `even` or `off`."""
        if self.difference is None:
            return "open"
        return "off" if self.difference else "even"

    @property
    def outcome(self) -> str:
        """The state, with `more` and `less` for an `off` one."""
        if self.state != "off":
            return self.state
        return "more" if self.difference and self.difference > 0 else "less"


@dataclass(frozen=True, slots=True)
class Sums:
    """All sums of a form: its balances by code, the subtotals of its tables by section, what it spends altogether."""

    form: FormType
    balances: Mapping[str, Weighed]
    subtotals: Mapping[str, Side]
    spending: Decimal | None

    def concerning(self, section: str) -> Weighed | None:
        """The first balance in which money of this section stands."""
        found = (one for one in self.form.balances if section in one.sections)
        return next((self.balances[one.code] for one in found), None)

    def stand_below(self, section: str) -> bool:
        """Whether the balances are drawn at the foot of this section: where the first of them stands, if no ledger has them."""
        if not self.form.balances or any(isinstance(part, Ledger) for part in self.form.layout.parts):
            return False
        return self.form.balances[0].place.partition(".")[0] == section

    @property
    def places(self) -> dict[str, Side]:
        """The sums that the page shows, by the ids of their places."""
        shown = {f"sub-{name}": one for name, one in self.subtotals.items()}
        for weighed in self.balances.values():
            if weighed.printed:
                shown |= {f"sum-{one.name}": one for one in (weighed.left, weighed.right)}
        return shown


def sums_of(values: Mapping[str, Any], form_id: str) -> Sums:
    """The sums of a draft's sections as typed."""
    form = form_type(form_id)
    tables = [one for one in form.sections if one.total_field is not None and one.stage is Stage.TARGET]
    return Sums(
        form,
        {one.code: _weighed(one, form, values) for one in form.balances},
        {
            one.name: Side(
                one.name, f"{one.name}.{one.total_field}", column(one, one.total_field or "", values.get(one.name))
            )
            for one in tables
        },
        added(sum_of(terms, values, form) for terms in (form.basic_terms, form.project_terms)),
    )


def _weighed(balance: Balance, form: FormType, values: Mapping[str, Any]) -> Weighed:
    ledgers = (form.layout.ledger(name) for name in balance.sections)
    printed = any(one is not None and one.balance == balance.code for one in ledgers)
    return Weighed(balance.code, _side(balance.left, form, values), _side(balance.right, form, values), printed)


def _side(one: Sum, form: FormType, values: Mapping[str, Any]) -> Side:
    terms = " ".join(f"{term}?" if is_optional(term, form) else term for term in one.terms)
    return Side(one.name, terms, side(one, values, form))
