"""Time of day: 上午, 下午3点半, 明早, 15:00, 中午.

Without a half of the day 1–6 o'clock is the afternoon: the windows are open from morning to evening."""

from __future__ import annotations

import re

from bot.nlu.values.model import Entity, entity
from bot.nlu.values.numerals import parse

_PERIODS = {
    "am": "一大清?早|大清早|清早|清晨|早上|早晨|早间|上午|凌晨|(?<=[今明后昨])早(?!就|点)",
    "pm": "下午|午后|晌午|中午|正午|下昼",
    "evening": "晚上|夜里|夜晚|傍晚|半夜|深夜|晚间|(?<=[今明后昨前])[晚夜](?!上|里|点)|夜间|天黑(?=了)",
}
_PERIOD = "|".join(f"(?P<{name}>{words})" for name, words in _PERIODS.items())
_HOUR = r"(?:2[0-4]|1\d|0?\d|十[一二]?|二十[一二三]?|[一二两三四五六七八九])"
_CLOCK = (
    rf"(?P<h>(?:一两|两三|三四|四五|五六|六七|七八|八九|(?<!十)九十)(?=点)|{_HOUR})(?:点|时(?=\d|整"
    rf"|半))(?P<zhong>钟|整)?(?P<m>半|[一三]刻|[0-5]\d分?"
    rf"|[二三四五]?十[一二三四五六七八九]?分?)?(?P<more>多|左右|来钟)?"
    r"|(?P<h2>2[0-3]|1\d|0?\d)[:：](?P<m2>[0-5]\d)(?!\d)"
)
_TIME = re.compile(rf"(?:(?:{_PERIOD})的?)?(?<![\d.第])(?:{_CLOCK})|(?:{_PERIOD.replace('?P<', '?P<only_')})")
# "两点要求", "一点也不": not the clock.
_NOT_CLOCK = re.compile(
    r"^(?:要求|建议|意见|问题|疑问|内容|原因|不同|说明|水|钱|东西|事|情况|希望|都|也|儿|没|不|用|办法|左右都)"
)
# A greeting (早上好) and a length (等了一上午) are no time.
_NOT_TIME = re.compile(r"^一\||\|好(?![办约去来])")
_MINUTES = {"半": 30, "一刻": 15, "三刻": 45}


def find(text: str) -> list[Entity]:
    """Times in `text`: ``{"period": am|pm|evening|None, "time": "HH:MM"|None}``."""
    found = []
    for match in _TIME.finditer(text):
        if _NOT_TIME.search(
            text[max(0, match.start() - 1) : match.start()] + "|" + text[match.end() : match.end() + 2]
        ):
            continue
        groups = match.groupdict()
        period = next((p for p in _PERIODS if groups[p] or groups[f"only_{p}"]), None)
        said = groups["h"] or groups["h2"]
        if said is None:
            noon = match[0] in ("中午", "正午", "晌午")
            found.append(
                entity(
                    "time_of_day", text, *match.span(), {"period": period, "time": "12:00" if noon else None}
                )
            )
            continue
        number = parse(said)
        if number is None or number.value > 24 or _NOT_CLOCK.match(text[match.end() : match.end() + 3]):
            continue
        exact = groups["zhong"] or groups["m"] or groups["h2"] or groups["more"]
        # A bare "一点" is "a bit" far more often than one o'clock.
        if said in ("一", "1") and not (period or exact):
            continue
        hour = int(number.value) % 24
        if period is None:
            period = "pm" if 1 <= hour <= 6 or 12 <= hour < 18 else "am" if hour < 12 else "evening"
            if groups["h2"] and hour < 7 and said.startswith("0"):
                period = "am"
        if period in ("pm", "evening") and hour < 12 and not (period == "evening" and hour < 5):
            noon_hour = match[0].startswith(("中午", "正午", "晌午"))
            hour += 0 if noon_hour and hour in (10, 11) else 12
        elif period == "evening" and hour == 12:
            hour = 0
        minutes = groups["m2"] or groups["m"] or "0"
        minute = _MINUTES.get(minutes)
        if minute is None:
            read = parse(minutes.rstrip("分"))
            minute = int(read.value) if read else 0
        found.append(
            entity("time_of_day", text, *match.span(), {"period": period, "time": f"{hour:02d}:{minute:02d}"})
        )
    return found
