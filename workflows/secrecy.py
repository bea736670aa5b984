"""Finds marks of secrecy in any text, in whatever spelling, and takes them out.

A mark is a bracketed level word, a level word that stands alone, or a level word with a star or a term. In doubt it is
a mark (fail closed): a person clears it. Ordinary words that merely contain 密 (保密工作, 密切, 密度, 密码) are none.
Source: 保守国家秘密法 (2024) art 14, 19, 31(3); spellings as met in published forms and in bad inputs.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

PLACEHOLDER = "涉密事项，线下报送"

# One look before anything else: no mark is written without one of these.
_TRIGGER = re.compile(r"[密宻㊙★☆✩✪⭐✭✮]|[内內]\W{0,3}部|secret|confidential", re.IGNORECASE)

_VARIANTS = dict(
    zip("宻絕絶機祕內級資㊙☆✩✪⭐✭✮", "密绝绝机秘内级资密★★★★★★", strict=True),
)
_DROPPED = frozenset({"Cf", "Mn", "Me"})
_FILL = "○"

_O = r"[(\[{〔【〖「『《〈<“‘\"'⦅⟦⟨«|]"
_C = r"[)\]}〕】〗」』》〉>”’\"'⦆⟧⟩»|]"
_LETTER = rf"[\u3400-\u9fff\U00020000-\U0003ffff{_FILL}]"
_TOP = r"(?:绝\s*密|机\s*密|秘\s*密|密)"
_KIND = r"(?:国家|工作|商业|警务|军事)?\s*"
_TAIL = r"\s*(?:级|件|事项|文件|资料|信息|内容)?\s*"
_STAR = r"★\s*(?:\d{1,3}\s*(?:年|个月|月|天)?|长期|永久)?"
_INTERNAL = r"内\s*部\s*(?:资料|文件|文稿|材料|使用|事项|掌握|参考|传阅|情况|刊物|发行)?"
_NOT_FURTHER = r"(?:注意保存|注意保密|妥善保管|(?:不得|请勿|严禁)(?:外传|复制|扩散|转发))"
_ENGLISH = r"(?:top\s*secret|secret|confidential)"
_GRADE = rf"(?:密级\s*(?:[:：]|为|是)?\s*)?{_KIND}{_TOP}{_TAIL}(?:{_STAR})?"
_EDGE = r"[。；;!！\n\r★]"

# Looked for in the text as it stands: a bracket that holds a level word and nothing else is a mark, even 【保密】.
_BRACKETED = re.compile(
    rf"{_O}\s*(?:{_GRADE}|密级|{_KIND}(?:涉\s*密|保\s*密){_TAIL}|{_INTERNAL}(?:[,，、\s]*{_NOT_FURTHER})?|{_ENGLISH})"
    rf"\s*(?:[,，;；]?\s*(?:{_STAR}|{_NOT_FURTHER}))?\s*(?:{_C}|$)\s*(?:{_STAR})?",
    re.IGNORECASE,
)

# The highest level before a word for papers, which 密文 and the like below would take apart.
_PAPERS = re.compile(r"绝\s*密\s*(?:级\s*)?(?:文件|资料|材料|信息|事项|档案|内容|电报)")

# Words of everyday language. They are blanked before the patterns below look at the text.
_ORDINARY = re.compile(
    "|".join(
        (
            PLACEHOLDER.replace("，", "[,，]"),
            rf"(?:国家|商业|工作|个人|军事|企业)(?:秘密|机密)(?={_LETTER}|[、,，。;；”’)])",
            "(?:保守|泄露|泄漏|窃取|知悉|接触|涉及|探听|刺探)(?:党和国家的?|国家|商业|工作)?(?:秘密|机密)",
            "(?:秘密|机密)(?:文件|信息|资料|载体|数据|性|地|调查|侦查|抓捕|取证|行动|战线|武器|通道|协议)",
            rf"(?:秘密|机密|绝密)级(?={_LETTER})",
            "密级(?:确定|标识|标志|变更|管理|鉴定|评定|划分)|(?:确定|变更|标注|标明)密级",
            "[保涉定解失泄窃脱降加紧严精周稠亲隐缜致茂绵细浓织疏告揭探]密",
            "[国商]密(?=[算改标应评码认产])|[高新]密(?=[市县])",
            "密[ \n]?[切度集封码]",
            "密[钥闭布植林接云文室约排匝谋诏函友匙令使山织网评改管点]|密不可分",
        )
    )
)

_ON_BLANKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Opened and never closed, or closed after words of its own: （密 （密：下同）.
        rf"{_O}\s*{_GRADE}(?:[^()（）\[\]【】]{{0,12}}{_C})?",
        # 密级：机密, whatever stands around it.
        rf"密级\s*(?:[:：]|为|是)\s*(?:{_KIND}{_TOP}{_TAIL})?(?:{_STAR})?",
        # 秘密★10年, ★长期.
        rf"{_KIND}{_TOP}{_TAIL}{_STAR}|★\s*{_FILL}{{0,2}}(?:期限)?\s*[:：为]?\s*(?:\d{{1,3}}\s*(?:年|个月)|长期)",
        # The two words that have no everyday use, anywhere.
        r"(?:绝\s*密|机\s*密)(?:级|件)?",
        # A level word that stands alone: nothing of the same sentence touches it.
        rf"(?<!{_LETTER})(?:秘\s*密|密)(?:级|件)?(?!{_LETTER})|秘\s*密级(?!{_LETTER})",
        rf"(?:(?<=^)|(?<={_EDGE}))\s*(?:{_INTERNAL}|涉\s*密)\s*(?=$|{_EDGE})",
        rf"{_INTERNAL}[,，、;；\s]*{_NOT_FURTHER}",
    )
)
_OPEN, _CLOSE = re.compile(_O), re.compile(_C)
# Closed and never opened: 密）. The bracket goes with the mark unless it closes something else.
_CLOSED = re.compile(rf"(?P<mark>{_TOP}(?:级|件)?\s*)(?P<bracket>{_C})")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark as it stands in a text, from `start` up to `end`."""

    start: int
    end: int
    text: str


