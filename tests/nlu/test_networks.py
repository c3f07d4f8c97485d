"""The two networks: their files, their shapes, and what they make of plain and of odd texts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.networks import E5, FOLDER, Network, Student

ODD = ["", " ", "🙂🙂", "x" * 5000, "低" * 400, "\u0000", "ρω ζ"]


@pytest.fixture(scope="module")
def student() -> Student:
    return Student()


@pytest.fixture(scope="module")
def encoder() -> E5:
    return E5()


def test_texts_that_mean_the_same_lie_near(encoder: E5) -> None:
    one, same, other = encoder.encode(["我妈能吃低保吗", "母亲可不可以享受最低生活保障", "火化要带什么"])
    assert one @ same > one @ other


def test_vectors_have_length_one(encoder: E5) -> None:
    vectors = encoder.encode(["低保", *ODD])
    assert vectors.shape == (len(ODD) + 1, encoder.size)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)


def test_the_student_gives_a_distribution(student: Student) -> None:
    shares = np.exp(student.read(["低保", *ODD]))
    assert shares.shape == (len(ODD) + 1, len(student.intents))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-3)


def test_the_student_reads_plain_questions(student: Student) -> None:
    texts = {
        "低保怎么办": "ask_dibao",
        "火化要多少钱办手续": "ask_cremation",
        "我要投诉你们窗口态度差": "ask_complaint",
    }
    read = student.read(list(texts))
    assert [student.intents[i] for i in read.argmax(axis=1)] == list(texts.values())


def test_one_text_reads_the_same_in_a_batch(student: Student) -> None:
    alone = student.read(["我想离婚要带什么"])[0]
    among = student.read(["低保", "我想离婚要带什么", "我老家在农村，屋里三口人，" * 5])[1]
    assert alone.argmax() == among.argmax()
    # 8 bit scales by the batch's largest number; shares may move by a little.
    np.testing.assert_allclose(np.exp(alone), np.exp(among), atol=0.1)


def test_other_weights_than_the_measured_are_refused(tmp_path: Path) -> None:
    for name in ("e5.onnx", "pieces.model"):
        shutil.copy(FOLDER / name, tmp_path)
    known = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    known["sha256"]["e5.onnx"] = "0" * 64
    (tmp_path / "card.json").write_text(json.dumps(known), encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"e5\.onnx is not the file"):
        Network("e5.onnx", 384, folder=tmp_path)
