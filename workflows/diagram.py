"""The life of a form as a Mermaid diagram, drawn from the rows: what `jixiao lifecycle draw` prints and README.md shows."""

from __future__ import annotations

from workflows.catalogue import label
from workflows.lifecycle import ROWS, At, State, Transition

_WHEN = {At.NONE: "", At.ANY: "", At.NOT_LAST: "not last level", At.LAST: "last level"}


def diagram(lang: str) -> str:
    """Mermaid text: the states with their labels, one arrow for each pair of states with every action that takes it."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{label("state", state, lang)} {state}" as {state}' for state in State]
    lines.append(f"    [*] --> {State.DRAFT}")
    arrows: dict[tuple[State, State], list[str]] = {}
    for row in ROWS:
        arrows.setdefault((row.source, row.target), []).append(_words(row))
    lines += [f"    {source} --> {target}: {'<br/>'.join(words)}" for (source, target), words in arrows.items()]
    lines.append(f"    {State.CLOSED} --> [*]")
    return "\n".join(lines) + "\n"


def _words(row: Transition) -> str:
    """An action with what narrows it: where in the levels, whether it goes to a level, whether the timer may do it too."""
    notes = [_WHEN[row.at], "to an earlier level" if row.to_level else "", "also by the timer" if row.system else ""]
    said = ", ".join(note for note in notes if note)
    return f"{row.action} ({said})" if said else str(row.action)
