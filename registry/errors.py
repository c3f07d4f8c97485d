"""What can go wrong in the registry, one class for each thing a caller must say differently.
None of these carries wording for residents: the callers hold that as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.views import BookingView


class RegistryError(Exception):
    """Base of every error that the registry raises on purpose."""


class RegistryUnavailable(RegistryError):
    """The database cannot be reached or is not answering; nothing was recorded."""


class WrongKey(RegistryError):
    """The key given is not the one this database was sealed with."""


class NotFound(RegistryError):
    """No such record, or it belongs to somebody else. Deliberately the same error for both."""


class SlotGone(RegistryError):
    """The time chosen is full, does not exist, or does not serve this kind of business."""


class SlotInPast(RegistryError):
    """The time chosen, or the appointment to be changed, has already begun."""


class AlreadyBooked(RegistryError):
    """This phone already holds an active booking of this service on this day."""

    def __init__(self, existing: BookingView) -> None:
        super().__init__(existing.receipt)
        self.existing = existing


class AlreadyCancelled(RegistryError):
    """The booking was cancelled before."""


class AlreadyTaken(RegistryError):
    """Another agent has this row, or it is closed."""
