"""Every kind of value at every door: kept and flagged, or refused with a place; never a fault, never unsafe."""

from __future__ import annotations

import pytest

from tests.bad_input.doors import CELLS, DOOR_OF, House
from tests.bad_input.kinds import COUNT, DOORS, LONG, PASTE, TEXT_FILE, VALUES, WORKBOOK, Kind
from tests.bad_input.table import expected, key_of, written

pytestmark = pytest.mark.slow

# A block is pasted into a table.
_NO_TABLE = {COUNT, LONG}
# One reader reads all cells of a table, so there one cell stands for all of its kind.
_ALIKE = (TEXT_FILE, WORKBOOK)


def cells_of(kind: Kind, door: str) -> tuple[str, ...]:
    """The cells in which a kind is tried at a door."""
    if door in _ALIKE:
        return kind.cells[:1]
    return tuple(name for name in kind.cells if door != PASTE or name not in _NO_TABLE)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.id)
def test_a_kind_gets_its_answer_at_every_door(house: House, kind: Kind) -> None:
    answers: dict[str, list[str]] = {}
    for door in kind.doors:
        for text in kind.texts:
            for name in cells_of(kind, door):
                answer = DOOR_OF[door](house, CELLS[name], text)
                assert answer in kind.may, f"{door}, {name}: {ascii(text)[:60]} is {answer}"
                if answer not in answers.setdefault(door, []):
                    answers[door].append(answer)
            house.restore()
    row = written(key_of(kind.number, kind.name), DOORS, {door: sorted(found) for door, found in answers.items()})
    assert expected().get(key_of(kind.number, kind.name)) == row, f"README.md should say:\n{row}"
