"""Time and memory of bad files, and of a thousand good ones, printed; run by `make nightly`."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.importers import UnreadableForm, limited, read_form
from tests.importers.made_files import SEED_XLSX
from tests.importers.test_corpus import REFUSED


def _peak_megabytes(process: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text("utf-8"))
    return int(found[1]) / 1024 if found else 0.0


@pytest.mark.nightly
def test_every_bad_file_within_two_seconds_and_150_mb(capsys: pytest.CaptureFixture[str]) -> None:
    figures = []
    for kind in REFUSED:
        data = kind.make()
        limited._reader.close()
        read_form(SEED_XLSX, "x")
        process = limited.process_id()
        assert process is not None
        began = time.monotonic()
        with pytest.raises(UnreadableForm) as caught:
            read_form(data, "x")
        took = time.monotonic() - began
        # A process that died over the file was held to its limit by the kernel.
        peak = _peak_megabytes(process) if Path(f"/proc/{process}").exists() else 0.0
        figures.append(f"{kind.number} {kind.name}: {caught.value.message_key}, {took:.3f} s, {peak:.0f} MB")
        assert peak < 150, figures[-1]
        assert took < 2, figures[-1]
    with capsys.disabled():
        print("\n" + "\n".join(figures))  # noqa: T201


@pytest.mark.nightly
def test_a_thousand_workbooks_in_bounded_memory(capsys: pytest.CaptureFixture[str]) -> None:
    """In a process of its own: what other tests held is not what reading holds."""
    code = "from tests.bench.workbook import thousand; line = thousand(); print(line.figure); assert line.holds"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=False)
    with capsys.disabled():
        print(f"\n1,000 workbooks: {done.stdout}{done.stderr}")  # noqa: T201
    assert done.returncode == 0
