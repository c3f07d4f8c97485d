"""Receipts: readable on the telephone, and no single wrong character gets through."""

import re

import pytest

from registry.receipts import ALPHABET, PREFIXES, compose_receipt, new_receipt, parse_receipt
from tests.registry.conftest import DAY, NOW


@pytest.mark.parametrize("kind", sorted(PREFIXES))
def test_shape_and_round_trip(kind: str) -> None:
    receipt = new_receipt(kind, NOW)
    assert re.fullmatch(rf"{PREFIXES[kind]}261123[{ALPHABET}]{{5}}", receipt)
    assert parse_receipt(receipt) == receipt


def test_dated_by_the_local_day() -> None:
    late = NOW.replace(hour=16, minute=30)  # half past midnight of the 24th in Xian'an
    assert new_receipt("appointment", late)[2:8] == "261124"


def test_every_single_character_error_is_caught() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    for body in ("2222", "ZZZZ", "A7KM", "9XQ4"):
        receipt = compose_receipt("child_report", DAY, body)
        for at, right in enumerate(receipt):
            for wrong in letters.replace(right, ""):
                assert parse_receipt(receipt[:at] + wrong + receipt[at + 1 :]) is None


def test_swapped_neighbours_are_caught() -> None:
    receipt = compose_receipt("appointment", DAY, "A7KM")
    for at in range(8, 12):
        swapped = receipt[:at] + receipt[at + 1] + receipt[at] + receipt[at + 2 :]
        assert swapped == receipt or parse_receipt(swapped) is None


def test_ways_of_writing() -> None:
    receipt = compose_receipt("appointment", DAY, "A7KM")
    spaced = f"{receipt[:2]} {receipt[2:8]}-{receipt[8:]}".lower()
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in receipt)
    for text in (receipt, spaced, wide, f"我的单号是{receipt}，么样了", " ".join(receipt)):
        assert parse_receipt(text) == receipt


@pytest.mark.parametrize("text", ["", "你好", "YY261123", "YY999999AAAAA", "13800138000"])
def test_what_is_no_receipt(text: str) -> None:
    assert parse_receipt(text) is None


def test_longer_run_is_not_a_receipt() -> None:
    assert parse_receipt(compose_receipt("appointment", DAY, "A7KM") + "A") is None
