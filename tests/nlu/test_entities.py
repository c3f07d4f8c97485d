"""Values in residents' sentences: the written list, the arithmetic of dates, and the Rasa component.

The list is ``entities.csv`` (text, expected entities), read against Monday 2026-11-23."""

from __future__ import annotations

import csv
import json
import random
import time
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("spacy", reason="the values are extracted in the Rasa environment")

from bot.nlu.values import extract, warm_up

MONDAY = date(2026, 11, 23)
SHARE_NEEDED = 0.97
LIST = Path(__file__).with_name("entities.csv")


def _rows() -> list[tuple[str, list[dict]]]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return [(row["text"], json.loads(row["entities"])) for row in csv.DictReader(file)]


def _canonical(entities: list[dict]) -> list[str]:
    return sorted(json.dumps(e, ensure_ascii=False, sort_keys=True) for e in entities)


def _found(text: str, today: date = MONDAY) -> list[dict]:
    return [{"entity": e.entity, "value": e.value} for e in extract(text, today)]


def _dates(text: str, today: date = MONDAY) -> list[str]:
    return [e.value["date"] for e in extract(text, today) if e.entity == "date"]


def test_list_covers_every_kind_and_negatives() -> None:
    rows = _rows()
    kinds = {e["entity"] for _, wanted in rows for e in wanted}
    assert len(rows) >= 420
    assert len({text for text, _ in rows}) == len(rows)
    assert kinds == {
        "money",
        "age",
        "disability",
        "count",
        "date",
        "time_of_day",
        "township",
        "id_card",
        "phone",
        "relation",
        "benefit",
        "sex",
        "place",
        "ordinal",
        "height",
        "receipt",
        "marital",
        "self_care",
        "number",
    }
    assert sum(not wanted for _, wanted in rows) >= 40


def test_share_of_sentences_read_exactly() -> None:
    rows = _rows()
    wrong = [text for text, wanted in rows if _canonical(_found(text)) != _canonical(wanted)]
    share = 1 - len(wrong) / len(rows)
    print(f"\nentities: {len(rows) - len(wrong)} of {len(rows)} sentences exact ({share:.1%})")
    assert share >= SHARE_NEEDED, wrong


def test_positions_point_at_the_words() -> None:
    for text, _ in _rows():
        last = 0
        for e in extract(text, MONDAY):
            assert 0 <= e.start < e.end <= len(text)
            assert e.start >= last or e.entity == "place" or e.entity in ("relation", "township", "marital")
            last = e.start
            json.dumps(e.value)


@pytest.mark.parametrize(
    ("today", "said", "day"),
    [
        ("2026-11-23", "周三", "2026-11-25"),
        ("2026-11-25", "周三", "2026-11-25"),
        ("2026-11-27", "周三", "2026-12-02"),
        ("2026-11-27", "下周三", "2026-12-02"),
        ("2026-11-29", "下周一", "2026-11-30"),
        ("2026-11-29", "这周五", "2026-11-27"),
        ("2026-11-29", "周日", "2026-11-29"),
        ("2026-11-27", "周三来过", "2026-11-25"),
        ("2026-12-31", "明天", "2027-01-01"),
        ("2026-12-31", "下个月3号", "2027-01-03"),
        ("2028-02-28", "明天", "2028-02-29"),
        ("2027-02-07", "除夕", "2028-01-25"),
        ("2027-02-05", "除夕", "2027-02-05"),
        ("2027-02-10", "正月初八", "2027-02-13"),
        ("2027-09-30", "国庆前", "2027-10-01"),
        ("2027-10-02", "国庆前", "2028-10-01"),
        ("2027-01-31", "31号之前", "2027-01-31"),
        ("2027-02-01", "30号上午", "2027-03-30"),
    ],
)
def test_dates_count_from_the_day_given(today: str, said: str, day: str) -> None:
    assert _dates(said, date.fromisoformat(today)) == [day]


@pytest.mark.parametrize(
    ("year", "day"), [(2025, "2025-04-04"), (2026, "2026-04-05"), (2027, "2027-04-05"), (2028, "2028-04-04")]
)
def test_qingming_follows_the_sun(year: int, day: str) -> None:
    assert _dates("清明", date(year, 1, 1)) == [day]


@pytest.mark.parametrize("text", ["2月30号", "2026年13月40日", "农历十二月三十五"])
def test_days_that_do_not_exist_are_not_dates(text: str) -> None:
    for e in extract(text, MONDAY):
        if e.entity == "date":
            date.fromisoformat(e.value["date"])


def test_nothing_is_read_inside_a_phone_or_a_token() -> None:
    found = _found("电话13800001111，⟦id:1:82abc800yuan3years⟧")
    assert [e["entity"] for e in found] == ["phone", "id_card"]


def test_any_text_is_survived() -> None:
    chance = random.Random(20261123)
    alphabet = "一二两三十百千万半几多0123456789.,:-/年月日号点"
    alphabet += "周星期初腊正上下前后个天岁块元钱级第选桥村路口人伢爹我"
    alphabet += " 的了⟦⟧Xx"
    for _ in range(3000):
        text = "".join(chance.choice(alphabet) for _ in range(chance.randint(0, 40)))
        for e in extract(text, MONDAY):
            assert text[e.start : e.end]
            json.dumps(e.value)


def test_long_messages_stay_fast() -> None:
    warm_up()
    texts = [text for text, _ in _rows()]
    began = time.perf_counter()
    for text in texts:
        extract(text, MONDAY)
    mean = (time.perf_counter() - began) / len(texts) * 1000
    print(f"\nentities: {mean:.2f} ms a sentence")
    assert mean < 3
    began = time.perf_counter()
    extract("一二三四五六七八九十" * 50 + "我屋里爹爹今年八十二岁，" * 20, MONDAY)
    assert time.perf_counter() - began < 1


def test_component_puts_entities_on_a_message() -> None:
    pytest.importorskip("rasa")
    from rasa.shared.nlu.training_data.message import Message

    from bot.nlu.entities import ChineseEntityExtractor

    config = {**ChineseEntityExtractor.get_default_config(), "reference_date": "2026-11-23"}
    extractor = ChineseEntityExtractor(config)
    message = Message(data={"text": "明天上午去永安，三口人"})
    (processed,) = extractor.process([message])
    by_kind = {e["entity"]: e for e in processed.get("entities")}
    assert by_kind["date"]["value"]["date"] == "2026-11-24"
    assert by_kind["township"]["value"] == "永安街道"
    assert by_kind["count"]["value"] == {"n": 3, "of": "people"}
    assert by_kind["date"]["extractor"] == "ChineseEntityExtractor"
    assert "entities" in processed.as_dict(only_output_properties=True)


def test_component_is_registered_for_pipelines() -> None:
    pytest.importorskip("rasa")
    from rasa.engine.recipes.default_recipe import DefaultV1Recipe

    import bot.nlu.entities

    name = bot.nlu.entities.ChineseEntityExtractor.__name__
    registered = DefaultV1Recipe._registered_components[name]
    assert DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR in registered.types
    assert not registered.is_trainable


def test_component_refuses_a_wrong_reference_date() -> None:
    pytest.importorskip("rasa")
    from bot.nlu.entities import ChineseEntityExtractor

    with pytest.raises(ValueError):
        ChineseEntityExtractor({**ChineseEntityExtractor.get_default_config(), "reference_date": "明天"})
