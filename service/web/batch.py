"""Batches in two steps: a page that lists every form with what will happen, and a page that says what did.

The second is kept with its key, so that it can be opened again and a second press of the button shows the first one's
answer. There is no batch return.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Final

from flask import Blueprint, redirect, request
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import edge
from service.api.idempotency import Once
from service.api.problems import problem_of
from service.db import unit_of_work
from service.queries.actor import kept_reply
from service.queries.batch import forms_named
from service.usecases.decide_many import BATCHED, Batch, Chosen, decide_many
from service.usecases.urge import NotUrged, Urged, urge_many
from service.web import formats
from service.web.batch_plan import Plan, plan_of
from service.web.chosen import chosen_forms, list_address
from service.web.frame import language, page, who
from workflows.errors import DomainError, IdempotencyMismatch, InvalidRequest, NotFound, NotPossibleNow
from workflows.facts import Actor, Request
from workflows.lifecycle import Action
from workflows.refusals import explained_error
from workflows.ulid import is_ulid, new_ulid

blueprint = Blueprint("batch", __name__)
sign_in_required(blueprint)

LONGEST_COMMENT: Final = 2000
LONGEST_NUMBER: Final = 100
_FIELDS: Final = ("comment", "grade", "reply_number", "first_number", "reply_date")


@blueprint.post("/submissions/batch")
def confirm() -> Response:
    """What was chosen, by name and with totals, and what will happen. Nothing is done yet."""
    actor = who().actor
    with edge().engine.connect() as connection:
        chosen = chosen_forms(connection, actor, request.form, now=formats.now())
        return _confirm_page(connection, actor, chosen, urges=request.form.get("what") == "urge")


@blueprint.post("/submissions/batch/run")
def run() -> Response:
    """Do it, once for its key, and go to the page that says what came of it."""
    actor = who().actor
    assert actor.id is not None, "a person presses"
    key = request.form.get("idempotency_key", "")
    if not is_ulid(key):
        raise InvalidRequest("key_shape", field="idempotency_key")
    urges = request.form.get("what") == "urge"
    with edge().engine.connect() as connection:
        chosen = chosen_forms(connection, actor, request.form, now=formats.now())
    try:
        asked = None if urges else read_request(request.form)
        _once(actor, key, _urging(actor, chosen) if asked is None else _deciding(actor, chosen, asked))
    except DomainError as error:
        if isinstance(error, (NotFound, IdempotencyMismatch)):
            raise
        with edge().engine.connect() as connection:
            return _confirm_page(connection, actor, chosen, urges=urges, fault=error)
    return redirect(f"/submissions/batch/{key}", 303)


@blueprint.get("/submissions/batch/<key>")
def result(key: str) -> Response:
    """What came of a batch of one's own, as long as its answer is kept."""
    actor = who().actor
    with edge().engine.connect() as connection:
        kept = kept_reply(connection, actor.id or 0, key=key) if is_ulid(key) else None
        if kept is None or "batch" not in kept.response:
            raise NotFound
        told = kept.response
        names = forms_named(connection, actor, [one["id"] for one in (*told["done"], *told["skipped"])])
    return page("batch/result.html", told=told, names=names, back=told["back"])


def read_request(form: Mapping[str, str]) -> Request:
    """The request of a posted page. Raises InvalidRequest for values that no step could hold."""
    action = form.get("action", "")
    if action not in BATCHED:
        raise InvalidRequest("not_in_batches", field="action", action=action if action in list(Action) else "edit")
    comment = form.get("comment", "").replace("\r\n", "\n").strip()
    if len(comment) > LONGEST_COMMENT:
        raise InvalidRequest("comment_length", field="comment", limit=str(LONGEST_COMMENT))
    number = form.get("reply_number", "").strip()
    if len(number) > LONGEST_NUMBER:
        raise InvalidRequest("reply_number_required", field="reply_number")
    replies = action == Action.ISSUE_REPLY
    return Request(
        Action(action),
        comment or None,
        grade=None if replies else form.get("grade") or None,
        reply_number=number or None if replies else None,
        reply_date=_day(form.get("reply_date", "")) if replies else None,
    )


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip()) if typed.strip() else None
    except ValueError:
        raise InvalidRequest("reply_date_required", field="reply_date") from None


def _first_number(typed: str) -> int:
    if not typed.strip():
        return 1
    if not typed.strip().isdecimal() or not 1 <= int(typed.strip()[:9]) <= 999_999:
        raise InvalidRequest("first_number", field="first_number")
    return int(typed.strip())


_Work = Callable[[Connection], dict[str, Any]]


def _deciding(actor: Actor, chosen: list[Chosen], asked: Request) -> _Work:
    first = _first_number(request.form.get("first_number", ""))

    def work(connection: Connection) -> dict[str, Any]:
        batch = decide_many(connection, actor, chosen=chosen, request=asked, first_number=first)
        return {"batch": asked.action.value, **_decided(batch)}

    return work


def _decided(batch: Batch) -> dict[str, Any]:
    done = [{"id": one.id, "reply_number": batch.numbers.get(one.id)} for one in batch.done]
    return {"done": done, "skipped": [{"id": one.id, "why": problem_of(one.reason).detail} for one in batch.skipped]}


def _urging(actor: Actor, chosen: list[Chosen]) -> _Work:
    def work(connection: Connection) -> dict[str, Any]:
        results = urge_many(connection, actor, ids=[one.id for one in chosen])
        done = [{"id": one.submission_id} for one in results if isinstance(one, Urged)]
        skipped = [
            {"id": one.submission_id, "why": explained_error(one.reason, lang=language())}
            for one in results
            if isinstance(one, NotUrged)
        ]
        return {"batch": "urge", "done": done, "skipped": skipped}

    return work


def _once(actor: Actor, key: str, work: _Work) -> None:
    """Do it in one transaction with its answer, or find that the same press was answered before."""
    assert actor.id is not None, "a person presses"
    this = Once(actor.id, key, _hash())
    if _answered(this):
        return
    try:
        with unit_of_work(edge().factory) as session:
            told = work(session.connection())
            this.keep(session, 303, {**told, "back": list_address(request.form)})
    except (NotPossibleNow, IntegrityError):
        if not _answered(this):
            raise


def _hash() -> str:
    """What makes two presses the same: every field but the token of the page."""
    fields = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    return sha256(repr(fields).encode("utf-8", "replace")).hexdigest()


def _answered(this: Once) -> bool:
    with edge().engine.connect() as connection:
        kept = kept_reply(connection, this.person_id, key=this.key or "")
    if kept is not None and kept.request_hash != this.hash:
        raise IdempotencyMismatch
    return kept is not None


def _confirm_page(
    connection: Connection, actor: Actor, chosen: list[Chosen], *, urges: bool, fault: DomainError | None = None
) -> Response:
    plan: Plan = plan_of(connection, actor, chosen, urges=urges)
    problem = problem_of(fault) if fault else None
    return page(
        "batch/confirm.html",
        status=problem.status if problem else (200 if chosen else 422),
        plan=plan,
        urges=urges,
        chosen=len(chosen),
        problem=problem,
        fields={name: request.form.get(name, "") for name in _FIELDS},
        path=request.form.get("path", ""),
        query=request.form.get("query", ""),
        back=list_address(request.form),
        key=new_ulid(),
    )
