"""Sealing, blind index and masks."""

import pytest

from registry.crypto import SealBroken, Sealer, mask_id, mask_name, mask_phone, mask_text

SEALER = Sealer(b"0123456789abcdef")
OTHER = Sealer(b"fedcba9876543210")


def test_seal_round_trip_and_fresh_each_time() -> None:
    first, second = SEALER.seal("张三"), SEALER.seal("张三")
    assert first != second
    assert SEALER.unseal(first) == SEALER.unseal(second) == "张三"


def test_tampering_and_other_keys_are_refused() -> None:
    sealed = SEALER.seal("13800138000")
    middle = len(sealed) // 2
    altered = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    for text in (altered, sealed[:-8], "v2." + sealed[3:], "13800138000", "v1.", ""):
        with pytest.raises(SealBroken):
            SEALER.unseal(text)
    with pytest.raises(SealBroken):
        OTHER.unseal(sealed)


def test_index_is_keyed_and_blind_to_the_way_of_writing() -> None:
    assert SEALER.phone_index("+86 138-0013-8000") == SEALER.phone_index("１３８００１３８０００")
    assert SEALER.id_index("42000019500101000x") == SEALER.id_index("420000 19500101 000X")
    assert SEALER.phone_index("13800138000") != OTHER.phone_index("13800138000")
    assert SEALER.phone_index("13800138000") != SEALER.id_index("13800138000")


def test_short_key_is_refused() -> None:
    with pytest.raises(ValueError):
        Sealer(b"short")


def test_masks() -> None:
    assert mask_id("420123195001010034") == "420*************34"
    assert mask_phone("+86 138 1234 5678") == "138****5678"
    assert mask_name("张三丰") == "张**"
    assert mask_name("李") == "李*"
    assert mask_phone("110") == "***"


def test_mask_text_keeps_the_sentence() -> None:
    text = mask_text("我叫你查42000019500101000X，电话13812345678，2026年3人")
    assert text == "我叫你查420*************0X,电话138****5678,2026年3人"
