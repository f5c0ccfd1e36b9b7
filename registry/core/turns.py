"""Fair shares of a queue: whose copy comes next when many members wait for the same machines.

Each copy gets a turn when it comes into the queue, and is handed out by priority, then turn. Turns are start tags of
start-time fair queueing (Goyal, Vin, Cheng 1996) in which each copy counts the same: a member's copies follow one
another, so that one who orders 500 lets everybody else in after each of theirs. A queue is what competes: one process
and one material. What goes back into the queue by itself keeps its turn.
"""

from collections.abc import Iterable
from dataclasses import dataclass

COST = 1
"""Of one copy."""


@dataclass(frozen=True)
class Standing:
    """How a member stands in one queue."""

    member: str
    next: int | None
    """The turn of the first of their copies that waits; None: none does."""
    last: int
    """The highest turn of their copies that wait or are being made."""
    served: bool
    """A machine works on one of their copies."""


def present(standings: Iterable[Standing]) -> int:
    """The turn that is due: of whoever comes next among those who are being served.

    Those whom no machine serves may wait for something that nobody has: they do not hold the clock, unless nobody is
    served at all.
    """
    waiting = [(one.next, one.served) for one in standings if one.next is not None]
    due = [turn for turn, served in waiting if served] or [turn for turn, _ in waiting]
    return min(due, default=0)


def turns(member: str, copies: int, standings: Iterable[Standing]) -> range:
    """The turns of so many further copies of a member: after their own, and not before what is due."""
    known = tuple(standings)
    own = max((one.last + COST for one in known if one.member == member), default=0)
    first = max(own, present(known))
    return range(first, first + copies * COST, COST)
