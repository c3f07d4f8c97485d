"""Locks personal data: AES-GCM sealing, a keyed blind index for look-up, and masks for display.
Encryption, index and audit chain use separate keys derived from the one the operator gives."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = "v1."
MIN_KEY_BYTES = 16
_NONCE_BYTES = 12
_ID_RUN = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])|(?<!\d)\d{15}(?!\d)")
_PHONE_RUN = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")


class SealBroken(ValueError):
    """The text was not sealed with this key, or was altered."""


def _derive(key: bytes, purpose: str) -> bytes:
    info = f"xianan-registry/{purpose}/v1".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(key)


class Sealer:
    """Seals and indexes short texts with keys derived from one secret of at least 16 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"the registry key needs at least {MIN_KEY_BYTES} bytes")
        self._cipher = AESGCM(_derive(key, "seal"))
        self._index_key = _derive(key, "index")
        self._chain_key = _derive(key, "chain")

    def seal(self, text: str) -> str:
        """Encrypt a text; the result is urlsafe base64 after the version mark, different each time."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), VERSION.encode())
        return VERSION + base64.urlsafe_b64encode(sealed).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt what `seal` made; SealBroken for another key, another version or an altered text."""
        if not sealed.startswith(VERSION):
            raise SealBroken("not a sealed text of this version")
        try:
            raw = base64.b64decode(sealed[len(VERSION) :], altchars=b"-_", validate=True)
            plain = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], VERSION.encode())
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise SealBroken("the sealed text does not open") from error
        return plain.decode()

    def index(self, text: str, kind: str = "") -> str:
        """Keyed HMAC-SHA256 (hex) by which an equal text can be looked up without being readable."""
        return hmac.new(self._index_key, f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()

    def phone_index(self, phone: str) -> str:
        """Blind index of a telephone number, however it was written."""
        return self.index(normalise_phone(phone), "phone")

    def id_index(self, id_number: str) -> str:
        """Blind index of an identity-card number, however it was written."""
        return self.index(normalise_id(id_number), "id")

    def chain(self, previous: str, payload: str) -> str:
        """The next link (hex) of the audit chain: keyed, so that it cannot be recomputed without the key."""
        return hmac.new(self._chain_key, f"{previous}\0{payload}".encode(), hashlib.sha256).hexdigest()


def normalise_phone(phone: str) -> str:
    """Half-width digits only, without the country code +86/0086."""
    digits = re.sub(r"[^\d+]", "", unicodedata.normalize("NFKC", phone))
    return re.sub(r"^(?:\+86|0086|86(?=1\d{10}$))", "", digits).lstrip("+")


def normalise_id(id_number: str) -> str:
    """Half-width, upper case, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", id_number)).upper()


def mask_id(id_number: str) -> str:
    """420*************34: the first three and the last two characters."""
    text = normalise_id(id_number)
    return _mask(text, 3, 2)


def mask_phone(phone: str) -> str:
    """138****5678: the first three and the last four digits."""
    return _mask(normalise_phone(phone), 3, 4)


def mask_name(name: str) -> str:
    """张**: the first character, a star for each of the others."""
    text = name.strip()
    return text[:1] + "*" * max(len(text) - 1, 1)


def mask_text(text: str) -> str:
    """Mask each ID number and mobile number inside a sentence; the rest stays as it is."""
    plain = unicodedata.normalize("NFKC", text)
    plain = _ID_RUN.sub(lambda found: mask_id(found.group()), plain)
    return _PHONE_RUN.sub(lambda found: mask_phone(found.group()), plain)


def _mask(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]
