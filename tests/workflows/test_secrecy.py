"""Marks of secrecy: every spelling is found, everyday words are not, and what is taken out is only the mark."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows import secrecy

MARKED = [
    # Brackets of every kind, closed or not.
    "（密）",
    "(密)",
    "（ 密 ）",
    "（　密　）",
    "﹙密﹚",
    "【密】",
    "〔密〕",
    "[密]",
    "{密}",
    "「密」",
    "《密》",
    "<密>",
    "|密|",
    "“密”",
    "（密",
    "反邪教（密",
    "密）",
    "有关工作密）",
    "工作。（密）",
    "工作（密）。",
    "（密）扫黑",
    "扫黑（密）工作",
    "80（密）",
    "（密：下同）",
    "（密，另报）",
    "（密1）",
    "（*密）",
    "密★",
    "（密★）",
    # Every level, with and without a term.
    "（秘密）",
    "（机密）★10年",
    "（絕密）",
    "（绝密★启用前）",
    "（机密级）",
    "秘密★",
    "秘密★10年",
    "机密★长期",
    "★10年",
    "( 密 )★ 5 年",
    "（工作秘密）",
    "（国家秘密）",
    "（涉密）",
    "（保密）",
    "（密级）",
    "（密级：秘密）",
    "密级：机密",
    "绝密文件另行报送",
    "有关絕密 资料",
    "★保密期限10年",
    "★ 保密期限：长期",
    "内部 资料",
    "密级:秘密",
    "（密件）",
    "（机密文件）",
    # Alone.
    "密",
    "工作。密",
    "工作 密",
    "机密",
    "絕密",
    "绝密",
    "属机密",
    "本项目为机密级。",
    "工作。 机 密 。",
    "秘密",
    # 内部.
    "内部",
    "（内部）",
    "工作。内部",
    "（内部资料）",
    "【内部使用】",
    "内部资料，注意保存",
    "（内部，不得外传）",
    "內部資料 注意保存",
    # Hidden characters, look-alikes, other scripts' forms.
    "（密\u200b）",
    "（\u200b密）",
    "（\u2060密\ufeff）",
    "密\u202e）",
    "（密\u0308）",
    "（宻）",
    "㊙",
    "（㊙）",
    "( 機  密 )",
    "（祕密）",
    "（秘\n密）",
    "（SECRET)",
    "【Confidential】",
]

PLAIN = [
    "计算机密码由专人保管",
    "杜绝密闭空间作业事故",
    "机密文件管理培训",
    "保密工作",
    "保密、档案工作",
    "（保密、档案等）",
    "（安全保密）",
    "含保密协议签订",
    "秘书",
    "秘书处（密云区）",
    "密切联系群众",
    "密 切联系",
    "（密切联系）",
    "人口密度",
    "密集",
    "隔绝密封",
    "杜绝密集聚集",
    "手机密集",
    "密不可分",
    "密室逃脱",
    "周密部署。",
    "紧密",
    "联系紧 密的",
    "（关系紧密）",
    "严密。",
    "组织严密。",
    "精密仪器",
    "稠密",
    "疏密有致",
    "织密织牢防护网",
    "（织密防护网）",
    "加密",
    "数据加密）",
    "密码",
    "（密码）",
    "《密码法》宣传",
    "计算机密码",
    "密钥",
    "（含密钥管理）",
    "国密算法",
    "商用密码应用安全性评估",
    "密评",
    "高密市",
    "机密性",
    "完整性、机密性",
    "机密文件管理",
    "国家秘密",
    "保守国家秘密宣传教育",
    "商业秘密保护",
    "不涉及国家秘密。",
    "（不含国家秘密）",
    "保守秘密",
    "秘密调查",
    "（秘密侦查）",
    "涉密人员培训",
    "涉密网络维护",
    "（含涉密网络维护）",
    "失泄密",
    "（防失泄密）",
    "泄密案件",
    "确定密级",
    "密级管理",
    "机密级信息系统测评",
    "电子政务内网分级保护",
    "内部控制",
    "内部审计",
    "部门内部",
    "内部网络",
    "内部管理。",
    "加强内部、外部监督",
    "国内部分地区",
    "内容",
    "五星★★★★★",
    "★级",
    "评★3",
    "（10）",
    "",
    "x" * 5000,
    secrecy.PLACEHOLDER,
    "（涉密事项，线下报送）",
    "开展工作（涉密事项,线下报送）",
]


@pytest.mark.parametrize("text", MARKED)
def test_mark_is_found_and_taken_out(text: str) -> None:
    assert secrecy.has_mark(text)
    assert secrecy.has_mark(f"多种形式开展宣传。{text}")
    assert not secrecy.has_mark(secrecy.without_marks(text))


@pytest.mark.parametrize("text", PLAIN)
def test_everyday_words_are_no_mark(text: str) -> None:
    assert secrecy.marks(text) == ()
    assert secrecy.without_marks(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("整治工作。（密）", "整治工作。"),
        ("工作（机密）★10年。后续", "工作。后续"),
        ("开展工作。密）", "开展工作。"),
        ("反邪教（密", "反邪教"),
        ("（密）扫黑（密）", "扫黑"),
        ("密级：机密★10年 某工作", "某工作"),
        ("（密\u200b）宣传", "宣传"),
        ("（密）", ""),
        ("（保密、档案）工作（密）", "（保密、档案）工作"),
    ],
)
def test_only_the_mark_is_taken_out(text: str, clean: str) -> None:
    assert secrecy.without_marks(text) == clean


def test_mark_knows_its_place() -> None:
    text = "开展 工作。（\u200b密）后"
    (mark,) = secrecy.marks(text)
    assert text[mark.start : mark.end] == mark.text == "（\u200b密）"


@given(st.text(alphabet="（）()【】密秘机绝内部保切★ \u200b10年。工作", max_size=40))
@settings(max_examples=300)
def test_after_taking_out_no_mark_is_left(text: str) -> None:
    clean = secrecy.without_marks(text)
    assert not secrecy.has_mark(clean)
    for mark in secrecy.marks(text):
        assert text[mark.start : mark.end] == mark.text


@pytest.mark.parametrize(
    "text",
    [
        "（" * 50_000,
        "密" * 50_000,
        "（密" * 30_000,
        "密)" * 30_000,
        "（" + " " * 100_000 + "密",
        "★" * 100_000,
        "'密" * 40_000,
    ],
)
@pytest.mark.slow
def test_no_text_makes_it_crawl(text: str) -> None:
    started = time.process_time()
    secrecy.marks(text)
    assert time.process_time() - started < 1.5
