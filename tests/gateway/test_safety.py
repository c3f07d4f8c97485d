"""The safety screen: what it must see, what it must leave alone, what it says first, and how fast.

The figures are those of the two development sets in tests/data; they are a floor, not a claim about unseen messages.
"""

from __future__ import annotations

import csv
import re
import time
from pathlib import Path

import pytest
import yaml

from bot.gateway.safety import RULES, Screen
from bot.text.clean import clean

DATA = Path(__file__).parents[2] / "bot" / "gateway" / "danger"
SCREEN = Screen.load()


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


POSITIVE = _rows("positive.csv")
NEGATIVE = _rows("negative.csv")


def test_the_sets_are_broad_and_apart() -> None:
    texts = [row["text"] for row in POSITIVE]
    assert len(texts) >= 320 and len(NEGATIVE) >= 640
    assert len(set(texts)) == len(texts)
    assert not set(texts) & {row["text"] for row in NEGATIVE}
    assert {row["kind"] for row in POSITIVE} == set(SCREEN.kinds)


def test_danger_is_seen() -> None:
    missed = [row["text"] for row in POSITIVE if SCREEN.check(clean(row["text"])) is None]
    assert len(missed) <= 0.01 * len(POSITIVE), missed


@pytest.mark.parametrize("kind", SCREEN.kinds)
def test_no_kind_of_danger_is_the_weak_one(kind: str) -> None:
    rows = [row["text"] for row in POSITIVE if row["kind"] == kind]
    missed = [text for text in rows if SCREEN.check(clean(text)) is None]
    assert len(missed) <= 0.03 * len(rows), missed


def test_the_kind_is_recognised() -> None:
    other = [row for row in POSITIVE if row["kind"] not in SCREEN.matches(clean(row["text"]))]
    assert len(other) <= 0.06 * len(POSITIVE), other


def test_ordinary_questions_are_left_alone() -> None:
    flagged = [row["text"] for row in NEGATIVE if SCREEN.check(clean(row["text"]))]
    assert len(flagged) <= 0.02 * len(NEGATIVE), flagged


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("隔壁天天打伢叫得吓死人", "child_harm"),
        ("桥底下睡了个老人天好冷", "exposure"),
        ("我妈老年痴呆早上走丢了", "missing"),
        ("老倌倒在地上喊不醒", "medical"),
        ("崽放学到现在还没回", "missing"),
        ("伢掉塘里了", "medical"),
        ("不想活了", "suicide"),
        ("活着冇得意思", "suicide"),
        ("想走绝路", "suicide"),
        ("有人要跳河", "suicide"),
        ("屋里好大煤气味", "fire_gas"),
        ("我被锁在屋里出不来", "confinement"),
        ("有人把我伢抱走了", "trafficking"),
        ("他拿刀要砍人", "weapon"),
        ("老公正在打我", "violence"),
        ("学生说被家里人摸，我是老师，么样做", "child_harm"),
        ("我爹爹老年痴呆，早上出去冇回来，要满24小时报警吧", "missing"),
        ("捡到一个毛毛，我想自己养", "exposure"),
    ],
)
def test_the_sentences_residents_use(text: str, kind: str) -> None:
    danger = SCREEN.check(text)
    assert danger is not None and danger.kind == kind


@pytest.mark.parametrize(
    ("harmless", "danger"),
    [
        ("我想打证", "他想打我"),
        ("打脱离要几天", "打老婆打得吓人"),
        ("身份证走丢了", "我伢走丢了"),
        ("婆婆爱跳广场舞", "婆婆要跳楼"),
        ("煤气补贴怎么领", "煤气漏了怎么办"),
        ("失踪多少年可以宣告死亡", "我爸失踪了"),
        ("家暴怎么取证", "我被家暴了"),
        ("献血要带什么", "流了好多血"),
        ("账号被锁了怎么办", "我被锁在屋里怎么办"),
        ("我不想活动了取消预约", "我不想活了"),
        ("三十年前我弟弟走失，想采血", "我弟弟走失了，快帮我找"),
        ("中风三年了，能领护理补贴吗", "我爸中风了，快来"),
        ("我爸没抢救过来，殡仪馆电话多少", "我爸没气了，快来人"),
    ],
)
def test_the_same_words_in_peace_and_in_danger(harmless: str, danger: str) -> None:
    assert SCREEN.check(harmless) is None
    assert SCREEN.check(danger) is not None


def test_a_question_beside_it_does_not_hide_the_danger() -> None:
    assert SCREEN.check("打证要什么材料？我老公正在打我") is not None
    assert SCREEN.check("伢不见了。办低保要什么材料？") is not None
    assert SCREEN.check("姓名先不填了，我屋里着火了") is not None


def test_spaces_do_not_hide_the_danger() -> None:
    assert SCREEN.check("救 命 啊") is not None
    assert SCREEN.check(clean("我 不想 活 了")) is not None


