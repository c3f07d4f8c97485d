"""Finds ID-card and phone numbers in free text, seals them, and hides them where they must not show.

The gateway seals before Rasa reads, so no clear identifier reaches the tracker or a log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

import phonenumbers
from id_validator import validator

Kind = Literal["id_card", "phone"]

_TOKEN = re.compile(r"⟦(phone|id):([01]):([A-Za-z0-9._=-]+)⟧")
# Length is kept, so that positions found in the folded text hold in the original.
_FOLD = str.maketrans("０１２３４５６７８９＋－ＸｘＺ\u3000", "0123456789+-XxZ ")
# Letters may touch a number ("tel138…", "138…wx同号"): leaving it open would leak it.
_RUN = re.compile(r"(?<!\d)(?:\+|00(?=86))?\d+(?:[ ()\-—–_]{1,3}\d+)*(?:[ \-]?[xX](?![A-Za-z0-9]))?")
_GROUP = re.compile(r"\d+[xX]?|[xX]")
_PHONE_WORDS = re.compile(r"电话|手机|号码|联系|打给|致电|座机|拨|微信|回电|tel|phone", re.IGNORECASE)
_ID_WORDS = re.compile(r"身份证|证件|证号|身份号")
_OTHER_WORDS = re.compile(r"银行卡|卡号|账号|帐号|单号|订单|编号|信用代码|存折")
_CONTEXT = 12
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that names a person: where it stands, its bare value (digits, X upper), if it can be right.

    `reason` when not valid: ``length``, ``birth_date``, ``checksum``, ``region`` (ID card);
    ``length``, ``prefix``, ``area_code`` (phone)."""

    kind: Kind
    start: int
    end: int
    value: str
    valid: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SealedToken:
    """A number the gateway has sealed: ``⟦phone:1:…⟧`` or ``⟦id:0:…⟧``."""

    kind: Kind
    valid: bool
    cipher: str
    start: int
    end: int


def _birth_date_right(digits: str) -> bool:
    """Whether `digits` (YYYYMMDD) is a day that has been, from 1900 on."""
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return date(1900, 1, 1) <= born <= date.today()


def _id_fault(value: str) -> str | None:
    """Why an 18-character ID number is wrong, or None (GB 11643-1999: birth date, then check digit)."""
    if not _birth_date_right(value[6:14]):
        return "birth_date"
    check = "10X98765432"[sum(int(d) * w for d, w in zip(value, _WEIGHTS, strict=False)) % 11]
    if check != value[17]:
        return "checksum"
    return None if validator.is_valid(value) else "region"


def _as_id(value: str, around: str) -> Identifier | None:
    """`value` read as an ID number; None when more likely something else. The caller fills the positions."""
    length = len(value)
    named = bool(_ID_WORDS.search(around))
    if "X" in value[:-1] or (_OTHER_WORDS.search(around) and not named):
        return None
    if length == 18:
        fault = _id_fault(value)
        if fault == "birth_date" and not named and value[0] not in "12345678":
            return None
        return Identifier("id_card", 0, 0, value, fault is None, fault)
    if "X" in value and length != 17 and length != 19:
        return Identifier("id_card", 0, 0, value, False, "length") if named and length >= 12 else None
    if length == 15:
        right = _birth_date_right("19" + value[6:12]) and validator.is_valid(value)
        if right or named:
            return Identifier("id_card", 0, 0, value, right, None if right else "region")
        return None
    looks_born = value[6:8] in ("19", "20")
    if length in (17, 19) and (looks_born or named):
        return Identifier("id_card", 0, 0, value, False, "length")
    if named and 12 <= length <= 21:
        return Identifier("id_card", 0, 0, value, False, "length")
    return None


def _bare_phone(digits: str) -> str:
    """`digits` without the country code 86."""
    if digits.startswith("0086"):
        return digits[4:]
    if digits.startswith("86") and len(digits) in (12, 13) and digits[2] in "01":
        return digits[2:]
    return digits


def _as_phone(digits: str, around: str, alone: bool) -> Identifier | None:
    """`digits` read as a mainland phone number; None when it is more likely something else."""
    bare = _bare_phone(digits)
    likely = alone or bool(_PHONE_WORDS.search(around))
    if bare[0] == "1" and len(bare) == 11:
        right = phonenumbers.is_valid_number(phonenumbers.parse(bare, "CN"))
        if right or bare[1] in "3456789" or likely:
            return Identifier("phone", 0, 0, bare, right, None if right else "prefix")
        return None
    if bare[0] == "0" and 10 <= len(bare) <= 12:
        if phonenumbers.is_valid_number(phonenumbers.parse(bare, "CN")):
            return Identifier("phone", 0, 0, bare, True)
        return Identifier("phone", 0, 0, bare, False, "length") if likely else None
    if bare[0] == "1" and bare[1] in "3456789" and len(bare) in (9, 10, 12, 13) and likely:
        return Identifier("phone", 0, 0, bare, False, "length")
    if len(bare) in (7, 8) and bare[0] in "2345678" and _PHONE_WORDS.search(around):
        return Identifier("phone", 0, 0, bare, False, "area_code")
    return None


