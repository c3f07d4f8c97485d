"""The XLSX form: lists what is missing, locks what is not to be changed, and names every bad cell."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

import knowledge
from knowledge.keeping.form import write_form
from knowledge.keeping.form_import import BadForm
from knowledge.pending import pending
from tests.knowledge.keeping.conftest import FILLED, ONE, TODAY, TWO, Bureau

VALUES, OFFICES, HOTLINES, STATEMENTS = "金额与时限", "机构", "热线", "待补的话"
WINDOW = {"地址": "永安街道1号", "电话": "0715-8888888", "工作时间": "周一到周五 8:30—12:00"}


def faults(bureau: Bureau, path: Path, known: int = 0) -> dict[str, str]:
    """sheet!cell → message of a form that must be refused whole."""
    with pytest.raises(BadForm) as raised:
        bureau.stage_form(path)
    assert len(bureau.keeper.state().changes) == known
    return {f"{fault.sheet}!{fault.cell}": fault.message for fault in raised.value.faults}


def test_the_form_lists_what_is_missing_and_locks_what_is_not_to_be_changed(bureau: Bureau) -> None:
    book = load_workbook(bureau.form(everything=False))
    assert book.sheetnames == [VALUES, OFFICES, HOTLINES, STATEMENTS, "说明"]
    values = book[VALUES]
    titles = [cell.value for cell in values[1]]
    assert {cell.value for cell in values["A"]} == {"编号", "alpha_amount", "alpha_ratio"}
    assert {cell.value for cell in book[OFFICES]["A"]} == {"编号", "window"}
    assert {cell.value for cell in book[STATEMENTS]["A"]} == {"编号", "alpha.amount.local"}
    assert values.protection.sheet and values["A2"].protection.locked
    for title in ("数值", "执行起始日", "文号", "单位"):
        assert not values.cell(2, titles.index(title) + 1).protection.locked
    rules = {rule.type for rule in values.data_validations.dataValidation}
    assert {"date", "list", "decimal"} <= rules
    assert "元/人/月" in next(
        rule.formula1 for rule in values.data_validations.dataValidation if rule.type == "list"
    )


def test_the_real_form_has_a_row_for_each_pending_item(tmp_path: Path) -> None:
    real = knowledge.load()
    path = tmp_path / "form.xlsx"
    write_form(real, path, today=TODAY)
    book = load_workbook(path)
    listed = {cell.value for sheet in (VALUES, OFFICES, HOTLINES, STATEMENTS) for cell in book[sheet]["A"]}
    assert {item.id for item in pending(real)} <= listed


def test_a_filled_row_of_each_sheet_is_staged_and_once_confirmed_said(bureau: Bureau) -> None:
    path = bureau.form(everything=False)
    bureau.fill(path, VALUES, "alpha_amount", **FILLED)
    bureau.fill(path, OFFICES, "window", **WINDOW)
    bureau.fill(
        path, STATEMENTS, "alpha.amount.local", 新的说法="过节有慰问金，先到窗口问。", 文件名称="关于甲项标准的通知",
        文号="咸民政发〔2026〕5号", 备注="局长办公会定的",
    )  # fmt: skip
    staged = bureau.stage_form(path)
    assert {(change.kind, change.target) for change in staged} == {
        ("standard", "alpha_amount"), ("office", "window"), ("statement", "alpha.amount.local"),
    }  # fmt: skip
    assert {change.why for change in staged} == {"局里来文", "局长办公会定的"}
    assert "700" not in bureau.said().text
    bureau.keeper.confirm(None, by=TWO)
    answer = bureau.said()
    assert "700元/人/月" in answer.text and "《关于甲项标准的通知》" in answer.text
    assert "过节有慰问金，先到窗口问。" in answer.text and "待区民政局公布" not in answer.text
    assert "永安街道1号" in bureau.said("where").text


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"数值": "七百"}, "数值", "要填数字"),
        ({"数值": -1}, "数值", "负数"),
        ({"数值": 99999}, "数值", "合理范围"),
        ({"数值": float("1e300")}, "数值", "合理范围"),
        ({"数值": True}, "数值", "要填数字"),
        ({"数值": None}, "数值", "要填「数值」"),
        ({"数值": "=600+100"}, "数值", "公式"),
        ({"单位": "元/人/年"}, "单位", "单位应为「元/人/月」"),
        ({"执行起始日": "明年"}, "执行起始日", "要填日期"),
        ({"执行起始日": "2026-02-30"}, "执行起始日", "要填日期"),
        ({"执行起始日": None}, "执行起始日", "要填「执行起始日」"),
        ({"执行起始日": datetime(2062, 1, 1)}, "执行起始日", "日期不合理"),
        ({"执行截止日": datetime(2025, 1, 1)}, "执行截止日", "早于起始日"),
        ({"文号": None}, "文号", "必须写文号"),
        ({"文号": "五号文件"}, "文号", "文号写法不对"),
        ({"条款": "第5条"}, "条款", "第十二条"),
        ({"文号": "令第1号", "文件名称": "别的条例"}, "文号", "名称对不上"),
        ({"文件名称": None}, "文件名称", "要写文件名称"),
        ({"编号": "alpha_nothing"}, "编号", "没有这个编号"),
        ({"编号": None}, "编号", "没有编号"),
    ],
)  # fmt: skip
def test_a_bad_value_cell_is_named(bureau: Bureau, cells: dict[str, Any], column: str, said: str) -> None:
    path = bureau.form()
    places = bureau.fill(path, VALUES, "alpha_amount", **{**FILLED, **cells})
    found = faults(bureau, path)
    assert list(found) == [f"{VALUES}!{places[column]}"] and said in found[f"{VALUES}!{places[column]}"]


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"电话": "13800000000"}, "电话", "手机"),
        ({"电话": "打给门卫"}, "电话", "电话写法不对"),
        ({"电话": "0715-8888888、12"}, "电话", "电话写法不对"),
        ({"网址": "www.example"}, "网址", "http"),
        ({"工作时间": "找张女士"}, "工作时间", "个人姓名"),
        ({"地址": "街" * 81}, "地址", "太长"),
    ],
)  # fmt: skip
def test_a_bad_office_cell_is_named(bureau: Bureau, cells: dict[str, Any], column: str, said: str) -> None:
    path = bureau.form()
    places = bureau.fill(path, OFFICES, "window", **{**WINDOW, **cells})
    found = faults(bureau, path)
    assert list(found) == [f"{OFFICES}!{places[column]}"] and said in found[f"{OFFICES}!{places[column]}"]


def test_every_bad_cell_is_named_at_once_and_the_good_rows_wait_too(bureau: Bureau) -> None:
    path = bureau.form()
    bureau.fill(
        path, VALUES, "alpha_photo", 数值=4, 执行起始日=datetime(2026, 5, 1), 文件名称="关于照片的通知"
    )
    value = bureau.fill(path, VALUES, "alpha_amount", **{**FILLED, "数值": -1, "执行起始日": "明年"})
    office = bureau.fill(path, OFFICES, "window", 电话="x")
    said = bureau.fill(
        path, STATEMENTS, "alpha.amount.local", 新的说法="慰问金200元。", 文件名称="关于甲项标准的通知"
    )
    assert set(faults(bureau, path)) == {
        f"{VALUES}!{value['数值']}", f"{VALUES}!{value['执行起始日']}", f"{OFFICES}!{office['电话']}",
        f"{STATEMENTS}!{said['新的说法']}",
    }  # fmt: skip


def test_an_id_that_comes_twice_is_named_with_its_other_place(bureau: Bureau) -> None:
    path = bureau.form()
    first = bureau.fill(path, VALUES, "alpha_amount", **FILLED)
    second = bureau.fill(path, VALUES, "alpha_ratio", **{**FILLED, "编号": "alpha_amount"})
    found = faults(bureau, path)
    assert list(found) == [f"{VALUES}!{second['编号']}"]
    assert first["编号"] in found[f"{VALUES}!{second['编号']}"]


def test_one_number_cannot_have_two_titles(bureau: Bureau) -> None:
    path = bureau.form()
    bureau.fill(path, VALUES, "alpha_amount", **FILLED)
    other = bureau.fill(path, VALUES, "alpha_photo", **{**FILLED, "数值": 4, "文件名称": "另一份通知"})
    assert list(faults(bureau, path)) == [f"{VALUES}!{other['文件名称']}"]


def test_what_is_already_waiting_or_already_so_is_not_taken_again(bureau: Bureau) -> None:
    change = bureau.amount(700, datetime(2026, 1, 1), confirm=False)
    path = bureau.form()
    place = bureau.fill(path, VALUES, "alpha_amount", **FILLED)
    with pytest.raises(BadForm, match=change.id) as raised:
        bureau.stage_form(path)
    assert raised.value.faults[0].cell == place["编号"]
    bureau.keeper.confirm([change.id], by=TWO)
    with pytest.raises(BadForm, match="和现有数值一样"):
        bureau.stage_form(path)


def test_spellings_that_officers_use_are_understood(bureau: Bureau) -> None:
    path = bureau.form()
    bureau.fill(
        path, VALUES, "alpha_amount", 数值="７００", 执行起始日="2026年1月1日", 执行截止日="2026/12/31",
        文件名称="《关于甲项标准的通知》", 文号="咸民政发[2026] 5 号",
    )  # fmt: skip
    (change,) = bureau.stage_form(path)
    value = change.payload["values"][0]  # type: ignore[index]
    assert (value["value"], value["effective_from"], value["effective_to"]) == (
        700,
        "2026-01-01",
        "2026-12-31",
    )
    document = change.payload["documents"][0]  # type: ignore[index]
    assert (document["title"], document["number"]) == ("关于甲项标准的通知", "咸民政发〔2026〕5号")


def test_a_document_that_may_not_be_cited_is_refused(bureau: Bureau) -> None:
    path = bureau.form()
    place = bureau.fill(
        path,
        VALUES,
        "alpha_amount",
        **{**FILLED, "文件名称": "湖北省甲项暂行办法", "文号": "鄂文〔2024〕1号"},
    )
    assert "已到期" in faults(bureau, path)[f"{VALUES}!{place['文号']}"]


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_said_to_be_none(bureau: Bureau, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    assert list(faults(bureau, path).values()) == ["打不开，要 .xlsx 文件"]


def test_a_missing_sheet_a_missing_column_and_an_empty_form_are_named(bureau: Bureau, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    Workbook().save(path)
    assert "没有「金额与时限」这张表" in next(iter(faults(bureau, path).values()))
    path = bureau.form()
    assert list(faults(bureau, path).values()) == ["没有填任何内容"]
    book = load_workbook(path)
    book[VALUES].delete_cols([cell.value for cell in book[VALUES][1]].index("文号") + 1)
    book.save(path)
    assert "没有「文号」这一列" in next(iter(faults(bureau, path).values()))


def test_the_value_of_a_day_is_the_one_in_force(bureau: Bureau) -> None:
    bureau.amount(700, datetime(2026, 1, 1))
    bureau.amount(750, datetime(2026, 7, 1))
    assert "700元/人/月" in bureau.said(on=date(2026, 6, 30)).text
    assert "750元/人/月" in bureau.said(on=date(2026, 7, 1)).text
    assert "700元" not in bureau.said(on=date(2026, 7, 1)).text


def test_a_value_with_an_end_is_said_to_have_run_out(bureau: Bureau) -> None:
    path = bureau.form()
    bureau.fill(path, VALUES, "alpha_amount", **FILLED, 执行截止日=datetime(2026, 6, 30))
    bureau.stage_form(path)
    bureau.keeper.confirm(None, by=TWO)
    assert "有效期已到" not in bureau.said(on=date(2026, 6, 30)).text
    assert "有效期已到" in bureau.said(on=date(2026, 7, 1)).text


def test_a_value_that_would_run_into_a_later_one_is_refused(bureau: Bureau) -> None:
    bureau.amount(750, datetime(2026, 7, 1))
    path = bureau.form()
    place = bureau.fill(path, VALUES, "alpha_amount", **FILLED, 执行截止日=datetime(2026, 12, 31))
    assert "重叠" in faults(bureau, path, known=1)[f"{VALUES}!{place['数值']}"]
    bureau.fill(path, VALUES, "alpha_amount", 执行截止日=datetime(2026, 6, 30))
    bureau.stage_form(path)
    bureau.keeper.confirm(None, by=TWO)
    assert "700" in bureau.said(on=date(2026, 6, 30)).text
    assert "750" in bureau.said(on=date(2026, 7, 1)).text


def test_the_bureau_names_the_period_that_a_standard_left_open(bureau: Bureau, copy: Path, edit: Any) -> None:
    edit("standards/standards.yml", "unit: 元/人/月", "unit: 元")
    path = bureau.form()
    bureau.fill(path, VALUES, "alpha_amount", **FILLED, 单位="元/季度")
    bureau.stage_form(path)
    bureau.keeper.confirm(None, by=TWO)
    assert "700元/季度" in bureau.said().text


def test_hotlines_are_confirmed_or_corrected_and_emergency_numbers_are_not_asked(bureau: Bureau) -> None:
    path = bureau.form(everything=False)
    assert [cell.value for cell in load_workbook(path)[HOTLINES]["A"]][1:] == ["12333", "12345"]
    bureau.fill(path, HOTLINES, "12345", 核对后的号码=12345)
    bureau.fill(path, HOTLINES, "12333", 核对后的号码="96333", 核对后的名称="人社服务热线")
    staged = bureau.stage_form(path)
    assert {(change.kind, change.target) for change in staged} == {("hotline", "12345"), ("hotline", "12333")}
    bureau.keeper.confirm(None, by=TWO)
    known = bureau.keeper.knowledge()
    assert {item.id for item in pending(known) if item.kind == "hotline"} == set()
    assert "可以打12345转办" in bureau.said().text
    assert "96333（人社服务热线）" in known.redirect("renshe", on=TODAY).text
    # Undone by two people, the number of the files is said again.
    wrong = next(change.id for change in staged if change.target == "12333")
    undone = bureau.keeper.undo(wrong, by=ONE, why="填错")
    bureau.keeper.confirm([undone.id], by=TWO)
    assert "12333（人社热线）" in bureau.keeper.knowledge().redirect("renshe", on=TODAY).text


@pytest.mark.parametrize(("number", "said"), [("13812345678", "三到六位"), ("一二三", "三到六位")])
def test_a_bad_hotline_is_named(bureau: Bureau, number: str, said: str) -> None:
    path = bureau.form(everything=False)
    cells = bureau.fill(path, HOTLINES, "12345", 核对后的号码=number)
    assert said in faults(bureau, path)[f"{HOTLINES}!{cells['核对后的号码']}"]
