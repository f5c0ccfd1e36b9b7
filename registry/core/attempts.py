"""What may happen to one try at a part, and what that makes of its job: the one transition table of the hand-out.

A print is not a transaction. As long as an attempt was never permitted to start, a lost lease or a failure that the
agent calls harmless puts its job back in the queue. From the permit on nothing goes back by itself: silence makes the
attempt uncertain, and a person decides (`redo`). What an attempt of an older claim says afterwards is kept as
history; a part it really made is an extra part and never moves the job.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class AttemptState(StrEnum):
    """The states of the wire protocol, and `lost`, which only the registry gives: before a start the lease ran out, or
    the job was taken back."""

    CLAIMED = "claimed"
    BUILDING = "building"
    SLICED = "sliced"
    STAGED = "staged"
    AWAITING_OPERATOR = "awaiting_operator"
    START_INTENT = "start_intent"
    STARTING = "starting"
    PRINTING = "printing"
    PAUSED = "paused"
    FINISHED_UNVERIFIED = "finished_unverified"
    GOOD = "good"
    SCRAP = "scrap"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"
    LOST = "lost"


class JobState(StrEnum):
    """One copy of an order is in exactly one of these."""

    WAITING = "waiting"
    """For its geometry to be built."""
    QUEUED = "queued"
    ACTIVE = "active"
    """A machine has it; the current attempt says more."""
    DONE = "done"
    NEEDS_REDO = "needs_redo"
    """The try ended without a good part, and a person decides whether there is another."""
    UNCERTAIN = "uncertain"
    """Nobody knows whether there is a part; a later report or a person settles it."""
    CANCELLED = "cancelled"
    FAILED = "failed"
    """It cannot be made: the geometry could not be built."""


class Command(StrEnum):
    """What the agent of a running attempt is asked to do; told on every heartbeat until its reports show it."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"


_S = AttemptState
_ENDS = frozenset({_S.FAILED, _S.CANCELLED, _S.UNCERTAIN})

TABLE: Mapping[AttemptState, frozenset[AttemptState]] = {
    _S.CLAIMED: frozenset({_S.BUILDING, _S.LOST}) | _ENDS,
    _S.BUILDING: frozenset({_S.SLICED, _S.LOST}) | _ENDS,
    _S.SLICED: frozenset({_S.STAGED, _S.LOST}) | _ENDS,
    _S.STAGED: frozenset({_S.AWAITING_OPERATOR, _S.START_INTENT, _S.LOST}) | _ENDS,
    _S.AWAITING_OPERATOR: frozenset({_S.STAGED, _S.START_INTENT, _S.LOST}) | _ENDS,
    _S.START_INTENT: frozenset({_S.STARTING}) | _ENDS,
    _S.STARTING: frozenset({_S.PRINTING}) | _ENDS,
    _S.PRINTING: frozenset({_S.PAUSED, _S.FINISHED_UNVERIFIED}) | _ENDS,
    _S.PAUSED: frozenset({_S.PRINTING, _S.FINISHED_UNVERIFIED}) | _ENDS,
    _S.FINISHED_UNVERIFIED: frozenset({_S.GOOD, _S.SCRAP}),
    _S.UNCERTAIN: frozenset({_S.STARTING, _S.PRINTING, _S.FINISHED_UNVERIFIED, _S.FAILED, _S.CANCELLED}),
    _S.GOOD: frozenset(),
    _S.SCRAP: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.LOST: frozenset(),
}
"""Single steps. An agent need not report each of them: a report moves an attempt to any state within reach."""

BEFORE_START = frozenset({_S.CLAIMED, _S.BUILDING, _S.SLICED, _S.STAGED, _S.AWAITING_OPERATOR})
RUNNING = frozenset({_S.START_INTENT, _S.STARTING, _S.PRINTING, _S.PAUSED})
PHYSICAL = frozenset({_S.FINISHED_UNVERIFIED, _S.GOOD, _S.SCRAP})
"""A thing was really made."""
HOLDING = BEFORE_START | RUNNING  # the machine is taken by the attempt
SETTLED = frozenset(state for state, following in TABLE.items() if not following)

MAX_FAILURES = 3
"""Harmless failures in a row before a person looks at the job."""
MAX_LOSSES = 20
"""Lost leases in a row: a job that ends every agent which takes it must not go round for ever."""


