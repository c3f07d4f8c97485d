"""`minzheng knowledge …`: check, list what is pending, and the bureau's own changes by two people.

Exit codes: 0 done, 1 it did not work (said why), 2 wrong use.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.settings import settings

# The knowledge is imported where it is used: every `minzheng` command would wait for it otherwise.
if TYPE_CHECKING:
    from knowledge import Knowledge
    from knowledge.keeping.changes import Change
    from knowledge.keeping.keeper import Keeper
    from knowledge.schema import Document

knowledge_app = typer.Typer(
    no_args_is_help=True,
    help="知识库：检查、待补、录入与确认、历史、缺口 / check and keep the knowledge",
)
out = Console()
err = Console(stderr=True)

By = Annotated[str, typer.Option("--by", help="谁 / who")]
Why = Annotated[str, typer.Option("--why", help="为什么 / why")]
Title = Annotated[str | None, typer.Option("--title", help="文件名称 / title of the document")]
Number = Annotated[str | None, typer.Option("--number", help="文号 / number of the document")]
DocumentId = Annotated[str | None, typer.Option("--document", help="文件编号 / id of a known document")]
Article = Annotated[str | None, typer.Option(help="第十二条")]
Keyword = Annotated[list[str] | None, typer.Option(help="群众的叫法，可多次 / residents' word, repeatable")]
Day = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="何时起 / in force from")]


def _fail(message: str, code: int = 1) -> typer.Exit:
    err.print(f"[red]{escape(message)}[/red]", highlight=False, soft_wrap=True)
    return typer.Exit(code)


def _folder() -> Path:
    return settings().var / "knowledge"


def _today() -> date:
    from knowledge.keeping.keeper import LOCAL

    return datetime.now(LOCAL).date()


@contextmanager
def _keeping() -> Iterator[Keeper]:
    """The keeper; what it refuses is said in words and ends with 1."""
    from knowledge import KnowledgeError
    from knowledge.keeping.form_import import BadForm
    from knowledge.keeping.history import HistoryBroken
    from knowledge.keeping.keeper import Keeper, Refused

    try:
        yield Keeper(_folder())
    except (Refused, HistoryBroken, BadForm, KnowledgeError) as error:
        raise _fail(str(error)) from error


@knowledge_app.command("check")
def check_files() -> None:
    """检查卡片、标准、出处、局里的改动 / check cards, standards, citations and the bureau's changes."""
    from knowledge import load
    from knowledge.checking import check

    problems = check() or load(overlay=_folder()).data.left_out
    for problem in problems:
        out.print(f"{problem.file} {problem.id}: {problem.message}", highlight=False, markup=False)
    with _keeping() as keeper:
        keeper.state()  # the history's chain
    err.print(f"{len(problems)} 个问题 / problems")
    raise typer.Exit(1 if problems else 0)


@knowledge_app.command("pending")
def list_pending(
    xlsx: Annotated[
        Path | None, typer.Option(help="写成登记表给经办人填 / write the form to fill in")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="表里也放已有的 / the form also lists what is known")
    ] = False,
) -> None:
    """待局里补的清单 / what the bureau must supply."""
    from knowledge.keeping.form import write_form
    from knowledge.pending import pending

    with _keeping() as keeper:
        knowledge = keeper.knowledge()
    items = pending(knowledge)
    if xlsx is not None:
        try:
            write_form(knowledge, xlsx, today=_today(), everything=everything)
        except OSError as error:
            raise _fail(f"写不了 / cannot write: {error}") from error
        err.print(f"登记表 / form: {xlsx}", highlight=False, markup=False)
    else:
        table = Table("类别", "编号", "名称", "找谁", "要什么")
        for item in items:
            table.add_row(item.kind, item.id, item.name, item.asked_of or "", item.what or "")
        out.print(table)
    err.print(f"{len(items)} 项待补 / pending")


@knowledge_app.command("import")
def import_form(
    file: Path, by: By, why: Annotated[str, typer.Option("--why", help="为什么 / why")] = ""
) -> None:
    """导入填好的登记表，等第二个人确认 / stage a filled-in form; all or nothing."""
    from knowledge.keeping.form import form_words
    from knowledge.keeping.form_import import read_form

    with _keeping() as keeper:
        state = keeper.state()
        proposals = read_form(file, keeper.knowledge(state=state), state, by=by, today=_today())
        reason = why or form_words()["default_why"].format(file=file.name)
        _say_staged(keeper.stage(proposals, by=by, why=reason))


