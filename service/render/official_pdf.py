"""The official form as PDF on A4, set by typst with fonts that travel along."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import typst

from service.render.official import Ledger, Names, Official, Pair, Pairs, Part, Prose, Stamp, Table

TEMPLATE: Final = Path(__file__).with_name("official.typ")
FONTS: Final = Path(__file__).parents[1] / "built" / "fonts"
FAMILY: Final = "Noto Sans SC"

LABEL_SHARE: Final = 11.0  # of the width: the column of labels at the left
CONTENT_PARTS: Final = (27, 21)  # the widest column is two in the head block
TASK_WIDTHS: Final = (6, 19, 48, 16)  # number, name, content, amount, where no table of the head says otherwise

# One compiler for each process: it keeps the fonts in memory (20 MB) and is not made for several threads at once.
_turn = Lock()


class FontError(RuntimeError):
    """The front-end build, which brings the fonts, was never made (`make env`)."""


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    if FAMILY not in fonts.families():
        raise FontError(f"no {FAMILY} in {FONTS.name}/: run `make env`")
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def official_pdf(form: Official, stamp: Stamp) -> bytes:
    """One PDF; the same input gives the same bytes. Raises FontError."""
    data = json.dumps(printed_data(form, stamp), ensure_ascii=False)
    with _turn:
        made = _compiler().compile(format="pdf", sys_inputs={"data": data}, timestamp=0)
    assert isinstance(made, bytes)
    return made


def printed_data(form: Official, stamp: Stamp) -> dict[str, Any]:
    """What the template reads: plain values, in the order of the page."""
    narrow = [part for part in form.parts if isinstance(part, Table) and not part.wide]
    return {
        "title": form.title,
        "stamp": stamp.text,
        "columns": _columns(narrow[0].widths if narrow else TASK_WIDTHS),
        "groups": [[_part(part, narrow) for part in group] for group in form.groups],
    }


def _part(part: Part, narrow: Sequence[Table]) -> dict[str, Any]:
    match part:
        case Names():
            return {"kind": part.kind, "pairs": [_pair(pair) for pair in part.pairs]}
        case Pairs():
            return {"kind": part.kind, "label": part.label, "rows": _two_by_two(part.pairs)}
        case Ledger():
            heads = {"left": part.left_head, "right": part.right_head, "amount": part.amount_head}
            rows = [[_pair(left), _pair(right)] for left, right in part.rows]
            return {"kind": part.kind, "label": part.label, "rows": rows, **heads}
        case Prose():
            return {"kind": part.kind, "label": part.label, "value": part.value.text}
        case Table():
            return {**asdict(part), "index": -1 if part.wide else narrow.index(part)}


def _columns(task_widths: Sequence[int]) -> list[float]:
    """Six columns: the label, then number, name, content in two parts, amount, by the shares of the form type."""
    number, name, content, amount = (share * (100 - LABEL_SHARE) / sum(task_widths) for share in task_widths)
    parts = [content * part / sum(CONTENT_PARTS) for part in CONTENT_PARTS]
    return [round(share, 3) for share in (LABEL_SHARE, number, name, *parts, amount)]


def _pair(pair: Pair) -> dict[str, str]:
    return {"label": pair.label, "value": pair.value.text}


def _two_by_two(pairs: Sequence[Pair]) -> list[list[dict[str, str]]]:
    return [[_pair(pair) for pair in pairs[at : at + 2]] for at in range(0, len(pairs), 2)]
