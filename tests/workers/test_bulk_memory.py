"""A city's thousand workbooks at once: every one of them imported, in bounded memory. Figures are printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.importers.zip_of_forms import MOST_FILES
from service.render.export import document_export
from service.render.official import Stamp
from service.settings import Settings
from tests.factories import City, seed_document
from tests.workers.conftest import rows
from tests.workers.test_bulk_import import many
from tests.workers.zips import asked, zipped

LIMIT_MB = 300

WORK = """
import json, os, resource
from service.bulk_run import run_next
from service.db import make_engine, session_factory
from service.settings import load_settings
settings = load_settings(os.environ)
factory = session_factory(make_engine(settings.database_url.get_secret_value()))
while run_next(factory, home=settings.home, lease_seconds=60):
    pass
print(json.dumps([resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]))
"""


@pytest.mark.nightly
@pytest.mark.parametrize("count", [MOST_FILES])
def test_a_thousand_workbooks_in_bounded_memory(
    *, engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings, count: int
) -> None:
    actor, _ = many(factory, count)
    books = {}
    for number in range(count):
        unit = f"第{number}号单位"
        document = seed_document() | {"department": unit, "overall_goal": f"{seed_document()['overall_goal']}{number}"}
        books[f"{number:04}.xlsx"] = document_export(document, "xlsx", stamp=Stamp(None, None), language="zh")
    data = zipped(books)
    asked(factory, settings.home, city, data, actor=actor, rehearses=False)
    assert settings.database_url is not None
    environ = {
        "JIXIAO_HOME": str(settings.home),
        "JIXIAO_DATABASE_URL": settings.database_url.get_secret_value(),
        "PATH": os.defpath,
    }
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", WORK], env=environ, check=True, capture_output=True, text=True)
    seconds = time.monotonic() - started
    here, child = json.loads(done.stdout.splitlines()[-1])
    states = rows(engine, "select state, result, count(*) from bulk_import_file group by 1, 2")
    print(  # noqa: T201 - the figures of the run
        f"{count} workbooks ({len(data) / 1e6:.1f} MB zip) in {seconds:.0f} s: {count / seconds:.1f} a second;"
        f" largest {here:.0f} MB here, {child:.0f} MB in the reader"
    )
    assert states == [("done", "created", count)]
    assert rows(engine, "select count(distinct department_id) from submission") == [(count,)]
    assert max(here, child) <= LIMIT_MB
