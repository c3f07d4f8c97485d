"""Cleaning: what changes, what must not, and the cheap judgements the gateway makes."""

from __future__ import annotations

import pytest

from bot.text import clean, is_blank, looks_english, looks_like_code, only_emoji, strip_politeness


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("請問獨居老人補貼怎麼申請", "请问独居老人补贴怎么申请"),
        ("１３８　ＡＢＣ", "138 ABC"),
        ("低\u200b保\u202e\u2066怎么\x00办\ufeff", "低保怎么办"),
        ("  低保\n\n怎么\t办 ", "低保 怎么 办"),
        ("你好，低保呢？", "你好，低保呢？"),
        ("👨\u200d👩\u200d👧 家", "👨\u200d👩\u200d👧 家"),
        ("低\u200d保", "低保"),
        ("1️⃣", "1"),
        ("ß̷̢z", "ßz"),
        ("桂花\u3164镇", "桂花镇"),
        ("屋里冇得几多钱，么样搞", "屋里冇得几多钱，么样搞"),
        ("⟦phone:1:gAA_b-c.d=⟧", "⟦phone:1:gAA_b-c.d=⟧"),
        ("", ""),
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("您好，请问低保怎么办，谢谢", "低保怎么办"),
        ("麻烦问下结婚证掉了么样搞", "结婚证掉了么样搞"),
        ("你好啊低保怎么申请谢谢啦", "低保怎么申请"),
        ("领导您好，我屋里爹爹82了", "我屋里爹爹82了"),
        ("我想了解一下高龄津贴几多钱，麻烦您了", "高龄津贴几多钱"),
        ("你好", "你好"),
        ("请问", "请问"),
        ("谢谢", "谢谢"),
        ("你好像弄错了", "你好像弄错了"),
        ("问题怎么解决", "问题怎么解决"),
        ("麻烦得很，跑了三趟", "麻烦得很，跑了三趟"),
        ("感谢信怎么写", "感谢信怎么写"),
        ("我了解情况了", "我了解情况了"),
    ],
)
def test_strip_politeness(text: str, rest: str) -> None:
    assert strip_politeness(text) == rest


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "？？。", "……", "\u3164"])
def test_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["1", "低", "😂", "a?"])
def test_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("text", "only"), [("😂😂", True), ("[微笑][抱拳]", True), ("❤️！", True), ("好😂", False), ("。", False)]
)
def test_only_emoji(text: str, only: bool) -> None:
    assert only_emoji(text) is only


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<script>alert(1)</script>", True),
        ("SELECT * FROM users", True),
        ("' or 1=1 --", True),
        ('{"a": 1}', True),
        ("rm -rf /", True),
        ("def f(x): return x", True),
        ("低保（农村）怎么办？", False),
        ("周一12:30-13:30/周二", False),
        ("我电话13800001111，急！！！", False),
    ],
)
def test_looks_like_code(text: str, code: bool) -> None:
    assert looks_like_code(text) is code


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("how to apply for dibao", True),
        ("I want to get married", True),
        ("dibao zenme shenqing", False),
        ("wo yao lihun", False),
        ("ok", False),
        ("低保 how much", False),
    ],
)
def test_looks_english(text: str, english: bool) -> None:
    assert looks_english(text) is english