@knowledge_app.command("staged")
def list_staged() -> None:
    """等第二个人确认的 / what waits for a second person."""
    from knowledge.keeping.changes import summary

    with _keeping() as keeper:
        waiting = keeper.state().staged()
    table = Table("变更", "类别", "编号", "改前", "改后", "录入", "原因")
    for change in waiting:
        table.add_row(
            change.id, change.kind, change.target, *(escape(summary(value)) for value in (change.before, change.after)),
            change.by, escape(change.why),
        )  # fmt: skip
    out.print(table)
    err.print(f"{len(waiting)} 项待确认 / waiting")


@knowledge_app.command("confirm")
def confirm_changes(
    changes: Annotated[list[str], typer.Argument(help="变更编号，或 all（别人录入的全部）")], by: By
) -> None:
    """第二个人确认，确认了才会说 / the second, different person's yes."""
    with _keeping() as keeper:
        done = keeper.confirm(None if changes == ["all"] else changes, by=by)
        for change in done:
            out.print(f"{change.id} {change.target}", highlight=False, markup=False)
        left = keeper.state().staged()
    err.print(f"{len(done)} 项已确认，{len(left)} 项还在等 / confirmed, still waiting")


@knowledge_app.command("reject")
def reject_changes(changes: list[str], by: By, why: Why) -> None:
    """退回 / send staged changes back."""
    with _keeping() as keeper:
        done = keeper.reject(changes, by=by, why=why)
    err.print(f"{len(done)} 项已退回 / rejected")


@knowledge_app.command("edit")
def edit(
    statement: str,
    by: By,
    why: Why,
    text: Annotated[str | None, typer.Option(help="新的说法 / the new wording")] = None,
    document: DocumentId = None,
    title: Title = None,
    number: Number = None,
    article: Article = None,
    confidence: Annotated[str | None, typer.Option(help="A, A-, B, C, pending")] = None,
    keyword: Keyword = None,
    start: Day = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"])] = None,
) -> None:
    """改一个句子 / change a statement's wording, source or dates."""
    from knowledge.keeping.proposals import edit_statement

    with _keeping() as keeper:
        state = keeper.state()
        knowledge = keeper.knowledge(state=state)
        proposal = edit_statement(
            knowledge, state, statement, text=text, document=_document(knowledge, document, title, number),
            article=article, confidence=confidence, keywords=keyword or [],
            effective_from=start and start.date(), effective_to=end and end.date(),
        )  # fmt: skip
        _say_staged(keeper.stage([proposal], by=by, why=why))


@knowledge_app.command("add")
def add(
    statement: Annotated[str, typer.Argument(help="业务.方面.名 / service.aspect.slug")],
    text: Annotated[str, typer.Option()],
    by: By,
    why: Why,
    document: DocumentId = None,
    title: Title = None,
    number: Number = None,
    article: Article = None,
    confidence: Annotated[str, typer.Option(help="A, A-, B, C")] = "A",
    keyword: Keyword = None,
    start: Day = None,
) -> None:
    """加一个句子 / add a statement to a card."""
    from knowledge.keeping.keeper import Refused
    from knowledge.keeping.proposals import add_statement

    with _keeping() as keeper:
        state = keeper.state()
        knowledge = keeper.knowledge(state=state)
        source = _document(knowledge, document, title, number)
        if source is None:
            raise Refused("要写依据：--document，或 --title、--number / a source is needed")
        proposal = add_statement(
            knowledge, state, statement, text=text, document=source, article=article, confidence=confidence,
            keywords=keyword or [], effective_from=start and start.date(),
        )  # fmt: skip
        _say_staged(keeper.stage([proposal], by=by, why=why))


@knowledge_app.command("retire")
def retire(statement: str, by: By, why: Why) -> None:
    """一个句子以后不再说 / a statement is no longer said."""
    from knowledge.keeping.proposals import retire_statement

    with _keeping() as keeper:
        state = keeper.state()
        proposal = retire_statement(keeper.knowledge(state=state), state, statement)
        _say_staged(keeper.stage([proposal], by=by, why=why))


@knowledge_app.command("undo")
def undo(change: str, by: By, why: Why) -> None:
    """撤销一个已确认的变更（撤销也要第二个人确认）/ put back what a change replaced."""
    with _keeping() as keeper:
        _say_staged([keeper.undo(change, by=by, why=why)])


