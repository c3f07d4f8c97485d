"""What the actions work with: the registry, the knowledge, the settings; made once a process.

Tests put their own in place with `use()`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import yaml

from bot.nlu.networks import E5
from bot.nlu.vectors import Cache
from bot.settings import ROOT, Settings
from bot.settings import settings as read_settings
from knowledge import Library
from registry import Registry
from registry.crypto import Sealer

LOCAL = ZoneInfo("Asia/Shanghai")
WORDING: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "wording.yml").read_text(encoding="utf-8"))
EVIDENCE: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parent / "evidence.yml").read_text(encoding="utf-8")
)
SIGNS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "signs.yml").read_text(encoding="utf-8"))
Result = TypeVar("Result")


@dataclass
class Resources:
    """The rooms below the actions."""

    settings: Settings
    registry: Registry
    library: Library

    @property
    def sealer(self) -> Sealer:
        return self.registry.sealer


_resources: Resources | None = None


def resources() -> Resources:
    """The process's resources, opened at first use."""
    global _resources
    if _resources is None:
        settings = read_settings()
        _resources = Resources(
            settings,
            Registry(settings.registry_url, settings.key()),
            Library(demo=settings.demo, overlay=settings.var / "knowledge", encode=encoder()),
        )
    return _resources


def encoder() -> Callable[[list[str]], np.ndarray]:
    """Meaning for the knowledge search: the vectors of cards and FAQ are kept on disk from one start to the next."""
    cache = Cache(E5(threads=os.cpu_count() or 1), ROOT / ".cache" / "knowledge")

    def encode(texts: list[str]) -> np.ndarray:
        return cache.one(texts[0])[None] if len(texts) == 1 else cache.many(texts)

    return encode


def use(replacement: Resources | None) -> None:
    """Put other resources in place (tests), or None to open the configured ones again."""
    global _resources
    _resources = replacement


async def in_registry(work: Callable[[], Result]) -> Result:
    """Do blocking registry work in a thread; TimeoutError when it takes longer than `action_timeout`."""
    async with asyncio.timeout(resources().settings.action_timeout):
        return await asyncio.to_thread(work)
