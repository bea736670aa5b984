"""What can be done with several lines of a list at once, and whether all of them are chosen.

Choosing all that match is a second, explicit step with an address of its own (`all=1`); ticking the head of the table
takes the page alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.usecases.decide_many import LARGEST
from service.web.paging import address
from workflows.courtesies import TAKE_PART
from workflows.facts import Actor
from workflows.lifecycle import Role

_REVIEW: Final = TAKE_PART - {Role.FILLER}


@dataclass(frozen=True, slots=True)
class Selection:
    """The bar above a list. `decides`, `replies` and `urges` say which buttons it has; without one it is not shown.

    `query` is the list's own, for a batch of all; `all_` whether all are chosen; `count` how many that is.
    """

    path: str
    query: str
    decides: bool
    replies: bool
    urges: bool
    all_: bool
    count: int
    choose_all: str
    choose_none: str

    @property
    def is_offered(self) -> bool:
        """Whether there is anything to do with what is chosen."""
        return self.decides or self.urges


def selection(actor: Actor, path: str, args: Mapping[str, str], counted: int, *, waits: bool = False) -> Selection:
    """The bar for this person above this list. `waits`: the list is what waits for them, where there is nobody to urge."""
    roles = {grant.role for grant in actor.grants}
    given = {name: value for name, value in args.items() if name not in ("all", "after")}
    here = {name: value for name, value in args.items() if name != "all"}
    return Selection(
        path=path,
        query=address("", given).removeprefix("?"),
        decides=bool(roles & _REVIEW),
        replies=roles & _REVIEW == {Role.FINANCE_BUDGET_OFFICE},
        urges=bool(roles & TAKE_PART) and not waits,
        all_=args.get("all") == "1" and counted > 0,
        count=min(counted, LARGEST),
        choose_all=address(path, {**here, "all": "1"}),
        choose_none=address(path, here),
    )
