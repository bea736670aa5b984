"""Zips of form files for tests."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from service.db import unit_of_work
from service.importers.zip_of_forms import members_of
from service.models.storage import store
from service.usecases.request_bulk_import import Zip, request_bulk_import
from tests.factories import City, seed_document
from workflows.facts import Actor


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def form_of(unit: str, **cells: Any) -> bytes:  # noqa: ANN401 - sections of a document
    """The seed as a document file of another unit, with other sections."""
    return json.dumps(seed_document() | {"department": unit} | cells, ensure_ascii=False).encode()


def asked(
    factory: sessionmaker[Session],
    home: Path,
    city: City,
    data: bytes,
    *,
    actor: Actor | None,
    **options: bool,
) -> int:
    """A job for a zip, as the pages ask for it."""
    archive = Zip("forms.zip", store(home, data), members_of(io.BytesIO(data), size=len(data)), days=30)
    with unit_of_work(factory) as session:
        return request_bulk_import(session, actor, cycle_id=city.cycle, archive=archive, **options)
