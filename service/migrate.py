"""The schema as Alembic keeps it: bring a database to the newest version, or tell how far it is.

`migrations/` stands beside `service/` in a checkout and in an installed wheel alike.
"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"


def _config(database_url: str = "") -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str, *, revision: str = "head") -> None:
    """Bring the database at `database_url` to `revision`, one transaction per step.

    Several may call it at the same time: an advisory lock lets one work and the others find it done.
    """
    command.upgrade(_config(database_url), revision)


def newest() -> str | None:
    """The revision that this program was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(connection: Connection) -> str | None:
    """The revision of a database, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()
