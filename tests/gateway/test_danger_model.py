"""Rules, linear model and network together, on a set that none was made from: recall first.

The floors are the aim. The blind set is easier than life: see docs/understanding.md.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from bot.gateway import danger_model
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
    trained = {"".join(text.split()) for file in DATA.glob("*.csv") for text in rows(file)}
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
    assert recall >= 0.99 and alarms <= 0.02


def test_without_the_network_rules_and_linear_model_go_on(net: SafetyNet) -> None:
    alone = SafetyNet(net.screen, net.model)
    positive, negative = rows(BLIND / "danger_positive.csv"), rows(BLIND / "danger_negative.csv")
    recall = sum(alone.check(text) is not None for text in positive) / len(positive)
    alarms = sum(alone.check(text) is not None for text in negative) / len(negative)
    print(f"recall {recall:.4f}, false alarms {alarms:.4f}")
    assert recall >= 0.97 and alarms <= 0.06


def test_a_network_that_fails_is_not_missed(net: SafetyNet) -> None:
    class Broken:
        name = "broken"

        def score(self, texts: object) -> object:
            raise OSError("no memory")

    broken, alone = SafetyNet(net.screen, net.model, Broken()), SafetyNet(net.screen, net.model)  # type: ignore[arg-type]
    texts = rows(BLIND / "danger_positive.csv")[:50]
    found = [broken.check(text) for text in texts]
    assert found == [alone.check(text) for text in texts] and any(found)


def test_a_network_that_cannot_be_loaded_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> None:
        raise RuntimeError("guard.onnx is not the file that was measured")

    monkeypatch.setattr(danger_model, "Guard", refused)
    net = SafetyNet.load(tmp_path)
    assert net.guard is None
    danger = net.check("老倌倒在地上喊不醒")
    assert danger is not None and danger.kind == "medical"


def test_the_network_is_there_and_was_measured(net: SafetyNet) -> None:
    assert net.guard is not None and net.guard.name.startswith("guard.onnx-")


def test_danger_inside_a_long_message_is_found(net: SafetyNet) -> None:
    around = "我想问一下低保的事，我屋里三口人，去年交了材料，村里说要等，镇里也说要等，我就等着。" * 12
    inside = "我坐在河边上，水好像不冷，就当我没来过。"
    assert net.check(around) is None
    assert net.check(around + inside + around) is not None


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
    begun = time.perf_counter()
    net.check("他打我，我不敢出声。" * 1000)
    assert time.perf_counter() - begun < 0.5
