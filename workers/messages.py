"""From a notification to a mail: words in the person's language, a link, and nothing that was typed into the form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

from workflows.catalogue import languages, sentence
from workflows.notices import Subject, title, where

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Notice:
    """What a delivery is about. `subject` is empty and `submission_id` None where the notification speaks of no form."""

    topic: str
    params: Mapping[str, Any]
    subject: Subject
    submission_id: int | None
    person: str
    language: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready for a channel. `message_id` is the same at every repeat."""

    message_id: str
    sent_on: datetime
    subject: str
    text: str
    html: str


def compose(notice: Notice, *, message_id: str, url: str) -> Message:
    """The message of a notice. `url`: the start page without a slash at its end. Raises KeyError for an unknown topic."""
    lang = notice.language if notice.language in languages else languages[0]
    heading = _line(title(notice.topic, notice.params, notice.subject, lang=lang))
    greeting = sentence("notice.mail.greeting", lang, name=_line(notice.person))
    address = f"{url}{where(notice.topic, notice.submission_id)}"
    link = sentence("notice.mail.link", lang, link=address)
    footer = sentence("notice.mail.footer", lang)
    paragraphs = [escape(greeting), escape(heading), _linked(link, address), f"<small>{escape(footer)}</small>"]
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return Message(
        message_id=message_id,
        sent_on=notice.created_at,
        subject=heading,
        text=f"{greeting}\n\n{heading}\n\n{link}\n\n-- \n{footer}\n",
        html=f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><body>{html}</body></html>',
    )


def _linked(line: str, address: str) -> str:
    return escape(line).replace(escape(address), f'<a href="{escape(address)}">{escape(address)}</a>')


def _line(value: str) -> str:
    """One line: a name with a line break in it must never become a header of its own."""
    return _UNPRINTABLE.sub(" ", value).strip()
