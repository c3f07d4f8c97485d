"""What answers a question of the bot: an ordinal (第二个, 选1), a receipt number, a bare number."""

from __future__ import annotations

import re

from bot.nlu.values.model import Entity, entity
from bot.nlu.values.numerals import NUMBER, parse, whole

_N = r"(?:\d{1,2}|十[一二]?|[一二两三四五六七八九])"
_ASK = r"(?:我?(?:就|要|想要|想选|选|选择|还是|那就|那|按|办|看|约|点)*)"
_END = r"(?:吧|啊|呀|咯|嘛|的|那个|就行|就可以|可以|好了|，|。|!|！|\s)*$"
# 第三条, 第一次, 第二个孩子 tell of something else than a choice.
_TH = re.compile(
    rf"第(?P<n>{_N})(?:(?:个|项|家|种|位|行)(?!孩|小孩|伢|儿|女|老婆|老公|月|星期|礼拜|学期|季|年|问题"
    rf"|婚|人|妻|丈)|(?=吧|$|[，,。！! ]|选项))"
)
_WHOLE = re.compile(rf"^{_ASK}(?:选项?|第|序号|编号)?(?P<n>{_N})(?P<tail>号|项|、|\.)?{_END}")
# "只能选一个" is no choice: a Chinese number needs 第, 号 or 项 beside it.
_CHOOSE = re.compile(
    rf"(?:选择?|选项)(?:第(?P<n>{_N})(?:号|个|项)?|(?P<n2>\d{{1,2}})(?:号|项)?"
    rf"|(?P<n3>{_N})[号项])(?![\d岁个月年天])"
)
_LAST = re.compile(
    r"(?P<from>倒数第(?P<n>[一二三四五]))个?|最后(?:的)?(?:一个|那个|一项|这个|一种|那项)|末了那个|最底下那个"
)
_LETTER = re.compile(rf"^{_ASK}(?P<l>[A-Fa-f])(?:项|选项)?{_END}")


def ordinals(text: str) -> list[Entity]:
    """Choices: ``{"n": 1…}``; the last one is -1, 倒数第二个 is -2; a letter is its place in the alphabet."""
    found = []

    def add(match: re.Match[str], n: int) -> None:
        found.append(entity("ordinal", text, *match.span(), {"n": n}))

    for match in _LAST.finditer(text):
        number = parse(match["n"]) if match["n"] else None
        add(match, -int(number.value) if number else -1)
    for pattern in (_TH, _CHOOSE):
        for match in pattern.finditer(text):
            if text[max(0, match.start() - 2) : match.start()] != "倒数" and (
                number := parse(next(n for n in match.groups() if n))
            ):
                add(match, int(number.value))
    if (match := _WHOLE.match(text)) and (match["tail"] or not _bare(text)) and (number := parse(match["n"])):
        add(match, int(number.value))
    if match := _LETTER.match(text):
        add(match, ord(match["l"].upper()) - ord("A") + 1)
    return found


_BARE = re.compile(
    rf"^(?:大概|差不多|约|就|有|是)*(?P<n>{NUMBER})(?P<more>多|左右|来|几)?(?:个)?(?:吧|了|啊|呀|咯"
    rf"|的样子|。|，|\s)*$"
)


def _bare(text: str) -> re.Match[str] | None:
    return _BARE.match(text)


def bare_number(text: str) -> list[Entity]:
    """A message that is only a number: ``{"n"[, "approx": true]}``; the asking form knows its meaning."""
    match = _bare(text)
    number = parse(match["n"]) if match else None
    if match is None or number is None:
        return []
    value: dict[str, object] = {"n": whole(number.value)}
    if number.approx or match["more"] or re.search("大概|差不多|约|左右", match[0]):
        value["approx"] = True
    return [entity("number", text, *match.span("n"), value)]


_RECEIPT = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})[ \-]?(\d{6})[ \-]?([A-Za-z0-9]{5})(?![A-Za-z0-9])")
_RECEIPT_SPACED = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z](?:[ \-]?[A-Za-z])(?:[ \-]?\d){6}(?:[ \-]?[A-Za-z0-9]){5}(?![A-Za-z0-9])"
)


def receipts(text: str) -> list[Entity]:
    """Receipt numbers (2 letters, yymmdd, 5 characters), canonical: upper case, nothing between."""
    found = [entity("receipt", text, *m.span(), "".join(m.groups()).upper()) for m in _RECEIPT.finditer(text)]
    if not found:
        found = [
            entity("receipt", text, *m.span(), re.sub(r"[ \-]", "", m[0]).upper())
            for m in _RECEIPT_SPACED.finditer(text)
        ]
    return found
