"""The evidence bundle as a file: JSON that `jixiao verify` checks without any server."""

from __future__ import annotations

import json
from typing import Any

from workflows.bundle import FORMAT


def evidence_bundle(rows: dict[str, Any]) -> bytes:
    """UTF-8 JSON of what `service.queries.evidence_rows` read. No time of day goes in: made again it has the same bytes."""
    return (json.dumps({"format": FORMAT, **rows}, ensure_ascii=False, indent=1) + "\n").encode()
