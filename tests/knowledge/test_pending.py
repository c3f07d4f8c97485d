"""What the bureau must supply: each missing thing once, with who is asked."""

from __future__ import annotations

from knowledge import Knowledge
from knowledge.pending import grouped, pending


def test_each_missing_thing_is_listed_once(small: Knowledge) -> None:
    found = {(item.kind, item.id): item for item in pending(small)}
    assert set(found) == {
        ("standard", "alpha_amount"),
        ("standard", "alpha_ratio"),  # its only value has run out by its own date
        ("office", "window"),
        ("hotline", "12333"),
        ("hotline", "12345"),
        ("statement", "alpha.amount.local"),  # sentences with a placeholder wait for the value itself
    }
    assert found["office", "window"].what == "地址、电话"
    assert found["standard", "alpha_amount"].asked_of == "区民政局（甲项科）"
    assert found["standard", "alpha_amount"].services == ("alpha",)


def test_a_fictional_value_is_still_missing(demo: Knowledge) -> None:
    assert "alpha_amount" in {item.id for item in pending(demo)}


def test_grouped_by_who_is_asked(small: Knowledge) -> None:
    groups = grouped(small)
    assert [item.id for item in groups["区民政局（甲项科）"]] == ["alpha_amount", "alpha_ratio"]
    assert sum(map(len, groups.values())) == len(pending(small))
