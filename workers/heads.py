"""The signed head over all chains, once an hour."""

from typing import Final

from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.logs import logger
from service.models.slots import take_slot
from service.security import signing_seed
from service.settings import Settings
from service.usecases.write_head import write_head
from workflows.errors import NotPossibleNow

log = logger(__name__)

SLOT: Final = "heads"
SLOT_SECONDS: Final = 3600


def sign_head(factory: sessionmaker[Session], settings: Settings) -> bool:
    """Sign, unless another ticker did within this hour. Returns whether there is a new head.

    The slot is kept whatever comes of it: a chain that lost events stays lost, and is logged once an hour.
    """
    with unit_of_work(factory) as session:
        if not take_slot(session.connection(), SLOT, seconds=SLOT_SECONDS):
            return False
    try:
        with unit_of_work(factory) as session:
            write_head(session, signing_seed(settings))
    except NotPossibleNow as refusal:
        log.error("head_not_signed", reason=refusal.reason, **refusal.params)
        return False
    except ValueError:
        log.error("head_not_signed", reason="no_ed25519_key")
        return False
    return True
