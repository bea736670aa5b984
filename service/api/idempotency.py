"""A write that carries an Idempotency-Key happens once: a repetition gets the answer of the first.

The kept reply is found by the statement that reads who is asking, and written in the transaction of the change itself.
Two equal requests at once both find nothing; the row lock or the unique key lets one through, and the other, before it
says that the form has changed, looks again and repeats the winner's answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson
from flask import Response, g, request
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from service.api.edge import edge, work
from service.db import unit_of_work
from service.models.audit import IdempotencyReply
from service.models.record import Recorded, Reply
from service.queries.actor import KeptReply, SignedIn, kept_reply
from workflows.errors import IdempotencyMismatch, InvalidRequest, NotPossibleNow

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_CHUNK: Final = 256 * 1024
_KEY = re.compile(r"[!-~]{1,255}")


def key_of_request() -> str | None:
    """The key of this request, None without one. Raises InvalidRequest for one that is no key."""
    key = request.headers.get(HEADER)
    if key is not None and _KEY.fullmatch(key) is None:
        raise InvalidRequest("key_shape", field=HEADER)
    return key


def request_hash() -> str:
    """What makes two requests the same: method, path and content, JSON whatever the order of its keys."""
    head = f"{request.method} {request.full_path}\n".encode()
    body = request.get_json(silent=True) if request.is_json else None
    content = orjson.dumps(body, default=str, option=orjson.OPT_SORT_KEYS) if body is not None else _content()
    return sha256(head + content).hexdigest()


def _content() -> bytes:
    """The body as it came; of a form with files, which is read but once, its fields and its files.

    The boundary between the parts and the token of the page differ from one sending of the same form to the next.
    """
    if request.mimetype != "multipart/form-data":
        return request.get_data()
    parts = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    return repr((parts, [(name, _file_hash(file)) for name, file in request.files.items(multi=True)])).encode()


def _file_hash(file: FileStorage) -> str:
    """Of all of it, wherever a reader stopped, and ready to be read from its start."""
    file.stream.seek(0)
    content = sha256()
    while chunk := file.stream.read(_CHUNK):
        content.update(chunk)
    file.stream.seek(0)
    return content.hexdigest()


@dataclass(frozen=True, slots=True)
class Once:
    """The write in hand. One of `keeping` and `keep` is used by it, and does nothing without a key."""

    person_id: int
    key: str | None
    hash: str

    def keeping(
        self, status: int, body: Callable[[list[Recorded]], Mapping[str, Any]]
    ) -> Callable[[list[Recorded]], Reply | None]:
        """For use cases that end in `record()`: builds the reply that commits with the change."""

        def reply(recorded: list[Recorded]) -> Reply | None:
            if self.key is None:
                return None
            return Reply(self.person_id, self.key, self.hash, status, body(recorded))

        return reply

    def keep(self, session: Session, status: int, body: Mapping[str, Any]) -> None:
        """For every other write: the reply as a row of its transaction."""
        if self.key is None:
            return
        values = {"person_id": self.person_id, "key": self.key, "request_hash": self.hash}
        session.execute(insert(IdempotencyReply).values(**values, status=status, response=_plain(body)))


def once(who: SignedIn, write: Callable[[Session, Once], tuple[int, Mapping[str, Any]]]) -> Response:
    """Do a write in one transaction, or repeat the answer that its key was given before.

    Raises what `write` raises, and IdempotencyMismatch.
    """

    def in_work(this: Once) -> tuple[int, Mapping[str, Any]]:
        with work() as session:
            return write(session, this)

    return once_itself(who, in_work)


def once_itself(who: SignedIn, write: Callable[[Once], tuple[int, Mapping[str, Any]]]) -> Response:
    """The same for a write that opens its own way to the database, such as a decision."""
    assert who.actor.id is not None, "a person asks"
    key = key_of_request()
    this = Once(who.actor.id, key, request_hash() if key is not None else "")
    if who.kept is not None:
        return _repeated(who.kept, this)
    try:
        status, body = write(this)
    except (NotPossibleNow, IntegrityError):
        kept = _look_again(this)
        if kept is None:
            raise
        return _repeated(kept, this)
    return answer(status, body)


def _look_again(this: Once) -> KeptReply | None:
    if this.key is None:
        return None
    with unit_of_work(edge().factory) as session:
        return kept_reply(session.connection(), this.person_id, key=this.key)


def _repeated(kept: KeptReply, this: Once) -> Response:
    if kept.request_hash != this.hash:
        raise IdempotencyMismatch
    g.replayed = True
    response = answer(kept.status, kept.response)
    response.headers[REPLAYED] = "true"
    return response


def answer(status: int, body: object) -> Response:
    """A JSON reply. Money is written as text, times as UTC; keys in their order, so that a kept reply is equal to the byte."""
    return Response(
        orjson.dumps(body, default=str, option=orjson.OPT_SORT_KEYS), status, content_type="application/json"
    )


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as JSON would give it back, so that a repetition is equal to the byte."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(body, default=str))
    return plain
