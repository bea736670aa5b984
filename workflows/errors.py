"""Refusals of the domain.

DomainError          reason (a key of the catalogue), params for its sentence, field
  InvalidRequest     a value that no draft could hold          invalid_request      400
  NotAllowed         policy says this person may not           not_allowed          403
  NotFound           also for what the actor may not see       not_found            404
  NotPossibleNow     wrong state, window closed                not_possible_now     409
    StaleVersion     somebody else was first                   stale_version        409
  FormHasErrors      findings that stop a submission           form_has_errors      422
  CommentRequired    a return without a reason                 comment_required     422
  CopiedUnchecked    last year's cells that nobody confirmed   copied_unchecked     422
  IdempotencyMismatch  one key, two different requests         idempotency_mismatch 422

The domain raises and never formats: `reason` and `params` become a sentence in the reader's language at the edge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from workflows.findings import Finding


class DomainError(Exception):
    """A refusal with a reason that an official understands. `field` is the path of what to mend, where there is one."""

    code: ClassVar[str] = "domain_error"

    def __init__(self, reason: str, *, field: str | None = None, **params: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.params: Mapping[str, str] = params


class InvalidRequest(DomainError):
    """The request itself is impossible: wrong shape, over-long, bytes that are no text."""

    code = "invalid_request"


class NotAllowed(DomainError):
    """Policy: this person may not do this here, whatever the moment."""

    code = "not_allowed"


class NotFound(DomainError):
    """Not there, or not there for this person: the two look the same."""

    code = "not_found"

    def __init__(self, reason: str = "not_found", *, field: str | None = None, **params: str) -> None:
        super().__init__(reason, field=field, **params)


class NotPossibleNow(DomainError):
    """Right person, wrong moment."""

    code = "not_possible_now"


class StaleVersion(NotPossibleNow):
    """Somebody changed the form since the page was shown. `by_role`, `by_unit`, `at` name who was first, if known."""

    code = "stale_version"

    def __init__(
        self,
        *,
        by_role: str | None = None,
        by_unit: str | None = None,
        at: datetime | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__("stale_version", field=field)
        self.by_role, self.by_unit, self.at = by_role, by_unit, at


class FormHasErrors(DomainError):
    """Findings of severity error or block stand in the way; they travel with the refusal."""

    code = "form_has_errors"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("form_has_errors", count=str(len(findings)))
        self.findings = tuple(findings)


class CopiedUnchecked(DomainError):
    """Cells still hold what came from last year and nobody said that it is right. `paths` names them in their order."""

    code = "copied_unchecked"

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__("copied_unchecked", field="confirm_copied", count=str(len(paths)))
        self.paths = tuple(paths)


class CommentRequired(DomainError):
    """A return, a rejection or a low grade needs words."""

    code = "comment_required"

    def __init__(self) -> None:
        super().__init__("comment_required", field="comment")


class IdempotencyMismatch(DomainError):
    """The same Idempotency-Key came with a different request."""

    code = "idempotency_mismatch"

    def __init__(self) -> None:
        super().__init__("idempotency_mismatch", field="Idempotency-Key")
