"""A city's thousand workbooks at once: every one of them imported, in bounded memory. Figures are printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from service.importers.zip_of_forms import MOST_FILES
from service.settings import Settings
from tests.factories import City
from tests.workers.conftest import rows
from tests.workers.test_bulk_import import many
from tests.workers.zips import asked, zipped

LIMIT_MB = 300
BOOK = Path(__file__).parents[1] / "importers" / "data" / "seed.xlsx"
SEED_UNIT = "中共揭阳市委政法委员会"

WORK = """
import json, os, resource
from pathlib import Path
from service.bulk_run import run_next
from service.db import make_engine, session_factory
from service.settings import load_settings
settings = load_settings(os.environ)
factory = session_factory(make_engine(settings.database_url.get_secret_value()))
while run_next(factory, home=settings.home, lease_seconds=60):
    pass
children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
peaks = [line for pid in children for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line]
reader = max([resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, *(int(line.split()[1]) for line in peaks)])
print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, reader / 1024]))
"""


def book_of(unit: str) -> bytes:
    """The seed's workbook, as LibreOffice wrote it, in the name of another unit."""
    with zipfile.ZipFile(BOOK) as book:
        members = {name: book.read(name) for name in book.namelist()}
    named = {name: data.replace(SEED_UNIT.encode(), unit.encode()) for name, data in members.items()}
    assert named != members, "the workbook names its unit"
    return zipped(named)


@pytest.mark.nightly
@pytest.mark.parametrize("count", [MOST_FILES])
def test_a_thousand_workbooks_in_bounded_memory(
    *, engine: Engine, factory: sessionmaker[Session], city: City, settings: Settings, count: int
) -> None:
    actor, _ = many(factory, count)
    data = zipped({f"{number:04}.xlsx": book_of(f"第{number}号单位") for number in range(count)})
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
