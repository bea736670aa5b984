"""How many units use each indicator of the library: counted anew once an hour, so that no submission waits for it."""

from typing import Final

from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.models.library import count_units
from service.models.slots import take_slot

SLOT: Final = "library"
SLOT_SECONDS: Final = 3600


def count_uses(factory: sessionmaker[Session]) -> bool:
    """Count, unless another ticker did within this hour. Returns whether it was this one."""
    with unit_of_work(factory) as session:
        if not take_slot(session.connection(), SLOT, seconds=SLOT_SECONDS):
            return False
        count_units(session)
    return True
