"""One form for every message: script, width, spaces and hidden characters made the same.

Also the cheap judgements the gateway needs before it wakes Rasa: blank, only emoji, code, English."""

from __future__ import annotations

import re
import unicodedata

import zhconv

# Chinese sentence punctuation is kept as typed: a report is read by staff, and half-width commas
# in Chinese prose read like a fault. Everything else full-width becomes half-width.
_KEPT_PUNCTUATION = "，！？；：（）…～"
_KEEP = re.compile(f"([{_KEPT_PUNCTUATION}]+)")

_ZWJ = "\u200d"
_EMOJI_STYLE = "\ufe0f"
# Letters by Unicode category that show nothing on a screen.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\u25a0-\u25ff\u2190-\u21ff\u3030\u303d\u3297\u3299]"
)
# WeChat sends its own emoji as a name in square brackets.
_WECHAT_EMOJI = re.compile(
    r"\[(?:微笑|撇嘴|色|发呆|得意|流泪|害羞|闭嘴|睡|大哭|尴尬|发怒|调皮|呲牙|惊讶|难过|囧|抓狂|吐|偷笑|愉快|白眼|傲慢|困|惊恐|"
    r"憨笑|悠闲|咒骂|疑问|嘘|晕|衰|骷髅|敲打|再见|擦汗|抠鼻|鼓掌|坏笑|鄙视|委屈|快哭了|阴险|亲亲|可怜|笑脸|生病|脸红|破涕为笑|"
    r"恐惧|失望|无语|嘿哈|捂脸|奸笑|机智|皱眉|耶|吃瓜|加油|汗|天啊|社会社会|旺柴|好的|打脸|哇|拥抱|强|弱|握手|胜利|抱拳|勾引|拳头|"
    r"OK|合十|啤酒|咖啡|蛋糕|玫瑰|凋谢|菜刀|炸弹|便便|月亮|太阳|庆祝|礼物|红包|發|福|烟花|爆竹|猪头|跳跳|发抖|转圈)\]"
)
_SPACES = re.compile(r"\s+")
_KEYCAP = re.compile("([0-9#*])\ufe0f?\u20e3")


def _visible(text: str) -> str:
    """`text` without control, bidi, zero-width and stray combining characters."""
    kept: list[str] = []
    last = len(text) - 1
    for i, char in enumerate(text):
        if char.isascii() and char.isprintable():
            kept.append(char)
            continue
        if char.isspace():
            kept.append(" ")
            continue
        before = kept[-1] if kept else ""
        if char == _ZWJ:
            # Inside an emoji (family, profession) the joiner is part of the picture.
            joins = (bool(_EMOJI.match(before)) or before == _EMOJI_STYLE) and i < last
            if joins and _EMOJI.match(text[i + 1]):
                kept.append(char)
            continue
        if char == _EMOJI_STYLE:
            if before and _EMOJI.match(before):
                kept.append(char)
            continue
        if char in _INVISIBLE_LETTERS or unicodedata.category(char) in _INVISIBLE_CATEGORIES:
            continue
        kept.append(char)
    return "".join(kept)


def clean(text: str) -> str:
    """`text` in simplified script and half width, one space for any white space, nothing hidden.

    Emoji stay (a keycap 1 becomes the digit). Sealed tokens pass unchanged. Running it twice
    changes nothing. Never raises."""
    text = _KEYCAP.sub(r"\1", text)
    parts = _KEEP.split(text)
    # Odd parts are the kept punctuation.
    text = "".join(part if i % 2 else unicodedata.normalize("NFKC", part) for i, part in enumerate(parts))
    text = _visible(text)
    text = zhconv.convert(text, "zh-cn")
    return _SPACES.sub(" ", text).strip()


def only_emoji(text: str) -> bool:
    """Whether `text` holds at least one emoji and otherwise only spaces and punctuation."""
    text = clean(text)
    if not _EMOJI.search(text) and not _WECHAT_EMOJI.search(text):
        return False
    rest = _WECHAT_EMOJI.sub("", text)
    return not any(char.isalnum() for char in rest)


def is_blank(text: str) -> bool:
    """Whether nothing is said: no letter, no digit, no emoji (punctuation alone says nothing)."""
    text = clean(text)
    return not any(char.isalnum() for char in text) and not _EMOJI.search(text)


_CJK = re.compile(r"[\u3400-\u9fff]")
_CODE = re.compile(
    r"</?[a-zA-Z][\w-]*(?:\s[^<>]*)?/?>"  # mark-up
    r"|\b(?:select\b.{1,80}\bfrom|insert\s+into|drop\s+table|delete\s+from|union\s+select|update\s+\w+\s+set)\b"
    r"|\b(?:def|function|class|public|private|static|void|const|let|var|import|return)\s+[\w$]+\s*[({=;.:]"
    r"|\b[\w.]+\([^()]*\)\s*;"
    r"|#include\s*<|#!/|\$\{|\{\{|\{%|=>|&&|\|\||/\*|\*/"
    r"|\{\s*[\"'][^\"']+[\"']\s*:"
    r"|\b(?:rm\s+-rf|sudo|curl\s+-|wget\s+http|cat\s+/etc)\b"
    r"|['\"]\s*or\s+['\"]?1['\"]?\s*=\s*['\"]?1",
    re.IGNORECASE | re.DOTALL,
)
_CODE_SIGNS = frozenset("{}[]<>=;|\\/$%^&*_`~#@\"'()")


