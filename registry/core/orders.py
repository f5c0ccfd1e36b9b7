"""What an order is, seen from its copies. An order stores no state of its own: it follows from its jobs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from registry.core.attempts import Attempt, Job, JobState, may_have_started
from registry.core.permissions import ALLOWED, Caller, Decision, refused

MAX_QUANTITY = 500
"""Copies of one order: each is a job with a history of its own."""

HIGHEST_PRIORITY = 9
"""Of 0, as usual, upwards: higher comes first."""


class OrderState(StrEnum):
    BUILDING = "building"
    """The geometry is being built."""
    FAILED = "failed"
    """The geometry could not be built, or has errors: see the reason."""
    QUEUED = "queued"
    """No machine has taken a copy yet."""
    MAKING = "making"
    ATTENTION = "attention"
    """Nothing goes on by itself: a copy needs redoing or is uncertain."""
    CANCELLING = "cancelling"
    """Cancelled, but a machine still works on a copy."""
    CANCELLED = "cancelled"
    PARTLY = "partly"
    """Some copies are made, the others were cancelled one by one: nothing more is to come."""
    DONE = "done"


@dataclass(frozen=True)
class Tally:
    """How many copies are where; their sum is the quantity."""

    waiting: int = 0
    queued: int = 0
    active: int = 0
    done: int = 0
    needs_redo: int = 0
    uncertain: int = 0
    cancelled: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.open + self.done + self.cancelled + self.failed

    @property
    def open(self) -> int:
        """Copies of which something more is to come."""
        return self.waiting + self.queued + self.active + self.needs_redo + self.uncertain


def tally(states: Iterable[JobState]) -> Tally:
    """Count the copies by state."""
    return Tally(**{state.value: number for state, number in Counter(states).items()})


def order_state(copies: Tally, *, cancelled: bool) -> OrderState:
    """The one word for an order. `cancelled` says that its cancellation was asked for."""
    first_that_holds = (
        (copies.failed, OrderState.FAILED),
        (cancelled and copies.active, OrderState.CANCELLING),
        (cancelled, OrderState.CANCELLED),
        (copies.waiting, OrderState.BUILDING),
        (copies.active or (copies.queued and copies.done), OrderState.MAKING),
        (copies.queued, OrderState.QUEUED),
        (copies.needs_redo or copies.uncertain, OrderState.ATTENTION),
        (copies.done and copies.cancelled, OrderState.PARTLY),
        (copies.done, OrderState.DONE),
    )
    return next((state for holds, state in first_that_holds if holds), OrderState.CANCELLED)


def may_read(owner: str, named: frozenset[str], involved: frozenset[str], caller: Caller) -> Decision:
    """Whether the caller has to do with an order: placed it, or runs a facility that it names or that took it."""
    if caller.admin or caller.member == owner or caller.member in named | involved:
        return ALLOWED
    return refused("this order is somebody else's: only they and the facilities that make it see it")


def may_cancel(owner: str, named: frozenset[str], involved: frozenset[str], caller: Caller) -> Decision:
    """Whether the caller may stop an order: whoever placed it, and those who run the facility that it names."""
    if caller.admin or caller.member == owner or caller.member in named:
        return ALLOWED
    return refused("only those who placed this order, or who run the facility that it names, may cancel it")


def may_raise(named: frozenset[str], caller: Caller) -> Decision:
    """Whether the caller may let an order come before others: those who run the facility that it names."""
    if caller.admin or caller.member in named:
        return ALLOWED
    return refused("only those who run the facility that an order names may let it come before others")


def is_begun(job: Job, attempt: Attempt | None) -> bool:
    """Whether a copy is over, or a machine may have begun it, or nobody knows. `attempt` is its current one."""
    if job.state in {JobState.WAITING, JobState.QUEUED, JobState.NEEDS_REDO}:
        return False
    return job.state is not JobState.ACTIVE or attempt is None or may_have_started(attempt)


def may_redo(owner: str, named: frozenset[str], involved: frozenset[str], caller: Caller) -> Decision:
    """Whether the caller may have a copy made again: everybody who has to do with the order."""
    return may_read(owner, named, involved, caller)


def may_direct(runners: frozenset[str], caller: Caller) -> Decision:
    """Whether the caller may let a machine pause, go on or stop: those who run its facility."""
    if caller.admin or caller.member in runners:
        return ALLOWED
    return refused("only those who run the facility may let its machines pause, go on or stop")
