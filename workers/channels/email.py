"""E-mail over SMTP: one connection for a batch, every wait limited, refusals told apart.

Mail knows no exactly-once: a message whose answer got lost is sent again under the same Message-ID, so that the
recipient's mail server or program can drop the repeat (RFC 5322, section 3.6.4).
"""

import smtplib
import ssl
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from service.settings import Settings
from workers.errors import Permanent, Retryable
from workers.messages import Message

TIMEOUT_SECONDS: Final = 10
IMPLICIT_TLS_PORT: Final = 465
_WIRE: Final = compat32.clone(linesep="\r\n")
# Refusals of us, not of the message: a wrong password must not bury a day's mail.
_OURS: Final = frozenset({530, 534, 535, 538})


def message_id_host(settings: Settings) -> str | None:
    """The right side of our Message-IDs; None where no mail server is set and nothing is sent."""
    if settings.smtp_host is None or settings.smtp_from is None:
        return None
    host = urlsplit(settings.url).hostname if settings.public_url else None
    return host or settings.smtp_from.rpartition("@")[2].strip("> ") or "localhost"


class Email:
    """The channel; use it in a `with`, which closes the connection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, message: Message, address: str) -> str:
        """Send one mail; the server's answer. Raises Retryable (network, 4xx), Permanent (5xx, no such address)."""
        sender, content = str(self._settings.smtp_from), _content(message, str(self._settings.smtp_from), address)
        try:
            client = self._open()
            self._accepted(client.mail(sender))
            self._accepted(client.rcpt(address))
            return self._accepted(client.data(content))
        except smtplib.SMTPResponseException as error:
            self._close()
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise Retryable(f"{type(error).__name__}: {error}") from error

    def _accepted(self, answer: tuple[int, bytes]) -> str:
        code, text = answer
        if not 200 <= code < 300:
            self._close()
            raise _refusal(code, text)
        return f"{code} {text.decode('utf-8', 'replace')}"[:200]

    def _open(self) -> smtplib.SMTP:
        if self._client is None:
            settings = self._settings
            host, port = str(settings.smtp_host), settings.smtp_port
            if port == IMPLICIT_TLS_PORT:
                client: smtplib.SMTP = smtplib.SMTP_SSL(
                    host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
                )
            else:
                client = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
            self._client = client  # from here on `_close` ends it, whatever fails
            if settings.smtp_starttls and port != IMPLICIT_TLS_PORT:
                client.starttls(context=ssl.create_default_context())
            client.ehlo_or_helo_if_needed()
            if settings.smtp_user is not None and settings.smtp_password is not None:
                client.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        return self._client

    def _close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            client.close()


def _refusal(code: int, text: bytes | str) -> Retryable | Permanent:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    kind = Permanent if 500 <= code < 600 and code not in _OURS else Retryable
    return kind(f"{code} {words}")


def _content(message: Message, sender: str, address: str) -> bytes:
    """The bytes of a mail. Raises Permanent for what is no address: a line break in it would be a header of its own.

    Written with the older half of the package `email`: the newer folds Chinese headers ten times as slowly.
    """
    try:
        recipient = str(Address(addr_spec=address))
        address.encode("ascii")
    except (ValueError, IndexError, MessageError) as error:
        raise Permanent("no mail address") from error
    mail = MIMEMultipart("alternative", policy=_WIRE)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = Header(message.subject, "utf-8")  # type: ignore[assignment] # compat32 takes it
    mail["Date"] = format_datetime(message.sent_on)
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail.attach(MIMEText(message.text, "plain", "utf-8", policy=_WIRE))
    mail.attach(MIMEText(message.html, "html", "utf-8", policy=_WIRE))
    return mail.as_bytes()
