"""What `minzheng evaluate` accepts as a file and what its figures mean, on rows made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.evaluation import BadFile, Result, Row, measure, read_rows, report


def row(label: str, decision: str, service: str, label2: str | None = None, *candidates: str) -> Row:
    answer: dict[str, Any] = {"decision": decision, "service": service, "candidates": list(candidates)}
    return Row("问", label, label2, answer, 0.01)


@pytest.mark.parametrize(
    ("one", "right", "of_three", "confidently_wrong"),
    [
        (row("dibao", "answer", "dibao"), True, True, False),
        (row("dibao", "answer", "tekun"), False, False, True),
        (row("dibao", "answer", "tekun", "tekun"), True, True, False),
        # Asked back: not right, but for the top three its choices count (three of them).
        (row("dibao", "clarify", "dibao", None, "tekun", "dibao"), False, True, False),
        (row("dibao", "clarify", "x", "tekun", "a", "b", "tekun"), False, True, False),
        (row("dibao", "clarify", "dibao", None, "a", "b", "c", "dibao"), False, False, False),
        (row("dibao", "clarify", "dibao"), False, False, False),
        # A choice below an unsure answer, or below a redirection, is in a resident's reach.
        (row("dibao", "answer", "tekun", None, "tekun", "dibao"), False, True, True),
        (row("dibao", "redirect", "out_of_scope", None, "dibao"), False, True, False),
        (row("dibao", "redirect", "out_of_scope", None, "tekun"), False, False, False),
        # Sent elsewhere: wrong in scope, whatever service is named.
        (row("dibao", "redirect", "dibao"), False, False, False),
        (row("human_handoff", "handoff", "human_handoff"), True, True, False),
        (row("street_rescue", "report", "street_rescue"), True, True, False),
        (row("dibao", "report", "street_rescue"), False, False, False),
        (row("chitchat", "chitchat", "chitchat"), True, True, False),
        (row("dibao", "chitchat", "chitchat"), False, False, False),
    ],
)
def test_in_scope(one: Row, right: bool, of_three: bool, confidently_wrong: bool) -> None:
    assert (one.right, one.right_of_three, one.confidently_wrong) == (right, of_three, confidently_wrong)


@pytest.mark.parametrize(
    ("one", "right"),
    [
        (row("out_of_scope", "redirect", "out_of_scope"), True),
        (row("out_of_scope", "handoff", "human_handoff"), True),
        (row("out_of_scope", "clarify", "dibao", None, "dibao"), True),
        (row("out_of_scope", "answer", "out_of_scope"), False),
        (row("out_of_scope", "chitchat", "chitchat"), False),
        (row("out_of_scope", "report", "complaint"), False),
        (row("out_of_scope", "answer", "dibao", "dibao"), False),
        (row("out_of_scope", "chitchat", "chitchat", "chitchat"), False),
    ],
)
def test_out_of_scope_is_turned_away_and_has_no_second_label(one: Row, right: bool) -> None:
    assert one.right is right


def test_the_figures_are_shares_of_their_own_rows() -> None:
    rows = [
        row("dibao", "answer", "dibao"),
        row("dibao", "answer", "tekun"),
        row("dibao", "clarify", "tekun", None, "dibao"),
        row("tekun", "answer", "dibao", "dibao"),
        row("out_of_scope", "answer", "dibao"),
        row("out_of_scope", "redirect", "out_of_scope"),
    ]
    for n, one in enumerate(rows):
        one.seconds = (n + 1) / 100
    figures = Result(rows, 2.0).figures()
    assert (figures["rows"], figures["in_scope_rows"], figures["out_of_scope_rows"]) == (6, 4, 2)
    assert figures["in_scope_accuracy"] == 0.5
    assert figures["top3_accuracy"] == 0.75
    assert figures["confidently_wrong_rate"] == 0.25
    assert figures["clarify_rate"] == 0.25
    assert figures["out_of_scope_recall"] == figures["false_accept_rate"] == 0.5
    assert figures["latency_ms"] == {"p50": 40.0, "p95": 60.0}
    assert figures["questions_per_second"] == 3.0
    assert figures["labels"]["dibao"] == {"rows": 3, "right": 0.3333}
    assert {(c["label"], c["answered"]): c["rows"] for c in figures["confusions"]} == {
        ("dibao", "tekun"): 1, ("dibao", "clarify"): 1, ("out_of_scope", "dibao"): 1,
    }  # fmt: skip
    assert [wrong[:2] for wrong in Result(rows, 2.0).wrong_rows()] == [["问", "dibao"]] * 2 + [
        ["问", "out_of_scope"]
    ]


def test_without_out_of_scope_rows_there_is_no_recall_and_the_report_still_prints(capsys: Any) -> None:
    result = Result([row("dibao", "answer", "dibao")], 1.0)
    assert result.figures()["out_of_scope_recall"] is None
    report(result, Console(width=200))
    printed = capsys.readouterr().out
    assert "in_scope_accuracy        100.0%" in printed and "out_of_scope_recall      -" in printed


# Files


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


BAD = {
    "no column": ("text,intent\n低保,dibao\n", "line 1", "text,label"),
    "no header": ("", "line 1", "text,label"),
    "no rows": ("text,label\n", "rows", ""),
    "unknown label": ("text,label\n低保,dibao\n五保,wubao\n", "line 3", "wubao"),
    "unknown second label": ("text,label,label2\n低保,dibao,[x/]\n", "line 2", "[x/]"),
    "no label": ("text,label\n低保,\n", "line 2", "label"),
    "short row": ("text,label\n低保,dibao\n五保\n", "line 3", "label"),
    "empty text": ("text,label\n低保,dibao\n  ,dibao\n", "line 3", "text"),
    "not UTF-8": ("text,label\n低保,dibao\n".encode() + "五保,tekun\n".encode("gbk"), "line 3", "UTF-8"),
    "after a text of two lines": ('text,label\n"低保\n怎么办",dibao\n五保,wubao\n', "line 4", "wubao"),
    "endless header": ("低" * 140_000, "line 1", "field"),
    "endless field": ("text,label\n" + "低" * 140_000 + ",dibao\n", "line 2", "field"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_by_line(tmp_path: Path, name: str) -> None:
    content, line, said = BAD[name]
    with pytest.raises(BadFile) as caught:
        read_rows(write(tmp_path, content))
    assert line in str(caught.value) and said in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"none\.csv"):
        read_rows(tmp_path / "none.csv")


def test_what_is_read(tmp_path: Path) -> None:
    content = '\ufefftext,note,label,label2\r\n 低保 ,x,dibao,\r\n"一行\n两行，""引""",y,out_of_scope,tekun\r\n断\u2028行\x85了,z,tekun,dibao\r\n'
    rows = read_rows(write(tmp_path, content))
    assert [(r.text, r.label, r.label2) for r in rows] == [
        ("低保", "dibao", None), ('一行\n两行，"引"', "out_of_scope", "tekun"), ("断\u2028行\x85了", "tekun", "dibao"),
    ]  # fmt: skip
    assert rows[1].accepted == {"out_of_scope"} and rows[2].accepted == {"tekun", "dibao"}


def test_an_assistant_that_is_gone_stops_the_measuring_with_a_reason() -> None:
    with pytest.raises(RuntimeError, match="stopped answering"):
        measure([Row("低保", "dibao")], "http://127.0.0.1:9", Console(quiet=True))
