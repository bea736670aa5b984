"""A refusal as people and programs read it: problem details (RFC 9457) in the reader's language.

The same `Problem` becomes JSON under `/api` and a page elsewhere, so both say the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from flask import g, request

from service.queries.actor import SignedIn
from workflows.catalogue import label, languages, sentence, texts
from workflows.errors import (
    CommentRequired,
    CopiedUnchecked,
    DomainError,
    FormHasErrors,
    IdempotencyMismatch,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NotPossibleNow,
    StaleVersion,
)
from workflows.findings import place, rendered


class NotSignedIn(DomainError):
    """No session, no token, or one that is no longer valid."""

    code = "not_signed_in"

    def __init__(self) -> None:
        super().__init__("not_signed_in")


class SignInFailed(DomainError):
    """Unknown name, wrong password or disabled account: the three look the same."""

    code = "sign_in_failed"


class CsrfFailed(DomainError):
    """A write that the person's own page did not send."""

    code = "csrf_failed"

    def __init__(self) -> None:
        super().__init__("csrf_failed")


class PasswordChangeRequired(DomainError):
    """A one-time password opens nothing but its own change."""

    code = "password_change_required"

    def __init__(self) -> None:
        super().__init__("password_change_required")


class TooManyTries(DomainError):
    """A limit on guessing. `retry_after` in seconds."""

    code = "too_many_requests"

    def __init__(self, reason: str, *, retry_after: int) -> None:
        super().__init__(reason, minutes=str(-(-retry_after // 60)))
        self.retry_after = retry_after


# The one table from refusals to status codes; a subclass without a line of its own has that of its parent.
STATUS: Final[dict[type[DomainError], int]] = {
    InvalidRequest: 400,
    NotSignedIn: 401,
    SignInFailed: 401,
    NotAllowed: 403,
    CsrfFailed: 403,
    PasswordChangeRequired: 403,
    NotFound: 404,
    NotPossibleNow: 409,
    CommentRequired: 422,
    CopiedUnchecked: 422,
    FormHasErrors: 422,
    IdempotencyMismatch: 422,
    TooManyTries: 429,
}


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field of a request and what is wrong with it, without what was typed."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal, ready to be shown.

    `line` is that of an unreadable file; `by` is {"role", "unit"} of whoever was first, `at` when that was (UTC).
    """

    status: int
    code: str
    title: str
    detail: str
    field: str | None = None
    line: int | None = None
    errors: tuple[FieldFault, ...] = ()
    findings: tuple[Mapping[str, str], ...] = ()
    by: Mapping[str, str] | None = None
    at: datetime | None = None
    retry_after: int | None = None
    headers: tuple[tuple[str, str], ...] = ()

    # In the order in which a reader wants them.
    _SHOWN: ClassVar[tuple[str, ...]] = ("field", "line", "errors", "findings", "by", "at")

    def as_json(self) -> dict[str, Any]:
        """The members of the problem document; empty ones are left out."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": g.get("request_id"),
        }
        for name in self._SHOWN:
            value = getattr(self, name)
            if value:
                body[name] = [{"field": e.field, "message": e.message} for e in value] if name == "errors" else value
        return body


def language() -> str:
    """The reader's language: what a page settled on, the person's choice, else what the client asks for."""
    if "language" in g:
        return str(g.language)
    who: SignedIn | None = g.get("signed_in")
    if who is not None and who.session_id is not None and who.actor.language in languages:
        return who.actor.language
    return request.accept_languages.best_match(languages, default=who.actor.language if who else "zh") or "zh"


def problem_of(error: DomainError) -> Problem:
    """The problem that a refusal of the domain makes, in the reader's language."""
    lang = language()
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return Problem(
        status=status,
        code=error.code,
        title=sentence(f"http.title.{error.code}", lang),
        detail=words(error.reason, error.params, lang=lang),
        field=error.field,
        errors=_copied(error, lang) if isinstance(error, CopiedUnchecked) else (),
        findings=tuple(rendered(f, lang) for f in error.findings) if isinstance(error, FormHasErrors) else (),
        by=_by(error, lang) if isinstance(error, StaleVersion) else None,
        at=error.at if isinstance(error, StaleVersion) else None,
        retry_after=error.retry_after if isinstance(error, TooManyTries) else None,
    )


def problem(status: int, code: str, *, detail: str | None = None, **fields: Any) -> Problem:  # noqa: ANN401
    """A problem of HTTP itself, with the sentence of its code or another one."""
    lang = language()
    said = detail or sentence(f"http.detail.{code}", lang, request_id=g.get("request_id", ""))
    return Problem(status=status, code=code, title=sentence(f"http.title.{code}", lang), detail=said, **fields)


def _copied(error: CopiedUnchecked, lang: str) -> tuple[FieldFault, ...]:
    said = sentence("error.copied_cell", lang)
    return tuple(FieldFault(path, f"{place(path, lang)}{'：' if lang == 'zh' else ': '}{said}") for path in error.paths)


def _by(error: StaleVersion, lang: str) -> dict[str, str] | None:
    if error.by_role is None:
        return None
    return {"role": error.by_role, "role_name": label("role", error.by_role, lang), "unit": error.by_unit or ""}


def words(reason: str, params: Mapping[str, str], *, lang: str) -> str:
    """The sentence of a reason, its codes shown by their labels: `role` may hold several, divided by |."""
    key = f"error.{reason}"
    return sentence(key if key in texts(lang) else reason, lang, **_shown(params, lang))


_CODED: Final = ("role", "state", "action", "grade", "field")


def _shown(params: Mapping[str, str], lang: str) -> dict[str, str]:
    shown = dict(params)
    for kind in _CODED:
        if kind in shown:
            divider = "、" if lang == "zh" else ", "
            shown[kind] = divider.join(_label(kind, code, lang) for code in shown[kind].split("|"))
    return shown


def _label(kind: str, code: str, lang: str) -> str:
    return texts(lang).get(f"label.{kind}.{code}", code)
