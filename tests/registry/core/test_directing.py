"""What people may ask of a copy that a machine works on, alone or on a plate."""

import pytest

from registry.core.attempts import (
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
    redo,
    report,
)
from registry.core.directing import cancel_copy, direct, direct_plate
from tests.registry.core.test_attempts import permitted, taken, told
from tests.registry.core.test_plates import plate

S = AttemptState


def refusal(answer: object) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


def outcome(answer: Outcome | Refusal) -> Outcome:
    assert isinstance(answer, Outcome)
    return answer


def test_pausing_and_resuming_are_told_until_they_show() -> None:
    asked = outcome(direct(*told(*permitted(), S.PRINTING), Command.PAUSE))
    assert asked.attempt is not None
    job, attempt = told(asked.job, asked.attempt, S.PAUSED)
    assert attempt.command is None
    again = outcome(direct(job, attempt, Command.RESUME))
    assert again.attempt is not None
    assert again.attempt.command is Command.RESUME


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (Command.PAUSE, "the machine's work on it is claimed: it cannot be paused"),
        (Command.RESUME, "the machine's work on it is claimed: it cannot be let go on"),
    ],
)
def test_what_does_not_run_is_not_paused(command: Command, words: str) -> None:
    assert refusal(direct(*taken(), command)) == Refusal("not_running", words)


@pytest.mark.parametrize("state", sorted(SETTLED | {S.FINISHED_UNVERIFIED}))
def test_what_has_ended_is_not_stopped(state: AttemptState) -> None:
    job = Job("job", JobState.ACTIVE, 1, "try")
    assert refusal(direct(job, Attempt("try", 1, state), Command.CANCEL)).code == "not_running"


def test_stopping_before_the_start_is_immediate_and_the_copy_waits_for_a_person() -> None:
    stopped = outcome(direct(*told(*taken(), S.STAGED), Command.CANCEL))
    assert stopped.attempt is not None
    assert (stopped.job.state, stopped.job.cancelling) == (JobState.NEEDS_REDO, False)
    assert (stopped.attempt.state, stopped.attempt.command) == (S.CANCELLED, None)
    assert isinstance(redo(stopped.job), Job)


def test_stopping_a_print_is_a_command_and_nothing_else_is_asked_meanwhile() -> None:
    stopping = outcome(direct(*told(*permitted(), S.PRINTING), Command.CANCEL))
    assert stopping.attempt is not None
    assert (stopping.job.state, stopping.attempt.command) == (JobState.ACTIVE, Command.CANCEL)
    assert "is being stopped already" in refusal(direct(stopping.job, stopping.attempt, Command.PAUSE)).words
    ended = report(stopping.job, stopping.attempt, Told(9, 1, S.CANCELLED))
    assert ended.job.state is JobState.NEEDS_REDO


def test_a_plate_is_paused_and_stopped_as_one() -> None:
    for command in (Command.PAUSE, Command.CANCEL):
        outcomes = direct_plate(plate(3, S.PRINTING), "order-2", command)
        assert isinstance(outcomes, tuple)
        assert [one.attempt.command for one in outcomes if one.attempt] == [command] * 3


def test_a_copy_that_was_made_again_elsewhere_is_left_alone_when_its_old_plate_is_stopped() -> None:
    copies = plate(3, S.PRINTING)
    elsewhere = Job("order-1", JobState.ACTIVE, 2, "try-elsewhere"), copies[0][1]
    outcomes = direct_plate([elsewhere, *copies[1:]], "order-2", Command.CANCEL)
    assert isinstance(outcomes, tuple)
    assert outcomes[0] == Outcome(*elsewhere, Effect.KEPT)
    assert refusal(direct_plate([elsewhere, *copies[1:]], "order-1", Command.CANCEL)).code == "not_running"


def test_a_copy_alone_is_cancelled_as_its_order_would_be() -> None:
    (before,) = cancel_copy(plate(1, S.STAGED), "order-1")
    assert before.job.state is JobState.CANCELLED
    (running,) = cancel_copy(plate(1, S.PRINTING), "order-1")
    assert (running.job.cancelling, running.attempt.command) == (True, Command.CANCEL)


def test_a_copy_is_taken_off_its_plate_before_the_start_and_the_others_are_queued_again() -> None:
    outcomes = cancel_copy(plate(3, S.STAGED), "order-2")
    assert isinstance(outcomes, tuple)
    assert [one.job.state for one in outcomes] == [JobState.QUEUED, JobState.CANCELLED, JobState.QUEUED]
    assert [one.attempt.state for one in outcomes if one.attempt] == [S.LOST, S.CANCELLED, S.LOST]


@pytest.mark.parametrize(("copies", "words"), [(2, "with one more"), (4, "with 3 copies more")])
def test_nothing_is_taken_off_a_plate_that_may_have_been_begun(copies: int, words: str) -> None:
    refused = refusal(cancel_copy(plate(copies, S.PRINTING), "order-2"))
    assert refused.code == "on_a_plate"
    assert words in refused.words


def test_a_judged_copy_of_a_plate_can_be_given_up_alone() -> None:
    outcomes = cancel_copy(plate(3, S.SCRAP), "order-3")
    assert isinstance(outcomes, tuple)
    assert [one.job.state for one in outcomes] == [JobState.NEEDS_REDO, JobState.NEEDS_REDO, JobState.CANCELLED]
