"""The `minzheng` command: serve, chat, ask, train, evaluate, knowledge, db, demo-data, export.

Exit codes: 0 done, 1 it did not work (said why), 2 wrong use.
"""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from bot.cli_knowledge import knowledge_app
from bot.settings import ROOT, Settings, settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="咸安民政助手 / the assistant of Xian'an's civil affairs bureau",
)
db_app = typer.Typer(no_args_is_help=True, help="数据库 / database")
slots_app = typer.Typer(no_args_is_help=True, help="预约号源 / appointment slots")
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(db_app, name="db")
app.add_typer(slots_app, name="appointments")
out = Console()
err = Console(stderr=True)


def _fail(message: str, code: int = 1) -> typer.Exit:
    # Escaped: a path or a label may hold brackets, which are mark-up here.
    err.print(f"[red]{escape(message)}[/red]", highlight=False, soft_wrap=True)
    return typer.Exit(code)


def _settings(demo: bool = False) -> Settings:
    return settings().model_copy(update={"demo": True}) if demo else settings()


@app.command()
def serve(
    demo: Annotated[
        bool, typer.Option(help="虚构的演示数据 / fictional sample data, flagged in every answer")
    ] = False,
) -> None:
    """启动整套助手 / start the action server, Rasa and the gateway; Ctrl-C stops all of it."""
    from bot.supervisor import Supervisor
    from bot.training import TrainingFailed

    chosen = _settings(demo)
    _prepare(chosen)
    try:
        code = asyncio.run(Supervisor(chosen).run())
    except TrainingFailed as error:
        raise _fail(str(error)) from error
    raise typer.Exit(code)


def _prepare(chosen: Settings) -> None:
    """Bring the registry up to date, and in demo mode put the fictional records in."""
    from registry import Registry, RegistryUnavailable, WrongKey
    from registry.demo import load_demo

    if chosen.demo and chosen.database_url:
        raise _fail(
            "演示数据不能放进正式数据库：先去掉 MINZHENG_DATABASE_URL / demo data never goes into a configured database"
        )
    chosen.var.mkdir(parents=True, exist_ok=True)
    registry = Registry(chosen.registry_url, chosen.key())
    try:
        registry.upgrade()
        if chosen.demo:
            with registry.session() as session:
                load_demo(session, date.today())
    except WrongKey as error:
        raise _fail(
            "密钥和数据库对不上（var/secret.key 或 MINZHENG_SECRET_KEY）/ the key does not fit this database"
        ) from error
    except RegistryUnavailable as error:
        raise _fail("数据库连不上，检查 MINZHENG_DATABASE_URL / the database cannot be reached") from error
    finally:
        registry.dispose()


@app.command()
def train(
    force: Annotated[bool, typer.Option(help="数据没变也重新训练 / even when nothing changed")] = False,
) -> None:
    """训练模型 / train when the data has no model yet."""
    from bot.training import TrainingFailed
    from bot.training import train as train_model

    try:
        err.print(f"[green]{train_model(settings(), force=force, console=err)}[/green]")
    except TrainingFailed as error:
        raise _fail(str(error)) from error


@app.command()
def chat(demo: bool = False) -> None:
    """在终端里聊天 / chat in the terminal (starts the assistant if it is not running)."""
    from bot.channels.terminal import run

    with _running(_settings(demo)) as base:
        raise typer.Exit(run(base))


@app.command()
def ask(
    text: str,
    as_json: Annotated[bool, typer.Option("--json", help="整个 Answer / the whole Answer")] = False,
    demo: bool = False,
) -> None:
    """问一句 / ask one question and print the answer."""
    with _running(_settings(demo)) as base:
        try:
            answer = (
                httpx.post(f"{base}/api/ask", json={"text": text}, timeout=60, trust_env=False)
                .raise_for_status()
                .json()
            )
        except httpx.HTTPError as error:
            raise _fail(f"问不了 / cannot ask: {error}") from error
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    out.print(answer["text"], highlight=False, markup=False)


class _running:
    """The address of a running assistant; starts one for the time of the block when there is none."""

    def __init__(self, chosen: Settings) -> None:
        self.settings = chosen
        self.base = f"http://{chosen.host}:{chosen.port}"
        self.process = None

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.base}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def __enter__(self) -> str:
        import subprocess
        import time as clock

        if self._ready():
            return self.base
        err.print("助手没有运行，正在启动…… / starting")
        command = [sys.executable, "-m", "bot.cli", "serve", *(["--demo"] if self.settings.demo else [])]
        self.process = subprocess.Popen(
            command, env=self.settings.environment(), cwd=ROOT, stdout=subprocess.DEVNULL
        )
        deadline = clock.monotonic() + 900
        try:
            while not self._ready():
                if self.process.poll() is not None or clock.monotonic() > deadline:
                    raise _fail("助手没有启动起来，先运行 make serve 看看 / it did not start")
                clock.sleep(0.5)
        except BaseException:
            # __exit__ is not called for an __enter__ that fails.
            self.__exit__()
            raise
        return self.base

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


