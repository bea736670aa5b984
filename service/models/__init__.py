"""Tables. Importing this package registers all of them on `Base.metadata`."""

from service.models import audit, cycle, notice, outbox, people, report, sign_in, submission, waiver

__all__ = ["audit", "cycle", "notice", "outbox", "people", "report", "sign_in", "submission", "waiver"]
