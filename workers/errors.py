"""Failures of channels and jobs.

Retryable    later may be better: network, mail server busy, database away
Permanent    it will never work: no such mailbox, no such form; parked at once with its reason
"""


class Retryable(Exception):
    """Try again with backoff, at most `MAX_ATTEMPTS` times."""


class Permanent(Exception):
    """Never try again; people see the reason in `jixiao outbox list`."""
