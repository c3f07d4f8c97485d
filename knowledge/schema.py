"""Shape of the knowledge data: documents, standards, service cards, offices, hotlines, departments.
Every YAML file under knowledge/ is parsed through here, so that bad data stops at the door."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Aspect = Literal[
    "overview", "conditions", "amount", "materials", "procedure", "time_limit",
    "where", "phone", "basis", "appeal", "boundary",
]  # fmt: skip
Confidence = Literal["A", "A-", "B", "C"]
StatementConfidence = Literal["A", "A-", "B", "C", "pending"]
DocumentStatus = Literal["in_force", "expired", "repealed", "draft", "unverified"]
StandardKind = Literal["amount", "time_limit", "age", "ratio", "count", "area", "fine"]
NextStep = Literal[
    "screen", "book", "report_child", "report_street", "report_missing", "complaint",
    "progress", "person", "offices",
]  # fmt: skip
OfficeKind = Literal[
    "bureau", "bureau_section", "marriage_office", "adoption_office", "rescue_station", "child_protection",
    "welfare_home", "funeral_home", "cemetery", "township_window", "social_work_station", "elder_care",
    "care_home", "charity", "lottery", "online", "other",
]  # fmt: skip

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Code = Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]
Text = Annotated[str, Field(min_length=1, pattern=r"^\S[\s\S]*\S$|^\S$")]
_NUM = "[零一二三四五六七八九十百千]+"
ARTICLE = f"^第{_NUM}条(之{_NUM})?(第{_NUM}款)?(第{_NUM}项)?$"
Article = Annotated[str, Field(pattern=ARTICLE)]

MAX_TEXT = 90
MAX_CHOICE_LABEL = 20
WINDOW_PHRASE = "请以窗口为准"

PLACEHOLDER = re.compile(
    r"\{(?:(?P<standard>[a-z][a-z0-9_]*)"
    r"|office:(?P<office>[a-z][a-z0-9_]*)\.(?P<field>phone|address|hours|url)"
    r"|hotline:(?P<hotline>[0-9]{3,6}))\}"
)
_DIGIT = re.compile(r"[0-9０-９]")
# A quantity in Chinese numerals is still a number; 上一年, 每一天, 十四五 and the like are not limits.
_CHINESE_QUANTITY = re.compile(
    r"(?<![上下同每第当某零一二三四五六七八九十百千万两])[一二三四五六七八九十百千万两半]+个?"
    r"(?:工作日|自然月|周岁|小时|分钟|[日天年月岁元倍])"
)


class KnowledgeDataError(ValueError):
    """Bad knowledge data. 知识数据有误；message carries the file, the entry's id and what is wrong."""

    def __init__(self, file: str | Path, entry: str, problem: str) -> None:
        self.file, self.entry, self.problem = str(file), entry, problem
        super().__init__(f"知识数据有误 / bad knowledge data: {file} [{entry}] {problem}")


def placeholders(text: str) -> list[re.Match[str]]:
    """Every well-formed placeholder of ``text``, in order."""
    return list(PLACEHOLDER.finditer(text))


def free_number(text: str) -> str | None:
    """First number written in free text, outside placeholders; None when there is none."""
    bare = PLACEHOLDER.sub("", text)
    found = _DIGIT.search(bare) or _CHINESE_QUANTITY.search(bare)
    return found.group(0) if found else None


def spoken_length(text: str) -> int:
    """Length in characters, a placeholder counted as six (about what its value takes)."""
    return len(PLACEHOLDER.sub("…………", text))


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Dated(_Strict):
    effective_from: date | None = None
    effective_to: date | None = None

    @model_validator(mode="after")
    def _order(self) -> _Dated:
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("失效日早于生效日 / effective_to is before effective_from")
        return self

    def in_force_on(self, day: date) -> bool:
        """Whether ``day`` lies inside the dates; an unknown end counts as open."""
        starts, ends = self.effective_from, self.effective_to
        return (starts is None or starts <= day) and (ends is None or day <= ends)


