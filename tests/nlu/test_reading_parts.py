"""The student and the encoder on messages: who reads what, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("rasa", reason="both run in the Rasa environment")

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.encoder import SentenceEncoder
from bot.nlu.prepare import point, prepared
from bot.nlu.student import CLAUSES, READ, STUDENT, Opinion, StudentReader
from bot.nlu.vectors import Cache

CONTEXT = ExecutionContext(GraphSchema({}), node_name="test")


def read(text: str, **config: float) -> Message:
    """A message after the student."""
    settings = StudentReader.get_default_config() | config
    reader = StudentReader.create(settings, SimpleNamespace(), Resource("student"), CONTEXT)
    return reader.process([Message(data={TEXT: text})])[0]


def test_a_plain_question_is_sure() -> None:
    opinion: Opinion = read("低保怎么申请").get(STUDENT)
    assert opinion.sure and max(opinion.shares, key=opinion.shares.__getitem__) == "ask_dibao"
    assert sum(opinion.shares.values()) == pytest.approx(1, abs=1e-3)


def test_sure_is_what_the_setting_says() -> None:
    assert not read("低保怎么申请", sure=1.01).get(STUDENT).sure
    assert not read("那个事情").get(STUDENT).sure


def test_each_question_is_read_too_and_what_is_told_is_not() -> None:
    clauses = read("我爹昨天过身了，火化有冇得补助，还有他的田怎么分").get(CLAUSES)
    assert [text for text, _ in clauses] == ["火化有冇得补助", "他的田怎么分"]
    assert all(sum(shares.values()) == pytest.approx(1, abs=1e-3) for _, shares in clauses)


STORY = "前天我给老乡打了个电话，讲了一个多钟头。他在那边也是一头雾水。"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (STORY + "底保要哪些资料", "底保要哪些资料"),
        ("怎么办低保？我屋里三口人。", None),
        ("屋里三口人，都有病", None),
        ("我屋里三口人。都有病。", None),
    ],
)
def test_the_point_of_a_story_is_where_it_asks(text: str, end: str | None) -> None:
    assert point(prepared(text)) == end


def test_of_an_unclear_story_the_end_is_read() -> None:
    message = read(STORY + "底保要哪些资料", sure=0.99)
    assert message.get(READ) == "底保要哪些资料"
    shares = message.get(STUDENT).shares
    assert max(shares, key=shares.__getitem__) == "ask_dibao"


def test_an_end_that_names_nothing_stays_with_its_story() -> None:
    text = "我老倌昨天在屋里过身了。那要带什么？"
    assert read(text, sure=1.01).get(READ) == prepared(text)


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_said_gives_no_opinion(text: str) -> None:
    assert read(text).get(STUDENT) is None


def dense(message: Message) -> bool:
    return message.get_dense_features(TEXT)[1] is not None


def test_only_what_the_student_is_not_sure_of_is_encoded(tmp_path: Path) -> None:
    encoder = SentenceEncoder.create(
        SentenceEncoder.get_default_config(), LocalModelStorage.create(tmp_path), Resource("encoder"), CONTEXT
    )
    sure, unsure, unread = (Message(data={TEXT: "低保怎么申请"}) for _ in range(3))
    sure.set(STUDENT, Opinion({"ask_dibao": 0.99}, True))
    unsure.set(STUDENT, Opinion({"ask_dibao": 0.3}, False))
    encoder.process([sure, unsure, unread])
    assert [dense(m) for m in (sure, unsure, unread)] == [False, True, True]


class Counting:
    """An encoder that counts what it is asked."""

    name, size = "counting", 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[len(t), 1, 0] for t in texts], np.float32)


def test_vectors_are_kept_on_disk_and_only_new_texts_are_encoded(tmp_path: Path) -> None:
    first = Counting()
    before = Cache(first, tmp_path).many(["低保", "结婚登记", "低保"])
    again = Counting()
    after = Cache(again, tmp_path).many(["结婚登记", "离婚", "低保"])
    assert (sorted(set(first.asked)), again.asked) == (["低保", "结婚登记"], ["离婚"])
    np.testing.assert_array_equal(before[[1, 0]], after[[0, 2]])


def test_a_message_is_encoded_once(tmp_path: Path) -> None:
    encoder = Counting()
    cache = Cache(encoder, tmp_path)
    assert cache.one(prepared("低保")) is cache.one(prepared("低保"))
    assert encoder.asked == ["低保"]
