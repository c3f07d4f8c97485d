"""The record-keeper: appointments, cases, tracing, applications, the desk and the audit log.
It knows nothing of HTTP, Rasa or wording; callers open `Registry.session()` and call its modules."""

from registry.database import Registry
from registry.errors import (
    AlreadyBooked,
    AlreadyCancelled,
    AlreadyTaken,
    NotFound,
    RegistryError,
    RegistryUnavailable,
    SlotGone,
    SlotInPast,
    WrongKey,
)

__all__ = [
    "AlreadyBooked",
    "AlreadyCancelled",
    "AlreadyTaken",
    "NotFound",
    "Registry",
    "RegistryError",
    "RegistryUnavailable",
    "SlotGone",
    "SlotInPast",
    "WrongKey",
]
