"""A comment with a mark of secrecy refuses its file, in every format that has comments; any other comment does not."""

from __future__ import annotations

import time

import pytest

from service.importers.marked_comments import refuse_marked_comments
from service.importers.unreadable import UnreadableForm

SHEET = '<comments><commentList><comment ref="B3" authorId="0"><text><r><t>%s</t></r></text></comment><comment ref="C4" authorId="0"><text><r><t>%s</t></r></text></comment></commentList></comments>'
PARTS = {
    "xl/comments1.xml": SHEET,
    "xl/threadedComments/threadedComment1.xml": SHEET.replace("comment ", "threadedComment "),
    "word/comments.xml": "<w:comments><w:comment w:id='0'><w:p><w:t>%s</w:t></w:p></w:comment><w:comment><w:p><w:t>%s</w:t></w:p></w:comment></w:comments>",
    "content.xml": "<office:document><office:annotation><text:p>%s</text:p></office:annotation><office:annotation>%s</office:annotation>其余（密）</office:document>",
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("mark", ["（机密）★10年", "【密】", "机&#23494;级：秘密（秘</t><t>密）"])
def test_a_mark_in_a_comment_refuses_the_file(part: str, mark: str) -> None:
    with pytest.raises(UnreadableForm) as caught:
        refuse_marked_comments({part: (PARTS[part] % ("请核对", mark)).encode()})
    assert caught.value.message_key == "marked_comment"
    for lang in ("zh", "en"):
        assert (" C4 " in caught.value.sentence(lang)) == part.startswith("xl/")


@pytest.mark.parametrize("part", PARTS)
def test_other_comments_and_other_parts_do_not(part: str) -> None:
    refuse_marked_comments({part: (PARTS[part] % ("请核对", "按批复数")).encode()})
    refuse_marked_comments({f"{part}.rels": b"<comment>\xef\xbc\x88\xe5\xaf\x86\xef\xbc\x89</comment>"})


@pytest.mark.parametrize("bad", [b"<comment " * 200_000, b"<comment>" + b"<" * 1_000_000, b"\xff<comment>\xff", b""])
def test_nonsense_is_looked_through_once(bad: bytes) -> None:
    began = time.process_time()
    refuse_marked_comments({"xl/comments1.xml": bad})
    assert time.process_time() - began < 5
