"""What every binary file becomes before anybody looks for a form in it: grids of shown text."""

from dataclasses import dataclass

Merge = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `rows` start at A1, rows and columns count from 0; blank is "", numbers are plain decimals.

    `merged` are (first row, first column, last row, last column); only the first cell of such a range has a text.
    A cell with an error shows it (#REF!), a formula that was never computed shows itself. `hidden_rows` count from 0.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    hidden: bool = False
    merged: tuple[Merge, ...] = ()
    hidden_rows: tuple[int, ...] = ()
