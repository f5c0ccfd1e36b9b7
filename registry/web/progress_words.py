"""States in words, tones and steps: what an order, a copy, an attempt or a machine looks like on a page. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from registry.core.attempts import AttemptState, JobState
from registry.core.orders import OrderState
from registry.web.languages import _, noted

Tone = Literal["plain", "accent", "info", "good", "warn", "bad"]
Mark = Literal["done", "now", "todo", "bad"]


@dataclass(frozen=True)
class Badge:
    """A state as people read it. `live`: it is changing while they look."""

    english: str
    tone: Tone = "plain"
    live: bool = False

    @property
    def words(self) -> str:
        """In the language of the request."""
        return _(self.english)


@dataclass(frozen=True)
class Step:
    """One station on the way of a copy."""

    words: str
    mark: Mark


ORDERS: Mapping[OrderState, Badge] = {
    OrderState.BUILDING: Badge(noted("Building the model"), "info", live=True),
    OrderState.FAILED: Badge(noted("Cannot be made"), "bad"),
    OrderState.QUEUED: Badge(noted("Waiting for a machine"), "info"),
    OrderState.MAKING: Badge(noted("Being made"), "accent", live=True),
    OrderState.ATTENTION: Badge(noted("Needs a decision"), "warn"),
    OrderState.CANCELLING: Badge(noted("Being cancelled"), "warn", live=True),
    OrderState.CANCELLED: Badge(noted("Cancelled")),
    OrderState.PARTLY: Badge(noted("Partly made")),
    OrderState.DONE: Badge(noted("Done"), "good"),
}

JOBS: Mapping[JobState, Badge] = {
    JobState.WAITING: Badge(noted("Waiting for the model"), "info"),
    JobState.QUEUED: Badge(noted("In the queue"), "info"),
    JobState.ACTIVE: Badge(noted("On a machine"), "accent", live=True),
    JobState.DONE: Badge(noted("Good"), "good"),
    JobState.NEEDS_REDO: Badge(noted("Needs another try"), "warn"),
    JobState.UNCERTAIN: Badge(noted("Uncertain"), "warn"),
    JobState.CANCELLED: Badge(noted("Cancelled")),
    JobState.FAILED: Badge(noted("Cannot be made"), "bad"),
}

ATTEMPTS: Mapping[AttemptState, Badge] = {
    AttemptState.CLAIMED: Badge(noted("Taken by a machine"), "accent", live=True),
    AttemptState.BUILDING: Badge(noted("Fetched, being prepared"), "accent", live=True),
    AttemptState.SLICED: Badge(noted("Sliced"), "accent", live=True),
    AttemptState.STAGED: Badge(noted("On the machine"), "accent", live=True),
    AttemptState.AWAITING_OPERATOR: Badge(noted("Waits for the operator"), "warn"),
    AttemptState.START_INTENT: Badge(noted("About to start"), "accent", live=True),
    AttemptState.STARTING: Badge(noted("Starting"), "accent", live=True),
    AttemptState.PRINTING: Badge(noted("Printing"), "accent", live=True),
    AttemptState.PAUSED: Badge(noted("Paused"), "warn"),
    AttemptState.FINISHED_UNVERIFIED: Badge(noted("Finished, to be checked"), "info"),
    AttemptState.GOOD: Badge(noted("Good"), "good"),
    AttemptState.SCRAP: Badge(noted("Scrapped"), "bad"),
    AttemptState.FAILED: Badge(noted("Failed"), "bad"),
    AttemptState.CANCELLED: Badge(noted("Cancelled")),
    AttemptState.UNCERTAIN: Badge(noted("Uncertain"), "warn"),
    AttemptState.LOST: Badge(noted("Lost before it started")),
}

MACHINES: Mapping[str, Badge] = {
    "offline": Badge(noted("Offline")),
    "idle": Badge(noted("Ready"), "good"),
    "printing": Badge(noted("Printing"), "accent", live=True),
    "paused": Badge(noted("Paused"), "warn"),
    "busy": Badge(noted("Busy"), "info", live=True),
    "error": Badge(noted("Fault"), "bad"),
}

BED_NEEDS_CLEARING = Badge(noted("Needs clearing"), "warn")
"""Instead of Ready, while nobody has said that the bed is clear."""

BEDS: Mapping[str, Badge] = {
    "clear": Badge(noted("Bed clear"), "good"),
    "occupied": Badge(noted("Bed occupied"), "warn"),
    "unknown": Badge(noted("Bed unknown")),
}

PROCESSES: Mapping[str, str] = {
    "fdm": noted("Printing with filament (FDM)"),
    "laser": noted("Laser cutting"),
    "cnc": noted("Milling (CNC)"),
}

_STATIONS = (
    noted("Model ready"),
    noted("Taken"),
    noted("Sliced"),
    noted("On the machine"),
    noted("Printing"),
    noted("Finished"),
    noted("Accepted"),
)
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


def process_words(process: str) -> str:
    """A way of making in words; one that has none speaks for itself."""
    return _(PROCESSES[process]) if process in PROCESSES else process


def copy_steps(job: JobState, attempt: AttemptState | None) -> tuple[Step, ...]:
    """The stations of one copy, each done, reached now, to come, or where it broke off."""
    if job in {JobState.WAITING, JobState.FAILED}:
        first: Mark = "now" if job is JobState.WAITING else "bad"
        return (Step(_(_STATIONS[0]), first), *(Step(_(words), "todo") for words in _STATIONS[1:]))
    if job is JobState.DONE:
        return tuple(Step(_(words), "done") for words in _STATIONS)
    current = attempt if job is not JobState.QUEUED else None
    reached = _REACHED.get(current, 0) if current else 0
    broken = job in {JobState.NEEDS_REDO, JobState.UNCERTAIN}
    here: Mark = "bad" if broken else ("now" if current else "done")

    def mark(station: int) -> Mark:
        return "done" if station < reached else here if station == reached else "todo"

    return tuple(Step(_(words), mark(station)) for station, words in enumerate(_STATIONS))
