"""Tables. Importing this package registers all of them on `Base.metadata`."""

from service.models import (
    attachment,
    audit,
    bulk_import,
    copied,
    courtesy,
    cycle,
    delegation,
    library,
    notice,
    outbox,
    people,
    presence,
    report,
    sign_in,
    submission,
    waiver,
)

__all__ = [
    "attachment",
    "audit",
    "bulk_import",
    "copied",
    "courtesy",
    "cycle",
    "delegation",
    "library",
    "notice",
    "outbox",
    "people",
    "presence",
    "report",
    "sign_in",
    "submission",
    "waiver",
]
