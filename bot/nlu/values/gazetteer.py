"""Names that are lists, not patterns: townships, benefits, relations, marital state, self-care, sex.

The lists are data (``nlu_data/synonyms/*.yml``, Rasa's own format); here is only when a word counts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import spacy
import yaml
from spacy.language import Language
from spacy.matcher import PhraseMatcher

from bot.nlu.values.model import Entity, entity

DATA = Path(__file__).resolve().parents[3] / "nlu_data" / "synonyms"
_FILES = ("township", "benefit", "relation", "marital", "self_care")

# Township names that are also common words or parts of other names count only in a place-like context.
_WEAK = frozenset({"温泉", "马桥", "高桥", "桂花"})
_WEAK_BEFORE = re.compile(
    r"(?:住在?|在|户口|户籍|户口是|我是|来自|屋在|家在|屋里是|屋里在|到|去|从|咸安区?|咸宁|嫁到|嫁在"
    r"|是|搬到|落在|迁到|回|往|乡镇|，|,|、|和|跟|：|:)$"
)
_WEAK_AFTER = re.compile(
    r"^(?:这边|那边|那里|这里|街上|的?人|的?老人|的?村|人|政府|派出所|卫生院|民政|福利院|敬老院|窗口"
    r"|社工站|办事处|街办|便民|中学|小学|上班|办|那块|一带|乡下|农村|户口|本地|这块|区|社区|去|怎么"
    r"|么样|哪|的?社工|有没有|是|离|$|[，,。？?、 ])"
)
_NOT_AFTER = {
    "township": re.compile(
        r"^(?:[树糕酒香茶糖油粉蜜]|开了|路|大道|酒店|度假|泡|水|池|谷|票|浴|洗|旅游|县|保险|底下|下面"
        r"|上面|墩|桥头|布|拉开|落下|鱼|汤)"
    ),
}
_NOT_BEFORE = {"township": re.compile(r"(?:泡|洗|种|摘|棵|株|山西|闻|看|三明|牛|立|座)$")}
# Single characters and short words that live inside other words.
_RELATION_NOT_BEFORE = re.compile(
    r"(?:大|姨|干|姑|舅|后|继|养|新|婆|老大|大伯|国|的士|妇|老板|丈母|师|妹|太|孤|聋|学|小|兄|表|堂"
    r"|青少|街道|敬|党|奶|伯|叔|亲家|他|你好|姐|娘|军|媳)$"
)
# 单身证明 is a paper, 失能评估 a service; neither tells the resident's own state.
_STATE_NOT = {
    "marital": re.compile(r"^未\||\|的?(?:证明|条子|声明|公证|登记)"),
    "self_care": re.compile(r"\|(?:老年人|老人)?(?:评估|补贴|护理补|护理费|等级|鉴定|证明|养老补)"),
}
_SINGLE = frozenset({"爹", "爸", "妈", "娘", "哥", "姐", "妹", "弟", "崽", "伢", "嫂"})
_SINGLE_NOT_AFTER = re.compile(r"^(?:家|的(?:[，。!！]|$)|子关系|胎|妹$|弟[和姐妹])")
_OWNER = re.compile(r"(?:我|他|她|我们|我屋里|屋里|家里|家|俺|她屋里|他屋里|我个|我的|他的|她的|个|你|有)$")
# Words that are a person's kin only when somebody's: 我姑娘 is a daughter, 一个姑娘 a girl.
_NEEDS_OWNER = frozenset(
    {"姑娘", "女伢", "男伢", "老头子", "老头", "屋里的", "爱人", "对象", "家家", "叔叔", "阿姨", "公公"}
)
_OWNED = re.compile(r"(?:我|他|她|我们|我屋里的?|屋里的?|家里的?|我的|他的|她的|俺|我家的?|和|跟|带)$")


@cache
def _nlp() -> Language:
    """A blank Chinese pipeline that cuts every character: words' borders would hide 低保 in 低保户."""
    return spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "char"}}})


