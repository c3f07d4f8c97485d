"""The `minzheng` command as an operator uses it: help everywhere, exit codes 0, 1 and 2, reasons in words."""

from __future__ import annotations

import csv
import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from bot import cli
from bot.settings import ROOT, Settings
from tests.bot.test_evaluation import BAD, write

run = CliRunner().invoke


def commands() -> list[list[str]]:
    """Every command and group of the tree, the root first."""

    def below(command: Any, path: list[str]) -> Iterator[list[str]]:
        yield path
        for name, child in getattr(command, "commands", {}).items():
            yield from below(child, [*path, name])

    return list(below(typer.main.get_command(cli.app), []))


def test_the_tree_has_what_the_design_promises() -> None:
    names = {" ".join(path) for path in commands()}
    assert names >= {
        "serve", "chat", "ask", "train", "evaluate", "knowledge check", "knowledge pending", "db upgrade", "demo-data",
        "export", "appointments open",
    }  # fmt: skip


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_help_on_each(path: list[str]) -> None:
    result = run(cli.app, [*path, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output and "--help" in result.output


def test_the_installed_command_works_from_anywhere() -> None:
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "minzheng", "--help"], capture_output=True, text=True, timeout=20, cwd="/"
    )
    assert done.returncode == 0 and "evaluate" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["ask"], ["evaluate"], ["serve", "--nonsense"]], ids=" ".join
)
def test_wrong_use_is_2(arguments: list[str]) -> None:
    assert run(cli.app, arguments).exit_code == 2


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The command's settings: a data folder of this test and ports on which nobody listens."""
    settings = Settings(
        _env_file=None, var=tmp_path / "var", port=9, rasa_port=9, actions_port=9, database_url=""
    )
    monkeypatch.setattr(cli, "settings", lambda: settings)
    return settings


@pytest.fixture
def assistant(chosen: Settings) -> Iterator[dict[str, Any]]:
    """A running assistant: answers each text by the entry of this dict, or as dibao; a number is a status."""
    replies: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def reply(self, status: int, body: Any) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def do_GET(self) -> None:
            self.reply(200, {"ready": True})

        def do_POST(self) -> None:
            text = json.loads(self.rfile.read(int(self.headers["content-length"])))["text"]
            answer = replies.get(
                text, {"decision": "answer", "service": "dibao", "text": "[bold]带身份证[/x]"}
            )
            self.reply(*((answer, {}) if isinstance(answer, int) else (200, answer)))

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    chosen.port = server.server_address[1]
    yield replies
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", BAD)
def test_evaluate_names_the_line_of_a_bad_file_and_ends_with_2(
    chosen: Settings, tmp_path: Path, name: str
) -> None:
    content, line, said = BAD[name]
    result = run(cli.app, ["evaluate", str(write(tmp_path, content))])
    assert result.exit_code == 2
    assert line in result.output and said in result.output


def test_evaluate_asks_over_http_and_writes_what_it_found(assistant: dict[str, Any], tmp_path: Path) -> None:
    assistant["五保"] = {
        "decision": "clarify",
        "service": "dibao",
        "text": "?",
        "candidates": ["dibao", "tekun"],
    }
    assistant["天气"] = {"decision": "redirect", "service": "out_of_scope", "text": "?"}
    file = write(tmp_path, "text,label\n低保,dibao\n五保,tekun\n天气,out_of_scope\n高龄,old_age_allowance\n")
    figures, wrong = tmp_path / "figures.json", tmp_path / "wrong.csv"
    result = run(cli.app, ["evaluate", str(file), "--json", str(figures), "--wrong", str(wrong)])
    assert result.exit_code == 0, result.output
    read = json.loads(figures.read_text("utf-8"))
    assert (read["in_scope_accuracy"], read["top3_accuracy"]) == (0.3333, 0.6667)
    assert (read["out_of_scope_recall"], read["confidently_wrong_rate"]) == (1.0, 0.3333)
    assert "33.3%" in result.output
    with wrong.open(encoding="utf-8", newline="") as handle:
        assert [line["text"] for line in csv.DictReader(handle)] == ["五保", "高龄"]


def test_evaluate_ends_with_1_when_the_assistant_stops_answering(
    assistant: dict[str, Any], tmp_path: Path
) -> None:
    assistant["五保"] = 500
    result = run(cli.app, ["evaluate", str(write(tmp_path, "text,label\n低保,dibao\n五保,tekun\n"))])
    assert result.exit_code == 1 and "没有回答" in result.output
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("option", ["--json", "--wrong"])
def test_evaluate_says_before_it_asks_that_it_cannot_write(
    chosen: Settings, tmp_path: Path, option: str
) -> None:
    file = write(tmp_path, "text,label\n低保,dibao\n")
    result = run(cli.app, ["evaluate", str(file), option, str(tmp_path / "no" / "x")])
    assert result.exit_code == 2 and "no such folder" in result.output


