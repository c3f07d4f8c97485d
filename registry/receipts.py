"""Receipt numbers that can be read out on the telephone: YY261123ABCDE.
Two letters for the kind, the day, four random characters and one that catches a wrong character."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import date, datetime

from registry.clock import local_day

# No 0 O 1 I L. 31 characters are left, and 31 is prime: with different weights below 31 a sum modulo 31
# changes for every single wrong character and for every two neighbours of one class swapped.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_BODY = 4
_WEIGHTS = tuple(range(2, 14))

PREFIXES: dict[str, str] = {
    "appointment": "YY",  # 预约
    "child_report": "ET",  # 儿童报告
    "left_behind_child": "ET",
    "rescue_report": "JZ",  # 救助报告
    "family_search": "XQ",  # 寻亲
    "complaint": "TS",  # 投诉
    "comment": "ZX",  # 咨询留言
    "handoff": "ZX",
    "unanswered": "ZX",
    "undelivered": "ZX",
    "elder_visit": "TF",  # 走访探视
    "funeral_violation": "JB",  # 举报
    "illegal_org": "JB",
    "application": "SQ",  # 申请
}
_KNOWN = frozenset(PREFIXES.values())
_GAP = r"[\s-]*"
_PATTERN = re.compile(
    rf"(?<![A-Z0-9])([A-Z]{_GAP}[A-Z])((?:{_GAP}[0-9]){{6}})((?:{_GAP}[{ALPHABET}]){{5}})(?![A-Z0-9])"
)


def new_receipt(kind: str, now: datetime) -> str:
    """A fresh receipt for this kind (a key of PREFIXES; KeyError otherwise), dated by the local day.

    Uniqueness is the table's constraint: a caller retries on the rare clash (31**4 numbers a kind and day).
    """
    body = "".join(secrets.choice(ALPHABET) for _ in range(_BODY))
    return compose_receipt(kind, local_day(now), body)


def compose_receipt(kind: str, day: date, body: str) -> str:
    """The receipt with these four characters and its check character; for fixed demonstration numbers."""
    stem = f"{PREFIXES[kind]}{day:%y%m%d}{body}"
    return stem + _check(stem)


def parse_receipt(text: str) -> str | None:
    """The first valid receipt in a text, in canonical form, or None.

    Spaces, hyphens, lower case and full-width characters are tolerated; a wrong character is not.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    for found in _PATTERN.finditer(plain):
        receipt = re.sub(r"[\s-]", "", found.group())
        if receipt[:2] in _KNOWN and _check(receipt[:-1]) == receipt[-1] and _is_day(receipt[2:8]):
            return receipt
    return None


def _check(stem: str) -> str:
    values = [ord(letter) - ord("A") for letter in stem[:2]]
    values += [int(digit) for digit in stem[2:8]]
    values += [ALPHABET.index(letter) for letter in stem[8:]]
    return ALPHABET[sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True)) % 31]


def _is_day(digits: str) -> bool:
    try:
        date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        return False
    return True
