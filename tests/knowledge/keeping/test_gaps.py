"""Unanswered questions: one line each however often asked, masked, and gone once pointed somewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knowledge.keeping import gaps as module
from knowledge.keeping.gaps import GapBook, still_open
from knowledge.keeping.proposals import point_question
from tests.knowledge.keeping.conftest import ONE, TWO, Bureau

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> GapBook:
    return GapBook(tmp_path / "new")


def test_the_same_words_are_one_gap_with_a_count(book: GapBook) -> None:
    first = book.record("烂车子算不算家当？", "alpha", ["alpha.conditions.car"], NOW)
    again = book.record(
        " 烂车子　算不算家当！！ ", "alpha", ["alpha.conditions.income"], NOW + timedelta(days=1)
    )
    book.record("别的问题", None, [], NOW)
    assert first == again
    top, other = book.gaps()
    assert (top.text, top.count, top.first, top.last) == (
        "烂车子算不算家当？", 2, NOW, NOW + timedelta(days=1),
    )  # fmt: skip
    assert top.neighbours == ("alpha.conditions.income",) and other.count == 1


def test_numbers_of_people_are_masked_once_more(book: GapBook) -> None:
    book.record("我的号码 138 0000 0000 和 42120219900101001X 查一下", "alpha", [], NOW)
    written = next(book._path.parent.glob("gaps.jsonl")).read_text("utf-8")
    assert "0000 0000" not in written and "19900101" not in written and module.MASK in written


def test_words_without_letters_and_endless_ones_are_not_kept(book: GapBook) -> None:
    assert book.record("？？！", None, [], NOW) is None and book.gaps() == []
    book.record("啊" * 5000, None, [], NOW)
    assert len(book.gaps()[0].text) == module.MAX_TEXT


def test_a_file_grown_long_is_written_shorter_without_losing_a_count(
    book: GapBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMPACT_LINES", 10)
    key = book.record("甲问题", "alpha", [], NOW)
    assert key is not None
    book.pointed(key, "c0001")
    for number in range(24):
        book.record(f"乙问题{'一二三'[number % 3]}", "alpha", [], NOW)
    assert len(book._lines()) < 20
    assert sorted(gap.count for gap in book.gaps()) == [1, 8, 8, 8]
    assert book.gap(key).change == "c0001"


def test_a_torn_line_takes_no_other_with_it(book: GapBook) -> None:
    book.record("甲问题", "alpha", [], NOW)
    with book._path.open("a", encoding="utf-8") as file:
        file.write('{"gap": "g1", "te')
    book.record("乙问题", "alpha", [], NOW)
    assert {gap.text for gap in book.gaps()} == {"甲问题", "乙问题"}


def test_a_pointed_gap_is_closed_until_its_change_is_rejected_or_it_is_asked_again(bureau: Bureau) -> None:
    book, keeper = GapBook(bureau.folder), bureau.keeper
    asked = bureau.clock() - timedelta(hours=1)
    key = book.record("烂车子算不算家当", "alpha", [], asked)
    assert key is not None

    def pointed() -> str:
        proposal = point_question(
            keeper.knowledge(), keeper.state(), book.gap(key).text, "alpha.conditions.car"
        )
        (change,) = keeper.stage([proposal], by=ONE, why="没答上")
        book.pointed(key, change.id)
        return change.id

    def left() -> list[str]:
        return [gap.id for gap in still_open(book.gaps(), keeper.state().changes)]

    assert left() == [key]
    first = pointed()
    assert left() == []
    keeper.reject([first], by=TWO, why="不对")
    assert left() == [key]
    keeper.confirm([pointed()], by=TWO)
    assert left() == []
    book.record("烂车子算不算家当", "alpha", [], bureau.clock() + timedelta(days=1))
    assert left() == [key]