def test_ask_prints_the_text_as_it_is_or_the_whole_answer(assistant: dict[str, Any]) -> None:
    plain = run(cli.app, ["ask", "低保"])
    assert (plain.exit_code, plain.stdout.strip()) == (0, "[bold]带身份证[/x]")
    whole = run(cli.app, ["ask", "低保", "--json"])
    assert json.loads(whole.stdout)["service"] == "dibao"


def test_ask_says_why_it_cannot(assistant: dict[str, Any]) -> None:
    assistant["低保"] = 500
    result = run(cli.app, ["ask", "低保"])
    assert result.exit_code == 1 and "500" in result.output


def test_an_assistant_that_does_not_start_is_said_and_not_left_running(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    really = subprocess.Popen

    def dies(_command: list[str], **_: Any) -> subprocess.Popen[bytes]:
        started.append(really(["sleep", "60"]))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", dies)

    def ctrl_c_once(_seconds: float) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", ctrl_c_once)
    result = run(cli.app, ["ask", "低保"])
    assert result.exit_code != 0
    assert started[0].poll() is not None


def test_database_and_demo_commands(chosen: Settings, tmp_path: Path) -> None:
    for arguments in (["db", "upgrade"], ["db", "upgrade"], ["demo-data", "--clear"]):
        result = run(cli.app, arguments)
        assert result.exit_code == 0, (arguments, result.output)
    # Fictional records go into a database of their own.
    assert {p.name for p in chosen.var.glob("*.db")} == {"minzheng.db", "demo.db"}


def test_slots_open_once_and_not_at_the_weekend(chosen: Settings) -> None:
    arguments = ["appointments", "open", "--office", "hall", "--name", "登记处", "--first", "2026-11-27", "--last",
                 "2026-11-30", "--period", "08:30-09:00x3", "--period", "09:00-09:30x2"]  # fmt: skip
    first = run(cli.app, arguments)
    assert first.exit_code == 0 and " 4 " in first.output
    assert " 0 " in run(cli.app, arguments).output
    assert " 4 " in run(cli.app, [*arguments, "--weekends"]).output


@pytest.mark.parametrize("period", ["morning", "08:30-09:00", "08:30x3", "25:00-26:00x1"])
def test_a_period_that_is_none_is_2(chosen: Settings, period: str) -> None:
    arguments = ["appointments", "open", "--office", "h", "--name", "n", "--first", "2026-11-27", "--last",
                 "2026-11-27", "--period", period]  # fmt: skip
    result = run(cli.app, arguments)
    assert result.exit_code == 2 and "08:30-09:00x3" in result.output


def test_export_writes_a_list_without_personal_columns(chosen: Settings, tmp_path: Path) -> None:
    result = run(cli.app, ["export", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    (file,) = (tmp_path / "out").iterdir()
    assert (
        file.read_text("utf-8-sig").strip()
        == "receipt,kind,service,triage,status,township,created_at,due_at,demo"
    )


@pytest.mark.parametrize("command", [["db", "upgrade"], ["demo-data"], ["serve"]], ids=" ".join)
def test_a_wrong_key_and_a_dead_database_are_said(chosen: Settings, command: list[str]) -> None:
    run(cli.app, ["db", "upgrade"])
    run(cli.app, ["demo-data"])
    (chosen.var / "secret.key").unlink()
    result = run(cli.app, command)
    assert result.exit_code == 1 and "key" in result.output
    chosen.database_url = "sqlite:////nonexistent/folder/x.db"
    result = run(cli.app, command)
    assert result.exit_code == 1 and "MINZHENG_DATABASE_URL" in result.output


def test_purge_forgets_old_transcripts_and_keeps_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = Settings(_env_file=None, var=tmp_path)
    monkeypatch.setattr(cli, "settings", lambda: chosen)
    tracker = create_engine(chosen.tracker_address)
    old, new = (datetime.now(UTC) - timedelta(days=days) for days in (31, 29))
    with tracker.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, timestamp FLOAT, data TEXT)"))
        for when, words in ((old, "我爸叫王大山"), (new, "低保怎么办")):
            connection.execute(
                text("INSERT INTO events (timestamp, data) VALUES (:t, :d)"),
                {"t": when.timestamp(), "d": words},
            )
    result = run(cli.app, ["db", "purge"])
    assert result.exit_code == 0, result.output
    with tracker.connect() as connection:
        assert connection.execute(text("SELECT data FROM events")).scalars().all() == ["低保怎么办"]
    tracker.dispose()
    # Again, and where no transcript was ever written: nothing to do, and no error.
    assert run(cli.app, ["db", "purge"]).exit_code == 0
    chosen = Settings(_env_file=None, var=tmp_path / "other")
    assert run(cli.app, ["db", "purge"]).exit_code == 0
