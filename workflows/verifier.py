"""`verify FILE`: what a bundle or an exported head is worth, without any server. Needs nothing but the standard library.

The command line calls it, and so does the one file that `service.render.standalone` makes of these modules: the verdict is
the same because the code is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workflows import ed25519, heads
from workflows.bundle import check_bundle
from workflows.bundle_fault import BundleFault, UnreadableBundle
from workflows.bundle_proof import heads_of
from workflows.heads import Head
from workflows.withheld import withheld_by

LARGEST: Final = 256 * 1024 * 1024  # bytes; a form of three rounds has some 200 kB, a chain of a head some 100 bytes
_COUNTED: Final = ("revisions", "events", "opinions")

# A key of [bundle] in the catalogue and the values of its places, to a sentence.
Say = Callable[..., str]


class Unreadable(Exception):
    """A file about which nothing can be said. `key` of [bundle] and the values of its places."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key, self.params = key, params


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict. `covered` is how many events of the form the signed heads cover; `withheld` counts emptied bodies."""

    fault: BundleFault | None
    counts: Mapping[str, int]
    heads: tuple[Head, ...] = ()
    covered: int = 0
    withheld: int = 0


def read_json(path: Path) -> object:
    """A JSON file. Raises Unreadable, and OSError where it can't be opened."""
    with path.open("rb") as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Unreadable("too_large", limit=LARGEST // 1024 // 1024)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable("unreadable", file=_printable(path.name), place="JSON") from error


def read_key(path: Path) -> str:
    """A public key (PEM) as hex. Raises Unreadable, and OSError where the file can't be opened."""
    try:
        return ed25519.read_public_pem(path.read_text(encoding="ascii")).hex()
    except ValueError as error:
        raise Unreadable("no_key", file=_printable(path.name)) from error


def judged(data: object, *, name: str, public_key: str | None = None) -> Judged:
    """What a bundle or an exported head is worth. Raises Unreadable for anything else."""
    if isinstance(data, Mapping) and data.get("format") == heads.FILE_FORMAT:
        return _judged_head(data, name=name, public_key=public_key)
    try:
        fault = check_bundle(data, public_key=public_key)
    except (UnreadableBundle, RecursionError) as error:
        raise Unreadable("unreadable", file=name, place=_printable(str(error))) from error
    assert isinstance(data, dict), "a bundle is an object"
    proved, withheld = heads_of(data), withheld_by(data.get("withholdings", []))
    return Judged(
        fault,
        {key: len(data[key]) for key in _COUNTED},
        tuple(head for head, _ in proved),
        max((covered for _, covered in proved), default=0),
        len(withheld.opinions) + len(withheld.revisions),
    )


def _judged_head(data: Mapping[str, Any], *, name: str, public_key: str | None) -> Judged:
    try:
        head, leaves = heads.read_exported(data)
    except heads.UnreadableHead as error:
        if str(error) in ("head.signature", "chains"):
            reason = "head_signature" if str(error) == "head.signature" else "leaves_changed"
            return Judged(BundleFault("head", reason), {"chains": 0, "events": 0})
        raise Unreadable("unreadable", file=name, place=str(error)) from error
    fault = BundleFault("head", "other_key") if public_key not in (None, head.public_key) else None
    return Judged(fault, {"chains": len(leaves), "events": head.events}, (head,), head.events)


def told(verdict: Judged, say: Say) -> list[str]:
    """The verdict in sentences."""
    if verdict.fault is not None:
        return [say("broken", place=verdict.fault.place, words=say(verdict.fault.reason, **verdict.fault.params))]
    if "chains" in verdict.counts:
        return [say("head_holds", **verdict.counts), *_signed(verdict, say)]
    lines = [say("holds", **verdict.counts)]
    if verdict.withheld:
        lines.append(say("withheld", count=verdict.withheld))
    return [*lines, *(_signed(verdict, say) or [say("no_proof")])]


def as_json(verdict: Judged, say: Say) -> dict[str, Any]:
    """The verdict as JSON."""
    fault = verdict.fault
    words = None if fault is None else say(fault.reason, **fault.params)
    found = None if fault is None else {"place": fault.place, "reason": fault.reason, "message": words}
    signed = [{"seq": head.seq, "at": head.at, "public_key": head.public_key} for head in verdict.heads]
    said = {"counts": dict(verdict.counts), "withheld": verdict.withheld, "heads": signed, "covered": verdict.covered}
    return {"holds": fault is None, "fault": found, **said}


def _signed(verdict: Judged, say: Say) -> list[str]:
    return [
        say("signed", number=head.seq, at=head.at, covered=verdict.covered, key=heads.fingerprint(head.public_key))
        for head in verdict.heads
    ]


def main(words: Mapping[str, Mapping[str, str]], argv: Sequence[str]) -> int:
    """The command of the one file. `words`: [bundle] of the catalogue by language. 0 holds, 1 does not, 2 unreadable."""
    parser = argparse.ArgumentParser(description="Check an evidence bundle or an exported head of Jixiao, offline.")
    parser.add_argument("file", type=Path, help="bundle or exported head (JSON)")
    parser.add_argument("--key", type=Path, help="public key (PEM) that has to have signed the heads")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--lang", choices=sorted(words), default="zh", help="language of the sentences")
    given = parser.parse_args(argv)

    def say(key: str, /, **params: object) -> str:
        return words[given.lang][key].format_map(params)

    try:
        key = None if given.key is None else read_key(given.key)
        verdict = judged(read_json(given.file), name=_printable(given.file.name), public_key=key)
    except Unreadable as error:
        print(say(error.key, **error.params), file=sys.stderr)  # noqa: T201 - a command
        return 2
    except OSError as error:
        print(f"{_printable(str(error.filename))}: {error.strerror}", file=sys.stderr)  # noqa: T201 - a command
        return 2
    lines = [json.dumps(as_json(verdict, say), ensure_ascii=False, indent=2)] if given.json else told(verdict, say)
    print("\n".join(lines))  # noqa: T201 - a command
    return 0 if verdict.fault is None else 1


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
