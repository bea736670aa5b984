"""Two editors of one table, as the page's script behaves, over the real door: what they typed is accounted for at the end.

An `Editor` holds what a browser holds: the value that it started from, the cells that changed, and the texts that stood in
a cell before somebody else changed it. Every text typed is a word of its own, so a lost one is found by name.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from service.db import unit_of_work
from service.web.editor_base import packed, unpacked
from tests.web.conftest import Town
from tests.web.visitor import hidden

SECTION = "key_tasks"
FIELDS = ("name", "content")
BOTH_MOVED = "对方也移动了行"
_RESET = text("update draft_section set body = :body, version = version + 1 where submission_id = :id and section = :s")
Key = tuple[str, str]
Row = dict[str, Any]


def row(number: int) -> Row:
    """A row as it stands at the beginning of a run."""
    return {
        "id": f"01J0000000000000000000{number:04d}", "name": f"n{number}", "content": f"c{number}",
        "planned_amount": "1", "secrecy_tag": None,
    }  # fmt: skip


@dataclass
class Record:
    """What happened in one run, for the reckoning: words by their cell, words that somebody replaced having seen them."""

    typed: dict[str, Key] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    shown: str = ""
    deleted: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    clashes: int = 0


@dataclass
class Editor:
    """One window."""

    name: str
    client: FlaskClient
    form: int
    token: str
    record: Record
    version: int = 0
    base: str = ""
    rows: list[Row] = field(default_factory=list)
    edits: dict[Key, str] = field(default_factory=dict)
    was: dict[Key, str] = field(default_factory=dict)
    known: dict[Key, str] = field(default_factory=dict)
    said: str = ""

    def opens(self, version: int, rows: list[Row]) -> None:
        """Load the page."""
        self.version, self.base, self.rows = version, packed(rows), [dict(one) for one in rows]
        self.edits, self.was = {}, {}
        self.known = {(one["id"], name): one[name] or "" for one in rows for name in FIELDS}

    def types(self, chance: random.Random, word: str) -> None:
        """Write a new word over some cell that is on the screen."""
        if not self.rows:
            return
        here, name = chance.choice(self.rows), chance.choice(FIELDS)
        key = (here["id"], name)
        self.record.replaced.add(here[name] or "")
        here[name] = self.edits[key] = word
        self.record.typed[word] = key

    def saves(self, do: str = "save", *, meanwhile: Any = None) -> None:  # noqa: ANN401 - a call or nothing
        """Send what changed; `meanwhile` happens before the answer is read."""
        sent, self.edits = self.edits, {}
        body = {
            "csrf_token": self.token,
            "patch": "yes",
            "do": do,
            "base_version": str(self.version),
            "base": self.base,
        }
        body |= {f"cell.{row_id}.{name}": word for (row_id, name), word in sent.items()}
        body |= {f"was.{row_id}.{name}": word for (row_id, name), word in self.was.items()}
        reply, choices = self._post(body), {}
        if meanwhile:
            meanwhile()
        while reply.status_code == 409:
            html = reply.get_json()["clash"]
            self.record.shown += html
            self.record.clashes += 1
            choices = _chosen(html)
            reply = self._post({**body, **choices})
        assert reply.status_code == 200, reply.text
        self._takes(reply.get_json(), sent)

    def _post(self, body: dict[str, str]) -> Any:  # noqa: ANN401 - a test response
        path = f"/submissions/{self.form}/sections/{SECTION}"
        return self.client.post(path, data=body, headers={"Accept": "application/json"})

    def _takes(self, answer: dict[str, Any], sent: dict[Key, str]) -> None:
        self.said = ""
        self.version, self.base = answer["version"], answer["base"]
        for key, word in sent.items():
            self.known[key] = word
            self.was.pop(key, None)
        if "values" not in answer:
            return
        stored = unpacked(answer["base"])
        for one in stored:
            for name in FIELDS:
                key, word = (one["id"], name), one[name] or ""
                if key in self.edits:
                    if word != self.known.get(key):
                        self.was.setdefault(key, self.known.get(key, ""))
                    one[name] = self.edits[key]
                self.known[key] = word
        ids = {one["id"] for one in stored}
        for key in [key for key in self.edits if key[0] not in ids]:
            self.record.shown += self.edits.pop(key)  # The row is taken away under the hand, and the page says so.
        self.rows = stored
        self.said = answer.get("said", "")


def _chosen(html: str) -> dict[str, str]:
    """A side for each clash; the other side was seen and set aside."""
    picks = {name: "mine" if len(name) % 2 else "theirs" for name in re.findall(r'name="(choice\.[^"]+)"', html)}
    seen = re.search(r'name="seen" value="(\d+)"', html)
    assert seen, "a clash says which version it shows"
    return {"seen": seen[1], **picks}


def reset(town: Town, editors: tuple[Editor, Editor]) -> list[Row]:
    """Four rows, and both windows opened anew."""
    rows = [row(number) for number in range(4)]
    form = editors[0].form
    with unit_of_work(town.factory) as session:
        session.execute(_RESET, {"body": json.dumps({"value": rows}), "id": form, "s": SECTION})
    version = town.rows(
        "select version from draft_section where submission_id = :id and section = :s", id=form, s=SECTION
    )
    for editor in editors:
        editor.opens(int(str(version[0][0])), rows)
    return rows


def run(town: Town, editors: tuple[Editor, Editor], *, seed: int, steps: int) -> Record:
    """One interleaving; the record says what could not be accounted for."""
    chance, record = random.Random(seed), Record()
    for editor in editors:
        editor.record = record
    reset(town, editors)
    for step in range(steps):
        _step(chance, chance.choice(editors), f"w{seed}x{step}", record)
    for editor in (*editors, editors[0]):
        editor.saves()
    _reckon(record, _stored(town, editors[0].form))
    return record


def _step(chance: random.Random, editor: Editor, word: str, record: Record) -> None:
    kind = chance.choices(("type", "save", "add", "delete", "move"), weights=(9, 5, 1, 1, 1))[0]
    if kind == "type":
        editor.types(chance, word)
    elif kind == "save":
        meanwhile = (lambda: editor.types(chance, f"{word}m")) if chance.random() < 0.3 else None
        editor.saves(meanwhile=meanwhile)
    elif kind == "add":
        before = {one["id"] for one in editor.rows}
        editor.saves("add")
        record.added |= {one["id"] for one in editor.rows} - before
    elif kind == "delete" and len(editor.rows) > 1:
        at = chance.randrange(len(editor.rows))
        gone = editor.rows[at]
        record.replaced |= {gone[name] or "" for name in FIELDS}
        record.deleted.add(gone["id"])
        editor.saves(f"delete:{at}")
    elif kind == "move" and len(editor.rows) > 1:
        editor.saves(f"down:{chance.randrange(len(editor.rows) - 1)}")


def _stored(town: Town, form: int) -> list[Row]:
    statement = "select body -> 'value' from draft_section where submission_id = :id and section = :s"
    return town.rows(statement, id=form, s=SECTION)[0][0]  # type: ignore[return-value]


def _reckon(record: Record, stored: list[Row]) -> None:
    """Every word stands in its cell, or somebody replaced it or chose against it having it before their eyes."""
    cells = {(one["id"], name): one[name] for one in stored for name in FIELDS}
    for word, key in record.typed.items():
        if cells.get(key) != word and word not in record.replaced and word not in record.shown:
            record.faults.append(f"{word} of {key} is gone, and nobody saw it go")
    ids = {one["id"] for one in stored}
    for row_id in {row(number)["id"] for number in range(4)} | record.added:
        if row_id not in ids and row_id not in record.deleted:
            record.faults.append(f"row {row_id} is gone, and nobody deleted it")
    for row_id in record.deleted & ids:
        if row_id not in record.shown:
            record.faults.append(f"row {row_id} came back, and nobody chose that")


def opened(client: FlaskClient, form: int, name: str) -> Editor:
    """A window of this person on the form."""
    return Editor(name, client, form, hidden(client.get("/account"), "csrf_token"), Record())
