"""Makes student.onnx: the encoder taught, all layers, to name the intent of our phrases under noise.

`.venv-teach/bin/python -m bot.nlu.teach.teach [--epochs 3]`: about an hour on two idle cores.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import sentencepiece
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.data import training_examples
from bot.nlu.networks import numbers
from bot.nlu.prepare import prepared
from bot.nlu.teach.cut import WEIGHTS, export, kept, source, write_card
from bot.nlu.teach.network import SIZE, Encoder, encoder
from bot.nlu.teach.noise import noisy

BATCH, RATE, HEAD_RATE, WARM_UP = 48, 1e-4, 3e-3, 0.06
# Of the cosine logits; a harder softmax learns the phrases by heart, a softer one learns nothing.
SCALE, SMOOTHING = 20.0, 0.08
# A text as the network reads it, and the number of its label.
Row = tuple[list[int], int]


class Reader(nn.Module):
    """Token numbers → log-probabilities of intents."""

    def __init__(self, body: Encoder, intents: int) -> None:
        super().__init__()
        self.body, self.head = body, nn.Linear(SIZE, intents)
        nn.init.normal_(self.head.weight, 0, 0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(n, tokens) → (n, intents)."""
        return torch.log_softmax(SCALE * self.head(self.body(ids)), -1)


def batches(rows: Sequence[list[int]], chance: random.Random) -> Iterator[list[int]]:
    """Positions of rows, BATCH at a time: rows of like length together, batches in any order."""
    found = []
    for start in range(0, len(rows), BATCH * 20):
        near = sorted(range(start, min(len(rows), start + BATCH * 20)), key=lambda i: len(rows[i]))
        found += [near[i : i + BATCH] for i in range(0, len(near), BATCH)]
    chance.shuffle(found)
    yield from found


def padded(rows: Sequence[list[int]]) -> torch.Tensor:
    """Rows of one length, filled up with 0."""
    width = max(map(len, rows))
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


def teach(
    reader: Reader,
    epoch: Callable[[], Sequence[Row]],
    steps: int,
    weight: torch.Tensor,
    chance: random.Random,
) -> None:
    """Train all layers for `steps` batches; `epoch` gives the rows of one pass, in any order, noise and all."""
    matrices = [p for n, p in reader.body.named_parameters() if p.ndim > 1 and not n.startswith("word")]
    others = [p for n, p in reader.body.named_parameters() if p.ndim < 2 or n.startswith("word")]
    groups = [
        {"params": matrices, "lr": RATE, "weight_decay": 0.01},
        {"params": others, "lr": RATE, "weight_decay": 0.0},
        {"params": reader.head.parameters(), "lr": HEAD_RATE, "weight_decay": 0.0},
    ]
    learning = torch.optim.AdamW(groups)
    rates = [group["lr"] for group in learning.param_groups]
    step = 0
    reader.train()
    while step < steps:
        rows = epoch()
        for batch in batches([ids for ids, _ in rows], chance):
            if step >= steps:
                break
            share = min(1.0, step / (WARM_UP * steps + 1)) * 0.5 * (1 + math.cos(math.pi * step / steps))
            for group, rate in zip(learning.param_groups, rates, strict=True):
                group["lr"] = rate * max(share, 0.01)
            truth = torch.tensor([rows[i][1] for i in batch])
            # On log-probabilities cross_entropy is the plain likelihood, smoothing and weights included.
            loss = F.cross_entropy(
                reader(padded([rows[i][0] for i in batch])), truth, weight=weight, label_smoothing=SMOOTHING
            )
            learning.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            learning.step()
            step += 1
            if step % 50 == 0:
                print(f"{step}/{steps} loss {loss.item():.3f}", flush=True)


def main() -> None:
    """Teach, export, note."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=float, default=3)
    options = parser.parse_args()
    torch.manual_seed(0)
    chance = random.Random(0)
    found = source()
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(WEIGHTS / "pieces.model"))
    examples = training_examples()
    intents = sorted({e.intent for e in examples})
    number = {intent: i for i, intent in enumerate(intents)}
    counts = np.bincount([number[e.intent] for e in examples])
    # Mildly: a small service must not be swallowed, nor shout.
    weight = torch.tensor((counts.mean() / counts) ** 0.25, dtype=torch.float32)
    reader = Reader(encoder(found, kept(found.pieces, found.special)), len(intents))

    def epoch() -> list[Row]:
        chance.shuffle(examples)
        return [(numbers(pieces, prepared(noisy(e.text, chance))), number[e.intent]) for e in examples]

    teach(reader, epoch, int(options.epochs * len(examples) / BATCH), weight, chance)
    export(reader, WEIGHTS / "student.onnx", "shares")
    write_card(intents)


if __name__ == "__main__":
    main()
