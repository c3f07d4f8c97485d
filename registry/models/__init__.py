"""The tables of the registry, one module a capability.
Import them from here; `Base.metadata` then knows all of them."""

from registry.models.appointments import AppointmentOffice, Booking, BookingChange, Seat, Slot
from registry.models.audit import AuditHead, AuditRow, Setting
from registry.models.base import Base, UtcDateTime
from registry.models.cases import Attachment, Case, CaseEvent
from registry.models.desk import DeskRow
from registry.models.offices import Office
from registry.models.recipients import Application, ApplicationStep, Recipient
from registry.models.tracing import FoundPerson, SearchReport

__all__ = [
    "Application",
    "ApplicationStep",
    "AppointmentOffice",
    "Attachment",
    "AuditHead",
    "AuditRow",
    "Base",
    "Booking",
    "BookingChange",
    "Case",
    "CaseEvent",
    "DeskRow",
    "FoundPerson",
    "Office",
    "Recipient",
    "SearchReport",
    "Seat",
    "Setting",
    "Slot",
    "UtcDateTime",
]