class Document(_Dated):
    """A law, regulation, notice or report that statements rest on (来源文件)."""

    id: Id
    title: Text
    number: Text | None
    issuer: Text | None
    status: DocumentStatus
    confidence: Confidence
    note: Text | None = None


class StandardValue(_Dated):
    """One dated value of a standard. ``value`` is printed directly before the standard's unit."""

    value: int | float | Text
    document: Id
    article: Article | None = None
    confidence: Confidence
    entered_by: Text
    confirmed_by: Text | None = None


class PendingStandard(_Strict):
    """Who has to supply a missing value, and what exactly (待局补)."""

    asked_of: Text
    what: Text


class Standard(_Strict):
    """A number the assistant may say: amount, time limit, age, ratio, count, area or fine."""

    id: Id
    name: Text
    kind: StandardKind
    service: Code
    unit: str
    area: Text
    values: list[StandardValue]
    pending: PendingStandard | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _valued_or_pending(self) -> Standard:
        if not self.values and self.pending is None:
            raise ValueError("没有数值又没写向谁要 / neither values nor pending")
        dated = sorted(self.values, key=lambda v: v.effective_from or date.min)
        for earlier, later in zip(dated, dated[1:], strict=False):
            if earlier.effective_to is None or earlier.effective_to >= (later.effective_from or date.min):
                raise ValueError("同一标准的有效期重叠 / values overlap in time")
        return self

    def value_on(self, day: date) -> StandardValue | None:
        """The value in force on ``day``; None means the assistant must say it is not there."""
        return next((v for v in self.values if v.in_force_on(day)), None)


class Citation(_Strict):
    """Where a statement is written: document id and article (第十八条)."""

    document: Id
    article: Article | None = None


class Statement(_Dated):
    """One fact in one or two plain sentences, with its source and how it was read.

    ``urgent``: who to call first in danger; said whenever its aspect is answered.
    """

    id: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+\.[a-z0-9_]+$")]
    aspect: Aspect
    text: Text
    citations: list[Citation]
    confidence: StatementConfidence
    priority: Annotated[int, Field(ge=1)]
    keywords: list[Text] = []
    urgent: bool = False
    department: Code | None = None
    pending_with: Text | None = None

    @model_validator(mode="after")
    def _sound(self) -> Statement:
        number = free_number(self.text)
        if number is not None:
            raise ValueError(f"正文不能直接写数字「{number}」，要用占位符 / number in free text")
        if "{" in PLACEHOLDER.sub("", self.text) or "}" in PLACEHOLDER.sub("", self.text):
            raise ValueError("占位符写法不对 / malformed placeholder")
        length = spoken_length(self.text)
        if length > MAX_TEXT:
            raise ValueError(f"超过{MAX_TEXT}字 / longer than {MAX_TEXT} characters: {length}")
        if self.confidence == "pending" and not self.pending_with:
            raise ValueError("待补的句子要写向谁要 / pending statement without pending_with")
        if self.confidence != "pending" and not self.citations:
            raise ValueError("没有依据 / no citation")
        if self.confidence == "B" and WINDOW_PHRASE not in self.text:
            raise ValueError(f"B 级句子要写「{WINDOW_PHRASE}」/ B statement without the window phrase")
        return self


class Card(_Strict):
    """Everything the assistant may say on one service code (办事卡片)."""

    service: Code
    name: Text
    aliases: list[Text]
    owner: Text
    audience: Text
    choice_label: Annotated[str, Field(min_length=2, max_length=MAX_CHOICE_LABEL)]
    covered_aspects: list[Aspect]
    next_steps: list[NextStep]
    statements: list[Statement]

    @model_validator(mode="after")
    def _consistent(self) -> Card:
        seen: set[str] = set()
        for statement in self.statements:
            if statement.id in seen:
                raise ValueError(f"编号重复 / duplicate statement id: {statement.id}")
            seen.add(statement.id)
            if not statement.id.startswith(f"{self.service}.{statement.aspect}."):
                raise ValueError(f"编号应为 服务.方面.名 / id must be service.aspect.slug: {statement.id}")
        spoken = {statement.aspect for statement in self.statements}
        if set(self.covered_aspects) != spoken:
            differing = sorted(set(self.covered_aspects) ^ spoken)
            raise ValueError(f"covered_aspects 与句子不符 / does not match statements: {differing}")
        return self


