"""The safety screen: sees present danger in a message and names the emergency number to call first.

Rules are data (safety.yml): words, look-alikes, contexts, patterns per kind. No model, no Rasa, under a millisecond.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parent / "safety.yml"
# A look-alike is replaced by this sign, so that the words around it do not run together into a new meaning.
_BLANK = "□"
_MACRO = re.compile(r"<(?:(?P<word>[a-z_]+)|(?P<gap>\d+)(?P<clause>\.?))>")
# How a word may open, for the guard (Screen._guard): groups and look-behinds are looked through.
_OPENING = re.compile(r"^(?:\(\?<![^)]*\)|\(\?:)+")
_PLAIN_START = re.compile(r"[^\W_](?![?*{])")
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[。！!？?；;\n]")
_NUMBER = re.compile(r"1(?:10|19|20)(?!\d)")
# A text longer than _WHOLE is read at both ends and where the most signs stand: a wall of words must not hold up
# the gateway (a message of more than Settings.max_characters is refused by the door after this screen).
_WHOLE, _END, _STEP, _PLACES = 600, 150, 30, 5
_WITHIN = 24
_NEARBY = 26


@dataclass(frozen=True, slots=True)
class Danger:
    """`kind` as in safety.yml; `line` is what the resident reads first: the number to call, then one or two steps."""

    kind: str
    line: str


@dataclass(frozen=True, slots=True)
class _Context:
    """Words that excuse a match in their sentence, unless a word of `but` stands there too."""

    words: re.Pattern[str]
    but: re.Pattern[str] | None

    def excuses(self, said: str) -> bool:
        return bool(self.words.search(said)) and not (self.but and self.but.search(said))


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    line: str
    # The first is the one looked for; the others must stand within `within` characters of it, in any order.
    patterns: tuple[re.Pattern[str], ...]
    within: int
    unless: tuple[_Context, ...]

    def holds(self, text: str, said: str) -> bool:
        """Whether `text` (look-alikes blanked) shows it; excuses are looked for in `said`, the same without blanks."""
        first, *others = self.patterns
        for match in first.finditer(text):
            start, end = match.span()
            if others:
                near = text[max(0, start - self.within) : end + self.within]
                if not all(other.search(near) for other in others):
                    continue
            if not self.unless:
                return True
            nearby = _around(said, start, end)
            if not any(context.excuses(nearby) for context in self.unless):
                return True
        return False


@dataclass(frozen=True, slots=True)
class _Sign:
    """A small hint; `kind` is None for who and when, which mean nothing alone."""

    kind: str | None
    points: int
    pattern: re.Pattern[str]


class Screen:
    """Reads one cleaned message at a time; holds no state of a conversation."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._words: dict[str, str] = {}
        self._starts: dict[str, set[str]] = {}
        for name, patterns in data["words"].items():
            self._words[name] = self._guard(name, patterns) + self._join(patterns)
        self._alike = re.compile(self._join(data["look_alikes"]))
        self._lines: dict[str, str] = data["lines"]
        self._also: str = data["also"]
        self.kinds: tuple[str, ...] = tuple(data["kinds"])
        contexts = {
            name: _Context(
                re.compile(self._join(context["words"])),
                re.compile("|".join(self._words[word] for word in context["but"]))
                if "but" in context
                else None,
            )
            for name, context in data["contexts"].items()
        }
        rules = [
            _Rule(
                rule["kind"],
                self._lines[rule.get("line", rule["kind"])],
                tuple(re.compile(self._join(part)) for part in rule.get("all", [rule.get("any")])),
                rule.get("within", _WITHIN),
                tuple(contexts[name] for name in rule.get("unless", ())),
            )
            for rule in data["rules"]
        ]
        # A stable sort: inside a kind the file's order decides which line is said.
        self._rules = sorted(rules, key=lambda rule: self.kinds.index(rule.kind))

        signs = data["signs"]
        self._signs = [
            _Sign(sign.get("kind"), sign["points"], re.compile(self._join(sign["any"])))
            for sign in signs["of"]
        ]
        self._enough: int = signs["enough"]
        self._sign_line = self._lines[signs["line"]]
        self._sign_excuses = tuple(contexts[name] for name in signs["unless"])

    @classmethod
    def load(cls, path: Path = RULES) -> Screen:
        """The screen of `path`; raises KeyError, ValueError or re.error for a rule that names what is not there."""
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")))

    @property
    def lines(self) -> dict[str, str]:
        """Every first line, by name: a kind's own, and those some rules say instead."""
        return dict(self._lines)

    def check(self, text: str) -> Danger | None:
        """The most urgent danger `text` shows, or None. `text` is cleaned (bot.text.clean). Never raises."""
        found = self._found(text)
        if not found:
            return None
        (kind, line), *others = found.items()
        missing = {number for other in others for number in _NUMBER.findall(other[1])} - set(
            _NUMBER.findall(line)
        )
        if missing:
            line += self._also.format(numbers="、".join(sorted(missing)))
        return Danger(kind, line)

    def matches(self, text: str) -> list[str]:
        """Every kind `text` shows, the most urgent first, each once."""
        return list(self._found(text))

    def _found(self, text: str) -> dict[str, str]:
        # Blanks keep their length: a place in the one text is the same place in the other.
        pieces = [
            (self._alike.sub(lambda match: _BLANK * len(match[0]), said), said)
            for said in self._pieces(_SPACE.sub("", text))
        ]
        found: dict[str, str] = {}
        for rule in self._rules:
            if rule.kind not in found and any(rule.holds(*piece) for piece in pieces):
                found[rule.kind] = rule.line
        if not found:
            for blanked_piece, said_piece in pieces:
                if kind := self._from_signs(blanked_piece, said_piece):
                    return {kind: self._sign_line}
        return found

    def _pieces(self, text: str) -> list[str]:
        """What of `text` is read: all of it, or of a very long text the parts that matter."""
        if len(text) <= _WHOLE:
            return [text]
        signs: dict[int, set[int]] = {}
        for number, sign in enumerate(self._signs):
            if sign.kind:
                for match in sign.pattern.finditer(text, _END, len(text) - _END):
                    signs.setdefault(match.start() // _STEP, set()).add(number)
        places = sorted(signs, key=lambda place: -len(signs[place] | signs.get(place + 1, set())))[:_PLACES]
        middle = [text[max(0, (place - 1) * _STEP) : (place + 3) * _STEP] for place in places]
        return list(dict.fromkeys([text[:_END], text[-_END:], *middle]))

    def _from_signs(self, text: str, said: str) -> str | None:
        """The kind that enough small signs close together speak for, or None: what no rule has a phrase for."""
        if any(context.excuses(said) for context in self._sign_excuses):
            return None
        seen = [(match.start(), sign) for sign in self._signs for match in sign.pattern.finditer(text)]
        for start, first in seen:
            if first.kind is None:
                continue
            near = {id(sign): sign for place, sign in seen if abs(place - start) < _WITHIN}
            if sum(sign.points for sign in near.values()) < self._enough:
                continue
            return max((sign for sign in near.values() if sign.kind), key=lambda sign: sign.points).kind
        return None

    def _guard(self, name: str, patterns: list[str]) -> str:
        """A look at the next character: the long lists of persons and places stand in every rule, and where none of
        them starts one comparison must do. A list with a start this cannot read goes without (only slower)."""
        starts: set[str] = set()
        for part in (_OPENING.sub("", part) for pattern in patterns for part in pattern.split("|")):
            if macro := _MACRO.match(part):
                if macro["word"] not in self._starts:
                    return ""
                starts |= self._starts[macro["word"]]
            elif _PLAIN_START.match(part):
                starts.add(part[0])
            else:
                return ""
        self._starts[name] = starts
        return f"(?=[{''.join(sorted(starts))}])"

    def _join(self, patterns: list[str]) -> str:
        """One alternation of `patterns`, with <word>, <n> and <n.> written out (safety.yml says what they mean)."""
        return "(?:" + "|".join(_MACRO.sub(self._expand, pattern) for pattern in patterns) + ")"

    def _expand(self, macro: re.Match[str]) -> str:
        if macro["word"]:
            return self._words[macro["word"]]
        anything = "[^，。！？；：、,.!?;:]" if macro["clause"] else "."
        return f"{anything}{{0,{macro['gap']}}}?"


def _around(text: str, start: int, end: int) -> str:
    """What may excuse text[start:end]: its own sentence, and of a long one only the words nearby."""
    first, last = max(0, start - _NEARBY), min(len(text), end + _NEARBY)
    for stop in _SENTENCE_END.finditer(text, first, start):
        first = stop.end()
    after = _SENTENCE_END.search(text, end, last)
    return text[first : after.start() if after else last]
