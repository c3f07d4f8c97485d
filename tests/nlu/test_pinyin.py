"""Pinyin words become characters; other Latin words stay as typed."""

from __future__ import annotations

import pytest

from bot.nlu.pinyin import to_characters
from bot.nlu.prepare import prepared


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dibao zenme shenqing", "低保怎么申请"),
        ("我妈能不能办dibao", "我妈能不能办低保"),
        ("jiehunzheng diule", "结婚证丢了"),
        ("guer补助", "孤儿补助"),
        ("yanglaoyuan", "养老院"),
        ("WoYao LiHun", "我要离婚"),
        ("yuyue", "预约"),
    ],
)
def test_reads_pinyin(typed: str, meant: str) -> None:
    assert to_characters(typed) == meant


@pytest.mark.parametrize(
    "typed", ["WiFi密码", "app怎么下", "QQ", "ETC", "iPhone坏了", "DNA比对", "online", "低保", "", "123"]
)
def test_leaves_other_words(typed: str) -> None:
    assert to_characters(typed) == typed


def test_sealed_identifiers_are_not_read_as_pinyin() -> None:
    assert "phone" not in prepared("我电话⟦phone:1:13900000000⟧，dibao")
    assert "低保" in prepared("我电话⟦phone:1:13900000000⟧，dibao")