def _aliases(name: str) -> dict[str, str]:
    """Alias → canonical value of one synonyms file."""
    content = yaml.safe_load((DATA / f"{name}.yml").read_text(encoding="utf-8"))
    table: dict[str, str] = {}
    for block in content["nlu"]:
        for line in block["examples"].splitlines():
            if alias := line.strip().removeprefix("-").strip():
                table[alias] = block["synonym"]
    return table


@cache
def _lists() -> tuple[PhraseMatcher, dict[str, dict[str, str]]]:
    matcher = PhraseMatcher(_nlp().vocab)
    tables = {name: _aliases(name) for name in _FILES}
    for name, table in tables.items():
        matcher.add(name, [_nlp().make_doc(alias) for alias in table])
    return matcher, tables


def load() -> None:
    """Read the lists now, so that the first message does not pay for it."""
    _lists()


def _township_counts(text: str, start: int, end: int) -> bool:
    before, after = text[:start], text[end:]
    if _NOT_AFTER["township"].match(after) or _NOT_BEFORE["township"].search(before):
        return False
    if text[start:end] not in _WEAK:
        return True
    return not before or bool(_WEAK_BEFORE.search(before)) or bool(_WEAK_AFTER.match(after) and after)


def _relation_counts(text: str, start: int, end: int) -> bool:
    word, before, after = text[start:end], text[:start], text[end:]
    if word in _NEEDS_OWNER:
        return bool(_OWNED.search(before)) and not after.startswith(("家家", "户户"))
    if word in _SINGLE:
        if _SINGLE_NOT_AFTER.match(after) or (
            _RELATION_NOT_BEFORE.search(before) and not _OWNED.search(before)
        ):
            return False
        return word not in ("娘", "伢") or bool(_OWNER.search(before)) or word == "伢"
    return not (word == "自己" and not re.search(r"(?:给|替|帮|为|我)$", before))


def find(text: str) -> list[Entity]:
    """Names in `text`: township and relation (canonical), benefit (service code), marital, self_care."""
    matcher, tables = _lists()
    doc = _nlp().make_doc(text)
    found = []
    for key, first, last in matcher(doc):
        name = doc.vocab.strings[key]
        start = doc[first].idx
        end = doc[last - 1].idx + len(doc[last - 1])
        said = "".join(token.text for token in doc[first:last])  # "低 保" is the word too
        if name == "township" and not _township_counts(text, start, end):
            continue
        if name in _STATE_NOT and _STATE_NOT[name].search(
            text[max(0, start - 1) : start] + "|" + text[end : end + 4]
        ):
            continue
        if name == "relation" and not _relation_counts(text, start, end):
            continue
        found.append(entity(name, text, start, end, tables[name][said]))
    return found + _sexes(text)


_SEX = re.compile(
    r"(?P<男>男(?:的(?!女|方)|性|人(?!家)|孩子?|士|娃|伢|老人|婴|同志)|性别(?:是|为|[:：])?男"
    r"|(?<=是)男(?=$|[，,。])|(?<![一-鿿])男(?=$|[，,、。 \d]))"
    r"|(?P<女>女(?:的(?!方)|性|人(?!家)|孩子?|士|娃|伢|老人|婴|同志)|性别(?:是|为|[:：])?女"
    r"|(?<=是)女(?=$|[，,。])|(?<![一-鿿])女(?=$|[，,、。 \d]))"
)


def _sexes(text: str) -> list[Entity]:
    return [
        entity("sex", text, *m.span(), m.lastgroup)
        for m in _SEX.finditer(text)
        if not _men_and_women(text, m)
    ]


def _men_and_women(text: str, match: re.Match[str]) -> bool:
    return text[match.end() : match.end() + 1] in ("女", "男") or text[
        max(0, match.start() - 1) : match.start()
    ] in ("男", "女", "子")