def _closure() -> dict[AttemptState, frozenset[AttemptState]]:
    reached = dict(TABLE)
    for _ in TABLE:
        reached = {state: near.union(*(reached[other] for other in near)) for state, near in reached.items()}
    return reached


REACHABLE: Mapping[AttemptState, frozenset[AttemptState]] = _closure()


@dataclass(frozen=True)
class Attempt:
    """One try. `epoch` is the fencing number of its claim."""

    id: str
    epoch: int
    state: AttemptState = AttemptState.CLAIMED
    permitted: bool = False
    """Leave to start was given: from then on it may have been started, whatever was reported."""
    last_sequence: int = 0
    """The newest report that moved it."""
    command: Command | None = None
    extra: AttemptState | None = None
    """What an attempt that no longer counts says it made all the same."""


@dataclass(frozen=True)
class Job:
    """One copy of an order. `attempt` names its current attempt, whose epoch is the job's."""

    id: str
    state: JobState = JobState.WAITING
    epoch: int = 0
    attempt: str | None = None
    cancelling: bool = False
    failures: int = 0
    losses: int = 0


@dataclass(frozen=True)
class Told:
    """A report, as far as it decides anything."""

    sequence: int
    epoch: int
    state: AttemptState
    retry: bool = False
    complete: bool = True
    """Every earlier report of its node is here too, so no start can still be on the way."""


class Effect(StrEnum):
    MOVED = "moved"
    KEPT = "kept"
    """Known already or overtaken: history only."""
    LATE = "late"
    """Of a claim that no longer counts: history only, whatever it says."""


@dataclass(frozen=True)
class Outcome:
    job: Job
    attempt: Attempt | None
    effect: Effect = Effect.MOVED


@dataclass(frozen=True)
class Refusal:
    """Why something may not be done now: a stable code and words for the person it concerns."""

    code: str
    words: str


def may_have_started(attempt: Attempt) -> bool:
    """Whether a machine may have begun: then nothing about this attempt ever happens again by itself."""
    return attempt.permitted or attempt.state not in BEFORE_START | {AttemptState.LOST}


def is_current(job: Job, attempt: Attempt) -> bool:
    return job.attempt == attempt.id and job.epoch == attempt.epoch


def release(job: Job) -> Job:
    """Its geometry is there: machines may take it."""
    return replace(job, state=JobState.QUEUED) if job.state is JobState.WAITING else job


def give_up(job: Job) -> Job:
    """Its geometry cannot be built."""
    return replace(job, state=JobState.FAILED) if job.state is JobState.WAITING else job


def claim(job: Job, attempt_id: str) -> Outcome | Refusal:
    """Give the job to a machine under a new epoch."""
    if job.state is not JobState.QUEUED:
        return Refusal("not_queued", f"the job is {job.state.value}, so no machine may take it")
    epoch = job.epoch + 1
    taken = replace(job, state=JobState.ACTIVE, epoch=epoch, attempt=attempt_id)
    return Outcome(taken, Attempt(attempt_id, epoch))


def lose_lease(job: Job, attempt: Attempt) -> Outcome:
    """The lease ran out. Only an attempt that cannot have started is lost; its job is queued again."""
    if not is_current(job, attempt) or attempt.state not in BEFORE_START or may_have_started(attempt):
        return Outcome(job, attempt, Effect.KEPT)
    lost = replace(attempt, state=AttemptState.LOST, command=None)
    counted = replace(job, losses=job.losses + 1)
    return Outcome(replace(counted, state=job_after(counted, lost, again=counted.losses < MAX_LOSSES)), lost)


def take_back(job: Job, attempt: Attempt) -> Outcome:
    """The registry takes the job from its machine as long as nothing can have started; it is queued again at once."""
    if not is_current(job, attempt) or attempt.state not in BEFORE_START or may_have_started(attempt):
        return Outcome(job, attempt, Effect.KEPT)
    taken = replace(attempt, state=AttemptState.LOST, command=None)
    return Outcome(replace(job, state=job_after(job, taken, again=True)), taken)


def fall_silent(job: Job, attempt: Attempt) -> Outcome:
    """Nothing was heard for very long of an attempt that may have started."""
    if not (is_current(job, attempt) and attempt.state in HOLDING and may_have_started(attempt)):
        return Outcome(job, attempt, Effect.KEPT)
    uncertain = replace(attempt, state=AttemptState.UNCERTAIN)
    return Outcome(replace(job, state=job_after(job, uncertain, again=False)), uncertain)


