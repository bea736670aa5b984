"""What a command that works on data needs: the servers of the home, an up-to-date schema, refusals as one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from service import migrate
from service.cli import Refused
from service.cli.environment import settings_from_environment
from service.db import make_engine, session_factory
from service.embedded import Servers
from service.settings import Settings
from workflows.catalogue import sentence
from workflows.errors import DomainError
from workflows.refusals import explained_error


@dataclass(frozen=True, slots=True)
class Data:
    """The data of an installation, ready to work on."""

    settings: Settings
    factory: sessionmaker[Session]


@contextmanager
def data(lang: str, *, creates: bool = False) -> Iterator[Data]:
    """Join the running servers of the home, or run them for as long as the `with` lasts.

    `creates` makes the home and the schema where there is none; otherwise nothing is made by a command in the wrong
    folder. Raises Refused with one sentence for what the domain refuses as well.
    """
    settings = settings_from_environment()
    if not creates:
        _needs_data(settings, lang)
    with Servers(settings) as servers:
        if creates:
            migrate.upgrade(servers.database_url)
        elif migrate.current(servers.database_url) != migrate.newest():
            raise Refused(sentence("cli.schema", lang))
        engine = make_engine(servers.database_url, pool_size=2, role="cli", hash_algorithm=settings.hash_algorithm)
        try:
            yield Data(settings, session_factory(engine))
        except DomainError as error:
            raise Refused(explained_error(error, lang=lang)) from error
        except OperationalError as error:
            raise Refused(sentence("cli.no_database", lang, why=str(error.orig).strip().splitlines()[0])) from error
        finally:
            engine.dispose()


def _needs_data(settings: Settings, lang: str) -> None:
    if settings.database_url is None and not (settings.home / "postgres").exists():
        raise Refused(sentence("cli.no_data", lang, home=settings.home.resolve()))
