"""Identifiers: found in every shape people type, judged, sealed, and never left in the clear.

All numbers are made up; the ID numbers are built with a right check digit for dates of 1945."""

from __future__ import annotations

import base64

import pytest

from bot.text import blank_tokens, clean, find_identifiers, find_tokens, mask, seal_identifiers

ID = "422301194503120014"
ID_X = "42120219450312009X"


def _seal(value: str) -> str:
    return base64.urlsafe_b64encode(value.encode()).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, [("id_card", ID, True, None)]),
        (f"身份证 {ID[:6]} {ID[6:14]} {ID[14:]}", [("id_card", ID, True, None)]),
        (f"{ID[:6]}-{ID[6:14]}-{ID[14:]}", [("id_card", ID, True, None)]),
        (ID_X.lower(), [("id_card", ID_X, True, None)]),
        (ID.translate(str.maketrans("0123456789", "０１２３４５６７８９")), [("id_card", ID, True, None)]),
        (ID[:-1] + "5", [("id_card", ID[:-1] + "5", False, "checksum")]),
        ("422301194513120014", [("id_card", "422301194513120014", False, "birth_date")]),
        ("422301209503120014", [("id_card", "422301209503120014", False, "birth_date")]),
        (ID[:-1], [("id_card", ID[:-1], False, "length")]),
        (ID + "1", [("id_card", ID + "1", False, "length")]),
        ("422301450312001", [("id_card", "422301450312001", True, None)]),
        ("13800001111", [("phone", "13800001111", True, None)]),
        ("+86 138 0000 1111", [("phone", "13800001111", True, None)]),
        ("8613800001111", [("phone", "13800001111", True, None)]),
        ("138-0000-1111", [("phone", "13800001111", True, None)]),
        ("1 3 8 0 0 0 0 1 1 1 1", [("phone", "13800001111", True, None)]),
        ("tel13800001111wx同号", [("phone", "13800001111", True, None)]),
        ("13800001111x", [("phone", "13800001111", True, None)]),
        ("0715-8321234", [("phone", "07158321234", True, None)]),
        ("1380000111", [("phone", "1380000111", False, "length")]),
        ("我电话138000011112", [("phone", "138000011112", False, "length")]),
        ("12345678901", [("phone", "12345678901", False, "prefix")]),
        ("座机8321234", [("phone", "8321234", False, "area_code")]),
        (
            f"我13800001111，他{ID}",
            [("phone", "13800001111", True, None), ("id_card", ID, True, None)],
        ),
        ("2026-12-03 13800001111", [("phone", "13800001111", True, None)]),
    ],
)
def test_find(text: str, expected: list[tuple]) -> None:
    assert [(i.kind, i.value, i.valid, i.reason) for i in find_identifiers(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "12345",
        "一个月2300-2500元",
        "2026-12-03",
        "报告编号YY26112312345",
        "工号20261203",
        "欠了1000000000",
        "卡号6222021234567890123",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert find_identifiers(text) == []


def test_positions_are_those_of_the_text() -> None:
    text = "我的号码是１３８００００１１１１，谢谢"
    (found,) = find_identifiers(text)
    assert text[found.start : found.end] == "１３８００００１１１１"


def test_seal_leaves_nothing_in_the_clear_and_tokens_are_read_back() -> None:
    text = f"我是张某，电话 138 0000 1111，身份证{ID}，错的{ID[:-1]}5"
    sealed = seal_identifiers(text, _seal)
    assert "0000" not in sealed and ID[:14] not in sealed
    tokens = find_tokens(sealed)
    assert [(t.kind, t.valid) for t in tokens] == [("phone", True), ("id_card", True), ("id_card", False)]
    assert base64.urlsafe_b64decode(tokens[0].cipher).decode() == "13800001111"
    assert sealed[tokens[1].start : tokens[1].end].startswith("⟦id:1:")
    assert find_identifiers(sealed) == []
    assert clean(sealed) == sealed


def test_forged_tokens_are_broken() -> None:
    sealed = seal_identifiers("⟦phone:1:QUJD⟧", _seal)
    assert find_tokens(sealed) == []


def test_blank_tokens() -> None:
    assert blank_tokens("打⟦phone:1:abc⟧，证⟦id:0:x.y-z=⟧") == "打手机号码，证身份证号"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("打13800001111", "打138****1111"),
        (f"证号{ID}。", "证号[身份证号已隐去]。"),
        ("⟦phone:1:abc⟧⟦id:1:abc⟧", "[手机号已隐去][身份证号已隐去]"),
        ("卡号6222021234567890123", "卡号[号码已隐去]"),
        ("一个月2300", "一个月2300"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert mask(text) == masked
