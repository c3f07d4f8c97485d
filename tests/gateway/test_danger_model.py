"""Rules and model together, on a set that neither was made from: recall first.

The floors are what was reached on the blind set, rounded down; the aim (99 % at 2 %) is not reached yet.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from bot.gateway.danger_model import DATA, SafetyNet
from bot.text.clean import clean

BLIND = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> SafetyNet:
    return SafetyNet.load(tmp_path_factory.mktemp("cache"))


def rows(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [clean(row["text"]) for row in csv.DictReader(file)]


def test_the_blind_set_was_not_trained_on() -> None:
    trained = {
        "".join(text.split()) for name in ("positive.csv", "negative.csv") for text in rows(DATA / name)
    }
    blind = {
        "".join(text.split())
        for name in ("danger_positive.csv", "danger_negative.csv")
        for text in rows(BLIND / name)
    }
    assert len(blind) > 1000 and not trained & blind


def test_danger_is_seen_first(net: SafetyNet) -> None:
    positive, negative = rows(BLIND / "danger_positive.csv"), rows(BLIND / "danger_negative.csv")
    recall = sum(net.check(text) is not None for text in positive) / len(positive)
    alarms = sum(net.check(text) is not None for text in negative) / len(negative)
    print(f"recall {recall:.4f} of {len(positive)}, false alarms {alarms:.4f} of {len(negative)}")
    assert recall >= 0.975 and alarms <= 0.05


def test_it_says_a_number_when_it_cannot_say_which_danger(net: SafetyNet) -> None:
    line = net.screen.lines["unclear"]
    assert "110" in line and "120" in line and len(line) <= 70


def test_the_same_data_gives_the_same_weights(net: SafetyNet, tmp_path: Path) -> None:
    first = SafetyNet.load(tmp_path)
    again = SafetyNet.load(tmp_path)
    text = "老倌倒在地上喊不醒"
    assert first.model.score(text) == again.model.score(text) == net.model.score(text)


def test_it_is_fast_enough_to_stand_before_everything(net: SafetyNet) -> None:
    texts = rows(BLIND / "danger_negative.csv")[:300]
    times = []
    for text in texts:
        begun = time.perf_counter()
        net.check(text)
        times.append(time.perf_counter() - begun)
    assert sorted(times)[int(len(times) * 0.95)] < 0.01
    begun = time.perf_counter()
    net.check("低保怎么申请" * 1700)
    assert time.perf_counter() - begun < 0.5
