"""Once and in order: no update is handled twice, and a chat's updates one after the other.

Everything here is bounded, so that neither many chats nor one that floods can fill the memory.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from dataclasses import dataclass, field

SEEN = 20_000
CHATS = 5_000
WAITING = 20


class Seen:
    """The last `size` keys that were met."""

    def __init__(self, size: int = SEEN) -> None:
        self._keys: OrderedDict[Hashable, None] = OrderedDict()
        self._size = size

    def first(self, key: Hashable) -> bool:
        """Whether `key` is met for the first time; it is remembered either way."""
        if key in self._keys:
            return False
        self._keys[key] = None
        if len(self._keys) > self._size:
            self._keys.popitem(last=False)
        return True

    def forget(self, key: Hashable) -> None:
        """Let `key` count as new again."""
        self._keys.pop(key, None)


class Flooded(RuntimeError):
    """A chat has too much waiting already. `first`: nobody has told it so yet."""

    def __init__(self, first: bool) -> None:
        super().__init__("flooded")
        self.first = first


@dataclass
class _Chat:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    told: bool = False


class Turns:
    """One turn at a time in each chat, in order of arrival (asyncio.Lock is first come, first served)."""

    def __init__(self, waiting: int = WAITING, chats: int = CHATS) -> None:
        self._chats: OrderedDict[int, _Chat] = OrderedDict()
        self._waiting, self._limit = waiting, chats

    @contextlib.asynccontextmanager
    async def of(self, chat_id: int) -> AsyncIterator[None]:
        """The chat's next turn. Raises Flooded when `waiting` turns are before this one."""
        chat = self._chats.setdefault(chat_id, _Chat())
        self._chats.move_to_end(chat_id)
        if chat.waiting >= self._waiting:
            first, chat.told = not chat.told, True
            raise Flooded(first)
        chat.waiting += 1
        try:
            async with chat.lock:
                yield
        finally:
            chat.waiting -= 1
            if chat.waiting == 0:
                chat.told = False
            self._trim()

    def _trim(self) -> None:
        while len(self._chats) > self._limit and next(iter(self._chats.values())).waiting == 0:
            self._chats.popitem(last=False)
