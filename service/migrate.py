"""The schema as Alembic keeps it: bring a database to the newest version, or tell how far it is.

`migrations/` stands beside `service/` in a checkout and in an installed wheel alike. A revision has the name of its
file and they are numbered, so that the usual start, where nothing is to be done, need not load Alembic.
"""

from pathlib import Path
from typing import Final

import psycopg

MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"


def upgrade(database_url: str) -> None:
    """Bring the database at `database_url` (postgresql://) to the newest revision, one transaction per step.

    Several may call it at the same time: an advisory lock lets one work and the others find it done.
    """
    if current(database_url) == newest():
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")


def newest() -> str:
    """The revision that this program was written for."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current(database_url: str) -> str | None:
    """The revision of a database, None for an empty one."""
    with psycopg.connect(database_url, connect_timeout=3, options="-c lock_timeout=4s") as connection:
        if connection.execute("select to_regclass('alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
        return str(row[0]) if row else None
