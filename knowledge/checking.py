"""`minzheng knowledge check`: everything that must hold of the knowledge files before they may be spoken.
The models of schema.py refuse bad shape; the rules here look across files and at the wording."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.data import Data
from knowledge.loading import ROOT, gather
from knowledge.problems import KnowledgeError, Problem, line_of
from knowledge.references import dangling
from knowledge.schema import PLACEHOLDER, Aspect, Card, Statement, free_number, placeholders

_LINK = re.compile(r"https?:|www\.|@|[a-z0-9-]+\.(?:cn|com|net|org|gov)\b", re.IGNORECASE)
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹窦章苏潘葛范彭郎鲁韦马苗方俞任袁柳鲍史唐费"
    "薛雷贺倪汤罗毕郝邬安常乐于傅齐康伍余元顾孟黄穆萧尹姚邵湛汪祁毛狄米贝臧戴谈宋庞熊纪舒屈项祝董梁杜阮蓝闵席季"
    "贾江童颜郭梅林钟徐邱骆高夏蔡田胡霍万柯卢莫房缪丁邓洪包左石崔吉龚程邢陆翁段焦侯宁仇甘厉刘叶黎温庄晏阎习艾廖"
    "曾欧游盛聂晁辛阚"
)
_NAME = re.compile(
    rf"联系人[:：]\s*[\u4e00-\u9fff]{{2,3}}|[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}(?:先生|女士|同志)"
)
MIN_PHRASINGS = 3
_UNCITABLE = {"draft": "征求意见稿 / draft", "repealed": "已废止 / repealed"}


@dataclass(frozen=True)
class Coverage:
    """Code × aspect: "stated", "pending" (nothing else) or absent; ``gaps`` are relevant and absent."""

    cells: dict[str, dict[Aspect, str]]
    gaps: list[tuple[str, str]]


def check(root: Path | None = None) -> list[Problem]:
    """Every fault under ``root`` (default: the package's own folder), by file; empty when it is sound."""
    root = root or ROOT
    try:
        data, problems = gather(root)
    except KnowledgeError as error:  # the wording itself is broken: nothing else can be judged
        return error.problems
    problems += dangling(data)
    if (root / "demo").exists():
        problems += [problem for problem in gather(root, demo=True)[1] if problem not in problems]
    problems += _codes(data, root)
    for card in data.cards.values():
        path = data.files[f"Card:{card.service}"]
        for statement in card.statements:
            for message in statement_faults(data, statement):
                problems.append(Problem(str(path), statement.id, message, line_of(path, statement.id)))
        for field, text in _card_texts(card):
            problems += [Problem(str(path), card.service, f"{field}：{fault}") for fault in text_faults(text)]
    for department in data.departments.values():
        path = data.files[f"Department:{department.code}"]
        for fault in text_faults(department.redirect_text):
            problems.append(Problem(str(path), department.code, fault, line_of(path, department.code)))
    for standard in data.standards.values():
        path = data.files[f"Standard:{standard.id}"]
        for document in {value.document for value in standard.values}:
            if uncitable := _uncitable(data, document):
                problems.append(Problem(str(path), standard.id, uncitable, line_of(path, standard.id)))
    problems += _faq_faults(data)
    return sorted(
        set(problems), key=lambda problem: (problem.file, problem.line or 0, problem.id, problem.message)
    )


def coverage(root: Path | None = None) -> Coverage:
    """Which aspects each code of services.csv speaks of; relevance by kind is in relevant_aspects.yml."""
    root = root or ROOT
    data, _ = gather(root)
    relevant: dict[str, list[Aspect]] = yaml.safe_load(
        (ROOT / "relevant_aspects.yml").read_text(encoding="utf-8")
    )
    cells: dict[str, dict[Aspect, str]] = {}
    gaps: list[tuple[str, str]] = []
    for code, row in data.codes.items():
        card = data.cards.get(code)
        found: dict[Aspect, str] = {}
        for statement in card.statements if card else []:
            if statement.confidence != "pending":
                found[statement.aspect] = "stated"
            else:
                found.setdefault(statement.aspect, "pending")
        cells[code] = found
        wanted = dict.fromkeys(aspect for kind in row["kind"].split("+") for aspect in relevant[kind])
        gaps += [(code, aspect) for aspect in wanted if aspect not in found]
    return Coverage(cells, gaps)


def _faq_faults(data: Data) -> Iterator[Problem]:
    """Too few wordings, a wording that two questions have (which answer would it get?), a personal name."""
    asked: dict[str, str] = {}
    for faq in data.faq.values():
        path = data.files[f"Faq:{faq.id}"]
        faults = (
            [] if len(faq.phrasings) >= MIN_PHRASINGS else [f"说法不到{MIN_PHRASINGS}种 / too few phrasings"]
        )
        for wording in faq.wordings:
            if (other := asked.setdefault(_letters(wording), faq.id)) != faq.id:
                faults.append(f"「{wording}」和 {other} 一样 / same wording as another question")
            if found := _NAME.search(wording) or _LINK.search(wording):
                faults.append(f"不能有个人姓名、网址「{found[0]}」/ personal name or link")
        if len(set(map(_letters, faq.wordings))) < len(faq.wordings):
            faults.append("同一说法写了两遍 / the same wording twice")
        yield from (Problem(str(path), faq.id, fault, line_of(path, faq.id)) for fault in faults)


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def _codes(data: Data, root: Path) -> Iterator[Problem]:
    table = str(root / "services.csv")
    if not data.codes:
        yield Problem(table, "-", "没有业务代码表 / services.csv is missing")
        return
    for code in data.codes:
        if code not in data.cards:
            yield Problem(table, code, "没有卡片 / no card")
    used: list[tuple[str, str, Iterable[str]]] = []
    used += [("Card", card.service, [card.service]) for card in data.cards.values()]
    used += [("Standard", standard.id, [standard.service]) for standard in data.standards.values()]
    used += [("Faq", faq.id, [faq.service]) for faq in data.faq.values()]
    used += [("Office", office.id, office.services) for office in data.offices.values()]
    for kind, key, codes in used:
        path = data.files[f"{kind}:{key}"]
        for code in codes:
            if code not in data.codes:
                yield Problem(
                    str(path), key, f"业务代码不在表里 / unknown service: {code}", line_of(path, key)
                )


def statement_faults(data: Data, statement: Statement) -> Iterator[str]:
    """What must not be said so: numbers, links, names in free text, sources that may not be cited."""
    yield from text_faults(statement.text)
    documents = [
        data.documents[item.document] for item in statement.citations if item.document in data.documents
    ]
    for document in documents:
        if fault := _uncitable(data, document.id):
            yield fault
    unread = bool(documents) and all(item.status == "unverified" for item in documents)
    # The emergency numbers are known to everybody: no document has to be read for them.
    sure = any(_hotline_confidence(data, match["hotline"]) == "A" for match in placeholders(statement.text))
    if statement.confidence == "A" and unread and not sure:
        yield "A 级句子只引了没读到原文的文件 / A statement rests on unverified documents only"
    rule = data.wording.confidence.get(statement.confidence)
    if rule and statement.confidence != "C" and not any(words in statement.text for words in rule.said_by):
        yield f"{statement.confidence} 级句子要写「{rule.said_by[0]}」/ missing phrase"
    if statement.confidence == "pending" and not _says_pending(data, statement):
        yield "待补的句子没有说还没公布 / pending statement does not say that it is pending"


def _hotline_confidence(data: Data, number: str | None) -> str | None:
    return data.hotlines[number].confidence if number in data.hotlines else None


def _says_pending(data: Data, statement: Statement) -> bool:
    """A pending placeholder says so by itself; free text must hold one of the wording's words."""
    return bool(placeholders(statement.text)) or any(
        words in statement.text for words in data.wording.pending.said_by
    )


def _card_texts(card: Card) -> Iterator[tuple[str, str]]:
    """What is said of a card; of the aliases only the first, the others are only listened for."""
    yield from (("name", card.name), ("audience", card.audience), ("choice_label", card.choice_label))
    yield from (("aliases", alias) for alias in card.aliases[:1])


def text_faults(text: str) -> Iterator[str]:
    """Numbers outside placeholders, links and personal names in a text that is said."""
    bare = PLACEHOLDER.sub("", text)
    if (number := free_number(text)) is not None:
        yield f"正文不能直接写数字「{number}」/ number outside a placeholder"
    if found := _LINK.search(bare):
        yield f"网址、邮箱只能放在机构名册「{found[0]}」/ link outside offices"
    if found := _NAME.search(bare):
        yield f"不能有个人姓名「{found[0]}」/ personal name"


def _uncitable(data: Data, document: str) -> str | None:
    status = data.documents[document].status if document in data.documents else None
    return f"不能引用{_UNCITABLE[status]}: {document}" if status in _UNCITABLE else None
