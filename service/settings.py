"""One frozen `Settings` from the environment; a fault anywhere stops the start, with every fault listed.

Built once at the edge (`load_settings`) and passed on. Nothing else reads the environment. A plain pydantic model
does it in a few lines, because a setting is one variable: no file, no nesting, no second source to look at.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

PREFIX: Final = "JIXIAO_"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
KEY_BYTES: Final = 32

Seconds = Annotated[int, Field(ge=1, le=86_400)]
Milliseconds = Annotated[int, Field(ge=1, le=3_600_000)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class SettingsError(Exception):
    """Settings that cannot be used; `faults` holds one sentence each, all of them."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _cookie_secure(data: dict[str, Any]) -> bool:
    """Secure, but for the demonstration, which speaks plain HTTP to this machine alone."""
    return not (data.get("demo") and data.get("host") in LOOPBACK)


class Settings(BaseModel):
    """Every setting of Jixiao. The variable of a field is its name in capitals behind `JIXIAO_`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    # Where things are
    home: Path = Field(Path("var"), description="Data directory: embedded servers, files, generated secrets, logs.")
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL 15 or newer, `postgresql://user:password@host:port/name`. Unset: an embedded server.",
    )
    redis_url: SecretStr | None = Field(
        None, description="Valkey or Redis, `redis://:password@host:port/0`. Unset: an embedded server."
    )
    pg_bin: Path | None = Field(
        None, description="Folder with `initdb` and `postgres`, before any other is looked for."
    )

    # The web
    host: Text = Field("127.0.0.1", description="Address that the web server binds to.")
    port: int = Field(8000, ge=1, le=65_535, description="Port of the web server.")
    public_url: Text | None = Field(None, description="Address of the start page as people see it; used in mails.")
    web_workers: int = Field(2, ge=1, le=64, description="Processes of the web server: as many as cores.")
    web_threads: int = Field(2, ge=1, le=16, description="Threads of each; also the size of its connection pool.")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Reverse proxies in front whose X-Forwarded-For and -Proto are believed."
    )
    demo: bool = Field(False, description="The demonstration city. Binds to loopback only and says so on every page.")
    demo_password: SecretStr | None = Field(None, description="Of the demonstration accounts. Unset: generated, kept.")
    cookie_secure: bool = Field(
        default_factory=_cookie_secure,
        description="Session cookies over HTTPS only. Off by default for the demonstration on loopback.",
    )
    region: Text | None = Field(None, description="Name of the city or county, where a page or a form has to print it.")

    # Signing in (reliability: ASVS 5.0 V6, V7; GB/T 22239-2019 level 3 with `dengbao3`)
    password_profile: Literal["asvs", "dengbao3"] = Field(
        "asvs", description="`asvs`: long, no forced change. `dengbao3`: three classes, twelve characters, 90 days."
    )
    session_idle_minutes: int = Field(30, ge=1, le=1_440, description="A session without a request ends after this.")
    session_absolute_hours: int = Field(8, ge=1, le=168, description="A session ends after this in any case.")
    lock_after_failures: int = Field(5, ge=1, le=100, description="Failed sign-ins until an account is locked.")
    lock_minutes: int = Field(15, ge=1, le=1_440, description="How long it stays locked.")

    # E-mail
    smtp_host: Text | None = Field(None, description="Mail server. Unset: notifications appear in Jixiao alone.")
    smtp_port: int = Field(25, ge=1, le=65_535, description="Port of the mail server.")
    smtp_starttls: bool = Field(True, description="Encrypt before anything is said to the mail server.")
    smtp_user: Text | None = Field(None, description="Account at the mail server.")
    smtp_password: SecretStr | None = Field(None, description="Password of that account.")
    smtp_from: Text | None = Field(None, description="Sender address; required with a mail server.")

    # Attachments
    attachment_max_mb: int = Field(20, ge=1, le=500, description="Largest attachment, in MB.")
    attachment_form_mb: int = Field(200, ge=1, le=100_000, description="All attachments of one form, in MB.")
    attachment_unit_mb: int = Field(2_000, ge=1, le=10_000_000, description="All attachments of one unit, in MB.")
    clamd: Text | None = Field(
        None,
        description="ClamAV daemon, `/run/clamav/clamd.ctl` or `host:port`. Unset: attachments are not scanned, and say so.",
    )

    # Evidence
    hash_algorithm: Literal["sha256", "sm3"] = Field(
        "sha256", description="Of the chains and revisions that begin from now on; those that are there keep theirs."
    )
    head_key: Path | None = Field(
        None,
        description="Private key (Ed25519, PEM) that signs the heads. Unset: `head-key.pem` in the home, made there.",
    )

    # Limits of time
    connect_timeout_seconds: Seconds = Field(3, description="To reach the database.")
    pool_timeout_seconds: Seconds = Field(5, description="To wait for a free connection; then 503.")
    statement_timeout_ms: Milliseconds = Field(5_000, description="Longest statement of a page, a request or a task.")
    report_statement_timeout_ms: Milliseconds = Field(120_000, description="Longest statement of a report.")
    lock_timeout_ms: Milliseconds = Field(2_000, description="Longest wait for a row that another one holds.")
    idle_in_transaction_timeout_ms: Milliseconds = Field(10_000, description="A stalled client gives its rows up.")
    tick_seconds: Seconds = Field(5, description="How often each worker looks for work by itself.")
    lease_seconds: Seconds = Field(60, description="How long a worker owns an outbox row before another may take it.")
    sweep_seconds: Seconds = Field(30, description="How often rows of dead workers are taken back.")
    report_expiry_days: int = Field(30, ge=1, le=3_650, description="How long a finished report can be fetched.")

    # Watching
    log_format: Literal["json", "console"] = Field("json", description="One JSON object a line, or text for people.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="Bearer token of `/metrics`. Unset: answered to this machine alone."
    )

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        """SQLAlchemy, psycopg and the PostgreSQL tools all read `postgresql://`."""
        if url is None:
            return None
        scheme, _, rest = url.get_secret_value().partition("://")
        if scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or not rest:
            raise ValueError("has to begin with postgresql://")
        return SecretStr(f"postgresql://{rest}")

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("redis://", "rediss://")):
            raise ValueError("has to begin with redis:// or rediss://")
        return url

    @field_validator("hash_algorithm")
    @classmethod
    def _is_at_hand(cls, name: str) -> str:
        if name not in hashlib.algorithms_available:
            raise ValueError(f"this Python (OpenSSL) has no {name}")
        return name

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.demo and self.host not in LOOPBACK:
            raise ValueError("JIXIAO_DEMO: the demonstration has known accounts and binds to loopback only")
        if self.smtp_host and not self.smtp_from:
            raise ValueError("JIXIAO_SMTP_FROM: a mail server needs a sender address")
        return self

    @property
    def url(self) -> str:
        """Address of the start page, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def variable(field: str) -> str:
    """The name in the environment of a field of `Settings`."""
    return PREFIX + field.upper()


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from variables that begin with `JIXIAO_`; an empty one counts as unset.

    A name that is no setting is a fault too: a misspelt limit would otherwise be no limit. Raises SettingsError.
    """
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value != ""}
    fields = {variable(field): field for field in Settings.model_fields}
    faults = [f"{name}: no such setting" for name in sorted(given.keys() - fields.keys())]
    try:
        settings = Settings.model_validate({fields[name]: value for name, value in given.items() if name in fields})
    except ValidationError as error:
        rows = [row for row in error.errors() if row["type"] != "default_factory_not_called"]
        raise SettingsError(faults + [_fault(row["loc"], row["msg"]) for row in rows]) from None
    if faults:
        raise SettingsError(faults)
    return settings


def _fault(place: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{variable(str(place[0]))}: {message}" if place else message


def demo_password(settings: Settings) -> str:
    """The password of every demonstration account: from the environment, else kept in the home (0600)."""
    if settings.demo_password is not None:
        return settings.demo_password.get_secret_value()
    return kept_secret(settings.home / "demo-password")


def _token() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def kept_secret(path: Path, make: Callable[[], str] = _token) -> str:
    """The secret in the file `path`; several processes that `make` it at the same time agree on one."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(make(), encoding="ascii")
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
