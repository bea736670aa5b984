"""The seed in every kind of file, and our own prints: all read to the same document."""

from pathlib import Path

import pytest

from service.importers import read_form
from tests.workflows.documents import seed

DATA = Path(__file__).with_name("data")


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("seed.*")))
def test_seed_reads_the_same_from_every_kind_of_file(name: str) -> None:
    result = read_form(DATA.joinpath(name).read_bytes(), name)
    assert result.document == seed()
    assert result.source["kind"] == Path(name).suffix[1:]
