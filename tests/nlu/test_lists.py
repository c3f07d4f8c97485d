"""The word lists are data that Rasa, jieba and our extractor all read: they must agree with each other."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2] / "nlu_data"
TOWNSHIPS = {
    "永安街道",
    "浮山街道",
    "温泉街道",
    "汀泗桥镇",
    "桂花镇",
    "马桥镇",
    "高桥镇",
    "双溪桥镇",
    "贺胜桥镇",
    "横沟桥镇",
    "官埠桥镇",
    "向阳湖镇",
    "大幕乡",
}
# Every service code but the two that are no benefit to be named: chitchat and out_of_scope.
CODES = {
    "dibao",
    "tekun",
    "low_income",
    "temporary_aid",
    "disaster_aid",
    "price_subsidy",
    "orphan",
    "defacto_orphan",
    "child_in_difficulty",
    "left_behind_child",
    "adoption",
    "disability_subsidy",
    "mental_rehab",
    "street_rescue",
    "family_search",
    "old_age_allowance",
    "elder_care_subsidy",
    "elder_care_institution",
    "home_care",
    "left_behind_elder",
    "marriage_registration",
    "divorce_registration",
    "certificate_reissue",
    "foreign_marriage",
    "marriage_appointment",
    "funeral_subsidy",
    "eco_burial",
    "cemetery",
    "cremation",
    "funeral_violation",
    "social_org",
    "charity",
    "social_work",
    "volunteer",
    "welfare_lottery",
    "place_name",
    "boundary",
    "village_governance",
    "community_service",
    "left_behind_women",
    "civil_affairs_office",
    "public_consultation",
    "case_progress",
    "complaint",
    "human_handoff",
}


def _synonyms(name: str) -> dict[str, list[str]]:
    content = yaml.safe_load((ROOT / "synonyms" / f"{name}.yml").read_text(encoding="utf-8"))
    return {
        block["synonym"]: [line.strip()[2:] for line in block["examples"].splitlines()]
        for block in content["nlu"]
    }


def _lookup(name: str) -> list[str]:
    content = yaml.safe_load((ROOT / "lookups" / f"{name}.yml").read_text(encoding="utf-8"))
    return [line.strip()[2:] for line in content["nlu"][0]["examples"].splitlines()]


def test_thirteen_townships() -> None:
    assert set(_synonyms("township")) == TOWNSHIPS


def test_every_service_can_be_named() -> None:
    assert set(_synonyms("benefit")) == CODES


@pytest.mark.parametrize("name", ["township", "benefit", "relation", "marital", "self_care"])
def test_an_alias_means_one_thing(name: str) -> None:
    aliases = [alias for group in _synonyms(name).values() for alias in group]
    assert len(aliases) == len(set(aliases))
    assert all(alias == alias.strip() and alias for alias in aliases)


@pytest.mark.parametrize("name", ["township", "benefit"])
def test_lookup_holds_the_same_words_as_the_synonyms(name: str) -> None:
    assert set(_lookup(name)) == {alias for group in _synonyms(name).values() for alias in group}


def test_jieba_keeps_our_words_whole() -> None:
    jieba = pytest.importorskip("jieba")
    tokenizer = jieba.Tokenizer()
    tokenizer.load_userdict(str(ROOT / "jieba" / "userdict.txt"))
    for word in ("低保户", "汀泗桥", "打脱离", "事实无人抚养", "高龄津贴", "细伢", "冇得"):
        assert word in tokenizer.lcut(f"我问{word}的事")
