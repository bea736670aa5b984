"""办理卷宗: everything on which a form was decided, on paper: the form, what each round changed, checks with reasons, opinions,
signatures, proof. Official language, A4, like the form itself.

Made again it has the same bytes: its only moments are those of the events. Names are those of today.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import typst

from service.queries.evidence_names import EvidenceNames
from service.render.official import PRINTED_LANGUAGE, Stamp, official
from service.render.official_pdf import FONTS, printed_data
from workflows.catalogue import label, texts
from workflows.comparison import CellChange, cell_changes, compare
from workflows.deadlines import BEIJING
from workflows.findings import place, rendered, restored
from workflows.forms import form_type
from workflows.heads import Head, fingerprint
from workflows.text_diff import Piece
from workflows.waivers import answered
from workflows.waivers import restored as restored_waivers
from workflows.withheld import WITHHELD, withheld_by

TEMPLATE: Final = Path(__file__).with_name("evidence.typ")
_SIGNS: Final = frozenset({"pass", "issue_reply", "confirm"})
_FREEZES: Final = frozenset({"submit", "submit_evaluation", "re_score"})
_ACTUALS: Final = ("weight", "actual_value", "entered_score", "audit_score", "deviation_analysis")
_turn = Lock()

Rows = Mapping[str, Any]


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def evidence_pdf(rows: Rows, names: EvidenceNames) -> bytes:
    """One PDF of what `evidence_rows` read of a form that was handed in at least once."""
    target = [row for row in rows["revisions"] if row["kind"] == "target"][-1]
    form = printed_data(official(target["document"]), Stamp(target["number"], target["sha256"]))
    data = json.dumps({**form, "evidence": evidence_data(rows, names)}, ensure_ascii=False)
    last = datetime.fromisoformat(rows["events"][-1]["at"])
    with _turn:
        made = _compiler().compile(format="pdf", sys_inputs={"data": data}, timestamp=int(last.timestamp()))
    assert isinstance(made, bytes)
    return made


def evidence_data(rows: Rows, names: EvidenceNames) -> dict[str, Any]:
    """What the template reads: plain texts, in the order of the pages."""
    told = [_told(event, rows, names) for event in rows["events"]]
    return {
        "summary": _summary(rows),
        "differences": list(_differences(rows["revisions"])),
        "checks": list(_checks(rows["revisions"])),
        "opinions": [one for one in told if one["says"]],
        "signatures": [_signatures(row, rows, told) for row in rows["revisions"]],
        "events": told,
        "proof": _proof(rows),
        "withheld": _withheld(rows),
    }


def _summary(rows: Rows) -> list[list[str]]:
    form, last = rows["submission"], rows["events"][-1]
    document = rows["revisions"][-1]["document"]
    pairs = {
        "单位": form["department"],
        "表单": f"{document['fiscal_year']} 年{label('form', form['form'].partition('@')[0], PRINTED_LANGUAGE)}",
        "状态": label("state", form["state"], PRINTED_LANGUAGE),
        "审核等级": label("grade", form["grade"], PRINTED_LANGUAGE) if form["grade"] else "",
        "批复文号": form["reply_number"] or "",
        "批复日期": form["reply_date"] or "",
        "自评得分": _score(rows["revisions"][-1]["score"]),
        "轮次": str(sum(event["action"] == "submit" for event in rows["events"])),
        "截至": f"第 {last['seq']} 条流转记录，{_moment(last['at'])}",
    }
    return [[name, value] for name, value in pairs.items() if value]


def _score(score: Rows | None) -> str:
    """The unit's total, and the reviewer's where there is one."""
    if not score or score.get("total") is None:
        return ""
    audited = score.get("audit_total")
    return f"{score['total']}（财政复核 {audited}）" if audited is not None else str(score["total"])


def _differences(revisions: Sequence[Rows]) -> Iterator[dict[str, Any]]:
    """Each revision against the one of its kind before."""
    before: dict[str, Rows] = {}
    for row in revisions:
        older = before.get(row["kind"])
        if older is not None:
            changes = [
                *cell_changes(compare(older["document"], row["document"])),
                *_actuals(older["document"], row["document"]),
            ]
            cells = [
                {"place": place(one.path, PRINTED_LANGUAGE), "before": _runs(one.before), "after": _runs(one.after)}
                for one in changes
            ]
            yield {"title": f"第 {row['number']} 版与第 {older['number']} 版", "cells": cells}
        before[row["kind"]] = row


def _actuals(before: Rows, after: Rows) -> Iterator[CellChange]:
    """What an evaluation holds beside the target: its rows are those of the approved one, in their order."""
    for index, (old, new) in enumerate(zip(before["indicators"], after["indicators"], strict=False)):
        for name in _ACTUALS:
            if old.get(name) != new.get(name):
                sides = (
                    ((Piece("del", old[name]),) if old.get(name) else ()),
                    ((Piece("add", new[name]),) if new.get(name) else ()),
                )
                yield CellChange(f"indicators[{index}].{name}", *sides)


def _runs(pieces: Sequence[Piece]) -> list[dict[str, str]]:
    return [{"kind": piece.kind, "text": piece.text} for piece in pieces]


def _checks(revisions: Sequence[Rows]) -> Iterator[dict[str, Any]]:
    """What was found in the newest revision of each kind, each with the reason that was given."""
    newest = {row["kind"]: row for row in revisions}
    for row in newest.values():
        found = answered(
            [restored(one) for one in row["findings"]],
            row["document"],
            form_type(row["document"]["form"]),
            restored_waivers(row["waivers"]),
        )
        lines = []
        for one in found:
            words = rendered(one.finding, PRINTED_LANGUAGE)
            reason = f"{one.waiver.reason}（{one.waiver.by}，{_moment(one.waiver.at)}）" if one.waiver else ""
            severity = label("severity", one.finding.severity, PRINTED_LANGUAGE)
            where = place(one.finding.path, PRINTED_LANGUAGE)
            lines.append([one.finding.rule, severity, where, words["message"], reason])
        yield {"title": f"第 {row['number']} 版（{_kind(row['kind'])}）", "lines": lines}


def _kind(kind: str) -> str:
    return {"target": "绩效目标", "evaluation": "绩效自评"}[kind]


def _told(event: Rows, rows: Rows, names: EvidenceNames) -> dict[str, Any]:
    """One event in words, with what was said at it."""
    opinion: Rows = next((one for one in rows["opinions"] if one["event_id"] == event["id"]), {})
    behalf = names.people.get(opinion.get("on_behalf_of_id") or 0)
    name = names.people.get(event["actor_id"] or 0, "系统")
    grade = opinion.get("grade")
    said = [label("grade", grade, PRINTED_LANGUAGE)] if grade else []
    said += [_criteria(opinion.get("criteria")), opinion.get("comment") or ""]
    return {
        "id": event["id"],
        "seq": str(event["seq"]),
        "who": f"{name}（代 {behalf}）" if behalf else name,
        "role": label("role", event["actor_role"], PRINTED_LANGUAGE) if event["actor_role"] else "",
        "unit": names.units.get(event["actor_department_id"] or 0, ""),
        "action": _action(event["action"]),
        "at": _moment(event["at"]),
        "hash": event["hash"],
        "says": "；".join(part for part in said if part),
        "void": bool(opinion.get("voided_by_event_id")),
    }


def _criteria(criteria: Mapping[str, str] | None) -> str:
    graded = (
        f"{label('criterion', name, PRINTED_LANGUAGE)}{label('grade', grade, PRINTED_LANGUAGE)}"
        for name, grade in sorted((criteria or {}).items())
    )
    return "，".join(graded)


def _action(action: str) -> str:
    return texts(PRINTED_LANGUAGE).get(f"label.action.{action}", action)


def _signatures(revision: Rows, rows: Rows, told: Sequence[Rows]) -> dict[str, Any]:
    """Acts in force that are bound to the hash of a revision; a second round may hand in the same text."""
    number, standing, acts = 0, {}, []
    by_id = {one["id"]: one for one in told}
    for event in rows["events"]:
        if event["action"] in _FREEZES:
            number += 1
            standing[event["body"].get("revision_sha256")] = number
        bound = standing.get(event["body"].get("revision_sha256"))
        one = by_id[event["id"]]
        if event["action"] in _SIGNS and bound == revision["number"] and not one["void"]:
            acts.append([one["who"], f"{one['unit']} {one['role']}".strip(), one["action"], one["at"]])
    return {
        "title": f"第 {revision['number']} 版（{_kind(revision['kind'])}）",
        "hash": _grouped(revision["sha256"]),
        "acts": acts,
    }


def _proof(rows: Rows) -> list[dict[str, Any]]:
    proofs = []
    for one in rows["proofs"]:
        head = Head(**one["head"])
        lines = {
            "时点签名": f"第 {head.seq} 号，{_moment(head.at)}，记录链 {head.chains} 条，流转记录 {head.events} 条",
            "涵盖": f"本单据流转记录第 1 至 {one['seq']} 条",
            "根": _grouped(head.root),
            "公钥": f"{fingerprint(head.public_key)}（Ed25519）",
            "签名": _grouped(head.signature),
            "位置": str(one["index"] + 1),
            "路径": "\n".join(_grouped(step) for step in one["path"]),
        }
        proofs.append({"lines": [[name, value] for name, value in lines.items() if value]})
    return proofs


def _withheld(rows: Rows) -> str:
    withheld = withheld_by(rows["withholdings"])
    count = len(withheld.opinions) + len(withheld.revisions)
    return f"{WITHHELD}：{count} 处，移除前的校验值仍在记录中。" if count else ""


def _grouped(hashed: str) -> str:
    """A hash in blocks of eight, which people can compare and lines can break at."""
    head, colon, digits = hashed.rpartition(":")
    return head + colon + " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))


def _moment(at: str | datetime) -> str:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
