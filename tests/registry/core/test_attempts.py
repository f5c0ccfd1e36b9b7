"""The hand-out's rules, example by example."""

from dataclasses import replace

import pytest

from registry.core.attempts import (
    BEFORE_START,
    HOLDING,
    MAX_FAILURES,
    MAX_LOSSES,
    PHYSICAL,
    REACHABLE,
    SETTLED,
    Attempt,
    AttemptState,
    Command,
    Effect,
    Job,
    JobState,
    Outcome,
    Refusal,
    Told,
    cancel,
    claim,
    fall_silent,
    give_up,
    lose_lease,
    may_have_started,
    permit,
    redo,
    release,
    report,
    take_back,
)

S = AttemptState


def taken(job: Job | None = None) -> tuple[Job, Attempt]:
    outcome = claim(job or Job("job", JobState.QUEUED), "try-1")
    assert isinstance(outcome, Outcome)
    assert outcome.attempt is not None
    return outcome.job, outcome.attempt


def told(job: Job, attempt: Attempt, *states: AttemptState, retry: bool = False) -> tuple[Job, Attempt]:
    for state in states:
        outcome = report(job, attempt, Told(attempt.last_sequence + 1, attempt.epoch, state, retry))
        assert outcome.effect is Effect.MOVED
        job, attempt = outcome.job, outcome.attempt
    return job, attempt


def permitted() -> tuple[Job, Attempt]:
    job, attempt = told(*taken(), S.STAGED)
    outcome = permit(job, attempt, attempt.epoch)
    assert isinstance(outcome, Outcome)
    return outcome.job, outcome.attempt


def test_a_job_goes_from_the_queue_to_a_good_part() -> None:
    job, attempt = permitted()
    job, attempt = told(job, attempt, S.START_INTENT, S.STARTING, S.PRINTING, S.PAUSED, S.PRINTING)
    assert job.state is JobState.ACTIVE
    job, attempt = told(job, attempt, S.FINISHED_UNVERIFIED, S.GOOD)
    assert (job.state, attempt.state) == (JobState.DONE, S.GOOD)


def test_every_claim_has_a_higher_epoch() -> None:
    job, attempt = taken()
    lost = lose_lease(job, attempt)
    assert (lost.job.state, lost.attempt.state) == (JobState.QUEUED, S.LOST)
    again = claim(lost.job, "try-2")
    assert again.job.epoch == again.attempt.epoch == attempt.epoch + 1


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.QUEUED])
def test_only_a_queued_job_can_be_taken(state: JobState) -> None:
    refusal = claim(Job("job", state), "try")
    assert isinstance(refusal, Refusal)
    assert state.value in refusal.words


def test_a_lost_lease_after_the_permit_requeues_nothing() -> None:
    job, attempt = permitted()
    assert lose_lease(job, attempt) == Outcome(job, attempt, Effect.KEPT)


def test_silence_after_the_permit_is_uncertain_and_a_later_report_settles_it() -> None:
    job, attempt = permitted()
    silent = fall_silent(job, attempt)
    assert (silent.job.state, silent.attempt.state) == (JobState.UNCERTAIN, S.UNCERTAIN)
    job, attempt = told(silent.job, silent.attempt, S.PRINTING, S.GOOD)
    assert job.state is JobState.DONE


def test_silence_before_the_permit_is_not_uncertain() -> None:
    job, attempt = taken()
    assert fall_silent(job, attempt).effect is Effect.KEPT


def test_an_uncertain_failure_is_never_queued_again_by_itself() -> None:
    job, attempt = permitted()
    silent = fall_silent(job, attempt)
    job, attempt = told(silent.job, silent.attempt, S.FAILED, retry=True)
    assert job.state is JobState.NEEDS_REDO


def test_harmless_failures_are_tried_again_a_few_times() -> None:
    job = Job("job", JobState.QUEUED)
    for _ in range(MAX_FAILURES - 1):
        job, _ = told(*taken(job), S.BUILDING, S.FAILED, retry=True)
        assert job.state is JobState.QUEUED
    job, _ = told(*taken(job), S.FAILED, retry=True)
    assert job.state is JobState.NEEDS_REDO


