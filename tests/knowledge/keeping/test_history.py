"""The history cannot be altered, shortened or reordered without being noticed; a torn line harms nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest

from knowledge.keeping.history import History, HistoryBroken


@pytest.fixture
def log(tmp_path: Path) -> History:
    log = History(tmp_path)
    with log.locked():
        log.append([{"action": "stage", "by": "张一", "value": 1}, {"action": "confirm", "by": "李二"}])
        log.append([{"action": "stage", "by": "张一", "value": 2}])
    return log


def lines(log: History) -> list[str]:
    return log.path.read_text("utf-8").splitlines()


def test_events_come_back_in_order_each_bound_to_the_one_before(log: History) -> None:
    events = log.events()
    assert [event["seq"] for event in events] == [1, 2, 3]
    assert [event["prev"] for event in events][1:] == [event["hash"] for event in events][:-1]


def _value(text: list[str]) -> list[str]:
    return [text[0].replace('"value": 1', '"value": 9'), *text[1:]]


def _name(text: list[str]) -> list[str]:
    return [text[0], text[1].replace("李二", "王三"), text[2]]


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        (_value, "第1行"),
        (_name, "第2行"),
        (lambda text: text[1:], "第1行"),
        (lambda text: [text[0], text[2]], "第2行"),
        (lambda text: [text[1], text[0], text[2]], "第1行"),
        (lambda text: [*text, text[2]], "第4行"),
        (lambda text: [text[0], "{}", text[2]], "第2行"),
        (lambda text: text[:-1], "第3行起"),
        (lambda text: [], "第1行起"),
    ],
    ids=["value", "name", "first out", "middle out", "order", "twice", "emptied", "tail cut", "all gone"],
)
def test_tampering_is_named(log: History, tamper: Callable[[list[str]], list[str]], line: str) -> None:
    log.path.write_text("".join(f"{text}\n" for text in tamper(lines(log))), encoding="utf-8")
    with pytest.raises(HistoryBroken, match=line):
        log.events()
    with log.locked(), pytest.raises(HistoryBroken):
        log.append([{"action": "stage"}])


def test_an_altered_line_with_its_own_hash_made_anew_still_breaks_the_chain(log: History) -> None:
    from knowledge.keeping.history import _hash

    event = json.loads(lines(log)[0])
    del event["hash"]
    event["value"] = 9
    event["hash"] = _hash(event)
    text = [json.dumps(event, ensure_ascii=False), *lines(log)[1:]]
    log.path.write_text("".join(f"{line}\n" for line in text), encoding="utf-8")
    with pytest.raises(HistoryBroken, match="第2行"):
        log.events()


def test_a_line_torn_by_a_power_cut_is_dropped_and_the_next_one_stands(log: History) -> None:
    with log.path.open("a", encoding="utf-8") as file:
        file.write('{"seq": 4, "action": "sta')
    assert len(log.events()) == 3
    with log.locked():
        log.append([{"action": "stage", "value": 4}])
    assert [event.get("value") for event in log.events()] == [1, None, 2, 4]


def _write(folder: Path, count: int) -> None:
    log = History(folder)
    for _ in range(count):
        with log.locked():
            log.append([{"action": "stage"}])


def test_processes_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    spawn = get_context("fork")
    workers = [spawn.Process(target=_write, args=(tmp_path, 10)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert len(History(tmp_path).events()) == 40
