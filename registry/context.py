"""What an open session carries besides its transaction: the sealer, who acts, and from where.
Thin functions take only a Session, and find these here."""

from __future__ import annotations

from typing import cast

from sqlalchemy.orm import Session

from registry.crypto import Sealer

DEFAULT_ACTOR = "assistant"
_SEALER = "registry.sealer"
_ACTOR = "registry.actor"
_ORIGIN = "registry.origin"


def equip(session: Session, sealer: Sealer, actor: str, origin: str | None) -> None:
    """Give a fresh session what the registry's functions need."""
    session.info[_SEALER] = sealer
    session.info[_ACTOR] = actor
    session.info[_ORIGIN] = origin


def sealer_of(session: Session) -> Sealer:
    """The sealer of this session; RuntimeError when it was not opened by `Registry.session()`."""
    if _SEALER not in session.info:
        raise RuntimeError("open the session with Registry.session()")
    return cast(Sealer, session.info[_SEALER])


def actor_of(session: Session) -> str:
    """Who acts in this session: `assistant`, or the name of a staff account."""
    return cast(str, session.info.get(_ACTOR, DEFAULT_ACTOR))


def origin_of(session: Session) -> str | None:
    """The channel or address that the work came from, when the caller said so."""
    return cast("str | None", session.info.get(_ORIGIN))
