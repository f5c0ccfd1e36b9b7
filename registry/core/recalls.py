"""What a recall stops: everything that no machine may have begun. A print that runs is never cut by itself."""

from dataclasses import replace
from enum import Enum

from registry.core.attempts import (
    SETTLED,
    Attempt,
    AttemptState,
    Effect,
    Job,
    JobState,
    Outcome,
    is_current,
    may_have_started,
)

OPEN = frozenset({JobState.WAITING, JobState.QUEUED, JobState.ACTIVE})
"""Jobs that a recall looks at; the others are over, or wait for a person, who cannot have them made again."""


class Stopped(Enum):
    """What became of a job."""

    ENDED = "ended"
    RUNS = "runs"
    """A machine may have begun: its people are told, and decide."""
    UNTOUCHED = "untouched"


def stop(job: Job, attempt: Attempt | None) -> tuple[Outcome, Stopped]:
    """Recall a job of a version; `attempt` is the job's current one."""
    if job.state not in OPEN:
        return Outcome(job, attempt, Effect.KEPT), Stopped.UNTOUCHED
    ended = replace(job, state=JobState.CANCELLED, cancelling=True)
    if attempt is None or attempt.state in SETTLED or not is_current(job, attempt):
        return Outcome(ended, attempt), Stopped.ENDED
    if may_have_started(attempt):
        return Outcome(job, attempt, Effect.KEPT), Stopped.RUNS
    return Outcome(ended, replace(attempt, state=AttemptState.CANCELLED, command=None)), Stopped.ENDED
