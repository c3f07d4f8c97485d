"""The training phrases and the blind hold-out, and which hold-out rows are in training after all.

`python -m benchmarks.data` lists those rows: a row that was trained on measures nothing.
"""

from __future__ import annotations

import csv
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.text.clean import clean, strip_politeness

ROOT = Path(__file__).resolve().parents[1]
NLU_FOLDER = ROOT / "nlu_data" / "nlu"
# What every figure is reported on: written apart, looked at by nobody who chose a setting.
HOLDOUTS = ("blind_in.csv", "blind_oos.csv")
# The first hold-out; settings were chosen by it, so it is no longer blind.
CHOOSING = ("holdout_in.csv", "holdout_oos.csv")
DANGERS = ("danger_positive.csv", "danger_negative.csv")
OUT_OF_SCOPE = "out_of_scope"
# Two sentences that share more of their character trigrams than this are one sentence.
SAME = 0.8
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Example:
    """A training phrase and its intent."""

    text: str
    intent: str


@dataclass(frozen=True, slots=True)
class Row:
    """A hold-out question with the service codes that are right for it."""

    text: str
    label: str
    label2: str | None = None

    @property
    def accepted(self) -> frozenset[str]:
        """The codes that count as right."""
        return frozenset({self.label, *([self.label2] if self.label2 else [])})

    @property
    def inside(self) -> bool:
        """Whether the question is ours."""
        return self.label != OUT_OF_SCOPE


def training_examples(folder: Path = NLU_FOLDER) -> list[Example]:
    """Every phrase under an intent in the Rasa files of `folder`, in file order."""
    return [
        Example(line[2:].strip(), block["intent"])
        for file in sorted(folder.glob("*.yml"))
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
        if "intent" in block
        for line in block["examples"].splitlines()
        if line.startswith("- ")
    ]


def read_texts(name: str) -> list[dict[str, str]]:
    """The rows of a file of tests/data, as they stand."""
    with (ROOT / "tests" / "data" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def holdout(names: Sequence[str] = HOLDOUTS) -> list[Row]:
    """The in-scope and the out-of-scope questions of these files of tests/data."""
    return [
        Row(row["text"], row["label"], row.get("label2") or None)
        for name in names
        for row in read_texts(name)
    ]


def unseen_holdout(examples: Iterable[Example], names: Sequence[str] = HOLDOUTS) -> tuple[list[Row], int]:
    """The hold-out rows that training does not hold, and how many were left out because it does."""
    seen, rows = Seen([normalised(e.text) for e in examples]), holdout(names)
    kept = [row for row in rows if not seen.like(normalised(row.text))]
    return kept, len(rows) - len(kept)


def normalised(text: str) -> str:
    """What the model is left with: simplified script, no frame of politeness, no signs, lower case."""
    return _SIGNS.sub("", strip_politeness(clean(text))).lower()


def trigrams(text: str) -> frozenset[str]:
    """Character trigrams; a shorter text is one gram of its own."""
    return frozenset(text[i : i + 3] for i in range(len(text) - 2)) or frozenset([text])


class Seen:
    """Finds texts that are the same as, or nearly the same as, a given one (inverted index of trigrams)."""

    def __init__(self, texts: Sequence[str]) -> None:
        """texts: normalised; answers are positions in it."""
        self._grams = [trigrams(text) for text in texts]
        self._holders: dict[str, list[int]] = defaultdict(list)
        for position, grams in enumerate(self._grams):
            for gram in grams:
                self._holders[gram].append(position)

    def like(self, text: str, above: float = SAME) -> list[int]:
        """Positions whose trigram Jaccard similarity with the normalised `text` is greater than `above`."""
        grams = trigrams(text)
        shared = Counter(position for gram in grams for position in self._holders.get(gram, ()))
        return sorted(
            position
            for position, count in shared.items()
            if count / (len(grams) + len(self._grams[position]) - count) > above
        )


def few(examples: Sequence[Example], each: int, seed: int = 7) -> list[Example]:
    """At most `each` phrases an intent, the same ones every time: for trying a program out."""
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_intent[example.intent].append(example)
    pick = random.Random(seed)
    return [e for _, mine in sorted(by_intent.items()) for e in pick.sample(mine, min(each, len(mine)))]


def main() -> int:
    """Print each row of the hold-outs that training holds; exit code 1 when there is one."""
    examples = training_examples()
    seen = Seen([normalised(e.text) for e in examples])
    found = 0
    out = csv.writer(sys.stdout)
    out.writerow(["file", "text", "label", "trained_as", "trained_text"])
    for name in HOLDOUTS + CHOOSING + DANGERS:
        for row in read_texts(name):
            if same := seen.like(normalised(row["text"])):
                found += 1
                match = examples[same[0]]
                out.writerow([name, row["text"], row.get("label", ""), match.intent, match.text])
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
