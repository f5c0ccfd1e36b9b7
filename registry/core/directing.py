"""What people ask of single copies whose machine works on them: pause, go on, stop, and leave one out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from registry.core.attempts import (
    HOLDING,
    Attempt,
    AttemptState,
    Command,
    Effect,
    Job,
    Outcome,
    Refusal,
    cancel,
    is_current,
    job_after,
    may_have_started,
    take_back,
)
from registry.core.plates import Copy

OPEN = HOLDING | {AttemptState.UNCERTAIN}
"""A machine may still work on it."""
_FITTING: Mapping[Command, frozenset[AttemptState]] = {
    Command.PAUSE: frozenset({AttemptState.STARTING, AttemptState.PRINTING}),
    Command.RESUME: frozenset({AttemptState.PAUSED}),
    Command.CANCEL: OPEN,
}
_VERBS: Mapping[Command, str] = {Command.PAUSE: "paused", Command.RESUME: "let go on", Command.CANCEL: "stopped"}


def direct(job: Job, attempt: Attempt, command: Command) -> Outcome | Refusal:
    """Ask the agent to pause, resume or stop this attempt. A job whose attempt is stopped waits for a person (`redo`),
    unlike one that is cancelled.
    """
    if not is_current(job, attempt) or attempt.state not in _FITTING[command]:
        state, verb = attempt.state.value.replace("_", " "), _VERBS[command]
        return Refusal("not_running", f"the machine's work on it is {state}: it cannot be {verb}")
    if job.cancelling or attempt.command is Command.CANCEL:
        return Refusal("cancelled", "it is being stopped already: the machine has not reported it yet")
    if command is Command.CANCEL and not may_have_started(attempt):
        ended = replace(attempt, state=AttemptState.CANCELLED, command=None)
        return Outcome(replace(job, state=job_after(job, ended, again=False)), ended)
    return Outcome(job, replace(attempt, command=command))


def direct_plate(copies: Sequence[Copy], chosen: str, command: Command) -> tuple[Outcome, ...] | Refusal:
    """Ask the agent to pause, resume or stop what it makes of the job `chosen`: with all copies on its plate that still
    count, as a machine does not pause one of them.
    """
    directed = [
        direct(job, at, command) if job.id == chosen or is_current(job, at) else Outcome(job, at, Effect.KEPT)
        for job, at in copies
    ]
    refused = next((outcome for outcome in directed if isinstance(outcome, Refusal)), None)
    return refused or tuple(outcome for outcome in directed if isinstance(outcome, Outcome))


def cancel_copy(copies: Sequence[Copy], chosen: str) -> tuple[Outcome, ...] | Refusal:
    """Stop the copy whose job is `chosen`, on a plate or alone (then it is the only one).

    Before the start the plate is taken back from its machine, and the other copies are queued again. Once it may have
    been started nothing can be taken off it.
    """
    (mine,) = (at for job, at in copies if job.id == chosen)
    others = [job for job, at in copies if job.id != chosen and is_current(job, at)]
    together = len(others) if mine.state in OPEN else 0
    if together and may_have_started(mine):
        return Refusal("on_a_plate", _TOGETHER.format("one" if together == 1 else f"{together} copies"))
    return tuple(
        cancel(job, at) if job.id == chosen else take_back(job, at) if together else Outcome(job, at, Effect.KEPT)
        for job, at in copies
    )


_TOGETHER = (
    "it is made on one plate with {} more, which may have been begun: cancel the whole order, or let the plate be "
    "finished"
)
