"""Photos that residents send with a report: checked, sealed, kept outside the database.

Only a random reference travels through Rasa; the picture is opened by staff alone.
"""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from registry.crypto import Sealer

LIMIT = 8 * 1024 * 1024
MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
REFERENCE = re.compile(r"^[0-9a-f]{32}$")


class TooLarge(ValueError):
    """More than `LIMIT` bytes."""


class WrongType(ValueError):
    """Not a JPEG, PNG or WebP picture."""


class Attachments:
    """A folder of sealed pictures."""

    limit = LIMIT

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self.folder, self._sealer = folder, sealer

    def put(self, data: bytes) -> str:
        """Seal a picture and return its reference (32 hex digits). Raises TooLarge, WrongType."""
        if len(data) > self.limit:
            raise TooLarge
        if not data.startswith(MAGIC) or (data.startswith(b"RIFF") and data[8:12] != b"WEBP"):
            raise WrongType
        reference = secrets.token_hex(16)
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{reference}.part"
        draft.write_text(self._sealer.seal(urlsafe_b64encode(data).decode()), encoding="ascii")
        draft.replace(self.folder / reference)
        return reference

    def exists(self, reference: str) -> bool:
        """Whether this reference names a kept picture."""
        return bool(REFERENCE.match(reference)) and (self.folder / reference).is_file()