def test_several_dangers_give_every_number() -> None:
    danger = SCREEN.check("他拿刀砍人，有人倒在地上流血，屋里还着火了")
    assert danger is not None and danger.kind == "medical"
    assert all(number in danger.line for number in ("110", "119", "120"))


def test_scattered_small_signs_are_enough_without_a_question() -> None:
    text = "有个伢在沟里哭"
    danger = SCREEN.check(text)
    assert danger is not None and danger.line
    assert SCREEN.check("有个伢爱哭，能办托管吗") is None


def _said() -> list[str]:
    """Every line a resident can be shown: alone, and with the numbers of other kinds added."""
    also = yaml.safe_load(RULES.read_text(encoding="utf-8"))["also"]
    return [line + extra for line in SCREEN.lines.values() for extra in ("", also.format(numbers="110、119"))]


@pytest.mark.parametrize("line", _said())
def test_every_line_begins_with_a_number_to_call(line: str) -> None:
    first = re.match(r"(?:如果[^，]{2,16}，)?请马上[^。]*?(?:110|119|120)", line)
    assert first is not None and first.end() <= 24
    assert len(line) <= 70
    # The bot calls nobody, promises nobody, and never sends a resident to settle it alone.
    assert not re.search(r"已(?:经|为您)?报警|已(?:经)?派|我们会派|忍一忍|先调解|保证", line)


def test_the_lines_that_must_say_more() -> None:
    assert "12356" in SCREEN.lines["suicide"]
    assert "不用等24小时" in SCREEN.lines["missing"]
    assert SCREEN.lines["child_harm"].startswith("如果孩子现在正在挨打或受伤，请马上打110")
    assert "打119" in SCREEN.lines["fire_gas"][:10]


def test_every_line_and_word_of_the_rules_is_used() -> None:
    text = RULES.read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    named = {rule.get("line", rule["kind"]) for rule in data["rules"]} | {data["signs"]["line"]}
    # "unclear" is what the model beside the rules says (danger_model.py).
    assert named == set(data["lines"]) - {"unclear"}
    assert {rule["kind"] for rule in data["rules"]} == set(data["kinds"])
    used = {word for context in data["contexts"].values() for word in context.get("but", ())}
    used |= set(re.findall(r"<([a-z_]+)>", text))
    assert set(data["words"]) == used - {"name", "n"}  # the two of the explanation on top
    excused = {name for rule in data["rules"] for name in rule.get("unless", ())} | set(
        data["signs"]["unless"]
    )
    assert excused == set(data["contexts"])


def test_a_rule_that_names_an_unknown_word_is_refused() -> None:
    data = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    data["rules"][0]["any"] = ["<nobody>掉水里"]
    with pytest.raises(KeyError):
        Screen(data)


def test_looking_ahead_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard in front of the word lists is for speed alone."""
    monkeypatch.setattr(Screen, "_guard", lambda *_: "")
    plain = Screen.load()
    for row in POSITIVE[::3] + NEGATIVE[::3]:
        assert plain.matches(clean(row["text"])) == SCREEN.matches(clean(row["text"]))


def _milliseconds(text: str) -> float:
    """CPU time of one check, the best of five: other work on the machine is not the screen's."""
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        SCREEN.check(text)
        best = min(best, time.process_time() - started)
    return best * 1000


def test_it_costs_less_than_a_millisecond() -> None:
    texts = [clean(row["text"]) for row in (POSITIVE + NEGATIVE)[::4]]
    times = sorted(_milliseconds(text) for text in texts)
    assert times[int(len(times) * 0.95)] <= 1.0


MANY = "".join(row["text"] + "，" for row in NEGATIVE)
WALLS = {
    "one sign": "啊" * 10_000,
    "persons": "老人伢" * 3_334,
    "blows": "打伢" * 5_000,
    "questions": "低保怎么申请，要带什么材料？" * 720,
    "all sorts": (MANY * 3)[:10_000],
}


@pytest.mark.parametrize("name", WALLS)
def test_a_wall_of_words_does_not_hold_it_up(name: str) -> None:
    assert len(WALLS[name]) >= 9_999
    assert _milliseconds(WALLS[name]) <= 20


@pytest.mark.parametrize("place", [0, 1_777, 5_000, 10_000])
def test_danger_in_a_wall_of_words_is_seen(place: int) -> None:
    wall = "低保怎么申请，要带什么材料？我想问一下几时可以办。" * 400
    text = wall[:place] + "。我伢掉到塘里了，快来人。" + wall[place:]
    danger = SCREEN.check(text)
    assert danger is not None and danger.kind == "medical"


@pytest.mark.parametrize("text", ["", "。", "😀", "/restart", "a" * 3_000, "\n\n", "<child>", "(((((" * 200])
def test_nothing_makes_it_fail(text: str) -> None:
    assert SCREEN.check(text) is None
