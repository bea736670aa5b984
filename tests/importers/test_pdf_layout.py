"""Cells from ruled lines and characters: geometry alone, without any PDF."""

import pytest

from service.importers import UnreadableForm
from service.importers.pdf_layout import Glyph, Page, Rule, page_rows


def _text(text: str, x: float, y: float, size: float = 10) -> list[Glyph]:
    return [Glyph(char, x + at * size, y, x + (at + 1) * size, y + size) for at, char in enumerate(text)]


def _grid(xs: list[float], ys: list[float]) -> list[Rule]:
    across = [Rule("h", y, xs[0], xs[-1]) for y in ys]
    return across + [Rule("v", x, ys[0], ys[-1]) for x in xs]


def test_lines_of_a_cell_are_one_text_and_rows_come_from_the_top() -> None:
    rules = _grid([0, 100, 200], [0, 40, 80])
    glyphs = _text("名称", 5, 60) + _text("一二三四五六七八九", 105, 60) + _text("十", 105, 48) + _text("末行", 5, 10)
    assert page_rows([Page(glyphs, rules)]) == [(("名称", "一二三四五六七八九十"), ("末行", ""))]


def test_spanning_cells_have_their_text_in_their_first_place() -> None:
    rules = [
        *(Rule("v", x, 0, 60) for x in (0, 200)),
        Rule("v", 100, 0, 30),
        *(Rule("h", y, 0, 200) for y in (0, 60)),
        Rule("h", 30, 0, 200),
    ]
    glyphs = _text("标题", 90, 40) + _text("左", 10, 10) + _text("右", 110, 10)
    assert page_rows([Page(glyphs, rules)]) == [(("标题", ""), ("左", "右"))]
    tall = [*_grid([0, 100, 200], [0, 60]), Rule("h", 30, 100, 200)]
    glyphs = _text("高", 10, 25) + _text("上", 110, 40) + _text("下", 110, 10)
    assert page_rows([Page(glyphs, tall)]) == [(("高", "上"), ("", "下"))]


def test_columns_are_the_same_on_all_pages() -> None:
    first = Page(_text("甲", 5, 10) + _text("乙", 105, 10), _grid([0, 100, 200], [0, 40]))
    second = Page(_text("丙", 105, 10), _grid([0.4, 99.8, 150, 200], [0, 40]))
    assert page_rows([first, second]) == [(("甲", "乙", ""),), (("", "丙", ""),)]


def test_line_that_left_room_ends_a_paragraph_and_words_keep_their_blank() -> None:
    rules = _grid([0, 100], [0, 80])
    glyphs = _text("短句。", 2, 60) + _text("第二段", 2, 45)
    assert page_rows([Page(glyphs, rules)]) == [(("短句。\n第二段",),)]
    glyphs = _text("一二三四五六七a", 2, 60) + _text("bcdefg", 2, 45, 9)
    assert page_rows([Page(glyphs, rules)]) == [(("一二三四五六七a bcdefg",),)]


def test_text_outside_of_tables_is_rows_and_page_numbers_are_not() -> None:
    glyphs = _text("表题", 80, 90) + _text("注", 0, 70) + _text("右边", 100, 70) + _text("第1页/共2页", 60, 1, 6)
    page = Page(glyphs, _grid([0, 200], [20, 60]))
    assert page_rows([page]) == [(("表题",), ("注", "右边"))]


def test_without_lines_or_with_far_too_many_it_is_refused() -> None:
    for rules, key in (([], "no_ruled_table"), (_grid([5.0 * at for at in range(300)], [0, 10]), "too_many_cells")):
        with pytest.raises(UnreadableForm) as caught:
            page_rows([Page(_text("字", 0, 0), rules)])
        assert caught.value.message_key == key
