"""Reading filled workbooks beside bare calamine on the same bytes, and a thousand of them in one process.

CPU counts, that of the limited process included: what other work the machine has does not change it. A warm process
is measured, as it is after the first file.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import xlsxwriter
from python_calamine import CalamineWorkbook

from service.importers import limited, read_form
from tests.bench.figures import Line, Spread
from tests.factories import seed_document
from workflows.catalogue import texts
from workflows.forms import form_type
from workflows.forms.base import Document, Matrix

SEED: Final = Path(__file__).parents[1] / "importers" / "data" / "seed.xlsx"
ROUNDS, CALLS = 9, 40  # together fewer than the files after which the limited process is replaced
FILES: Final = 1_000
TIMES_AS_LONG: Final = 10  # indicators of the longer form, beside those of the seed
SHARE, GOAL, MEGABYTES = 0.2, 0.5, 300.0


def run() -> list[Line]:
    """Measure; the share of calamine's speed and the memory of both processes are gates."""
    lines: list[Line] = []
    for name, data in (("the seed", SEED.read_bytes()), ("120 indicators", long_workbook())):
        bare = _microseconds(partial(_bare, data))
        whole = _microseconds(partial(read_form, data, "x"))
        share = bare.median / whole.median
        figure = f"{whole.text(0)} µs, calamine alone {bare.text(0)} µs: {share:.2f}"
        lines.append(Line(f"read a workbook ({name})", figure, f"≥ {SHARE} (goal {GOAL})", share >= SHARE))
    return [*lines, thousand()]


def thousand() -> Line:
    """A thousand different workbooks one after the other: the most that either process ever held."""
    began = time.perf_counter()
    for number in range(FILES):
        read_form(long_workbook(number), f"{number}.xlsx")
    child = limited.process_id()
    held = (_peak_megabytes("self"), 0.0 if child is None else _peak_megabytes(str(child)))
    figure = f"{held[0]:.0f} MB here, {held[1]:.0f} MB in the limited process, {time.perf_counter() - began:.0f} s"
    return Line(f"{FILES} workbooks", figure, f"≤ {MEGABYTES:.0f} MB each", max(held) <= MEGABYTES)


def long_workbook(number: int = 0) -> bytes:
    """The seed with its indicators many times over, named apart, as a workbook that a person might keep."""
    document = seed_document()
    rows = [
        row | {"level3": f"{row['level3']}{number}-{at}"}
        for at in range(TIMES_AS_LONG)
        for row in document["indicators"]
    ]
    stored = io.BytesIO()
    with xlsxwriter.Workbook(stored, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("绩效目标表")
        for at, line in enumerate(_lines(document, rows)):
            sheet.write_row(at, 0, line)
    return stored.getvalue()


def _lines(document: Document, rows: list[dict[str, str]]) -> list[list[str]]:
    """The printed seed down to the indicators' heads, then the rows in the order of the heads."""
    form = form_type(document["form"])
    matrix = next(part for part in form.layout.parts if isinstance(part, Matrix))
    printed = Path(__file__).parents[1].joinpath("forms", "seed-jieyang-2022.txt").read_text("utf-8")
    head = [line.split("\t") for line in printed.split("\n") if line.strip()]
    until = next(at for at, line in enumerate(head) if line[0] == matrix.label) + 2
    words = texts("zh")
    named = {"level1": "label.level1.", "level2": "label.level2.", "comparator": "label.comparator."}
    fields = [column.field for column in matrix.columns if column.field]
    return [*head[:until], *[[words.get(named.get(one, "") + row[one], row[one]) for one in fields] for row in rows]]


def _bare(data: bytes) -> None:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in workbook.sheet_names:
        workbook.get_sheet_by_name(name).to_python()


def _microseconds(work: Callable[[], object]) -> Spread:
    """CPU of one call in both processes, over rounds."""
    work()
    rounds = []
    for _ in range(ROUNDS):
        began = _cpu()
        for _ in range(CALLS):
            work()
        rounds.append((_cpu() - began) / CALLS * 1e6)
    return Spread(tuple(rounds))


def _cpu() -> float:
    """Seconds of this process and of the limited one."""
    child = limited.process_id()
    spent = 0 if child is None else int(Path(f"/proc/{child}/schedstat").read_text("ascii").split()[0])
    return time.process_time() + spent / 1e9


def _peak_megabytes(process: str) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text("utf-8"))
    return int(found[1]) / 1024 if found else 0.0