def test_a_failure_that_is_not_called_harmless_waits_for_a_person() -> None:
    job, _ = told(*taken(), S.BUILDING, S.FAILED)
    assert job.state is JobState.NEEDS_REDO


def test_a_failure_under_a_permit_requeues_only_when_no_start_can_still_be_on_the_way() -> None:
    job, attempt = permitted()
    complete = report(job, attempt, Told(9, attempt.epoch, S.FAILED, retry=True, complete=True))
    gap = report(job, attempt, Told(9, attempt.epoch, S.FAILED, retry=True, complete=False))
    assert (complete.job.state, gap.job.state) == (JobState.QUEUED, JobState.NEEDS_REDO)


@pytest.mark.parametrize("began", [S.START_INTENT, S.STARTING, S.PRINTING, S.PAUSED])
def test_a_failure_after_the_start_waits_for_a_person(began: AttemptState) -> None:
    job, attempt = told(*permitted(), began)
    job, _ = told(job, attempt, S.FAILED, retry=True)
    assert job.state is JobState.NEEDS_REDO


def test_scrap_waits_for_a_person_who_presses_redo() -> None:
    job, _ = told(*permitted(), S.PRINTING, S.SCRAP)
    assert job.state is JobState.NEEDS_REDO
    again = redo(job)
    assert isinstance(again, Job)
    assert (again.state, again.attempt, again.epoch) == (JobState.QUEUED, None, job.epoch)


@pytest.mark.parametrize("state", [s for s in JobState if s not in {JobState.NEEDS_REDO, JobState.UNCERTAIN}])
def test_nothing_else_can_be_redone(state: JobState) -> None:
    assert isinstance(redo(Job("job", state)), Refusal)


def test_an_uncertain_part_that_turns_up_after_its_redo_is_an_extra_part() -> None:
    job, attempt = permitted()
    silent = fall_silent(job, attempt)
    again = claim(redo(silent.job), "try-2")
    late = report(again.job, silent.attempt, Told(7, silent.attempt.epoch, S.GOOD))
    assert late.effect is Effect.LATE
    assert late.job == again.job
    assert (late.attempt.state, late.attempt.extra) == (S.UNCERTAIN, S.GOOD)


def test_a_permit_is_refused_for_a_stale_epoch_a_cancelled_order_and_a_started_attempt() -> None:
    job, attempt = taken()
    lost = lose_lease(job, attempt)
    assert permit(lost.job, lost.attempt, 1).code == "stale_epoch", "also before anybody else has taken it"
    again = claim(lost.job, "try-2")
    assert permit(again.job, lost.attempt, 1).code == "stale_epoch"
    assert permit(again.job, again.attempt, 1).code == "stale_epoch"
    started, running = told(*permitted(), S.START_INTENT)
    assert permit(started, running, 1).code == "already_started"
    ended = cancel(job, attempt)
    assert permit(ended.job, ended.attempt, 1).code == "cancelled"
    stopping = cancel(*permitted())
    assert permit(stopping.job, stopping.attempt, 1).code == "cancelled"


def test_cancelling_before_a_start_is_immediate() -> None:
    job, attempt = told(*taken(), S.STAGED)
    ended = cancel(job, attempt)
    assert (ended.job.state, ended.attempt.state, ended.attempt.command) == (JobState.CANCELLED, S.CANCELLED, None)


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.QUEUED, JobState.NEEDS_REDO])
def test_a_job_that_no_machine_has_is_cancelled_at_once(state: JobState) -> None:
    assert cancel(Job("job", state), None).job.state is JobState.CANCELLED


@pytest.mark.parametrize("state", [JobState.DONE, JobState.CANCELLED, JobState.FAILED])
def test_cancelling_what_has_ended_changes_nothing(state: JobState) -> None:
    job = Job("job", state)
    assert cancel(job, None) == Outcome(job, None, Effect.KEPT)


