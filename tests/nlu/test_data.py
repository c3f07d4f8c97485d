"""The training phrases and the blind hold-out: enough, varied, apart from each other.

What counts as the same text is what the model is left with: see benchmarks.data.normalised.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from benchmarks.data import (
    CHOOSING,
    DANGERS,
    HOLDOUTS,
    Example,
    Seen,
    few,
    holdout,
    normalised,
    read_texts,
    training_examples,
    trigrams,
)

ROOT = Path(__file__).resolve().parents[2]
OUT_PREFIX = "other_"
# The codes that residents ask for most (the writers of the hold-out gave them more rows too).
BUSIEST = frozenset({
    "dibao", "tekun", "temporary_aid", "child_in_difficulty", "street_rescue", "family_search", "old_age_allowance",
    "elder_care_institution", "marriage_registration", "divorce_registration", "marriage_appointment",
    "funeral_subsidy", "cremation", "cemetery", "disability_subsidy", "defacto_orphan", "adoption", "case_progress",
    "complaint", "civil_affairs_office",
})  # fmt: skip
# Signs of YAML or Rasa mark-up: in a phrase they would be read as an entity annotation.
MARKUP = frozenset("[](){}")


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return training_examples()


@pytest.fixture(scope="module")
def by_intent(examples: list[Example]) -> dict[str, list[str]]:
    phrases: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        phrases[example.intent].append(example.text)
    return phrases


@pytest.fixture(scope="module")
def seen(examples: list[Example]) -> Seen:
    return Seen([normalised(e.text) for e in examples])


def service_codes() -> set[str]:
    with (ROOT / "knowledge" / "services.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(file)}


def departments() -> set[str]:
    entries = yaml.safe_load((ROOT / "knowledge" / "departments.yml").read_text(encoding="utf-8"))
    return {entry["code"] for entry in entries}


def domain_intents() -> set[str]:
    named: set[str] = set()
    for file in (ROOT / "domain").glob("*.yml"):
        for intent in yaml.safe_load(file.read_text(encoding="utf-8")).get("intents", []):
            named.add(intent if isinstance(intent, str) else next(iter(intent)))
    return named


@pytest.mark.parametrize("name", HOLDOUTS + CHOOSING + DANGERS)
def test_hold_out_was_never_trained_on(name: str, seen: Seen, examples: list[Example]) -> None:
    same = {
        row["text"]: examples[found[0]].text
        for row in read_texts(name)
        if (found := seen.like(normalised(row["text"])))
    }
    assert not same, (
        f"{name}: {len(same)} rows stand in training (python -m benchmarks.data lists them): {same}"
    )


def test_hold_out_is_large_enough_and_names_known_services() -> None:
    rows = holdout()
    assert sum(row.inside for row in rows) >= 800
    assert sum(not row.inside for row in rows) >= 300
    assert len(read_texts("danger_positive.csv")) >= 300
    assert len(read_texts("danger_negative.csv")) >= 600
    assert {code for row in rows for code in row.accepted} <= service_codes()
    assert {row["department"] for row in read_texts("holdout_oos.csv")} <= departments()


@pytest.mark.parametrize("name", HOLDOUTS + CHOOSING + DANGERS)
def test_hold_out_does_not_repeat_itself(name: str) -> None:
    texts = [normalised(row["text"]) for row in read_texts(name)]
    repeated = sorted({text for text in texts if texts.count(text) > 1})
    assert not repeated


def test_no_phrase_stands_under_two_intents(examples: list[Example]) -> None:
    intents: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        intents[normalised(example.text)].add(example.intent)
    assert {text: sorted(names) for text, names in intents.items() if len(names) > 1} == {}


def test_no_phrase_stands_twice_under_its_intent(by_intent: dict[str, list[str]]) -> None:
    twice = {i: [t for t in set(texts) if texts.count(t) > 1] for i, texts in by_intent.items()}
    assert {intent: texts for intent, texts in twice.items() if texts} == {}


def test_few_near_duplicates_inside_an_intent(by_intent: dict[str, list[str]]) -> None:
    spam = {}
    for intent, texts in by_intent.items():
        plain = [normalised(text) for text in texts]
        index = Seen(plain)
        near = [texts[i] for i, text in enumerate(plain) if any(j < i for j in index.like(text))]
        # Of thirty greetings one is more than 2 % already.
        if len(near) > max(1, 0.02 * len(texts)):
            spam[intent] = near
    assert spam == {}


def test_enough_phrases_for_each_service(by_intent: dict[str, list[str]]) -> None:
    needed = {code: 60 if code in BUSIEST else 30 for code in service_codes() - {"chitchat", "out_of_scope"}}
    counts = {code: len(by_intent.get(f"ask_{code}", [])) for code in needed}
    assert {code: n for code, n in counts.items() if n < needed[code]} == {}
    assert len(by_intent["chitchat"]) >= 30


def test_enough_phrases_altogether(by_intent: dict[str, list[str]]) -> None:
    inside = {t for intent, texts in by_intent.items() if not intent.startswith(OUT_PREFIX) for t in texts}
    outside = {t for intent, texts in by_intent.items() if intent.startswith(OUT_PREFIX) for t in texts}
    assert len(inside) >= 8000
    assert len(outside) >= 2500


def test_every_department_has_an_intent_with_phrases(by_intent: dict[str, list[str]]) -> None:
    assert {
        intent.removeprefix(OUT_PREFIX) for intent in by_intent if intent.startswith(OUT_PREFIX)
    } == departments()


def test_domain_and_phrases_name_the_same_intents(by_intent: dict[str, list[str]]) -> None:
    # What nobody says: the classifier sets it when it is unsure.
    assert domain_intents() - {"nlu_fallback"} == set(by_intent)


def test_lengths_from_a_word_to_a_story(examples: list[Example]) -> None:
    lengths = [len(e.text) for e in examples if e.intent.startswith("ask_")]
    assert min(lengths) <= 2
    assert 120 <= max(lengths) <= 200
    for low, high, share in ((2, 6, 0.05), (7, 20, 0.3), (21, 60, 0.15), (61, 120, 0.01)):
        assert sum(low <= n <= high for n in lengths) / len(lengths) >= share, (low, high)


def test_no_mark_up_in_a_phrase(examples: list[Example]) -> None:
    assert [e.text for e in examples if MARKUP & set(e.text) or not e.text] == []


def test_like_finds_the_same_and_the_nearly_same_and_nothing_else() -> None:
    index = Seen([normalised(t) for t in ("低保怎么申请，要带哪些材料到村里", "结婚登记", "公墓在哪里")])
    assert index.like(normalised("您好，请问低保怎麼申請要帶哪些材料到村裡？谢谢")) == [0]
    assert index.like(normalised("低保怎么申请，要带哪些材料到村里办")) == [0]
    assert index.like(normalised("低保怎么申请")) == []
    assert index.like(normalised("公墓")) == []
    assert Seen(["火化"]).like("火化") == [0]


def test_trigrams_of_short_texts_are_the_text() -> None:
    assert trigrams("低保") == {"低保"}
    assert trigrams("公墓价格") == {"公墓价", "墓价格"}


def test_few_takes_the_same_phrases_every_time() -> None:
    many = [Example(f"第{n}句", intent) for intent in ("a", "b") for n in range(30)]
    picked = few(many, 5)
    assert picked == few(many, 5)
    assert sorted(e.intent for e in picked) == ["a"] * 5 + ["b"] * 5
