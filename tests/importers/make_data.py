"""`python -m tests.importers.make_data`: the seed as XLSX, XLS, ODS, DOCX and PDF, made by LibreOffice from its text.

Run by hand when the seed changes; the tests read the files that are committed beside this one, in data/.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

DATA = Path(__file__).with_name("data")
FONTS = Path(__file__).parents[2] / "service" / "built" / "fonts"
SEED = Path(__file__).parents[1] / "forms" / "seed-jieyang-2022.txt"
_STYLE = "table { width: 100% } td { font-family: Noto Sans SC; font-size: 9pt }"
_RULED = 'border="1" cellspacing="0" cellpadding="2"'
_WIDTHS = {5: (14, 6, 20, 45, 15), 7: (12, 14, 20, 24, 8, 10, 12)}


def main() -> None:
    """Make all of them."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(FONTS, Path(folder) / ".fonts")
        page = Path(folder) / "seed.html"
        page.write_text(_html(), "utf-8")
        _convert(page, "docx:MS Word 2007 XML", home=folder, source="HTML (StarWriter)")
        _convert(DATA / "seed.docx", "pdf", home=folder)
        for kind in ("xlsx:Calc MS Excel 2007 XML", "xls:MS Excel 97", "ods:calc8"):
            _convert(page, kind, home=folder, source="HTML (StarCalc)")


def _convert(file: Path, kind: str, *, home: str, source: str | None = None) -> None:
    command = ["soffice", "--headless", "--convert-to", kind, "--outdir", str(DATA), str(file)]
    if source:
        command[2:2] = [f"--infilter={source}"]
    subprocess.run(command, check=True, stdout=sys.stderr, timeout=120, env={"HOME": home, "PATH": "/usr/bin:/bin"})


def _html() -> str:
    """The lines of the seed as two tables, the head and the indicators, labels and long values over several cells."""
    lines = [line.split("\t") for line in SEED.read_text("utf-8").split("\n") if line.strip()]
    title, rows = lines[0][0].strip("# "), lines[1:]
    at = next(number for number, row in enumerate(rows) if row[0] == "部门履职的整体绩效指标")
    head = "".join(_row(row[:5], width=5) for row in rows[:at])
    indicators = f'<tr><td colspan="7">{rows[at][0]}</td></tr>' + "".join(_row(row, width=7) for row in rows[at + 1 :])
    return (
        f'<html><head><meta charset="utf-8"><style>{_STYLE}</style></head><body><p align="center">{title}</p>'
        f"<table {_RULED}>{_columns(5)}{head}</table><p></p><table {_RULED}>{_columns(7)}{indicators}</table></body></html>"
    )


def _columns(count: int) -> str:
    return "".join(f'<col width="{width}%">' for width in _WIDTHS[count])


def _row(cells: list[str], *, width: int) -> str:
    if cells[0] == "总体绩效目标":
        return f'<tr><td>{cells[0]}</td><td colspan="{width - 1}">{escape(cells[1])}</td></tr>'
    return "<tr>" + "".join(f"<td>{escape(cell.strip())}</td>" for cell in cells) + "</tr>"


if __name__ == "__main__":
    main()