def looks_like_code(text: str) -> bool:
    """Whether `text` is program code, mark-up or an injection try, not a resident's words."""
    text = clean(text)
    if _CODE.search(text):
        return True
    signs = sum(char in _CODE_SIGNS for char in text)
    return len(text) >= 12 and signs / len(text) > 0.3 and not _CJK.search(text)


_LATIN_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_SYLLABLE = (
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|ve|a|e|i|o|u|v)"
)
_PINYIN = re.compile(rf"(?:{_SYLLABLE})+$", re.IGNORECASE)
# English words that happen to spell pinyin; without them "can I change the name" has too little left.
_ENGLISH_ANYWAY = frozenset(
    {"me", "he", "can", "long", "name", "change", "like", "online", "are", "use", "the"}
)


# A receipt or acceptance number (ET261124JQFQW) is letters too, and no sentence.
_NUMBERED = re.compile(r"[A-Za-z]{2,4}[\s-]*\d{4,}")


def looks_english(text: str) -> bool:
    """Whether `text` is an English sentence (two words or more, no Chinese, not pinyin, no numbered document)."""
    text = clean(text)
    if _CJK.search(text):
        return False
    if _NUMBERED.search(text):
        return False
    words = [word.lower() for word in _LATIN_WORD.findall(text)]
    if len(words) < 2:
        return False
    english = [w for w in words if len(w) > 1 and (w in _ENGLISH_ANYWAY or not _PINYIN.match(w))]
    return len(english) >= 2 or (len(words) == 2 and len(english) == 1 and english[0] not in {"qq", "app"})


_CALLED = r"(?:老师|同志|领导|大姐|师傅|小姐姐|美女|帅哥|客服|亲|各位|小助手|机器人|工作人员)"
_OPENING = re.compile(
    r"^(?:"
    rf"{_CALLED}?(?:您|你)们?好(?:啊|呀|哈|哦|咯)?{_CALLED}?(?!(?:好|多|像))"
    rf"|{_CALLED}(?=[，,!！\s])"
    r"|(?:哈喽|嗨|hello|hi)(?=[\s，,!！。]|[\u4e00-\u9fff])"
    r"|(?:早上|上午|中午|下午|晚上)好"
    r"|喂(?=[，,!！\s。]|(?:您|你)好)"
    r"|(?:不好意思|打扰|打搅|麻烦|辛苦)(?:一?下|了|您了|你了)?(?=[，,!！。\s]|请问|我?想)"
    r"|(?:请教|麻烦(?:您|你)?(?:帮忙|帮我)?(?:问|咨询))(?:一?下|一声|一哈)?"
    r"|(?:我|俺)?(?:就是)?(?:想要|想|要)?(?:跟(?:您|你)|向(?:您|你))?(?:咨询|了解|打听|请教|问)"
    r"(?:一?下子?|一声|一哈|一句)(?:(?:您|你)们?)?"
    r"|(?:我|俺)(?:就是)?(?:想要|想|要)(?:跟(?:您|你)|向(?:您|你))?(?:咨询|了解|打听|请教)(?=[\u4e00-\u9fff]{2})"
    r"|(?:我)?想(?:问|咨询|打听|了解|晓得|知道)(?:个事)?(?=[，,：:\s]|[\u4e00-\u9fff])"
    r"|请问(?:一?下|一哈)?(?:(?:您|你)们?)?(?=.)"
    r"|问(?:一?下|一哈|个事|个问题)"
    r")[，,。.!！~～、：:\s]*",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"[，,。.!！~～、\s]*(?:"
    r"(?:非常|十分|太|多|先|万分)?(?:谢谢|感谢|多谢|谢了|谢啦)(?:了|啦|啊|哈|咯|您了?|你了?|您们|你们|大家)?"
    r"|(?:麻烦|辛苦|拜托)(?:您|你)?们?(?:了|啦)"
    r"|(?:请)?(?:帮忙)?(?:解答|回复|告知)(?:一下)?(?:谢谢)?"
    r")[，,。.!！~～、\s]*$"
)


def strip_politeness(text: str) -> str:
    """`text` without greetings in front and thanks behind; never empty.

    A message that is nothing but politeness comes back as it is: it is small talk, not noise."""
    rest = text.strip()
    for pattern in (_OPENING, _CLOSING):
        while True:
            shorter = pattern.sub("", rest, count=1)
            if shorter == rest or is_blank(shorter):
                break
            rest = shorter.strip()
    return rest if len(rest) > 1 or rest == text.strip() else text.strip()
