"""How long things may take in the hand-out, and what follows when they take longer. All by the database's clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from registry.core.attempts import BEFORE_START, HOLDING, Attempt, may_have_started


@dataclass(frozen=True)
class Timing:
    """What an operator can set of it."""

    lease: timedelta = timedelta(seconds=90)
    """How long a claim holds without a sign of life, before the start."""
    confirm: timedelta = timedelta(seconds=15)
    """How long a claim holds until its agent's first sign of life, which it gives at once when the answer arrives.

    Nobody sees whether a long poll's agent is still there when its answer is sent: this bounds what a dead one costs.
    """
    permit: timedelta = timedelta(seconds=60)
    """How long leave to start is good for."""
    silence: timedelta = timedelta(hours=6)
    """How long an attempt that may have started can be silent, beyond the print itself, before it is uncertain."""
    offline: timedelta = timedelta(seconds=60)
    """After how much silence of its agent a machine shows as offline."""
    enrolment: timedelta = timedelta(hours=1)
    """How long a one-time code is good for."""

    @property
    def first_lease(self) -> timedelta:
        """How long a claim holds at first."""
        return min(self.confirm, self.lease)


class Overdue(StrEnum):
    """What has become of an attempt by the passing of time."""

    NOT = "not"
    LEASE_LOST = "lease_lost"
    SILENT = "silent"


def overdue(attempt: Attempt, lease_until: datetime, print_seconds: float, timing: Timing, now: datetime) -> Overdue:
    """Judge an attempt that was last heard of when its lease was given to `lease_until`.

    `print_seconds` is how long the print itself takes, as far as it is known.
    """
    if attempt.state in BEFORE_START and not may_have_started(attempt):
        return Overdue.LEASE_LOST if now >= lease_until else Overdue.NOT
    patience = timing.silence + timedelta(seconds=print_seconds)
    silent = attempt.state in HOLDING and now >= lease_until + patience
    return Overdue.SILENT if silent else Overdue.NOT


def is_offline(last_seen: datetime | None, timing: Timing, now: datetime) -> bool:
    """Whether an agent has been silent for so long that nothing is known of its machines."""
    return last_seen is None or now - last_seen >= timing.offline