def _read(value: str, around: str, alone: bool) -> Identifier | None:
    """The better reading of one number: a valid one, else the ID card, else the phone."""
    as_id = _as_id(value, around)
    if as_id and as_id.valid:
        return as_id
    as_phone = None if "X" in value else _as_phone(value, around, alone)
    if as_phone and (as_phone.valid or as_id is None):
        return as_phone
    return as_id


def _in_run(text: str, start: int, end: int) -> Iterator[Identifier]:
    """The identifiers inside one run of digits and separators `text[start:end]`."""
    if text[end - 1] in "xX" and sum(char.isdigit() for char in text[start:end]) < 14:
        end -= 1  # too short for an ID card: "138…x" is a phone and a stray letter
    groups = [(m.start() + start, m.end() + start) for m in _GROUP.finditer(text[start:end])]
    around = text[max(0, start - _CONTEXT) : start] + "|" + text[end : end + 4]
    alone = not re.search(r"\w", text[:start] + text[end:])
    first = 0
    while first < len(groups):
        found: tuple[Identifier, int] | None = None
        for last in range(len(groups), first, -1):
            value = "".join(text[a:b] for a, b in groups[first:last]).upper()
            if not 7 <= len(value) <= 21:
                continue
            read = _read(value, around, alone)
            # A wrong number made of several groups is believed only if it is the whole run:
            # "2026-12-03 138…" must not become one long wrong ID card.
            whole = last - first == 1 or (first == 0 and last == len(groups))
            if read and (read.valid or (whole and found is None)):
                found = (read, last)
                if read.valid:
                    break
        if found is None:
            first += 1
            continue
        read, last = found
        begin = groups[first][0]
        if begin and text[begin - 1] == "+" and begin - 1 >= start:
            begin -= 1
        yield Identifier(read.kind, begin, groups[last - 1][1], read.value, read.valid, read.reason)
        first = last


def find_identifiers(text: str) -> list[Identifier]:
    """ID-card and phone numbers in `text`, in order, with positions in `text` itself.

    Spaces, hyphens, full width and a small x are tolerated; sealed tokens are skipped."""
    folded = _TOKEN.sub(lambda m: "⟦" * len(m.group()), text.translate(_FOLD))
    return [found for run in _RUN.finditer(folded) for found in _in_run(folded, run.start(), run.end())]


def seal_identifiers(text: str, seal: Callable[[str], str]) -> str:
    """`text` with each identifier replaced by a token that holds ``seal(bare value)``.

    Call it once, on the resident's raw words: brackets that look like a token in them are
    forged and are turned into plain ones. `seal` must return URL-safe base64 plus ``._-=``."""
    text = text.replace("⟦", "[").replace("⟧", "]")
    parts: list[str] = []
    at = 0
    for found in find_identifiers(text):
        kind = "id" if found.kind == "id_card" else "phone"
        parts += [text[at : found.start], f"⟦{kind}:{int(found.valid)}:{seal(found.value)}⟧"]
        at = found.end
    return "".join([*parts, text[at:]])


def find_tokens(text: str) -> list[SealedToken]:
    """The sealed tokens in `text`, in order."""
    return [
        SealedToken("id_card" if m[1] == "id" else "phone", m[2] == "1", m[3], m.start(), m.end())
        for m in _TOKEN.finditer(text)
    ]


def blank_tokens(text: str) -> str:
    """`text` with a plain noun for each token: what featurizers see, so that ciphertext is no feature."""
    return _TOKEN.sub(lambda m: "身份证号" if m[1] == "id" else "手机号码", text)


def _masked(found: Identifier) -> str:
    if found.kind == "id_card":
        return "[身份证号已隐去]"
    if len(found.value) < 9:
        return "****" + found.value[-2:]
    return found.value[:3] + "****" + found.value[-4:]


def mask(text: str) -> str:
    """`text` fit for a log or a transcript: 138****1234, [身份证号已隐去]; long numbers (bank cards) too."""
    parts: list[str] = []
    at = 0
    for found in find_identifiers(text):
        parts += [text[at : found.start], _masked(found)]
        at = found.end
    text = "".join([*parts, text[at:]])
    text = _TOKEN.sub(lambda m: "[身份证号已隐去]" if m[1] == "id" else "[手机号已隐去]", text)
    return re.sub(r"(?<!\d)\d(?:[ -]?\d){14,}(?!\d)", "[号码已隐去]", text)
