"""Two people, one history: what is staged is not said, what is confirmed is, and all of it can be undone."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import yaml

from knowledge.keeping.changes import Change, Proposal
from knowledge.keeping.keeper import Refused
from knowledge.keeping.proposals import (
    add_statement,
    document_for,
    edit_statement,
    point_question,
    retire_statement,
)
from tests.knowledge.keeping.conftest import ONE, TODAY, TWO, Bureau

LIST = "alpha.materials.list"
JANUARY = datetime(2026, 1, 1)


def edit_text(bureau: Bureau, text: str, statement: str = LIST) -> Change:
    state = bureau.keeper.state()
    proposal = edit_statement(bureau.keeper.knowledge(), state, statement, text=text)
    return bureau.keeper.stage([proposal], by=ONE, why="群众看不懂")[0]


def yes(bureau: Bureau, change: Change) -> Change:
    return bureau.keeper.confirm([change.id], by=TWO)[0]


def materials(bureau: Bureau) -> str:
    return bureau.said("materials").text


def test_only_confirmed_changes_are_said_with_both_names_on_them(bureau: Bureau) -> None:
    staged = bureau.amount(700, JANUARY, confirm=False)
    assert "待区民政局公布" in bureau.said().text and not (bureau.folder / "standards.yml").exists()
    yes(bureau, staged)
    desk = bureau.keeper.knowledge().answer("alpha", "amount", on=TODAY, layout="desk").text
    assert f"录入：{ONE}" in desk and f"确认：{TWO}" in desk and "700元/人/月" in desk
    (entry,) = yaml.safe_load((bureau.folder / "standards.yml").read_text("utf-8"))
    assert (entry["change"], entry["entered_by"], entry["confirmed_by"]) == (staged.id, ONE, TWO)


@pytest.mark.parametrize("name", [ONE, "张 一", " 张一 ", "张　一"])
def test_one_cannot_confirm_ones_own_change(bureau: Bureau, name: str) -> None:
    change = bureau.amount(700, JANUARY, confirm=False)
    with pytest.raises(Refused, match="不能自己确认"):
        bureau.keeper.confirm([change.id], by=name)
    with pytest.raises(Refused, match="没有别人录入"):
        bureau.keeper.confirm(None, by=name)
    assert "待区民政局公布" in bureau.said().text


@pytest.mark.parametrize("name", ["", " ", "某", "1234", "x" * 31, "甲<b>"])
def test_a_name_is_needed(bureau: Bureau, name: str) -> None:
    with pytest.raises(Refused, match="名"):
        bureau.keeper.confirm(None, by=name)


def test_all_confirms_what_others_staged_and_leaves_ones_own(bureau: Bureau) -> None:
    mine = edit_text(bureau, "带身份证就行。")
    other = retire_statement(bureau.keeper.knowledge(), bureau.keeper.state(), "alpha.materials.photo")
    bureau.keeper.stage([other], by=TWO, why="不要照片了")
    assert [change.id for change in bureau.keeper.confirm(None, by=TWO)] == [mine.id]
    assert [change.by for change in bureau.keeper.state().staged()] == [TWO]


def test_an_edited_statement_keeps_its_source_and_the_change_says_before_and_after(bureau: Bureau) -> None:
    change = yes(bureau, edit_text(bureau, "带身份证就行。"))
    assert "带身份证就行。" in materials(bureau) and "第四条" in materials(bureau)
    assert (change.before["text"], change.after["text"]) == ("带身份证和申请书。", "带身份证就行。")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("带3张照片。", "数字"),
        ("看 www.example.cn 上的表。", "网址"),
        ("找王女士。", "个人姓名"),
        ("照{alpha_nothing}办。", "占位符"),
        ("长" * 91, "超过90字"),
        ("带身份证和申请书。", "和现在的一样"),
    ],
)
def test_what_may_not_be_said_is_refused_before_it_is_staged(bureau: Bureau, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        edit_text(bureau, text)
    assert bureau.keeper.state().changes == {}


def test_a_reason_is_needed_and_one_target_waits_for_one_change(bureau: Bureau) -> None:
    first = edit_text(bureau, "带身份证就行。")
    with pytest.raises(Refused, match=first.id):
        edit_text(bureau, "什么都不用带。")
    with pytest.raises(Refused, match="为什么"):
        knowledge = bureau.keeper.knowledge()
        proposal = retire_statement(knowledge, bureau.keeper.state(), "alpha.materials.photo")
        bureau.keeper.stage([proposal], by=ONE, why=" ")


def test_a_rejected_change_is_never_said_and_frees_its_target(bureau: Bureau) -> None:
    change = edit_text(bureau, "带身份证就行。")
    bureau.keeper.reject([change.id], by=TWO, why="写错了")
    with pytest.raises(Refused, match="没有这个待确认的变更"):
        yes(bureau, change)
    assert "带身份证和申请书。" in materials(bureau)
    yes(bureau, edit_text(bureau, "带申请书就行。"))
    assert "带申请书就行。" in materials(bureau)


def test_a_retired_statement_is_no_longer_said_and_comes_back_by_undo(bureau: Bureau) -> None:
    knowledge = bureau.keeper.knowledge()
    proposal = retire_statement(knowledge, bureau.keeper.state(), "alpha.time_limit.total")
    change = yes(bureau, bureau.keeper.stage([proposal], by=ONE, why="改了")[0])
    assert "time_limit" not in bureau.keeper.knowledge().card("alpha").covered_aspects
    assert "没有查到有依据的规定" in bureau.said("time_limit").text
    yes(bureau, bureau.keeper.undo(change.id, by=ONE, why="没改"))
    assert "20个工作日" in bureau.said("time_limit").text


def test_an_added_statement_with_a_new_document_is_said_and_found(bureau: Bureau) -> None:
    knowledge = bureau.keeper.knowledge()
    proposal = add_statement(
        knowledge, bureau.keeper.state(), "alpha.appeal.how", text="对结果有意见，可以找窗口复核。", article="第二条",
        document=document_for(knowledge, "甲项补贴复核办法", "咸民政发〔2026〕9号"), keywords=["复核"],
    )  # fmt: skip
    yes(bureau, bureau.keeper.stage([proposal], by=ONE, why="补空白")[0])
    answer = bureau.said("appeal")
    assert answer.statements[0] == "alpha.appeal.how" and "《甲项补贴复核办法》第二条" in answer.text
    hits = bureau.keeper.knowledge().search("想复核", on=TODAY)
    assert hits[0].statement_id == "alpha.appeal.how"


def test_undo_waits_for_a_second_person_too_and_puts_back_what_was_replaced(bureau: Bureau) -> None:
    yes(bureau, edit_text(bureau, "第一次改。"))
    second = yes(bureau, edit_text(bureau, "第二次改。"))
    undoing = bureau.keeper.undo(second.id, by=ONE, why="改错了")
    assert "第二次改。" in materials(bureau) and undoing.undoes == second.id
    with pytest.raises(Refused, match="不能自己确认"):
        bureau.keeper.confirm([undoing.id], by=ONE)
    yes(bureau, undoing)
    assert "第一次改。" in materials(bureau)
    yes(bureau, bureau.keeper.undo(undoing.id, by=ONE, why="还是第二次的好"))  # an undo is a change too
    assert "第二次改。" in materials(bureau)


def test_undoing_a_value_leaves_the_earlier_ones(bureau: Bureau) -> None:
    first = bureau.amount(700, JANUARY)
    second = bureau.amount(750, datetime(2026, 7, 1))
    with pytest.raises(Refused, match=f"先撤 {second.id}"):
        bureau.keeper.undo(first.id, by=ONE, why="错")
    yes(bureau, bureau.keeper.undo(second.id, by=ONE, why="错"))
    assert "700元/人/月" in bureau.said().text
    undone = bureau.keeper.undo(bureau.keeper.state().set_by["standard", "alpha_amount"], by=ONE, why="x")
    yes(bureau, undone)
    assert "750元/人/月" in bureau.said().text


def test_undo_of_the_only_value_makes_it_pending_again(bureau: Bureau) -> None:
    change = bureau.amount(700, JANUARY)
    yes(bureau, bureau.keeper.undo(change.id, by=ONE, why="文件没发"))
    assert "待区民政局公布" in bureau.said().text
    assert not (bureau.folder / "standards.yml").exists()


def test_as_of_a_day_only_what_was_known_then_is_said(bureau: Bureau) -> None:
    bureau.amount(700, JANUARY)  # confirmed on 23 November
    bureau.clock.days(2)
    bureau.amount(750, datetime(2026, 11, 1))
    bureau.clock.days(1)
    yes(bureau, edit_text(bureau, "带身份证就行。"))

    def on(month: int, day: int, question: str = "标准是几多钱") -> str:
        answer = bureau.keeper.as_of(date(2026, month, day), question, "alpha")
        assert answer is not None
        return answer.text

    assert "待区民政局公布" in on(11, 22)
    assert "700元/人/月" in on(11, 23) and "750" not in on(11, 24)
    assert "750元/人/月" in on(11, 25)
    assert "带身份证和申请书。" in on(11, 25, "带什么") and "带身份证就行。" in on(11, 26, "带什么")
    found = bureau.keeper.as_of(date(2026, 11, 25), "退休工资没发")
    assert found is not None and found.service == "alpha"
    assert bureau.keeper.as_of(date(2026, 11, 25), "xyz") is None


def test_the_day_ends_at_midnight_in_xianan(bureau: Bureau) -> None:
    bureau.clock.moment = bureau.clock.moment.replace(hour=16, minute=30)  # 00:30 on the 24th there
    bureau.amount(700, JANUARY)
    answer = bureau.keeper.as_of(date(2026, 11, 23), "几多钱", "alpha")
    assert answer is not None and "700" not in answer.text


def test_what_the_files_say_anew_is_judged_again_before_it_is_confirmed(bureau: Bureau) -> None:
    change = edit_text(bureau, "带身份证就行。")
    card = bureau.root / "services" / "alpha.yml"
    lines = [line for line in card.read_text("utf-8").splitlines() if LIST not in line]
    card.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(Refused, match=LIST):
        yes(bureau, change)
    assert [item.id for item in bureau.keeper.state().staged()] == [change.id]


def test_a_change_made_by_hand_is_put_aside_at_the_next_one(bureau: Bureau) -> None:
    bureau.amount(700, JANUARY)
    path = bureau.folder / "standards.yml"
    path.write_text(path.read_text("utf-8").replace("700", "9000"), encoding="utf-8")
    edit_text(bureau, "带身份证就行。")
    assert "700" in path.read_text("utf-8")
    (aside,) = bureau.folder.glob("standards.yml.set-aside-*")
    assert "9000" in aside.read_text("utf-8")


def test_files_lost_between_history_and_disk_are_written_again(bureau: Bureau) -> None:
    bureau.amount(700, JANUARY)
    (bureau.folder / "standards.yml").unlink()
    edit_text(bureau, "带身份证就行。")
    assert "700" in (bureau.folder / "standards.yml").read_text("utf-8")


def test_a_question_pointed_to_a_statement_leads_to_it(bureau: Bureau) -> None:
    proposal = point_question(
        bureau.keeper.knowledge(), bureau.keeper.state(), "烂车子算不算家当", "alpha.conditions.car"
    )
    change = bureau.keeper.stage([proposal], by=ONE, why="没答上")[0]
    assert bureau.said("amount", text="烂车子算不算家当").statements[0] != "alpha.conditions.car"
    yes(bureau, change)
    answer = bureau.said("amount", text="烂车子算不算家当")
    assert answer.statements[0] == "alpha.conditions.car" and answer.aspect == "conditions"


def test_a_statement_with_a_pointed_question_can_be_retired(bureau: Bureau) -> None:
    pointed = point_question(
        bureau.keeper.knowledge(), bureau.keeper.state(), "烂车子算不算家当", "alpha.conditions.car"
    )
    yes(bureau, bureau.keeper.stage([pointed], by=ONE, why="没答上")[0])
    retiring = retire_statement(bureau.keeper.knowledge(), bureau.keeper.state(), "alpha.conditions.car")
    yes(bureau, bureau.keeper.stage([retiring], by=ONE, why="新规定")[0])
    assert bureau.keeper.knowledge().questions("烂车子算不算家当") == []


def test_a_change_drawn_up_before_another_was_confirmed_is_refused(bureau: Bureau) -> None:
    state = bureau.keeper.state()
    late = edit_statement(bureau.keeper.knowledge(), state, LIST, text="慢了一步。")
    yes(bureau, edit_text(bureau, "带身份证就行。"))
    with pytest.raises(Refused, match="刚才又有人改过"):
        bureau.keeper.stage([late], by=ONE, why="x")


def test_a_retired_statement_can_be_written_anew(bureau: Bureau) -> None:
    retiring = retire_statement(bureau.keeper.knowledge(), bureau.keeper.state(), LIST)
    yes(bureau, bureau.keeper.stage([retiring], by=ONE, why="改了")[0])
    knowledge = bureau.keeper.knowledge()
    proposal = add_statement(
        knowledge, bureau.keeper.state(), LIST, text="只带申请书。", document=knowledge.document("s01")
    )
    yes(bureau, bureau.keeper.stage([proposal], by=ONE, why="又要了")[0])
    assert "只带申请书。" in materials(bureau)


def test_nothing_is_staged_when_one_of_many_is_refused(bureau: Bureau) -> None:
    good = retire_statement(bureau.keeper.knowledge(), bureau.keeper.state(), "alpha.materials.photo")
    bad = Proposal("office", "nowhere", {"phone": "12345"}, None, None, based_on=None)
    with pytest.raises(Refused, match="nowhere"):
        bureau.keeper.stage([good, bad], by=ONE, why="x")
    assert bureau.keeper.state().changes == {}