def has_mark(text: str) -> bool:
    """Whether any mark of secrecy stands in the text."""
    return bool(marks(text))


def marks(text: str) -> tuple[Mark, ...]:
    """The marks in the text, in order, none within another."""
    if _TRIGGER.search(text) is None:
        return ()
    return _marks(text) if len(text) <= 2000 else _found(text)


def without_marks(text: str) -> str:
    """The text with every mark taken out, brackets and terms included. Afterwards it holds none."""
    for _ in range(8):
        found = marks(text)
        if not found:
            return text.strip()
        for mark in reversed(found):
            text = text[: mark.start] + text[mark.end :]
    return "" if marks(text) else text.strip()


@lru_cache(maxsize=1024)
def _marks(text: str) -> tuple[Mark, ...]:
    return _found(text)


def _found(text: str) -> tuple[Mark, ...]:
    folded, origin = _folded(text)
    spans = sorted(_spans(folded))
    found: list[Mark] = []
    for start, end in spans:
        first, last = origin[start], origin[end - 1] + 1
        if not found or first >= found[-1].end:
            found.append(Mark(first, last, text[first:last]))
        elif last > found[-1].end:
            found[-1] = Mark(found[-1].start, last, text[found[-1].start : last])
    return tuple(found)


def _spans(folded: str) -> Iterator[tuple[int, int]]:
    for pattern in (_BRACKETED, _PAPERS):
        for match in pattern.finditer(folded):
            yield match.span()
    blanked = _ORDINARY.sub(lambda match: _FILL * len(match[0]), folded)
    for pattern in _ON_BLANKED:
        for match in pattern.finditer(blanked):
            yield match.span()
    yield from _closed_spans(blanked)


def _closed_spans(blanked: str) -> Iterator[tuple[int, int]]:
    open_ones, position = 0, 0
    for match in _CLOSED.finditer(blanked):
        between = blanked[position : match.start()]
        open_ones = max(0, open_ones + len(_OPEN.findall(between)) - len(_CLOSE.findall(between)))
        position = match.start("bracket")
        yield match.span("mark") if open_ones else match.span()


def _folded(text: str) -> tuple[str, list[int]]:
    """NFKC by character, variants unified, invisible characters dropped; with the place that each came from."""
    chars: list[str] = []
    origin: list[int] = []
    for index, raw in enumerate(text):
        known = _VARIANTS.get(raw)
        for char in known or unicodedata.normalize("NFKC", raw):
            # Runs of white space count as one, so that no pattern can be made to crawl.
            if unicodedata.category(char) in _DROPPED or (char.isspace() and chars and chars[-1].isspace()):
                continue
            chars.append(_VARIANTS.get(char, char))
            origin.append(index)
    return "".join(chars), origin
