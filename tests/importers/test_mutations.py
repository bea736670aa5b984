"""Forms with cells and lines lost, doubled and put elsewhere, at random: read to a document that holds, or refused in a sentence."""

import random

import pytest

from service.importers import ReadResult, UnreadableForm, read_form
from tests.workflows.documents import FORMS
from workflows.check import check
from workflows.document import shape_problems
from workflows.forms import form_type
from workflows.forms.base import CheckContext

ROUNDS = 400
ODD = ("", "\t", "合计", "#REF!", "=A1", "1e9", "（密）", "长" * 500, "%", "万元", "元", "一级指标")


def _mutated(text: str, words: list[str], chance: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(lines))
        kind = chance.random()
        if kind < 0.2 and len(lines) > 3:
            del lines[at]
        elif kind < 0.4:
            lines.insert(at, chance.choice(lines))
        else:
            cells = lines[at].split("\t")
            cells[chance.randrange(len(cells))] = chance.choice(words)
            lines[at] = "\t".join(cells)
    return "\n".join(lines)


def _read(text: str) -> tuple[ReadResult | None, str]:
    try:
        return read_form(text.encode(), "x"), ""
    except UnreadableForm as refusal:
        return None, " ".join(refusal.sentences("zh") + refusal.sentences("en"))


@pytest.mark.slow
def test_mutated_forms_are_read_or_refused() -> None:
    chance = random.Random(20221124)
    texts = [path.read_text("utf-8") for path in sorted(FORMS.glob("*.txt"))]
    words = [cell for text in texts for line in text.split("\n") for cell in line.split("\t") if cell] + list(ODD)
    read = 0
    for _ in range(ROUNDS):
        result, refusal = _read(_mutated(chance.choice(texts), words, chance))
        assert result is not None or refusal
        for one in (result, *result.others) if result else ():
            form = form_type(one.document["form"])
            assert shape_problems(one.document, form) == []
            list(check(one.document, CheckContext(form)))
            assert one.as_json("zh")
            read += 1
    assert read > ROUNDS // 4
