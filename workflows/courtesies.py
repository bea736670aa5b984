"""催办 and 抄送: telling people of a form without deciding anything. No step of the lifecycle, so no version moves.

Who may: everybody with a part in the review of the form, the unit that files included. Who only reads (people's congress
and audit, experts, secrecy reviewers, administrators) hurries nobody and hands no copies around.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from workflows.errors import NotAllowed
from workflows.facts import Actor, Grant, Place
from workflows.lifecycle import Role
from workflows.policy import covers

# Once per person for one form: a second one within a day would only teach people to ignore the first.
URGE_PAUSE: Final = timedelta(hours=24)
TAKE_PART: Final = frozenset(
    {
        Role.FILLER,
        Role.DEPT_HEAD,
        Role.SUPERIOR_REVIEWER,
        Role.FINANCE_BUSINESS_OFFICE,
        Role.FINANCE_PERFORMANCE_OFFICE,
        Role.FINANCE_BUDGET_OFFICE,
    }
)


def part_in(actor: Actor, place: Place) -> Grant | None:
    """The role in which this person has a part in the forms of this place, None without one."""
    return next((grant for grant in actor.grants if grant.role in TAKE_PART and covers(grant, place)), None)


def speaking_as(actor: Actor, place: Place) -> Grant:
    """The same where it is needed. Raises NotAllowed."""
    grant = part_in(actor, place)
    if grant is None:
        raise NotAllowed("takes_no_part")
    return grant
