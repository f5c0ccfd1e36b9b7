"""States in words, tones and steps: what an order, a copy, an attempt or a machine looks like on a page. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from registry.core.attempts import AttemptState, JobState
from registry.core.orders import OrderState

Tone = Literal["plain", "accent", "info", "good", "warn", "bad"]
Mark = Literal["done", "now", "todo", "bad"]


@dataclass(frozen=True)
class Badge:
    """A state as people read it. `live`: it is changing while they look."""

    words: str
    tone: Tone = "plain"
    live: bool = False


@dataclass(frozen=True)
class Step:
    """One station on the way of a copy."""

    words: str
    mark: Mark


ORDERS: Mapping[OrderState, Badge] = {
    OrderState.BUILDING: Badge("Building the model", "info", live=True),
    OrderState.FAILED: Badge("Cannot be made", "bad"),
    OrderState.QUEUED: Badge("Waiting for a machine", "info"),
    OrderState.MAKING: Badge("Being made", "accent", live=True),
    OrderState.ATTENTION: Badge("Needs a decision", "warn"),
    OrderState.CANCELLING: Badge("Being cancelled", "warn", live=True),
    OrderState.CANCELLED: Badge("Cancelled"),
    OrderState.PARTLY: Badge("Partly made"),
    OrderState.DONE: Badge("Done", "good"),
}

JOBS: Mapping[JobState, Badge] = {
    JobState.WAITING: Badge("Waiting for the model", "info"),
    JobState.QUEUED: Badge("In the queue", "info"),
    JobState.ACTIVE: Badge("On a machine", "accent", live=True),
    JobState.DONE: Badge("Good", "good"),
    JobState.NEEDS_REDO: Badge("Needs another try", "warn"),
    JobState.UNCERTAIN: Badge("Uncertain", "warn"),
    JobState.CANCELLED: Badge("Cancelled"),
    JobState.FAILED: Badge("Cannot be made", "bad"),
}

ATTEMPTS: Mapping[AttemptState, Badge] = {
    AttemptState.CLAIMED: Badge("Taken by a machine", "accent", live=True),
    AttemptState.BUILDING: Badge("Fetched, being prepared", "accent", live=True),
    AttemptState.SLICED: Badge("Sliced", "accent", live=True),
    AttemptState.STAGED: Badge("On the machine", "accent", live=True),
    AttemptState.AWAITING_OPERATOR: Badge("Waits for the operator", "warn"),
    AttemptState.START_INTENT: Badge("About to start", "accent", live=True),
    AttemptState.STARTING: Badge("Starting", "accent", live=True),
    AttemptState.PRINTING: Badge("Printing", "accent", live=True),
    AttemptState.PAUSED: Badge("Paused", "warn"),
    AttemptState.FINISHED_UNVERIFIED: Badge("Finished, to be checked", "info"),
    AttemptState.GOOD: Badge("Good", "good"),
    AttemptState.SCRAP: Badge("Scrapped", "bad"),
    AttemptState.FAILED: Badge("Failed", "bad"),
    AttemptState.CANCELLED: Badge("Cancelled"),
    AttemptState.UNCERTAIN: Badge("Uncertain", "warn"),
    AttemptState.LOST: Badge("Lost before it started"),
}

MACHINES: Mapping[str, Badge] = {
    "offline": Badge("Offline"),
    "idle": Badge("Ready", "good"),
    "printing": Badge("Printing", "accent", live=True),
    "paused": Badge("Paused", "warn"),
    "busy": Badge("Busy", "info", live=True),
    "error": Badge("Fault", "bad"),
}

BED_NEEDS_CLEARING = Badge("Needs clearing", "warn")
"""Instead of Ready, while nobody has said that the bed is clear."""

BEDS: Mapping[str, Badge] = {
    "clear": Badge("Bed clear", "good"),
    "occupied": Badge("Bed occupied", "warn"),
    "unknown": Badge("Bed unknown"),
}

PROCESSES: Mapping[str, str] = {
    "fdm": "Printing with filament (FDM)",
    "laser": "Laser cutting",
    "cnc": "Milling (CNC)",
}

_STATIONS = ("Model ready", "Taken", "Sliced", "On the machine", "Printing", "Finished", "Accepted")
_REACHED: Mapping[AttemptState, int] = {
    AttemptState.CLAIMED: 1,
    AttemptState.BUILDING: 1,
    AttemptState.SLICED: 2,
    AttemptState.STAGED: 3,
    AttemptState.AWAITING_OPERATOR: 3,
    AttemptState.START_INTENT: 3,
    AttemptState.STARTING: 4,
    AttemptState.PRINTING: 4,
    AttemptState.PAUSED: 4,
    AttemptState.FINISHED_UNVERIFIED: 5,
    AttemptState.GOOD: 6,
    AttemptState.SCRAP: 5,
}


def copy_steps(job: JobState, attempt: AttemptState | None) -> tuple[Step, ...]:
    """The stations of one copy, each done, reached now, to come, or where it broke off."""
    if job in {JobState.WAITING, JobState.FAILED}:
        first: Mark = "now" if job is JobState.WAITING else "bad"
        return (Step(_STATIONS[0], first), *(Step(words, "todo") for words in _STATIONS[1:]))
    if job is JobState.DONE:
        return tuple(Step(words, "done") for words in _STATIONS)
    current = attempt if job is not JobState.QUEUED else None
    reached = _REACHED.get(current, 0) if current else 0
    broken = job in {JobState.NEEDS_REDO, JobState.UNCERTAIN}
    here: Mark = "bad" if broken else ("now" if current else "done")

    def mark(station: int) -> Mark:
        return "done" if station < reached else here if station == reached else "todo"

    return tuple(Step(words, mark(station)) for station, words in enumerate(_STATIONS))