@knowledge_app.command("history")
def history(
    wanted: Annotated[str | None, typer.Argument(help="变更编号或条目编号 / a change or an entry")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """谁、什么时候、为什么、改前改后 / every change, oldest first; the chain is checked."""
    from knowledge.keeping.changes import summary
    from knowledge.keeping.keeper import LOCAL

    with _keeping() as keeper:
        everything, events = keeper.history(), keeper.history(wanted)
    if as_json:
        print(json.dumps(events, ensure_ascii=False, indent=2))
        return
    for event in events:
        when = datetime.fromisoformat(event["at"]).astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
        lines = [
            f"{when} {event['change']} {event['action']} {event.get('target', '')} {event['by']}：{event['why']}"
        ]
        if event["action"] == "stage":
            lines += [f"  - {summary(event['before'])}", f"  + {summary(event['after'])}"]
        out.print("\n".join(lines), highlight=False, markup=False)
    if everything:
        last = everything[-1]
        err.print(f"{last['seq']} 条，链完好，末尾 / intact, ends with {last['hash'][:16]}")


@knowledge_app.command("asof")
def as_of(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])],
    question: str,
    service: Annotated[str | None, typer.Option(help="业务代码 / service code")] = None,
) -> None:
    """按那一天的规定和当时已知的数答 / answer as of a day, with what was known on it."""
    with _keeping() as keeper:
        try:
            answer = keeper.as_of(day.date(), question, service)
        except KeyError as error:
            raise _fail(f"没有这个业务代码 / unknown service: {service}", 2) from error
    if answer is None:
        raise _fail("没有找到依据 / nothing found")
    out.print(f"[{day.date()}] {answer.service}\n{answer.text}", highlight=False, markup=False)


@knowledge_app.command("gaps")
def list_gaps(
    file: Annotated[Path | None, typer.Option("--csv", help="写成 CSV / write as CSV")] = None,
) -> None:
    """没答上来的问题 / questions that got no sourced answer."""
    from knowledge.keeping.gaps import GapBook, still_open

    with _keeping() as keeper:
        gaps = still_open(GapBook(_folder()).gaps(), keeper.state().changes)
    if file is not None:
        try:
            with file.open("w", encoding="utf-8-sig", newline="") as handle:
                writer = csv.writer(handle)
                writer.writerow(["编号", "问题", "次数", "业务", "最近的句子", "第一次", "最后一次"])
                for gap in gaps:
                    writer.writerow([gap.id, _cell(gap.text), gap.count, gap.service or "", " ".join(gap.neighbours),
                                     gap.first.isoformat(), gap.last.isoformat()])  # fmt: skip
        except OSError as error:
            raise _fail(f"写不了 / cannot write: {error}") from error
    else:
        table = Table("编号", "问题", "次数", "业务", "最近的句子")
        for gap in gaps:
            table.add_row(
                gap.id, escape(gap.text), str(gap.count), gap.service or "", "\n".join(gap.neighbours)
            )
        out.print(table)
    err.print(f"{len(gaps)} 个缺口 / gaps")


@knowledge_app.command("point")
def point(
    gap: str,
    statement: str,
    by: By,
    phrase: Annotated[str | None, typer.Option(help="改用这句问法 / another wording of the question")] = None,
) -> None:
    """把一个缺口指到一个句子 / point a question to the statement that answers it."""
    from knowledge.keeping.gaps import GapBook
    from knowledge.keeping.proposals import point_question

    book = GapBook(_folder())
    try:
        wanted = book.gap(gap)
    except KeyError as error:
        raise _fail(f"没有这个缺口 / unknown gap: {gap}") from error
    with _keeping() as keeper:
        state = keeper.state()
        proposal = point_question(keeper.knowledge(state=state), state, phrase or wanted.text, statement)
        (change,) = keeper.stage([proposal], by=by, why=f"{gap}：{wanted.text}")
        book.pointed(gap, change.id)
        _say_staged([change])


def _document(
    knowledge: Knowledge, key: str | None, title: str | None, number: str | None
) -> Document | None:
    from knowledge.keeping.keeper import Refused
    from knowledge.keeping.proposals import document_for

    if key is not None:
        if key not in knowledge.data.documents:
            raise Refused(f"没有这份文件 / unknown document: {key}")
        return knowledge.data.documents[key]
    return document_for(knowledge, title, number) if title or number else None


def _say_staged(changes: Sequence[Change]) -> None:
    for change in changes:
        out.print(f"{change.id} {change.target}", highlight=False, markup=False)
    err.print(f"{len(changes)} 项等另一个人确认 / staged, a different person must confirm")


def _cell(text: str) -> str:
    """A resident's words must not become a formula in a spreadsheet."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
