"""Tables. Importing this package registers all of them on `Base.metadata`."""

from service.models import attachment, audit, bulk_import, cycle, notice, outbox, people, report, sign_in, submission, waiver

__all__ = ["attachment", "audit", "bulk_import", "cycle", "notice", "outbox", "people", "report", "sign_in", "submission", "waiver"]
