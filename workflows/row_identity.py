"""Which rows of a file are which rows of a draft: by id where they carry one, else by what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workflows.forms.base import Section, Stage

_ALIKE = 0.6  # of the pairs of neighbouring characters in two names; found by trial on the names of published forms


def identified(
    section: Section, rows: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]], *, guess: bool
) -> list[dict[str, Any]]:
    """The rows, each with the id of the known row that it is, or without one.

    An id is believed where the name fits. A row that stands elsewhere word for word, or under the same name, is that row,
    although the id beside it says another: cells were moved without their row. With `guess` a name much alike will do.
    """
    return _Matching(section, rows, known).done(guess=guess)


class _Matching:
    """Rows and known rows that have not found each other yet."""

    def __init__(self, section: Section, rows: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> None:
        self.section, self.rows = section, rows
        self.typed = [one.name for one in section.fields if one.stage is Stage.TARGET]
        self.free = {str(row["id"]): row for row in known if row.get("id")}
        self.ids: dict[int, str] = {}

    def done(self, *, guess: bool) -> list[dict[str, Any]]:
        self._by_own_id(same_name=True)
        self._by_key(self._content)
        self._by_key(self._name)
        self._by_own_id(same_name=False)
        if guess:
            self._by_likeness()
        return [self._row(index, row) for index, row in enumerate(self.rows)]

    def _row(self, index: int, row: Mapping[str, Any]) -> dict[str, Any]:
        cells = {name: cell for name, cell in row.items() if name != "id"}
        return {"id": self.ids[index], **cells} if index in self.ids else cells

    def _left(self) -> Iterable[tuple[int, Mapping[str, Any]]]:
        return [(index, row) for index, row in enumerate(self.rows) if index not in self.ids]

    def _take(self, index: int, row_id: str) -> None:
        self.ids[index] = row_id
        del self.free[row_id]

    def _by_own_id(self, *, same_name: bool) -> None:
        for index, row in self._left():
            other = self.free.get(str(row.get("id")))
            if other is not None and (not same_name or self._name(row) == self._name(other)):
                self._take(index, str(row["id"]))

    def _by_key(self, key: Any) -> None:  # noqa: ANN401 - a method of this class
        found: dict[Any, str] = {}
        for row_id, other in self.free.items():
            found.setdefault(key(other), row_id)
        for index, row in self._left():
            said = key(row)
            if said and said in found:
                self._take(index, found.pop(said))

    def _by_likeness(self) -> None:
        pairs = sorted(
            (
                (likeness(self._name(row), self._name(other)), -index, row_id)
                for index, row in self._left()
                for row_id, other in self.free.items()
            ),
            reverse=True,
        )
        for likeness_, index, row_id in pairs:
            if likeness_ >= _ALIKE and -index not in self.ids and row_id in self.free:
                self._take(-index, row_id)

    def _name(self, row: Mapping[str, Any]) -> str:
        return "".join(str(row.get(self.section.name_field) or "").split())

    def _content(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        cells = tuple(str(row.get(name) or "") for name in self.typed)
        return cells if any(cells) else ()


def likeness(one: str, other: str) -> float:
    """How much two names are alike, 0 to 1: the share of common pairs of neighbouring characters (Dice)."""
    left, right = ({text[at : at + 2] for at in range(max(1, len(text) - 1))} for text in (one, other))
    return 2 * len(left & right) / (len(left) + len(right)) if one and other else 0.0
