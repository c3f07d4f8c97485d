"""Which aspect a message asks for, and whether it tells of a death."""

from __future__ import annotations

import pytest

pytest.importorskip("rasa", reason="the reader is a Rasa component")

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.aspects import BEREAVED, AspectReader, aspect_of


def bereaved(text: str) -> bool:
    (message,) = AspectReader().process([Message({TEXT: text})])
    return bool(message.get(BEREAVED))


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("低保一个月几多钱", "amount"),
        ("那要带什么", "materials"),
        ("在哪里办", "where"),
        ("要等好久", "time_limit"),
        ("我没有户口本，能不能结婚", "conditions"),
        ("低保没批下来怎么办", "appeal"),
        ("怎么申请", "procedure"),
        ("低保", None),
        ("", None),
    ],
)
def test_the_aspect_named_last_is_asked(text: str, aspect: str | None) -> None:
    assert aspect_of(text) == aspect


@pytest.mark.parametrize(
    "text",
    ["我屋里老倌走了 么样搞", "我妈走了怎么办", "老人走了", "我爸走了，要销户", "奶奶走了要火化", "爹爹昨晚走了", "我爹过身了"],
)  # fmt: skip
def test_a_death_is_heard(text: str) -> None:
    assert bereaved(text)


@pytest.mark.parametrize(
    "text",
    ["我妈走丢了", "我爸走失了", "老公走了不管伢", "伢走路去学校", "爷爷走了三年了", "低保怎么办", "怎么走"],
)
def test_who_walked_off_or_left_has_not_died(text: str) -> None:
    assert not bereaved(text)