def permit(job: Job, attempt: Attempt, epoch: int) -> Outcome | Refusal:
    """Leave to start once. The caller gives the same permit again while one is valid."""
    taken_back = attempt.state is AttemptState.LOST or not is_current(job, attempt)
    if epoch != attempt.epoch or taken_back:
        return Refusal(
            "stale_epoch", "this claim no longer counts: the job was taken back. Do not start; clear the file"
        )
    if job.cancelling or job.state is JobState.CANCELLED:
        return Refusal("cancelled", "the order was cancelled: do not start")
    if attempt.state not in BEFORE_START:
        return Refusal("already_started", f"the attempt is {attempt.state.value}: it may be started once only")
    return Outcome(job, replace(attempt, permitted=True))


def report(job: Job, attempt: Attempt, told: Told) -> Outcome:
    """What a report of the agent changes. Repeated, overtaken or late ones change nothing but are kept."""
    if told.epoch != attempt.epoch or not is_current(job, attempt):
        extra = told.state if told.state in PHYSICAL else attempt.extra
        return Outcome(job, replace(attempt, extra=extra), Effect.LATE)
    overtaken = told.sequence <= attempt.last_sequence
    if overtaken or told.state not in REACHABLE[attempt.state]:
        # The registry cancelled it before any start, so the agent should have made nothing.
        surprise = told.state in PHYSICAL and attempt.state not in PHYSICAL
        return Outcome(job, replace(attempt, extra=told.state) if surprise else attempt, Effect.KEPT)
    moved = replace(
        attempt, state=told.state, last_sequence=told.sequence, command=_still_wanted(attempt.command, told.state)
    )
    unbegun = attempt.state in BEFORE_START and (told.complete or not attempt.permitted)
    harmless = told.state is AttemptState.FAILED and told.retry and unbegun
    counted = replace(job, failures=job.failures + 1) if harmless else job
    again = harmless and counted.failures < MAX_FAILURES
    return Outcome(replace(counted, state=job_after(counted, moved, again=again)), moved)


def cancel(job: Job, attempt: Attempt | None) -> Outcome:
    """Stop the job: at once when nothing can have started, else by a command to the agent. Again: no change.

    `attempt` is the job's current one. A finished part that waits for its judgement stays to be judged.
    """
    if job.state in {JobState.DONE, JobState.CANCELLED, JobState.FAILED}:
        return Outcome(job, attempt, Effect.KEPT)
    asked = replace(job, cancelling=True)
    if attempt is None or attempt.state in SETTLED:
        return Outcome(replace(asked, state=JobState.CANCELLED), attempt)
    if attempt.state is AttemptState.FINISHED_UNVERIFIED:
        return Outcome(asked, attempt)
    if may_have_started(attempt):
        told = replace(attempt, command=Command.CANCEL)
        return Outcome(replace(asked, state=job_after(asked, told, again=False)), told)
    ended = replace(attempt, state=AttemptState.CANCELLED, command=None)
    return Outcome(replace(asked, state=JobState.CANCELLED), ended)


def redo(job: Job) -> Job | Refusal:
    """A person wants another try. Only where the last one ended without a part, or nobody knows."""
    if job.state not in {JobState.NEEDS_REDO, JobState.UNCERTAIN}:
        return Refusal("nothing_to_redo", f"the job is {job.state.value}: only one that needs redoing is made again")
    return replace(job, state=JobState.QUEUED, attempt=None, failures=0, losses=0)


def _still_wanted(command: Command | None, state: AttemptState) -> Command | None:
    reached = {Command.PAUSE: AttemptState.PAUSED, Command.RESUME: AttemptState.PRINTING}
    ended = state not in HOLDING | {AttemptState.UNCERTAIN}
    return None if command is None or ended or reached.get(command) is state else command


def job_after(job: Job, attempt: Attempt, *, again: bool) -> JobState:
    """What a job is once its current attempt came into a state; `again`: back in the queue when that ended it."""
    if attempt.state is AttemptState.GOOD:
        return JobState.DONE
    if attempt.state in HOLDING or attempt.state is AttemptState.FINISHED_UNVERIFIED:
        return JobState.ACTIVE
    if job.cancelling:
        return JobState.CANCELLED
    if attempt.state is AttemptState.UNCERTAIN:
        return JobState.UNCERTAIN
    return JobState.QUEUED if again else JobState.NEEDS_REDO
