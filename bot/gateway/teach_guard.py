"""Makes guard.onnx: the encoder taught, all layers, to tell present danger from harmless messages that look alike.

`.venv-teach/bin/python -m bot.gateway.teach_guard [--apart DRAFT.onnx]`: about ten minutes on two idle cores. With `--apart`
every sixth labelled message is left out and noted, which is how the thresholds of bot/gateway/danger_model.py are chosen.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import sentencepiece
import torch

from bot.gateway.danger_model import labelled, ordinary, windows
from bot.nlu.networks import numbers
from bot.nlu.teach.cut import WEIGHTS, export, kept, source, write_card
from bot.nlu.teach.network import encoder
from bot.nlu.teach.noise import noisy
from bot.nlu.teach.teach import BATCH, Reader, Row, teach
from bot.text.clean import clean

EPOCHS = 4
# Ordinary phrases of the classifier in one pass, drawn anew each time: enough to stay calm, few enough to stay awake.
ORDINARY = 2400
FOLDS = 6
# Of a missed danger to a false alarm.
COST = 1.5


def main() -> None:
    """Teach, export, note."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--apart", type=Path, help="leave a sixth out, write this file and the sixth beside it"
    )
    options = parser.parse_args()
    torch.manual_seed(0)
    chance = random.Random(0)
    found = source()
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(WEIGHTS / "pieces.model"))
    danger, alike = labelled()
    apart = ([], []) if options.apart is None else (danger[::FOLDS], alike[::FOLDS])
    rows = [(t, 1) for t in danger if t not in set(apart[0])] + [
        (t, 0) for t in alike if t not in set(apart[1])
    ]
    plain = ordinary()
    reader = Reader(encoder(found, kept(found.pieces, found.special)), 2)

    def epoch() -> list[Row]:
        # Harmless windows too: at work the guard reads a long message whole and in parts.
        harmless = [chance.choice(windows(text)) for text in chance.sample(plain, min(ORDINARY, len(plain)))]
        drawn = rows + [(text, 0) for text in harmless]
        chance.shuffle(drawn)
        return [(numbers(pieces, clean(noisy(text, chance))), label) for text, label in drawn]

    steps = EPOCHS * (len(rows) + min(ORDINARY, len(plain))) // BATCH
    teach(reader, epoch, steps, torch.tensor([1.0, COST]), chance)
    if options.apart is None:
        export(reader, WEIGHTS / "guard.onnx", "shares")
        write_card()
        return
    export(reader, options.apart, "shares")
    held = {"danger": apart[0], "alike": apart[1]}
    options.apart.with_suffix(".json").write_text(
        json.dumps(held, ensure_ascii=False, indent=1), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
