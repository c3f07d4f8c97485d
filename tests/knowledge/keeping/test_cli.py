"""`minzheng knowledge …` over the bureau's real files, as two officers use it one after the other."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from bot import cli_knowledge
from bot.cli import app
from bot.settings import Settings
from knowledge.keeping.gaps import GapBook
from knowledge.keeping.keeper import LOCAL
from tests.knowledge.keeping.conftest import ONE, TWO

STANDARD, STATEMENT = "dibao_standard_urban", "dibao.overview.what"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    chosen = Settings(_env_file=None, var=tmp_path / "var")
    monkeypatch.setattr(cli_knowledge, "settings", lambda: chosen)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "var" / "knowledge"


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["knowledge", *arguments])
    assert result.exit_code == code, result.output
    return result


def fill(path: Path, value: object) -> str:
    """Fill the row of the urban standard; the address of its value cell."""
    book = load_workbook(path)
    sheet = book["金额与时限"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    row = next(cell.row for cell in sheet["A"] if cell.value == STANDARD)
    entered = {
        "数值": value,
        "执行起始日": datetime(2026, 1, 1),
        "文件名称": "测试用的通知",
        "文号": "咸测发〔2026〕1号",
    }
    for title, content in entered.items():
        sheet.cell(row, columns[title]).value = content
    book.save(path)
    return str(sheet.cell(row, columns["数值"]).coordinate)


def test_from_the_form_to_the_answer_and_back(folder: Path, tmp_path: Path) -> None:
    form = tmp_path / "form.xlsx"
    run("pending", "--xlsx", str(form))
    place = fill(form, "很多")
    assert f"金额与时限!{place}" in run("import", str(form), "--by", ONE, code=1).output
    fill(form, 1)
    assert "c0001" in run("import", str(form), "--by", ONE).output
    assert "c0001" in run("staged").output and STANDARD in run("pending").output
    assert "不能自己确认" in run("confirm", "c0001", "--by", ONE, code=1).output
    run("confirm", "all", "--by", TWO)
    assert STANDARD not in run("pending").output
    today = datetime.now(LOCAL).date().isoformat()
    assert "1元/人/月" in run("asof", today, "低保标准几多钱", "--service", "dibao").output
    assert "待区民政局公布" in run("asof", "2026-01-02", "低保标准几多钱", "--service", "dibao").output
    run("undo", "c0001", "--by", TWO, "--why", "试一下")
    run("confirm", "c0002", "--by", ONE)
    assert STANDARD in run("pending").output
    told = run("history").output
    assert all(word in told for word in (ONE, TWO, "导入 form.xlsx", "试一下", "链完好"))
    assert [event["action"] for event in json.loads(run("history", "c0001", "--json").stdout)] == [
        "stage",
        "confirm",
    ]


def test_a_sentence_is_changed_rejected_added_and_retired(folder: Path) -> None:
    run("edit", STATEMENT, "--text", "收入低可以问。", "--by", ONE, "--why", "说短些")
    run("reject", "c0001", "--by", TWO, "--why", "太短")
    run("edit", STATEMENT, "--text", "给200元。", "--by", ONE, "--why", "x", code=1)
    run("add", "dibao.boundary.test", "--text", "这是试着加的一句。", "--by", ONE, "--why", "x", code=1)
    run("add", "dibao.boundary.test", "--text", "这是试着加的一句。", "--document", "s01", "--article", "第十八条",
        "--by", ONE, "--why", "补一句")  # fmt: skip
    run("retire", STATEMENT, "--by", ONE, "--why", "试")
    run("confirm", "all", "--by", TWO)
    services = (folder / "services" / "dibao.yml").read_text("utf-8")
    assert "这是试着加的一句。" in services and "retire" in services and "收入低可以问" not in services
    run("check")


def test_a_gap_is_listed_pointed_and_gone(folder: Path, tmp_path: Path) -> None:
    key = GapBook(folder).record("=崽伢打工算不算收入", "dibao", [STATEMENT], datetime.now(UTC))
    assert key is not None and key in run("gaps").output
    table = tmp_path / "gaps.csv"
    run("gaps", "--csv", str(table))
    with table.open(encoding="utf-8-sig", newline="") as handle:
        (row,) = csv.DictReader(handle)
    assert row["编号"] == key and row["问题"].startswith("'=") and row["最近的句子"] == STATEMENT
    run("point", "g0", STATEMENT, "--by", ONE, code=1)
    run("point", key, "dibao.conditions.nothing", "--by", ONE, code=1)
    run("point", key, STATEMENT, "--by", ONE)
    assert key not in run("gaps").output
    run("confirm", "all", "--by", TWO)
    today = datetime.now(LOCAL).date().isoformat()
    assert STATEMENT in run("asof", today, "崽伢打工算不算收入").output


def test_a_tampered_history_is_said_and_nothing_is_changed_over_it(folder: Path) -> None:
    run("edit", STATEMENT, "--text", "收入低可以问。", "--by", ONE, "--why", "说短些")
    path = folder / "history.jsonl"
    path.write_text(path.read_text("utf-8").replace(ONE, TWO), encoding="utf-8")
    for arguments in (["history"], ["staged"], ["confirm", "all", "--by", "王三"], ["check"]):
        assert "第1行被改动过" in run(*arguments, code=1).output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["asof", "昨天", "低保"], 2),
        (["asof", "2026-11-23", "低保", "--service", "nothing"], 2),
        (["asof", "2026-11-23", "qqqq"], 1),
        (["import", "nowhere.xlsx", "--by", ONE], 1),
        (["import", "nowhere.xlsx"], 2),
        (["undo", "c0009", "--by", ONE, "--why", "x"], 1),
        (["edit", "dibao.conditions.nothing", "--text", "x", "--by", ONE, "--why", "x"], 1),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(
    folder: Path, arguments: list[str], code: int
) -> None:
    run(*arguments, code=code)
    assert not (folder / "history.jsonl").exists()


def test_the_form_that_cannot_be_written_is_said(folder: Path, tmp_path: Path) -> None:
    assert "写不了" in run("pending", "--xlsx", str(tmp_path / "no" / "form.xlsx"), code=1).output
