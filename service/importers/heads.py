"""The lines above and between the tables: labels with their values beside them."""

from service.importers.anchors import key
from service.importers.lines import Line
from service.importers.reading_state import Reading

TOTALS = frozenset({"合计", "小计", "总计", "支出合计", "收入合计"})


def read_head(reading: Reading, line: Line) -> None:
    """Labels, each with its value in the next filled cell, and the heads of the amounts."""
    labels = [key(label) for label in line.labels]
    taken = {index for index, name in enumerate(labels) if not name}
    for index in range(len(labels)):
        if index not in taken:
            taken |= _read_label(reading, line, index, labels)
    for index in range(len(labels)):
        if index not in taken:
            reading.misfit(line, index)


def _read_label(reading: Reading, line: Line, index: int, labels: list[str]) -> set[int]:
    """Read what a label says; gives the cells that are done with, none when it is no label."""
    anchors, name = reading.anchors, labels[index]
    if name in anchors.groups:
        reading.seen.add(name)
        return {index}
    if name in anchors.pairs:
        return {index, *_read_pair(reading, line, index, labels)}
    if name in anchors.amounts:
        reading.unit_of(anchors.amounts[name], line.labels[index], line)
        return {index}
    if name in TOTALS:
        reading.dropped(next(iter(anchors.amounts.values()), ""), line, "derived_total")
        return {index, _after(reading, index, labels) or index}
    return set()


def _read_pair(reading: Reading, line: Line, index: int, labels: list[str]) -> set[int]:
    name = labels[index]
    if name in reading.seen:
        raise line.refused("repeated_label", {"label": name}, column=index)
    reading.seen.add(name)
    path = reading.anchors.pairs[name]
    reading.notes.gaps_in_label(line.cells[index], path)
    if name != line.labels[index]:
        reading.unit_of(path.partition(".")[0], line.labels[index], line)
    position = _after(reading, index, labels)
    value = "" if position is None else line.cells[position]
    reading.put(path, value, line.place(index if position is None else position))
    return set() if position is None else {position}


def _after(reading: Reading, index: int, labels: list[str]) -> int | None:
    """The next filled cell, unless a label comes first."""
    for position in range(index + 1, len(labels)):
        if labels[position] in reading.anchors.pairs or labels[position] in reading.anchors.groups:
            return None
        if labels[position]:
            return position
    return None
