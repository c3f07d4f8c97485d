"""The Rasa environment is the one that was measured: versions and spaCy's segmenter."""

from __future__ import annotations

from importlib.metadata import version

import spacy


def test_rasa_is_the_last_open_release_and_aiohttp_is_lifted() -> None:
    assert version("rasa") == "3.6.21"
    assert int(version("aiohttp").split(".")[1]) >= 14, "older ones have known holes (CVE-2025-53643…)"


def test_spacy_cuts_chinese_into_characters() -> None:
    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "char"}}})
    assert [token.text for token in nlp("低保户")] == ["低", "保", "户"]