class Faq(_Strict):
    """A resident's question and its other wordings, answered by statements in the order they are said."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+\.faq\.[a-z0-9_]+$")]
    service: Code
    aspect: Aspect
    question: Text
    phrasings: list[Text] = []
    statements: Annotated[list[str], Field(min_length=1, max_length=4)]

    @model_validator(mode="after")
    def _own_service(self) -> Faq:
        if not self.id.startswith(f"{self.service}.faq."):
            raise ValueError(f"编号应为 服务.faq.名 / id must be service.faq.slug: {self.id}")
        return self

    @property
    def wordings(self) -> list[str]:
        """The question and its phrasings."""
        return [self.question, *self.phrasings]


class Office(_Strict):
    """A place residents go to or call. None = the bureau has not supplied it yet."""

    id: Id
    name: Text
    kind: OfficeKind
    township: Text | None = None
    address: Text | None
    phone: Text | None
    hours: Text | None
    url: Text | None = None
    pending_with: Text | None
    services: list[Code]
    aliases: list[Text] = []
    document: Id | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _known_or_pending(self) -> Office:
        # A web site has no street and no opening hours: its address is the url.
        missing = (
            self.url is None if self.kind == "online" else None in (self.address, self.phone, self.hours)
        )
        if missing and not self.pending_with:
            raise ValueError("联系方式缺项又没写向谁要 / missing contact without pending_with")
        return self


class Hotline(_Strict):
    """A public phone number; ``number`` is text so that it is never formatted as a quantity."""

    number: Annotated[str, Field(pattern=r"^[0-9]{3,6}$")]
    name: Text
    use: Text | None = None
    confidence: Confidence
    document: Id
    note: Text | None = None

    @property
    def id(self) -> str:
        """The number is its own identifier."""
        return self.number


class Department(_Strict):
    """Who owns what is not civil affairs, and the sentence that says so (转介部门)."""

    code: Code
    name: Text
    hotline: Annotated[str, Field(pattern=r"^[0-9]{3,6}$")] | None
    local_phone: Text | None = None
    confidence: Confidence
    covers: list[Text]
    redirect_text: Text
    document: Id | None = None
    note: Text | None = None

    @property
    def id(self) -> str:
        """The code is its own identifier."""
        return self.code


Model = TypeVar("Model", bound=_Strict)


def parse_entries(model: type[Model], raw: Any, file: str | Path) -> list[Model]:
    """Parse one file's content: a list of entries, or one card.

    Raises KnowledgeDataError naming the file, the entry and every problem found in it.
    """
    entries = raw if isinstance(raw, list) else [raw]
    parsed: list[Model] = []
    for position, entry in enumerate(entries, start=1):
        fields = entry if isinstance(entry, dict) else {}
        keys = (key for key in ("id", "service", "number", "code") if key in fields)
        name = str(fields[first]) if (first := next(keys, None)) else f"#{position}"
        try:
            parsed.append(model.model_validate(entry))
        except ValidationError as error:
            raise KnowledgeDataError(file, name, _explain(error, fields)) from error
    return parsed


def parse_file(model: type[Model], path: Path) -> list[Model]:
    """Read a UTF-8 YAML file and parse it; raises KnowledgeDataError on bad YAML or bad data."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise KnowledgeDataError(path, "-", f"YAML 写法不对 / not valid YAML: {error}") from error
    if raw is None:
        raise KnowledgeDataError(path, "-", "空文件 / empty file")
    return parse_entries(model, raw, path)


def _explain(error: ValidationError, fields: dict[str, Any]) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        where = list(problem["loc"])
        if len(where) >= 2 and where[0] == "statements" and isinstance(where[1], int):
            statement = fields["statements"][where[1]]
            where[:2] = [str(statement.get("id", where[1])) if isinstance(statement, dict) else where[1]]
        lines.append(f"{'.'.join(map(str, where)) or '-'}: {problem['msg']}")
    return "; ".join(lines)
