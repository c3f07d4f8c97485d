"""From shares to the intent to act on: by families of intents, and not at all where nothing is sure."""

from __future__ import annotations

from collections import defaultdict

from bot.nlu.service_model import OUT_PREFIX

FALLBACK = "nlu_fallback"
# A task belongs to the same service as its policy question: their shares add up when we ask how sure we are
# of the service, not of the task.
FAMILY = {
    "do_book": "ask_marriage_appointment",
    "do_reschedule": "ask_marriage_appointment",
    "do_cancel_booking": "ask_marriage_appointment",
    "do_find_booking": "ask_marriage_appointment",
    "do_report_child": "ask_child_in_difficulty",
    "do_report_street": "ask_street_rescue",
    "do_report_missing": "ask_family_search",
    "do_report_funeral": "ask_funeral_violation",
    "do_request_visit": "ask_left_behind_elder",
}


def decide(shares: dict[str, float], threshold: float) -> tuple[str, float]:
    """The intent to act on and how sure it is: of its service family, or that it is not ours at all.

    shares: intent → share, summing to 1 at most. Below the threshold: (nlu_fallback, the best family's share).
    """
    families: dict[str, float] = defaultdict(float)
    for intent, share in shares.items():
        families[family_of(intent)] += share
    family, confidence = max(families.items(), key=lambda item: item[1])
    if confidence < threshold:
        return FALLBACK, confidence
    members = {i: s for i, s in shares.items() if family_of(i) == family}
    return max(members.items(), key=lambda item: item[1])[0], confidence


def family_of(intent: str) -> str:
    """The service that an intent counts for; one name for all other departments."""
    return OUT_PREFIX if intent.startswith(OUT_PREFIX) else FAMILY.get(intent, intent)
