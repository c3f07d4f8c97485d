"""Undo what was filed: cancel an appointment, or take a report back (the missing person is home, a mistake).

One form for both, because 取消 and 撤销 do not say which: the receipt says it. A report of this conversation
needs no phone; one of another needs the phone left in it.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.booking import tell
from actions.fields import Field, yes_no
from actions.form_shape import Begun
from actions.own_booking import OWNER, OwnBooking
from actions.receipts import BOOKING, is_report, receipt_said
from actions.resources import WORDING, in_registry, resources
from actions.say import bubble, outline, say, wording
from actions.showing import opened
from actions.turn import Turn
from registry import AlreadyCancelled, NotFound, SlotInPast
from registry.appointments import cancel
from registry.lookup import filed_here
from registry.receipts import PREFIXES
from registry.views import BookingView, WithdrawalView
from registry.withdrawing import withdraw_case

SEARCH = PREFIXES["family_search"]
MOST_NOTE = 300
# What is said, by the reason of a withdrawal.
BEGIN = {"found": "withdraw.begin_found", "mistake": "withdraw.begin_mistake"}
DONE = {"found": "withdraw.done_found", "mistake": "withdraw.done_mistake"}


def taken_back(turn: Turn, slots: dict[str, Any]) -> str | None:
    """Why a report is to be taken back, `found` or `mistake`; None when the turn says nothing of it.

    Never in a message that shows danger, and never on a question.
    """
    if turn.danger:
        return None
    last = str(slots.get("last_receipt") or "")
    searching = last.startswith(SEARCH) or slots.get("last_service") == "family_search"
    about_missing = searching or turn.intent in ("ask_family_search", "do_report_missing")
    if turn.matches("found") and (about_missing or last):
        return "found"
    if turn.matches("home_again") and last.startswith(SEARCH):
        return "found"
    if turn.matches("withdraw") or (last and (turn.matches("false_alarm") or turn.matches("mistake"))):
        return "mistake"
    return None


async def _search_of(turn: Turn) -> str | None:
    """Receipt of the newest search that this conversation filed."""

    def read() -> list[str]:
        with resources().registry.session(origin=turn.metadata.get("channel")) as session:
            return filed_here(session, conversation=turn.tracker.sender_id)

    return next((receipt for receipt in await in_registry(read) if receipt.startswith(SEARCH)), None)


class CancelForm(OwnBooking):
    """Cancel a booking, or take a report back."""

    form, confirm = "cancel_form", "cancel_confirm"
    fields = (*OWNER, Field("cancel_confirm", yes_no))

    async def begin(self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> Begun:
        said = receipt_said(turn, slots)
        reason, search = taken_back(turn, slots), None
        known = slots.get("last_receipt")
        if reason is None and not slots.get("booking_receipt") and is_report(known):
            # Nothing but a report was filed here: 取消 means that.
            reason = "mistake" if turn.matches("cancel_word") else None
        if reason == "found" and said is None:
            # The newest report may be another one: it is the search that is over.
            known = search = await _search_of(turn)
        of_booking = said is not None and said.startswith(BOOKING)
        if of_booking or (reason is None and not is_report(said)):
            return await super().begin(turn, slots, dispatcher)
        bubble(dispatcher, wording(BEGIN[reason or "mistake"]),
               answer=outline("report", "case_progress", turn.confidence))  # fmt: skip
        report = {
            "reason": reason or "mistake",
            "search": search,
            "note": turn.masked[:MOST_NOTE],
            # Rasa has these slots for both: the booking's own come back when this is over.
            "before": {slot: slots.get(slot) for slot in self.kept},
        }
        return {
            "booking_found": report, "booking_receipt": said or (known if is_report(known) else None), "booking_phone": None,
        }  # fmt: skip

    async def ask(self, slot: str, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> None:
        if slot == "booking_receipt" and "reason" in (slots.get("booking_found") or {}):
            say(dispatcher, "withdraw.which", [wording("words.no_receipt"), wording("words.stop")])
            return
        await super().ask(slot, slots, dispatcher)

    def asked(self, slots: dict[str, Any]) -> list[Field]:
        items = super().asked(slots)
        receipt = slots.get("booking_receipt")
        filed_here_too = (slots.get("booking_found") or {}).get("search")
        if is_report(receipt) and receipt in (slots.get("last_receipt"), filed_here_too):
            return [item for item in items if item.slot != "booking_phone"]
        return items

    def confirmation(self, slots: dict[str, Any]) -> str:
        if is_report(slots.get("booking_receipt")):
            return wording("withdraw.confirm")
        return super().confirmation(slots)

    async def settle(
        self, changes: dict[str, Any], slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> None:
        receipt, told = slots.get("booking_receipt"), slots.get("booking_found") or {}
        if not is_report(receipt) and not (receipt is None and "reason" in told):
            await super().settle(changes, slots, turn, dispatcher)

    def shown(self, slot: str, value: Any, slots: dict[str, Any]) -> str:
        if slot == "booking_receipt" and is_report(value):
            kind = next(kind for kind, prefix in PREFIXES.items() if str(value).startswith(prefix))
            return f"{value}（{WORDING['kind'][kind]}）"
        return super().shown(slot, value, slots)

    async def interrupted(
        self, turn: Turn, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        at_confirm = slots.get("requested_slot") == self.confirm
        if at_confirm and turn.matches("cancel_word") and not is_report(slots.get("booking_receipt")):
            # "确定取消吗？" — "取消": a yes, not a stop. Of a report it may mean: leave it as it is.
            return await self._submit(turn, slots, dispatcher)
        return None

    async def submit(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        if is_report(slots["booking_receipt"]):
            return await self._withdraw(slots, turn, dispatcher)

        def write() -> BookingView:
            with resources().registry.session(origin=turn.metadata.get("channel")) as session:
                return cancel(
                    session,
                    receipt=slots["booking_receipt"],
                    phone=str(opened(slots["booking_phone"])),
                    now=datetime.now(UTC),
                )

        try:
            booking = await asyncio.to_thread(write)
        except NotFound:
            say(dispatcher, "booking.not_found")
        except AlreadyCancelled:
            say(dispatcher, "booking.cancelled_before", receipt=slots["booking_receipt"])
        except SlotInPast:
            say(dispatcher, "booking.over")
        else:
            tell(dispatcher, "booking.cancelled", booking, [wording("words.book_again")])
        return [
            SlotSet("booking_receipt", None),
            SlotSet("booking_phone", None),
            SlotSet("booking_found", None),
        ]

    async def _withdraw(
        self, slots: dict[str, Any], turn: Turn, dispatcher: CollectingDispatcher
    ) -> list[EventType]:
        told = slots.get("booking_found") or {}
        reason = told.get("reason", "mistake")
        phone = slots.get("booking_phone")

        def write() -> WithdrawalView:
            with resources().registry.session(origin=turn.metadata.get("channel")) as session:
                return withdraw_case(
                    session, receipt=slots["booking_receipt"], reason=reason,
                    text_masked=told.get("note") or turn.masked, phone=opened(phone),
                    conversation=turn.tracker.sender_id, now=datetime.now(UTC),
                )  # fmt: skip

        try:
            done = await asyncio.to_thread(write)
        except NotFound:
            say(dispatcher, "progress.not_found", [wording("words.person")])
            return []
        if done.status == "withdrawn" != done.before:
            text = wording(DONE[reason], receipt=done.receipt)
        elif done.status in ("withdrawn", "closed"):
            text = wording(
                "withdraw.ended_before", receipt=done.receipt, status=wording(f"status.{done.status}")
            )
        else:
            text = wording("withdraw.officer_decides", receipt=done.receipt)
        if done.is_demo:
            text += "\n" + wording("answer.demo")
        bubble(dispatcher, text, receipt=done.receipt, answer=outline("report", done.service))
        return []

    def ending(self, slots: dict[str, Any], dispatcher: CollectingDispatcher) -> list[EventType]:
        events = super().ending(slots, dispatcher)
        told = slots.get("booking_found") or {}
        if "before" in told or is_report(slots.get("booking_receipt")):
            before = told.get("before") or {}
            mine = [SlotSet(slot, before.get(slot)) for slot in self.kept]
            return [*events, *mine, SlotSet("booking_found", None)]
        return events
