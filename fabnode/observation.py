"""What a look at the machine says about the attempt that it should be running. Pure.

A machine that is idle proves nothing by being idle: only its record of our file, whose name no other attempt ever
has, tells how it ended.
"""

from dataclasses import dataclass

from fabnode import events as e
from fabnode.core import ON_MACHINE, Attempt
from fabnode.protocol import AttemptState as S
from fabnode.records import Record
from printers.machine import Evidence, MachineEvent, MachineState, Outcome, Status


@dataclass(frozen=True)
class Doubt:
    """Neither running nor recorded: how long that has been so, and how long it may be."""

    seconds: float
    allowed_seconds: float


def runs_ours(attempt: Attempt, status: Status) -> bool:
    """Whether the machine says that it is at our file, in whatever way."""
    at_work = status.state in {MachineState.PRINTING, MachineState.PAUSED, MachineState.BUSY}
    return at_work and status.file == attempt.file


def runs_foreign(held: Record | None, status: Status) -> bool:
    """Whether the machine is at something that this agent did not start, its own staged file begun by hand included."""
    at_work = status.state in {MachineState.PRINTING, MachineState.PAUSED}
    ours = held is not None and held.attempt.state in ON_MACHINE and status.file in {None, held.attempt.file}
    return at_work and not ours


def seen_running(attempt: Attempt, status: Status) -> e.Event | None:
    """The event of a look that found our file on the machine; None when it says nothing new."""
    if status.state is MachineState.PRINTING and (attempt.state is not S.PRINTING or attempt.cancel_asked):
        return e.SeenPrinting()
    if status.state is MachineState.PAUSED and (attempt.state is not S.PAUSED or attempt.cancel_asked):
        return e.SeenPaused()
    return None


def seen_record(
    attempt: Attempt, evidence: Evidence, heard: MachineEvent | None, print_seconds: float | None, doubt: Doubt
) -> e.Event | None:
    """The event of a look that did not find our file running, from the machine's record and what it pushed."""
    if evidence.running:
        return e.SeenPrinting() if attempt.state is not S.PRINTING else None
    outcome = evidence.outcome or (heard.outcome if heard else None)
    reason = heard.reason if heard else None
    match outcome:
        case Outcome.DONE:
            return e.SeenDone(None, print_seconds, evidence.starts)
        case Outcome.CANCELLED:
            return e.SeenCancelled(reason or "cancelled on the machine", print_seconds, evidence.starts)
        case Outcome.FAILED:
            return e.SeenFailed(reason or "the machine says that the print failed", print_seconds, evidence.starts)
        case None:
            return _no_proof(attempt, evidence, doubt)


def _no_proof(attempt: Attempt, evidence: Evidence, doubt: Doubt) -> e.NoProof | None:
    if attempt.state not in ON_MACHINE or doubt.seconds < doubt.allowed_seconds:
        return None
    record = "keeps no record" if evidence.starts is None else f"recorded {evidence.starts} starts"
    return e.NoProof(
        f"the machine does not run the file and does not say how it ended ({record}): it may have been begun. "
        "Look at the bed and settle it",
        evidence.starts,
    )
