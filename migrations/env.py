"""How Alembic reaches the database: timeouts, one transaction per step, one migrator at a time.

Called by `service.migrate.upgrade`, or by `alembic revision|check` on the command line, which then reads
JIXIAO_DATABASE_URL.
"""

import os
import re
from collections.abc import Iterable

import psycopg
from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import service.models  # noqa: F401  # the tables register themselves with Base
from service.db import Base
from service.settings import load_settings

# A step that cannot have its lock at once gives up: a waiting ALTER TABLE stops every page behind it.
TIMEOUTS = "-c lock_timeout=4s -c statement_timeout=5s -c timezone=UTC"
# The other migrator may have many steps to go.
WAITING = "-c statement_timeout=300s"
# Any number, the same for all migrators of Jixiao: the bytes of the name.
LOCK = int.from_bytes(b"jixiao", "big")
REVISION_LENGTH = 32  # of alembic_version.version_num


def _database_url() -> str:
    given: str | None = context.config.attributes.get("database_url")
    if given:
        return given
    url = load_settings(os.environ).database_url  # noqa: TID251  # Alembic's own command line is an edge
    if url is None:
        raise SystemExit("alembic: JIXIAO_DATABASE_URL has to name the database")
    return url.get_secret_value()


def _number(
    _context: MigrationContext, _revision: str | Iterable[str | None] | Iterable[str], directives: list[MigrationScript]
) -> None:
    """Name a new revision `NNNN_slug`, the next number and its message; the file has the same name."""
    script = directives[0]
    scripts = ScriptDirectory.from_config(context.config)
    number = 1 + max((int(step.revision[:4]) for step in scripts.walk_revisions()), default=0)
    slug = re.sub(r"[^a-z0-9]+", "_", (script.message or "").lower()).strip("_")
    script.rev_id = f"{number:04d}_{slug}"[:REVISION_LENGTH].rstrip("_")


def run() -> None:
    """Run the steps that Alembic chose."""
    if context.is_offline_mode():
        raise SystemExit("alembic: steps look at the data, so they run on a database and not as a script (--sql)")
    url = _database_url()
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        poolclass=NullPool,
        connect_args={"options": TIMEOUTS, "application_name": "jixiao-migrate"},
    )
    with psycopg.connect(url, autocommit=True, options=WAITING, application_name="jixiao-migrate") as guard:
        guard.execute("select pg_advisory_lock(%s)", [LOCK])
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                transaction_per_migration=True,
                compare_type=True,
                compare_server_default=True,
                process_revision_directives=_number,
            )
            with context.begin_transaction():
                context.run_migrations()
    engine.dispose()


run()
