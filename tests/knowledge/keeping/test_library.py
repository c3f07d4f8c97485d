"""A confirmed change is in the answers within seconds; what is broken is named and takes nothing with it."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import yaml

import knowledge
from knowledge import Knowledge, Library
from knowledge.keeping.keeper import Keeper
from knowledge.keeping.proposals import set_hotline
from tests.knowledge.keeping.conftest import ONE, TODAY, TWO, Bureau

JANUARY = datetime(2026, 1, 1)


@pytest.fixture
def library(bureau: Bureau) -> Iterator[Library]:
    library = Library(bureau.root, overlay=bureau.folder)  # as the action server holds it
    yield library
    library.close()


def within(seconds: float, true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def amount(library: Library) -> str:
    return library.current().answer("alpha", "amount", on=TODAY).text


def test_a_confirmed_change_is_in_the_answers_within_5_seconds(bureau: Bureau, library: Library) -> None:
    assert "待区民政局公布" in amount(library)
    bureau.amount(700, JANUARY)
    assert within(5, lambda: "700元/人/月" in amount(library))
    assert library.problem is None


def test_the_new_index_is_built_aside_and_swapped_whole(
    bureau: Bureau, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = library.current()
    built: list[tuple[str, bool]] = []
    warm = Knowledge.warm

    def watched(fresh: Knowledge) -> None:
        built.append((threading.current_thread().name, library.current() is before))
        warm(fresh)

    monkeypatch.setattr(Knowledge, "warm", watched)
    bureau.amount(700, JANUARY)
    assert within(5, lambda: library.current() is not before)
    assert built == [("knowledge", True)]  # not the thread of a resident's question, and before the swap
    assert "待区民政局公布" in before.answer("alpha", "amount", on=TODAY).text


def test_a_broken_entry_is_left_out_and_named_and_the_rest_stays(bureau: Bureau) -> None:
    bureau.amount(700, JANUARY)
    path = bureau.folder / "standards.yml"
    (good,) = yaml.safe_load(path.read_text("utf-8"))
    alone = {**good, "id": "alpha_photo", "confirmed_by": ONE}
    lost = {**good, "id": "alpha_gone"}
    unsourced = {**good, "id": "alpha_days", "documents": []}
    path.write_text(yaml.safe_dump([alone, lost, unsourced, good], allow_unicode=True), encoding="utf-8")
    (bureau.folder / "offices.yml").write_text("- {id: window, phone: [1", encoding="utf-8")
    library = Library(bureau.root, overlay=bureau.folder, check_every=0)
    assert "700元/人/月" in amount(library)
    for said in ("alpha_photo", "同一个人", "alpha_gone", "alpha_days", "没有这个文件", "offices.yml"):
        assert said in str(library.problem)
    assert library.current().standard("alpha_photo", on=TODAY).printed == "3张"
    (bureau.folder / "offices.yml").unlink()
    path.write_text(yaml.safe_dump([good], allow_unicode=True), encoding="utf-8")
    assert "700" in amount(library) and library.problem is None


def test_a_broken_card_keeps_the_old_index_and_says_why(bureau: Bureau, library: Library) -> None:
    bureau.amount(700, JANUARY)
    assert within(5, lambda: "700" in amount(library))
    card = bureau.root / "services" / "alpha.yml"
    whole = card.read_text("utf-8")
    card.write_text(whole.replace("aspect: overview", "aspect: overvieuw"), encoding="utf-8")
    assert within(5, lambda: library.problem is not None and "alpha.yml" in library.problem)
    assert "700" in amount(library)
    assert library.current().search("面包车", on=TODAY)[0].statement_id == "alpha.conditions.car"
    card.write_text(whole, encoding="utf-8")
    assert within(5, lambda: library.problem is None)


def test_a_real_value_takes_the_place_of_the_fictional_one(bureau: Bureau) -> None:
    bureau.amount(700, JANUARY)
    demo = knowledge.load(bureau.root, demo=True, overlay=bureau.folder)
    answer = demo.answer("alpha", "amount", on=TODAY)
    assert "700元/人/月" in answer.text and "666" not in answer.text and not answer.demo


def test_a_folder_that_does_not_exist_yet_is_no_fault(bureau: Bureau, tmp_path: Path) -> None:
    assert Library(bureau.root, overlay=tmp_path / "nowhere", check_every=0).problem is None


def test_a_library_that_is_let_go_ends_its_thread(bureau: Bureau) -> None:
    before = {thread.ident for thread in threading.enumerate()}
    library = Library(bureau.root, overlay=bureau.folder, check_every=3600)
    (thread,) = [thread for thread in threading.enumerate() if thread.ident not in before]
    del library
    gc.collect()
    thread.join(5)
    assert not thread.is_alive()


def test_two_names_are_in_the_file_that_is_answered_from(bureau: Bureau) -> None:
    bureau.amount(700, JANUARY)
    value = knowledge.load(bureau.root, overlay=bureau.folder).standard("alpha_amount", on=TODAY).value
    assert value is not None and (value.entered_by, value.confirmed_by) == (ONE, TWO)


def test_a_change_of_the_real_knowledge_is_in_the_next_answer_within_5_seconds(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    library = Library(overlay=folder)
    library.current().warm()
    keeper = Keeper(folder)
    pay = set_hotline(keeper.knowledge(), keeper.state(), "12349", "12348", "民政热线（改）")
    (staged,) = keeper.stage([pay], by=ONE, why="核对")
    keeper.confirm([staged.id], by=TWO)
    confirmed = time.monotonic()
    assert within(5, lambda: library.current().hotline("12349").number == "12348")
    # The new index is whole when it is swapped in: the next search need not build it.
    swapped = time.monotonic()
    assert library.current().search("低保要什么材料", on=TODAY)
    assert time.monotonic() - swapped < 0.5 and swapped - confirmed < 5
    library.close()


def test_only_changed_texts_are_encoded_again(bureau: Bureau) -> None:
    batches: list[int] = []

    def encode(texts: list[str]) -> npt.NDArray[np.float32]:
        batches.append(len(texts))
        return np.asarray([[1.0, float(len(text))] for text in texts], dtype=np.float32)

    library = Library(bureau.root, check_every=0, encode=encode)
    library.current().warm()
    card = bureau.root / "services" / "alpha.yml"
    card.write_text(
        card.read_text("utf-8").replace("旧车可以不算财产", "旧车一般可以不算财产"), encoding="utf-8"
    )
    library.current()
    assert batches[0] > 10 and batches[1:] == [1]
