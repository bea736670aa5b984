"""`python -m tests.bench [approve|pdf|pages|documents|editor|workbook|verify|batch|inbox]…`: measure, print one table, end with 1 where a gate fails."""

from __future__ import annotations

import argparse
import sys

from tests.bench import approve, batch, documents, editor, inbox, pages, pdf, verify, workbook
from tests.bench.figures import Line, report
from tests.bench.load import RefusedError
from tests.bench.servers import BenchError

NAMES = ("approve", "pdf", "pages", "documents", "editor", "workbook", "verify", "batch", "inbox")


def main() -> int:
    """0 when every gate holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("work", nargs="*", choices=[[], *NAMES], default=[], help="which ones; all of them if none")
    parser.add_argument("--cycles", type=int, default=approve.CYCLES, help="of approve and pdf; 2 for a quick look")
    parser.add_argument("--seconds", type=float, default=approve.SECONDS, help="of a window of approve")
    given = parser.parse_args()
    try:
        lines = _measured(given)
    except (BenchError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if report(lines) else 1


def _measured(given: argparse.Namespace) -> list[Line]:
    lines: list[Line] = []
    for name in given.work or NAMES:
        if name == "approve":
            lines += approve.run(cycles=given.cycles, seconds=given.seconds)
        elif name == "pdf":
            lines += pdf.run(cycles=given.cycles)
        else:
            runs = {"pages": pages.run, "documents": documents.run, "editor": editor.run, "workbook": workbook.run}
            runs |= {"verify": verify.run, "batch": batch.run, "inbox": inbox.run}
            lines += runs[name]()
    return lines


if __name__ == "__main__":
    sys.exit(main())
