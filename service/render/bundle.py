"""The evidence bundle as a file: JSON that `jixiao verify` checks without any server."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from workflows.bundle import FORMAT
from workflows.chain import instant


def evidence_bundle(rows: dict[str, Any], *, exported_at: datetime) -> bytes:
    """UTF-8 JSON of what `service.queries.evidence_rows` read. `exported_at` (UTC) is no part of the proof."""
    bundle = {"format": FORMAT, "exported_at": instant(exported_at), **rows}
    return (json.dumps(bundle, ensure_ascii=False, indent=1) + "\n").encode()
