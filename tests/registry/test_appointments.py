"""Appointments: the last seat goes once, moves are whole or not at all, and others learn nothing."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from registry import (
    AlreadyBooked,
    AlreadyCancelled,
    NotFound,
    Registry,
    SlotGone,
    SlotInPast,
    appointments,
)
from registry.models import Booking
from registry.views import BookingView
from tests.registry.conftest import DAY, NOW, together

PHONE = "13800138000"


def book(registry: Registry, slot_id: int, key: str = "k", **more: Any) -> BookingView:
    asked: dict[str, Any] = {
        "service": "marriage_registration",
        "names": ["张三丰", "李四"],
        "phone": PHONE,
        "conversation": "web:1",
        "now": NOW,
    }
    with registry.session() as session:
        return appointments.book(session, slot_id=slot_id, idempotency_key=key, **(asked | more))


def free(registry: Registry, now: datetime = NOW, **more: Any) -> dict[int, int]:
    with registry.session(read_only=True) as session:
        found = appointments.free_slots(session, DAY, DAY, now=now, **more)
    return {slot.slot_id: slot.free for slot in found}


def test_book_gives_a_masked_view(registry: Registry, slots: list[int]) -> None:
    view = book(registry, slots[0])
    assert view.status == "booked" and view.seat_number == 1
    assert view.names_masked == ("张**", "李*") and view.phone_masked == "138****8000"
    assert view.starts_at == datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    assert free(registry) == {slots[1]: 2}


def test_twenty_want_the_last_seat_and_one_gets_it(registry: Registry, slots: list[int]) -> None:
    results = together(20, lambda n: book(registry, slots[0], f"k{n}", phone=f"138001380{n:02}"))
    assert sum(isinstance(result, BookingView) for result in results) == 1
    assert sum(isinstance(result, SlotGone) for result in results) == 19
    with registry.session(read_only=True) as session:
        assert session.scalar(select(func.count(Booking.id))) == 1


def test_same_key_from_ten_threads_is_one_booking(registry: Registry, slots: list[int]) -> None:
    results = together(10, lambda n: book(registry, slots[n % 2], "same"))
    assert len({result.receipt for result in results}) == 1
    with registry.session(read_only=True) as session:
        assert session.scalar(select(func.count(Booking.id))) == 1


def test_one_seat_cannot_be_held_twice_even_by_hand(registry: Registry, slots: list[int]) -> None:
    book(registry, slots[1], "a")
    book(registry, slots[1], "b", phone="13800138001")
    with pytest.raises(IntegrityError), registry.session() as session:
        seat = select(func.min(Booking.seat_id)).scalar_subquery()
        session.execute(update(Booking).values(seat_id=seat))


def test_a_live_booking_cannot_lose_its_seat(registry: Registry, slots: list[int]) -> None:
    book(registry, slots[0])
    with pytest.raises(IntegrityError), registry.session() as session:
        session.execute(update(Booking).values(seat_id=None))


def test_one_active_booking_a_phone_service_and_day(registry: Registry, slots: list[int]) -> None:
    first = book(registry, slots[0], "a")
    with pytest.raises(AlreadyBooked) as caught:
        book(registry, slots[1], "b")
    assert caught.value.existing.receipt == first.receipt
    other = book(registry, slots[1], "c", service="certificate_reissue")
    assert other.receipt != first.receipt


def test_one_a_day_holds_under_threads(registry: Registry, slots: list[int]) -> None:
    results = together(8, lambda n: book(registry, slots[n % 2], f"k{n}"))
    assert sum(isinstance(result, BookingView) for result in results) == 1
    refused = [result for result in results if not isinstance(result, BookingView)]
    assert all(isinstance(result, (AlreadyBooked, SlotGone)) for result in refused)


def test_what_cannot_be_booked(registry: Registry, slots: list[int]) -> None:
    with pytest.raises(SlotInPast):
        book(registry, slots[0], now=NOW + timedelta(days=3))
    with pytest.raises(SlotGone):
        book(registry, 999)
    with pytest.raises(ValueError):
        book(registry, slots[0], service="dibao")
    with pytest.raises(ValueError):
        book(registry, slots[0], names=[" "])


def test_slot_for_one_service_only(registry: Registry, slots: list[int]) -> None:
    with registry.session() as session:
        appointments.open_slots(
            session, "hall", [DAY], [(time(16), time(16, 30), 1)], services=["divorce_registration"]
        )
    ((slot, _seats),) = free(registry).items() - {slots[0]: 1, slots[1]: 2}.items()
    assert slot not in free(registry, service="marriage_registration")
    assert slot in free(registry, service="divorce_registration")
    with pytest.raises(SlotGone):
        book(registry, slot)


def test_opening_twice_opens_once(registry: Registry, slots: list[int]) -> None:
    with registry.session() as session:
        assert appointments.open_slots(session, "hall", [DAY], [(time(9), time(9, 30), 1)]) == 0
    with pytest.raises(NotFound), registry.session() as session:
        appointments.open_slots(session, "nowhere", [DAY], [])


def test_begun_slots_are_not_offered(registry: Registry, slots: list[int]) -> None:
    half_past_nine = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
    assert free(registry, now=half_past_nine) == {slots[1]: 2}
    assert free(registry, office_code="elsewhere") == {}


def test_wrong_phone_looks_like_no_booking(registry: Registry, slots: list[int]) -> None:
    receipt = book(registry, slots[0]).receipt
    absent = "YY261123AAAA" + "2"
    messages = set()
    for asked, phone in ((receipt, "13900139000"), (absent, PHONE)):
        for call in (
            lambda s, r, p: appointments.find_by_receipt(s, receipt=r, phone=p),
            lambda s, r, p: appointments.cancel(s, receipt=r, phone=p, now=NOW),
            lambda s, r, p: appointments.reschedule(
                s, receipt=r, phone=p, slot_id=slots[1], idempotency_key="x", now=NOW
            ),
        ):
            with pytest.raises(NotFound) as caught, registry.session() as session:
                call(session, asked, phone)
            messages.add(type(caught.value))
    assert messages == {NotFound}
    with registry.session() as session:
        assert appointments.find_by_receipt(session, receipt=receipt, phone=PHONE).status == "booked"


def test_find_by_receipt_tolerates_writing(registry: Registry, slots: list[int]) -> None:
    receipt = book(registry, slots[0]).receipt
    with registry.session() as session:
        found = appointments.find_by_receipt(session, receipt=receipt.lower(), phone="+86 138-0013-8000")
    assert found.receipt == receipt


def test_find_by_phone_lists_the_active_ones(registry: Registry, slots: list[int]) -> None:
    later = book(registry, slots[1], "a")
    sooner = book(registry, slots[0], "b", service="certificate_reissue")
    with registry.session() as session:
        found = appointments.find_by_phone(session, phone=PHONE)
        assert [view.receipt for view in found] == [sooner.receipt, later.receipt]
        appointments.cancel(session, receipt=later.receipt, phone=PHONE, now=NOW)
        assert len(appointments.find_by_phone(session, phone=PHONE)) == 1


def test_cancelled_seat_rests(registry: Registry, slots: list[int]) -> None:
    receipt = book(registry, slots[0]).receipt
    with registry.session() as session:
        view = appointments.cancel(session, receipt=receipt, phone=PHONE, now=NOW)
    assert view.status == "cancelled" and view.seat_number is None
    assert slots[0] not in free(registry, now=NOW + timedelta(minutes=9))
    with pytest.raises(SlotGone):
        book(registry, slots[0], "n", phone="13900139000", now=NOW + timedelta(minutes=9))
    after = NOW + timedelta(minutes=10)
    assert free(registry, now=after)[slots[0]] == 1
    assert book(registry, slots[0], "n2", phone="13900139000", now=after).status == "booked"


def test_cancel_twice_and_too_late(registry: Registry, slots: list[int]) -> None:
    receipt = book(registry, slots[0]).receipt
    with pytest.raises(SlotInPast), registry.session() as session:
        appointments.cancel(session, receipt=receipt, phone=PHONE, now=NOW + timedelta(days=3))
    with registry.session() as session:
        appointments.cancel(session, receipt=receipt, phone=PHONE, now=NOW)
    with pytest.raises(AlreadyCancelled), registry.session() as session:
        appointments.cancel(session, receipt=receipt, phone=PHONE, now=NOW)


def move(registry: Registry, receipt: str, slot_id: int, key: str, now: datetime = NOW) -> BookingView:
    with registry.session() as session:
        return appointments.reschedule(
            session, receipt=receipt, phone=PHONE, slot_id=slot_id, idempotency_key=key, now=now
        )


def test_reschedule_keeps_the_receipt_and_may_come_back(registry: Registry, slots: list[int]) -> None:
    receipt = book(registry, slots[0]).receipt
    moved = move(registry, receipt, slots[1], "m1")
    assert (moved.receipt, moved.slot_id, moved.status) == (receipt, slots[1], "rescheduled")
    assert slots[0] not in free(registry)  # it rests for the others
    assert move(registry, receipt, slots[0], "m2").slot_id == slots[0]  # not for the one who left it
    # A late repetition of the first request moves nothing.
    assert move(registry, receipt, slots[1], "m1").slot_id == slots[0]


def test_failed_reschedule_keeps_the_old_time(registry: Registry, slots: list[int]) -> None:
    book(registry, slots[0], "other", phone="13900139000")
    receipt = book(registry, slots[1], "mine").receipt
    before = free(registry)
    with registry.session() as session:
        for target, error in ((slots[0], SlotGone), (999, SlotGone)):
            with pytest.raises(error):
                appointments.reschedule(
                    session,
                    receipt=receipt,
                    phone=PHONE,
                    slot_id=target,
                    idempotency_key=f"m{target}",
                    now=NOW,
                )
    with registry.session() as session:
        kept = appointments.find_by_receipt(session, receipt=receipt, phone=PHONE)
    assert (kept.slot_id, kept.status) == (slots[1], "booked")
    assert free(registry) == before


def test_crossing_moves_end_with_everybody_seated(registry: Registry, slots: list[int]) -> None:
    first = book(registry, slots[0], "a").receipt
    second = book(registry, slots[1], "b", phone="13900139000").receipt

    def cross(number: int) -> Any:
        if number % 2:
            return move(registry, first, slots[1], f"m{number}")
        with registry.session() as session:
            return appointments.reschedule(
                session,
                receipt=second,
                phone="13900139000",
                slot_id=slots[0],
                idempotency_key=f"m{number}",
                now=NOW,
            )

    results = together(8, cross)
    assert [r for r in results if not isinstance(r, (BookingView, SlotGone))] == []
    with registry.session(read_only=True) as session:
        held = session.scalars(select(Booking.seat_id)).all()
    assert len(held) == len(set(held)) == 2 and None not in held


def test_settle(registry: Registry, slots: list[int]) -> None:
    receipt = book(registry, slots[0]).receipt
    with pytest.raises(ValueError), registry.session() as session:
        appointments.settle(session, receipt=receipt, outcome="missed", actor="w1", now=NOW)
    with registry.session() as session:
        later = NOW + timedelta(days=3)
        view = appointments.settle(session, receipt=receipt, outcome="missed", actor="w1", now=later)
    assert view.status == "missed" and view.seat_number == 1
    with pytest.raises(SlotInPast):
        move(registry, receipt, slots[1], "m")
