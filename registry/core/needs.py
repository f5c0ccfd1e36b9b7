"""Needs: what is missing, how loudly it is asked for, and what may become of it. Pure.

A need is opened by a member, or by the registry from what really happens; then it has an identity, so that the same
cause again adds to its demand and not to the list.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from registry.core.permissions import ALLOWED, Decision, refused

HALF_LIFE = timedelta(days=60)
"""After so long a voice counts half: what nobody asks for any more sinks by itself."""
CLAIM_LASTS = timedelta(days=14)
"""After so much silence nobody should believe any longer that somebody is at it."""
FAINT_LASTS = timedelta(days=30)
"""What was heard too seldom is forgotten after so long."""
VISITORS = "visitors"
"""Everybody who is not signed in, together one voice."""
REGISTRY = "registry"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_HALF_LIFE_SECONDS = HALF_LIFE.total_seconds()


class NeedKind(StrEnum):
    """Where a need comes from."""

    WISH = "wish"
    """A member opened it."""
    BUILD = "build"
    """A design that cannot be built as its designer set it."""
    PRINT = "print"
    """A design whose copies fail, or are scrapped."""
    MACHINE = "machine"
    """Orders that no machine can make."""
    PARAMETER = "parameter"
    """A parameter asked for beyond its range."""
    PROPOSAL = "proposal"
    """A fork that waits for an answer of its origin."""
    LICENCE = "licence"
    """A licence that forbids what was wanted."""


class NeedState(StrEnum):
    FAINT = "faint"
    """Heard too seldom to be shown."""
    OPEN = "open"
    ANSWERED = "answered"
    """A version answers it."""
    WITHDRAWN = "withdrawn"
    GONE = "gone"
    """Its cause is gone."""

    @property
    def closed(self) -> bool:
        return self in {NeedState.ANSWERED, NeedState.WITHDRAWN, NeedState.GONE}


class Move(StrEnum):
    """What happens to a need."""

    HEARD = "heard"
    """It was asked for often enough, or its cause came back."""
    ANSWER = "answer"
    WITHDRAW = "withdraw"
    CAUSE_GONE = "cause_gone"
    REOPEN = "reopen"


TABLE: Mapping[tuple[NeedState, Move], NeedState] = {
    (NeedState.FAINT, Move.HEARD): NeedState.OPEN,
    (NeedState.FAINT, Move.CAUSE_GONE): NeedState.GONE,
    (NeedState.OPEN, Move.HEARD): NeedState.OPEN,
    (NeedState.OPEN, Move.ANSWER): NeedState.ANSWERED,
    (NeedState.OPEN, Move.WITHDRAW): NeedState.WITHDRAWN,
    (NeedState.OPEN, Move.CAUSE_GONE): NeedState.GONE,
    (NeedState.ANSWERED, Move.HEARD): NeedState.OPEN,
    (NeedState.ANSWERED, Move.REOPEN): NeedState.OPEN,
    (NeedState.ANSWERED, Move.CAUSE_GONE): NeedState.ANSWERED,
    (NeedState.WITHDRAWN, Move.REOPEN): NeedState.OPEN,
    (NeedState.GONE, Move.HEARD): NeedState.OPEN,
    (NeedState.GONE, Move.REOPEN): NeedState.OPEN,
    (NeedState.GONE, Move.CAUSE_GONE): NeedState.GONE,
}
"""Every move that there is; what is not here cannot happen."""


def after(state: NeedState, move: Move) -> NeedState | None:
    """The state that a move leads to; None: it cannot be made from here."""
    return TABLE.get((state, move))


@dataclass(frozen=True)
class Voice:
    """Somebody who needs it."""

    who: str
    """A member's id, `visitors`, or `registry`: each is one voice, however often it is heard."""
    at: datetime
    """When it was heard last."""
    times: int = 1


def rank_of(voices: Sequence[Voice]) -> float:
    """What needs are sorted by, greatest first; minus infinity of none.

    Every voice halves in the same time, so that the order of two needs changes only when a voice is heard: the rank
    is the base-2 logarithm of the demand as it would be seen from a fixed day, and is written once for each voice.
    """
    heard: dict[str, datetime] = {}
    for voice in voices:
        heard[voice.who] = max(voice.at, heard.get(voice.who, voice.at))
    ages = [(at - _EPOCH).total_seconds() / _HALF_LIFE_SECONDS for at in heard.values()]
    if not ages:
        return -math.inf
    newest = max(ages)
    return newest + math.log2(math.fsum(2 ** (age - newest) for age in ages))


def demand_at(rank: float, now: datetime) -> float:
    """How many voices that is now: each member at most one, half of one after HALF_LIFE."""
    exponent = rank - (now - _EPOCH).total_seconds() / _HALF_LIFE_SECONDS
    return 0.0 if exponent < -60 else float(2 ** min(exponent, 60.0))


def loud_enough(kind: NeedKind, voices: Sequence[Voice]) -> bool:
    """Whether the registry should show a need that it heard of.

    One value that does not fit may be a slip of the hand: two people, or three times, are none.
    """
    if kind is not NeedKind.PARAMETER:
        return bool(voices)
    return len({voice.who for voice in voices}) >= 2 or sum(voice.times for voice in voices) >= 3


def is_live(heard_at: datetime, now: datetime) -> bool:
    """Whether a take-up still stands."""
    return now - heard_at < CLAIM_LASTS


def may_withdraw(opener: str | None, others: int, member: str) -> Decision:
    """A wish is its opener's to withdraw, as long as nobody else needs it too."""
    if opener is None:
        return refused("the registry opened this need: it closes when its cause is gone, or when a version answers it")
    if opener != member:
        return refused("only the member who opened this need can withdraw it")
    if others:
        people = "1 other member needs" if others == 1 else f"{others} others need"
        return refused(f"{people} it too: take your own voice back, and leave the need to them")
    return ALLOWED


def may_reopen(state: NeedState, opener: str | None, voices: Sequence[str], member: str) -> Decision:
    """Whoever needs it says whether it is still missing."""
    if after(state, Move.REOPEN) is None:
        return refused("this need is open already")
    if member == opener or member in voices:
        return ALLOWED
    return refused("only who opened it, or needs it too, can open it again: say first that you need it")


def may_answer(version: str, rejected: Sequence[str], opener: str | None, member: str) -> Decision:
    """Anybody may say which version answers a need; one that was said not to, only its opener may name again."""
    if version not in rejected or member == opener:
        return ALLOWED
    return refused("those who need it said already that this version does not answer it: name another one")
