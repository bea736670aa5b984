"""下达控制数 (一下): the last level of a first round sends the form back to its unit with the ceiling of its spending, and into
the cycle of the second round (二上), whose routes and dates hold from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from service.models.cycle import Cycle
from service.models.record import Change, Recorded, Reply, move_to_cycle, record
from service.queries.facts import facts_of
from service.queries.seen import locked_as_seen
from workflows.deadlines import close_of, due_at
from workflows.engine import step
from workflows.errors import NotPossibleNow
from workflows.facts import Actor, Request, SeatPlan


def issue_control_figure(
    session: Session,
    actor: Actor,
    *,
    submission_id: int,
    request: Request,
    version: int | None,
    reply: Callable[[list[Recorded]], Reply | None] | None = None,
    now: datetime | None = None,
) -> Recorded:
    """Take the step and move the form. Raises NotFound, StaleVersion, what the engine raises, NotPossibleNow (the second
    round is closed).
    """
    connection = session.connection()
    case = locked_as_seen(connection, actor, submission_id=submission_id, version=version, now=now)
    outcome = step(actor, facts_of(connection, case, request=request), request)
    following = session.get_one(Cycle, case.followed_by_id)
    if following.closed_at is not None:
        raise NotPossibleNow("cycle_closed")

    def due(_: SeatPlan) -> datetime:
        return max(close_of(following.filing_due_on), due_at(case.now, working_days=2, calendar=case.calendar))

    figure = request.control_figure or Decimal(0)
    facts = {"control_figure": format(figure.normalize(), "f"), "cycle_id": following.id}
    recorded = record(connection, [Change(case.locked, outcome, actor, case.now, due, facts=facts)], reply=reply)[0]
    move_to_cycle(connection, submission_id, cycle_id=following.id, control_figure=figure)
    return recorded
