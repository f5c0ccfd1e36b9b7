"""Which build is made next, who waits for what, what is given up, and how much may wait. Rules only.

What is to be made is either a build itself (the script and what a slider shows) or a further artifact of one that is
there. Who asks is a member, or all visitors together: they share one turn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum

from registry.core.permissions import Caller

VISITORS = "visitors"
"""Everybody who is not logged in, as one."""
REGISTRY = "registry"
"""The registry itself, where it needs something."""
GRACE = timedelta(seconds=10)
"""How long somebody who was heard of counts as waiting."""
PATIENCE = timedelta(seconds=30)
"""How long an order's build lets those go first who sit before a screen."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class KeptFor(StrEnum):
    """Why something is made also when nobody waits for it just now."""

    ORDER = "order"
    AHEAD = "ahead"
    """Made ahead of any need: what a new version shows."""


class Urgency(IntEnum):
    """What comes first. Nothing made ahead goes before anything that somebody asked for."""

    NOW = 0
    SOON = 1
    AHEAD = 2


@dataclass(frozen=True)
class Asker:
    """Who asks for something to be made."""

    who: str
    """A member's id, or VISITORS."""
    waiter: str = ""
    """Names one page or program of theirs, so that it can say that it waits no longer."""
    trusted: bool = False
    """An administrator: no stranger, whatever the jail is like."""

    @property
    def key(self) -> str:
        """One that waits: the same page or program again is the same one."""
        return f"{self.who}:{self.waiter}"


@dataclass(frozen=True)
class Wait:
    """Somebody waits, if nothing more is heard of them until then."""

    who: str
    until: datetime


@dataclass(frozen=True)
class Work:
    """Something in the queue."""

    build: str
    artifact: str
    """Its name; empty: the build itself."""
    kept_for: KeptFor | None
    asker: str
    """Who asked for it first."""
    since: datetime
    waits: tuple[Wait, ...] = ()


@dataclass(frozen=True)
class Turn:
    """What is made next, on whose account."""

    work: Work
    who: str
    urgency: Urgency


@dataclass(frozen=True)
class Limits:
    """How much may be made and may wait; set by the operator."""

    running_per_member: int = 4
    queued_per_member: int = 100
    queued: int = 500


NO_LIMITS = Limits(1_000_000, 1_000_000, 1_000_000)
"""For what is owed already."""


@dataclass(frozen=True)
class Full:
    """Why nothing more may be queued."""

    code: str
    words: str


def asker_of(caller: Caller | None, waiter: str = "") -> Asker:
    """Who asks, from who is logged in."""
    return Asker(VISITORS, waiter) if caller is None else Asker(caller.member, waiter, trusted=caller.admin)


def is_wanted(kept_for: KeptFor | None, waits: Collection[Wait], now: datetime) -> bool:
    """Whether it is to be made at all: an order or a new version needs it, or somebody waits."""
    return kept_for is not None or any(wait.until > now for wait in waits)


def stronger(first: KeptFor | None, second: KeptFor | None) -> KeptFor | None:
    """The better of two reasons to make something."""
    if KeptFor.ORDER in {first, second}:
        return KeptFor.ORDER
    return first or second


def urgency(work: Work, now: datetime) -> Urgency | None:
    """How much it presses; None: nobody wants it any more."""
    if any(wait.until > now for wait in work.waits):
        return Urgency.NOW
    if work.kept_for is KeptFor.ORDER:
        return Urgency.NOW if now - work.since >= PATIENCE else Urgency.SOON
    return None if work.kept_for is None else Urgency.AHEAD


def next_turn(
    queued: Sequence[Work],
    running: Mapping[str, int],
    served: Mapping[str, datetime],
    limits: Limits,
    now: datetime,
    *,
    for_guests: bool = False,
) -> Turn | None:
    """What a worker that is free makes next.

    Among what presses equally, the member with the fewest running builds comes first, then the one who was served
    longest ago, then what has waited longest. So nobody's queue, however long, keeps another one waiting for more
    than what runs already. Nobody has more running than the limit.

    `for_guests`: no worker is free, and this is beside them. Only who waits just now and has nothing running is let
    in: whoever holds all workers, with scripts that do not end, keeps nobody else waiting.
    """
    turns = [
        Turn(work, who, pressing)
        for work in queued
        if (pressing := urgency(work, now)) is not None
        for who in _askers(work, now)
        if running.get(who, 0) < limits.running_per_member
        if not for_guests or (pressing is Urgency.NOW and not running.get(who))
    ]
    return min(
        turns,
        key=lambda turn: (
            turn.urgency,
            running.get(turn.who, 0),
            served.get(turn.who, _LONG_AGO),
            turn.work.since,
            turn.work.build,
            turn.work.artifact,
            turn.who,
        ),
        default=None,
    )


def taken_along(turn: Turn, queued: Sequence[Work], now: datetime) -> tuple[Work, ...]:
    """What is made in the same go: the artifacts of the same build that press as much."""
    if not turn.work.artifact:
        return (turn.work,)
    alike = (
        work
        for work in queued
        if work.artifact and work.build == turn.work.build and urgency(work, now) is turn.urgency
    )
    return tuple(sorted(alike, key=lambda work: work.artifact))


def gives_way(urgency: Urgency, waiting: Turn | None, *, idle: int) -> bool:
    """Whether something made ahead is put back, because somebody waits and no worker is free."""
    return urgency is Urgency.AHEAD and idle == 0 and waiting is not None and waiting.urgency is Urgency.NOW


def may_queue(asker: str, queued_by_asker: int, queued: int, limits: Limits) -> Full | None:
    """Whether one more may be queued; what is made ahead is neither counted nor limited."""
    if queued_by_asker >= limits.queued_per_member:
        whose = "visitors have" if asker == VISITORS else "you have"
        log_in = ", or log in" if asker == VISITORS else ""
        return Full(
            "too_many_own_builds",
            f"{whose} {queued_by_asker} builds waiting, and {limits.queued_per_member} is the most that one may have: "
            f"wait for one of them{log_in}",
        )
    if queued >= limits.queued:
        return Full(
            "too_many_builds",
            f"{queued} builds are waiting in the whole registry, which takes {limits.queued}: try again in a minute",
        )
    return None


def _askers(work: Work, now: datetime) -> set[str]:
    """On whose account it may be made: of anybody who waits for it, else of who asked first."""
    return {wait.who for wait in work.waits if wait.until > now} or {work.asker}
