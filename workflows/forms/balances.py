"""Money of a form that must add up: sums of its cells and columns, and balances between two of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of amounts in 万元, called `label.sum.<name>`.

    `terms` are fields (`budget.other_funds`) or, of a section of rows, whole columns (`key_tasks.planned_amount`). A blank
    adds nothing where the form does not require the cell, anywhere else it leaves the sum unknown.
    """

    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """Two sums that must be equal. A rule of the form says so; the page draws them while somebody types.

    What the rule finds stands at the cell `place`, and cites `source`, a key of [source] in the catalogue.
    """

    code: str
    left: Sum
    right: Sum
    place: str
    source: str

    @property
    def sections(self) -> frozenset[str]:
        """The sections whose money it weighs."""
        return frozenset(term.partition(".")[0] for side in (self.left, self.right) for term in side.terms)