def test_cancelling_a_running_print_is_a_command_that_the_report_of_its_end_settles() -> None:
    asked = cancel(*told(*permitted(), S.PRINTING))
    assert (asked.job.state, asked.attempt.command) == (JobState.ACTIVE, Command.CANCEL)
    assert cancel(asked.job, asked.attempt).job == asked.job
    job, attempt = told(asked.job, asked.attempt, S.CANCELLED)
    assert (job.state, attempt.command) == (JobState.CANCELLED, None)


def test_a_part_that_was_finished_before_the_cancellation_reached_it_counts() -> None:
    asked = cancel(*told(*permitted(), S.PRINTING))
    job, _ = told(asked.job, asked.attempt, S.FINISHED_UNVERIFIED, S.GOOD)
    assert job.state is JobState.DONE


def test_a_finished_part_stays_to_be_judged_when_its_order_is_cancelled() -> None:
    asked = cancel(*told(*permitted(), S.PRINTING, S.FINISHED_UNVERIFIED))
    assert (asked.job.state, asked.attempt.command) == (JobState.ACTIVE, None)
    job, _ = told(asked.job, asked.attempt, S.SCRAP)
    assert job.state is JobState.CANCELLED


def test_cancelling_an_uncertain_attempt_still_tells_its_agent() -> None:
    job, attempt = permitted()
    silent = fall_silent(job, attempt)
    asked = cancel(silent.job, silent.attempt)
    assert (asked.job.state, asked.attempt.command) == (JobState.CANCELLED, Command.CANCEL)
    job, attempt = told(asked.job, asked.attempt, S.PRINTING)
    assert (job.state, attempt.command) == (JobState.ACTIVE, Command.CANCEL)


def test_a_job_is_taken_back_only_as_long_as_nothing_can_have_started() -> None:
    back = take_back(*told(*taken(), S.STAGED))
    assert (back.job.state, back.job.losses, back.attempt.state) == (JobState.QUEUED, 0, S.LOST)
    assert take_back(*permitted()).effect is Effect.KEPT
    assert take_back(*told(*permitted(), S.PRINTING)).effect is Effect.KEPT


def test_a_part_of_an_attempt_that_was_cancelled_before_its_start_is_kept_as_an_extra_one() -> None:
    ended = cancel(*taken())
    late = report(ended.job, ended.attempt, Told(3, 1, S.GOOD))
    assert (late.effect, late.job.state, late.attempt.extra) == (Effect.KEPT, JobState.CANCELLED, S.GOOD)


@pytest.mark.parametrize("state", sorted(BEFORE_START))
def test_a_job_that_ends_every_agent_does_not_go_round_for_ever(state: AttemptState) -> None:
    job = Job("job", JobState.QUEUED)
    for number in range(MAX_LOSSES):
        assert job.state is JobState.QUEUED, number
        outcome = claim(job, f"try-{number}")
        job = lose_lease(outcome.job, replace(outcome.attempt, state=state)).job
    assert job.state is JobState.NEEDS_REDO


def test_waiting_jobs_are_released_or_given_up() -> None:
    assert release(Job("job")).state is JobState.QUEUED
    assert give_up(Job("job")).state is JobState.FAILED
    done = Job("job", JobState.DONE)
    assert release(done) == give_up(done) == done


def test_the_table_says_what_it_means() -> None:
    assert {S.GOOD, S.SCRAP, S.FAILED, S.CANCELLED, S.LOST} == SETTLED
    assert HOLDING.isdisjoint(SETTLED | PHYSICAL)
    for state in set(S) - BEFORE_START - {S.LOST}:
        assert may_have_started(Attempt("try", 1, state))
        assert not REACHABLE[state] & BEFORE_START, "nothing that began comes back before its start"
        assert S.LOST not in REACHABLE[state]


def test_an_overtaken_report_is_kept_and_moves_nothing() -> None:
    job, attempt = told(*permitted(), S.PRINTING)
    paused = report(job, attempt, Told(attempt.last_sequence + 2, 1, S.PAUSED))
    overtaken = report(paused.job, paused.attempt, Told(attempt.last_sequence + 1, 1, S.PRINTING))
    assert (overtaken.effect, overtaken.attempt.state) == (Effect.KEPT, S.PAUSED)
