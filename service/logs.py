"""Logs: one JSON object a line with the request's id, never a form's text.

What may stand in a line: ids, codes, counts, durations, the rule of a route. What people typed does not, query strings
and paths included.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

import orjson
import structlog

from service.settings import Settings

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def set_up(settings: Settings) -> None:
    """Configure logging for this process: JSON lines on standard output, or text for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.log_format == "json":
        shared += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
        factory: Any = structlog.BytesLoggerFactory(sys.stdout.buffer)
    else:
        shared += [structlog.dev.ConsoleRenderer(colors=False)]
        factory = structlog.PrintLoggerFactory(sys.stdout)
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.log_level]),
        logger_factory=factory,
        cache_logger_on_first_use=False,
    )
    # Libraries speak up from warnings on; their lines carry no form text either (`hide_parameters` in db.py).
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)


def _json(line: Any, **_: Any) -> bytes:  # noqa: ANN401  # structlog's own signature
    return orjson.dumps(line, default=str)


def bind(**ids: str | int | None) -> None:
    """Ids that every further line of this request carries: request_id, actor_id, submission_id."""
    structlog.contextvars.bind_contextvars(**ids)


def forget() -> None:
    """Drop the ids at the end of a request: threads are used again."""
    structlog.contextvars.clear_contextvars()


def logger(name: str) -> Any:  # noqa: ANN401  # structlog's loggers are duck-typed
    """A logger whose lines name where they come from."""
    return structlog.get_logger(source=name)