@app.command()
def evaluate(
    file: Path,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="结果写到这里 / write the figures here")
    ] = None,
    wrong: Annotated[Path | None, typer.Option(help="答错的行 / rows that went wrong, CSV")] = None,
) -> None:
    """用 text,label[,label2] 的 CSV 评测 / measure on a CSV of questions, through the live path."""
    from bot.evaluation import BadFile, measure, read_rows, report

    try:
        rows = read_rows(file)
    except BadFile as error:
        raise _fail(str(error), 2) from error
    for target in (json_out, wrong):
        if target and not target.parent.is_dir():
            raise _fail(f"没有这个文件夹 / no such folder: {target.parent}", 2)
    with _running(settings()) as base:
        try:
            result = measure(rows, base, err)
        except RuntimeError as error:
            raise _fail(str(error)) from error
    report(result, out)
    if json_out:
        json_out.write_text(json.dumps(result.figures(), ensure_ascii=False, indent=2), encoding="utf-8")
    if wrong:
        with wrong.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(["text", "label", "label2", "decision", "service", "confidence"])
            writer.writerows(result.wrong_rows())


@db_app.command("upgrade")
def db_upgrade() -> None:
    """升级数据库结构 / bring the schema to the newest migration."""
    _prepare(settings())
    err.print("数据库已是最新 / up to date")


@db_app.command("purge")
def db_purge(
    tracker_days: Annotated[int, typer.Option(help="对话记录留几天 / days that transcripts are kept")] = 30,
) -> None:
    """清除到期的个人信息 / empty personal data whose time is over: records, photos, transcripts."""
    from sqlalchemy import create_engine, inspect, text

    from registry import Registry
    from registry.retention import purge

    chosen = settings()
    _prepare(chosen)
    now = datetime.now(UTC)
    registry = Registry(chosen.registry_url, chosen.key())
    with registry.session(actor="cli") as session:
        report = purge(session, now)
    registry.dispose()
    for reference in report.attachment_refs:
        (chosen.var / "attachments" / reference).unlink(missing_ok=True)
    tracker = create_engine(chosen.tracker_address)
    turns = 0
    if inspect(tracker).has_table("events"):
        before = (now - timedelta(days=tracker_days)).timestamp()
        with tracker.begin() as connection:
            turns = connection.execute(
                text("DELETE FROM events WHERE timestamp < :t"), {"t": before}
            ).rowcount
    tracker.dispose()
    err.print(
        f"个案 {report.cases}，预约 {report.bookings}，坐席留言 {report.desk_rows}，对话事件 {turns} / emptied"
    )


@app.command("demo-data")
def demo_data(clear: Annotated[bool, typer.Option(help="删除演示数据 / remove it")] = False) -> None:
    """往演示数据库里放虚构数据 / load (or clear) the fictional records of the demo database."""
    from registry import Registry
    from registry.demo import clear_demo

    chosen = _settings(demo=True)
    _prepare(chosen)
    if clear:
        registry = Registry(chosen.registry_url, chosen.key())
        with registry.session() as session:
            clear_demo(session)
        registry.dispose()
    err.print("演示数据已清除 / cleared" if clear else "演示数据已就位 / loaded")


@slots_app.command("open")
def slots_open(
    office: Annotated[str, typer.Option(help="机关编号 / office code")],
    name: Annotated[str, typer.Option(help="机关名称 / office name")],
    first: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])],
    last: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])],
    period: Annotated[list[str], typer.Option(help="08:30-09:00x3（时段x人数）")],
    weekends: bool = False,
) -> None:
    """放出婚姻登记预约号源 / publish appointment slots."""
    from registry import Registry
    from registry.offices import save_office
    from registry.slots import open_slots

    try:
        periods = [_period(text) for text in period]
    except ValueError as error:
        raise typer.BadParameter("时段要写成 08:30-09:00x3") from error
    days = [first.date() + timedelta(days=n) for n in range((last - first).days + 1)]
    days = [day for day in days if weekends or day.weekday() < 5]
    chosen = settings()
    _prepare(chosen)
    registry = Registry(chosen.registry_url, chosen.key())
    with registry.session(actor="cli") as session:
        save_office(session, code=office, name=name, kind="marriage_office")
        count = open_slots(session, office, days, periods)
    registry.dispose()
    err.print(f"放出 {count} 个时段 / slots opened")


def _period(text: str) -> tuple[time, time, int]:
    span, seats = text.lower().split("x")
    begin, end = span.split("-")
    return time.fromisoformat(begin), time.fromisoformat(end), int(seats)


@app.command()
def export(folder: Path) -> None:
    """导出个案清单（不含个人信息）/ export the case list, without personal data, as CSV."""
    from sqlalchemy import select

    from registry import Registry
    from registry.models import Case

    chosen = settings()
    _prepare(chosen)
    registry = Registry(chosen.registry_url, chosen.key())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"cases-{datetime.now(UTC):%Y%m%d-%H%M%S}.csv"
    with registry.session(actor="cli") as session, path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(
            ["receipt", "kind", "service", "triage", "status", "township", "created_at", "due_at", "demo"]
        )
        for case in session.scalars(select(Case).order_by(Case.created_at)):
            writer.writerow([case.receipt, case.kind, case.service, case.triage, case.status, case.township,
                             case.created_at.isoformat(), case.due_at.isoformat(), int(case.is_demo)])  # fmt: skip
    registry.dispose()
    err.print(str(path))


if __name__ == "__main__":
    app()
