"""The intent model on small made-up vectors, its decision rule, and the Rasa component around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rasa", reason="the classifier runs in the Rasa environment")

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from benchmarks.data import Row
from benchmarks.scoring import Reading, figures
from bot.nlu.classifier import NearestServiceClassifier
from bot.nlu.deciding import FALLBACK, FAMILY, decide
from bot.nlu.encoder import SentenceEncoder
from bot.nlu.service_model import ServiceModel
from bot.nlu.student import CLAUSES, STUDENT, Opinion

SIZE = 16
PHRASES = {
    "ask_dibao": ["低保 怎么 申请", "吃 低保 要 什么 条件", "低保 标准", "农村 低保"],
    "ask_cremation": ["火化 要 带 什么", "殡仪馆 火化", "遗体 火化", "火化 在 哪里"],
    "other_gongan": ["户口 怎么 迁", "身份证 丢 了", "户口 注销", "迁 户口"],
}


def vector(intent: str, seed: int, spread: float = 0.3) -> np.ndarray:
    """A unit vector near the intent's own direction, which lies apart from the others'."""
    direction = np.zeros(SIZE)
    direction[sorted([*PHRASES, "ask_elder_care_institution", "ask_adoption"]).index(intent)] = 1.0
    v = direction + spread * np.random.default_rng(seed).normal(size=SIZE) / np.sqrt(SIZE)
    return (v / np.linalg.norm(v)).astype(np.float32)


def sample(counts: dict[str, int] | None = None) -> tuple[np.ndarray, list[str], list[str]]:
    """Vectors, texts, intents; `counts` phrases of each intent (default: all of PHRASES)."""
    intents, texts, vectors = [], [], []
    for intent, phrases in PHRASES.items():
        for i in range((counts or {}).get(intent, len(phrases))):
            intents.append(intent)
            texts.append(phrases[i % len(phrases)])
            vectors.append(vector(intent, len(intents)))
    return np.stack(vectors), texts, intents


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return ServiceModel().fit(*sample())


def best(model: ServiceModel, v: np.ndarray, text: str) -> str:
    return model.labels[int(model.shares(v[None, :], [text])[0].argmax())]


def test_it_reads_what_it_was_shown(model: ServiceModel) -> None:
    vectors, texts, intents = sample()
    assert [model.labels[i] for i in model.shares(vectors, texts).argmax(axis=1)] == intents


@pytest.mark.parametrize("intent", PHRASES)
def test_it_reads_new_words_by_their_vector(model: ServiceModel, intent: str) -> None:
    assert best(model, vector(intent, 999), "么 事 咧") == intent


@pytest.mark.parametrize(
    ("text", "intent"), [("低保", "ask_dibao"), ("火化", "ask_cremation"), ("户口", "other_gongan")]
)
def test_words_decide_where_the_vector_is_silent(model: ServiceModel, text: str, intent: str) -> None:
    vectors, _, _ = sample()
    assert best(model, vectors.mean(axis=0), text) == intent


def test_shares_are_a_distribution(model: ServiceModel) -> None:
    vectors, texts, _ = sample()
    shares = model.shares(vectors, texts)
    assert shares.shape == (len(texts), len(PHRASES))
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-5)


def test_one_at_a_time_is_the_same_as_all_at_once(model: ServiceModel) -> None:
    vectors, texts, _ = sample()
    singly = np.vstack([model.shares(v[None, :], [t]) for v, t in zip(vectors, texts, strict=True)])
    np.testing.assert_allclose(model.shares(vectors, texts), singly, atol=1e-4)


def test_labels_do_not_depend_on_the_order_of_examples() -> None:
    vectors, texts, intents = sample()
    turned = ServiceModel().fit(vectors[::-1], texts[::-1], intents[::-1])
    straight = ServiceModel().fit(vectors, texts, intents)
    assert turned.labels == straight.labels == sorted(PHRASES)
    np.testing.assert_allclose(turned.shares(vectors, texts), straight.shares(vectors, texts), atol=1e-3)


def test_a_sharper_model_is_surer_of_the_same() -> None:
    vectors, texts, intents = sample()
    soft = ServiceModel(sharpness=1.0).fit(vectors, texts, intents).shares(vectors, texts)
    sharp = ServiceModel(sharpness=20.0).fit(vectors, texts, intents).shares(vectors, texts)
    assert (soft.argmax(axis=1) == sharp.argmax(axis=1)).all()
    assert (sharp.max(axis=1) > soft.max(axis=1)).all()


def test_a_small_service_is_not_swallowed_by_a_big_one() -> None:
    # The regression alone, under a penalty that flattens: unbalanced, the big services take all forty.
    model = ServiceModel(weight_near=0.0, penalty=10.0)
    model.fit(*sample({"ask_dibao": 120, "ask_cremation": 3, "other_gongan": 120}))
    read = [best(model, vector("ask_cremation", seed, 0.8), "么 事") for seed in range(500, 540)]
    assert read.count("ask_cremation") >= 38


@pytest.mark.parametrize("text", ["", " ", "ρω ζ", "🙂", "x" * 400])
def test_unseen_characters_and_no_words_at_all(model: ServiceModel, text: str) -> None:
    shares = model.shares(vector("ask_dibao", 7)[None, :], [text])
    assert np.isfinite(shares).all()
    assert model.labels[int(shares[0].argmax())] == "ask_dibao"


def test_one_example_of_an_intent_is_enough_to_vote() -> None:
    model = ServiceModel(neighbours=5).fit(*sample({"ask_dibao": 4, "ask_cremation": 1, "other_gongan": 4}))
    assert best(model, vector("ask_cremation", 3), "火化") == "ask_cremation"


def test_decide_takes_the_best_service() -> None:
    assert decide({"ask_dibao": 0.7, "ask_tekun": 0.2, "other_renshe": 0.1}, 0.45) == (
        "ask_dibao",
        pytest.approx(0.7),
    )


def test_decide_asks_back_below_the_threshold_only() -> None:
    shares = {"ask_dibao": 0.4, "ask_tekun": 0.35, "other_renshe": 0.25}
    assert decide(shares, 0.41) == (FALLBACK, pytest.approx(0.4))
    assert decide(shares, 0.4)[0] == "ask_dibao"


def test_decide_adds_a_task_to_its_service() -> None:
    shares = {"do_book": 0.3, "ask_marriage_appointment": 0.25, "ask_dibao": 0.35, "other_gongan": 0.1}
    assert decide(shares, 0.45) == ("do_book", pytest.approx(0.55))
    assert (
        decide(shares | {"do_book": 0.2, "ask_marriage_appointment": 0.35}, 0.45)[0]
        == "ask_marriage_appointment"
    )


def test_decide_adds_all_other_departments_together() -> None:
    shares = {"other_gongan": 0.3, "other_fayuan": 0.25, "ask_divorce_registration": 0.45}
    assert decide(shares, 0.45) == ("other_gongan", pytest.approx(0.55))


def test_families_are_services_that_the_domain_knows() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in Path("domain").glob("*.yml"))
    for task, service in FAMILY.items():
        assert f"- {task}" in text
        assert f"- {service}" in text


def message(text: str, intent: str | None = None, seed: int = 0, like: str | None = None) -> Message:
    """A message as it comes from the encoder."""
    made = Message(data={TEXT: text} | ({INTENT: intent} if intent else {}))
    if like or intent:
        v = vector(like or str(intent), seed).reshape(1, -1)
        made.add_features(Features(v, FEATURE_TYPE_SENTENCE, TEXT, "test"))
    return made


def training() -> TrainingData:
    return TrainingData([
        message(text.replace(" ", ""), intent, 10 * i + len(intent))
        for intent, texts in PHRASES.items()
        for i, text in enumerate(texts)
    ])  # fmt: skip


CONTEXT = ExecutionContext(GraphSchema({}), node_name="classifier")
RESOURCE = Resource("classifier")


def component(folder: Path, **settings: float) -> NearestServiceClassifier:
    config = NearestServiceClassifier.get_default_config() | settings
    return NearestServiceClassifier.create(config, LocalModelStorage.create(folder), RESOURCE, CONTEXT)


def test_train_persist_load_and_read_the_same(tmp_path: Path) -> None:
    trained = component(tmp_path)
    assert trained.train(training()) == RESOURCE
    loaded = NearestServiceClassifier.load(
        NearestServiceClassifier.get_default_config(), LocalModelStorage.create(tmp_path), RESOURCE, CONTEXT
    )
    one, two = (
        part.process([message("火化要带什么材料", seed=5, like="ask_cremation")])[0]
        for part in (trained, loaded)
    )
    assert one.get(INTENT) == two.get(INTENT)
    assert one.get(INTENT_RANKING_KEY) == two.get(INTENT_RANKING_KEY)
    assert one.get(INTENT)["name"] == "ask_cremation"
    assert one.get(INTENT_RANKING_KEY)[0]["name"] == "ask_cremation"
    # Rasa sends on only what is marked as output.
    assert {INTENT, INTENT_RANKING_KEY} <= set(one.as_dict(only_output_properties=True))


def test_the_unsure_becomes_a_fallback_with_its_ranking(tmp_path: Path) -> None:
    unsure = component(tmp_path, threshold=1.01)
    unsure.train(training())
    read = unsure.process([message("低保呢", seed=3, like="ask_dibao")])[0]
    assert read.get(INTENT)["name"] == FALLBACK
    assert [one["name"] for one in read.get(INTENT_RANKING_KEY)][:2] == [FALLBACK, "ask_dibao"]


def test_empty_text_and_an_untrained_component_say_nothing(tmp_path: Path) -> None:
    untrained = component(tmp_path)
    read = untrained.process([message("低保", like="ask_dibao")])[0]
    assert read.get(INTENT) == {"name": None, "confidence": 0.0}
    assert read.get(INTENT_RANKING_KEY) == []
    untrained.train(training())
    assert untrained.process([message("")])[0].get(INTENT)["name"] is None


def test_a_second_question_of_another_service_is_named(tmp_path: Path) -> None:
    reader = component(tmp_path, second=0.5)
    reader.train(training())
    both = message("低保怎么申请，火化要带什么", seed=3, like="ask_dibao")
    dibao, cremation = {"ask_dibao": 0.9, "ask_cremation": 0.1}, {"ask_dibao": 0.1, "ask_cremation": 0.9}
    both.set(CLAUSES, [("低保怎么申请", dibao), ("火化要带什么", cremation)])
    assert reader.process([both])[0].get("also") == "ask_cremation"
    same = message("低保怎么申请，农村低保", seed=3, like="ask_dibao")
    same.set(CLAUSES, [("低保怎么申请", dibao), ("农村低保", dibao)])
    assert reader.process([same])[0].get("also") is None


def test_without_an_encoder_it_says_what_is_missing(tmp_path: Path) -> None:
    assert NearestServiceClassifier.required_components() == [SentenceEncoder]
    reader = component(tmp_path)
    reader.train(training())
    with pytest.raises(ValueError, match="SentenceEncoder"):
        reader.process([message("低保咋申请")])


def test_where_the_student_is_sure_nobody_else_is_asked(tmp_path: Path) -> None:
    reader = component(tmp_path)
    reader.train(training())
    # No dense feature: asking the big encoder's half would raise.
    sure = message("火化的事")
    sure.set(STUDENT, Opinion({"ask_cremation": 0.95, "ask_dibao": 0.05}, True))
    read = reader.process([sure])[0].get(INTENT)
    assert read == {"name": "ask_cremation", "confidence": pytest.approx(0.95)}


def test_an_unsure_student_tips_the_balance(tmp_path: Path) -> None:
    reader = component(tmp_path, sharpness=0.1)
    reader.train(training())
    both = message("这个事", seed=3, like="ask_dibao")
    both.set(STUDENT, Opinion({"ask_cremation": 0.8, "ask_dibao": 0.1, "other_gongan": 0.1}, False))
    assert reader.process([both])[0].get(INTENT_RANKING_KEY)[0]["name"] in ("ask_cremation", FALLBACK)
    ranking = [one["name"] for one in both.get(INTENT_RANKING_KEY) if one["name"] != FALLBACK]
    assert ranking[0] == "ask_cremation"


def test_a_taught_phrase_is_read_as_it_was_taught(tmp_path: Path) -> None:
    reader = component(tmp_path)
    reader.train(training())
    wrong = message("低保怎么申请")
    wrong.set(STUDENT, Opinion({"ask_cremation": 0.99, "ask_dibao": 0.01}, True))
    assert reader.process([wrong])[0].get(INTENT)["name"] == "ask_dibao"


def reading(intent: str, **shares: float) -> Reading:
    """What a pipeline said, in Rasa's shape."""
    ranking = [{"name": name, "confidence": share} for name, share in shares.items()]
    return Reading.of({"intent": {"name": intent}, "intent_ranking": ranking})


