"""Whatever a job and its attempt are: a recall ends what cannot have begun, and touches nothing that may have."""

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.core.attempts import (
    BEFORE_START,
    SETTLED,
    Attempt,
    AttemptState,
    Command,
    Job,
    JobState,
    may_have_started,
)
from registry.core.recalls import OPEN, Stopped, stop

ATTEMPTS = st.builds(
    Attempt,
    id=st.just("a"),
    epoch=st.integers(1, 2),
    state=st.sampled_from(AttemptState),
    permitted=st.booleans(),
    command=st.none() | st.sampled_from(Command),
)
JOBS = st.builds(
    Job,
    id=st.just("j"),
    state=st.sampled_from(JobState),
    epoch=st.just(1),
    attempt=st.just("a"),
    cancelling=st.booleans(),
)


@settings(deadline=None)
@given(JOBS, st.none() | ATTEMPTS)
def test_only_what_cannot_have_begun_is_ended(job: Job, attempt: Attempt | None) -> None:
    outcome, what = stop(job, attempt)
    begun = attempt is not None and attempt.epoch == 1 and attempt.state not in SETTLED and may_have_started(attempt)
    if job.state not in OPEN or begun:
        assert (outcome.job, outcome.attempt) == (job, attempt)
        assert (what is Stopped.RUNS) == (job.state in OPEN)
    else:
        assert what is Stopped.ENDED
        assert outcome.job.state is JobState.CANCELLED
        changed = outcome.attempt != attempt
        assert not changed or (attempt is not None and attempt.state in BEFORE_START and not attempt.permitted)


@settings(deadline=None)
@given(JOBS, st.none() | ATTEMPTS)
def test_a_second_recall_changes_nothing(job: Job, attempt: Attempt | None) -> None:
    once, _ = stop(job, attempt)
    twice, what = stop(once.job, once.attempt)
    assert (twice.job, twice.attempt) == (once.job, once.attempt)
    assert what is not Stopped.ENDED
