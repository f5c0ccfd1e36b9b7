"""What came of an attempt that a fault hit, in one word. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from testbed.faults.accounts import Account

ON_MACHINE = frozenset({"start_intent", "starting", "printing", "paused"})


class Outcome(StrEnum):
    UNNOTICED = "went on"
    """It was made, and judged; nobody but the machines noticed."""
    ADOPTED = "adopted"
    """The agent came up again while the print ran, and went on with it."""
    UNCERTAIN = "uncertain"
    """Nobody knew for a while; the machine's record or the operator settled it."""
    REQUEUED = "requeued"
    """It ended before its start, and the job went back to the queue by itself."""
    ENDED = "ended"
    """It ended without a part, and a person had it made again."""
    NO_ATTEMPT = "no attempt"
    """The agent had none yet: it asked again."""
    DOUBLE_START = "double start"
    LOST_PART = "lost part"


@dataclass(frozen=True)
class Line:
    """One thing that happened to an attempt: an event of the journal with the state after it, or of the registry."""

    event: str
    state: str


def outcome_of(attempt: str | None, lines: Mapping[str, Sequence[Line]], account: Account) -> Outcome:
    """What came of it."""
    if attempt is None:
        return Outcome.NO_ATTEMPT
    if any(attempt in words for words in account.double_starts):
        return Outcome.DOUBLE_START
    if any(attempt in words for words in account.lost_parts):
        return Outcome.LOST_PART
    return _outcome_by(lines.get(attempt, ()))


def _outcome_by(past: Sequence[Line]) -> Outcome:
    events = {line.event for line in past}
    states = {line.state for line in past}
    if "uncertain" in states or "attempt.uncertain" in events:
        return Outcome.UNCERTAIN
    if "job.queued" in events:
        return Outcome.REQUEUED
    if not states & {"good", "scrap"}:
        return Outcome.ENDED
    if any(line.event == "Restarted" and line.state in ON_MACHINE for line in past):
        return Outcome.ADOPTED
    return Outcome.UNNOTICED