def test_many_small_intents_of_one_service_do_not_outweigh_the_best() -> None:
    flat = reading(
        "ask_dibao",
        ask_dibao=0.1,
        **{f"say_{n}": 0.05 for n in range(8)},
        **{f"other_{n}": 0.05 for n in range(10)},
    )
    assert flat.first == flat.acted == "dibao"


def test_a_task_counts_for_its_service_and_a_screening_for_the_best_ranked_benefit() -> None:
    assert reading("do_book", do_book=0.6, ask_dibao=0.4).first == "marriage_appointment"
    screening = reading("do_screen", do_screen=0.5, ask_tekun=0.2, ask_dibao=0.1, ask_orphan=0.2)
    assert screening.first == screening.acted == "tekun"


def test_figures_count_asking_back_neither_right_nor_confidently_wrong() -> None:
    rows = [
        Row("a", "dibao"),
        Row("b", "tekun", "dibao"),
        Row("c", "dibao"),
        Row("d", "dibao"),
        Row("e", "out_of_scope"),
        Row("f", "out_of_scope"),
    ]
    counted = figures(rows, [
        reading("ask_dibao", ask_dibao=0.9, other_a=0.1),
        reading("ask_dibao", ask_dibao=0.8, other_a=0.2),
        reading(FALLBACK, nlu_fallback=0.4, ask_tekun=0.35, ask_dibao=0.4, other_a=0.25),
        reading("ask_tekun", ask_tekun=0.9, ask_dibao=0.06, other_a=0.04),
        reading("other_a", other_a=0.9, ask_dibao=0.1),
        reading("ask_dibao", ask_dibao=0.6, other_a=0.4),
    ])  # fmt: skip
    assert (counted["rows_in"], counted["rows_out"]) == (4, 2)
    assert (counted["accuracy"], counted["clarify"], counted["confidently_wrong"]) == (0.5, 0.25, 0.25)
    assert (counted["top1"], counted["top3"]) == (0.75, 1.0)
    assert counted["false_accept"] == 0.5
    # By everybody else's share; by the best service's alone it would be 7 of 8.
    assert counted["auroc"] == 1.0
