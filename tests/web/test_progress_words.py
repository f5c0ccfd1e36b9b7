"""Every state has its words, and the steps of a copy tell one story."""

import pytest

from registry.core.attempts import AttemptState, JobState
from registry.core.orders import OrderState
from registry.web.progress_words import ATTEMPTS, JOBS, ORDERS, copy_steps


def test_every_state_has_words() -> None:
    assert set(ORDERS) == set(OrderState)
    assert set(JOBS) == set(JobState)
    assert set(ATTEMPTS) == set(AttemptState)


@pytest.mark.parametrize("job", JobState)
@pytest.mark.parametrize("attempt", [None, *AttemptState])
def test_steps_are_done_then_one_now_then_to_come(job: JobState, attempt: AttemptState | None) -> None:
    marks = [step.mark for step in copy_steps(job, attempt)]
    order = {"done": 0, "now": 1, "bad": 1, "todo": 2}
    assert [order[mark] for mark in marks] == sorted(order[mark] for mark in marks)
    assert sum(mark in {"now", "bad"} for mark in marks) <= 1


@pytest.mark.parametrize(
    ("job", "attempt", "now"),
    [
        (JobState.WAITING, None, "Model ready"),
        (JobState.ACTIVE, AttemptState.CLAIMED, "Taken"),
        (JobState.ACTIVE, AttemptState.SLICED, "Sliced"),
        (JobState.ACTIVE, AttemptState.PRINTING, "Printing"),
        (JobState.ACTIVE, AttemptState.FINISHED_UNVERIFIED, "Finished"),
    ],
)
def test_where_a_copy_is_now(job: JobState, attempt: AttemptState | None, now: str) -> None:
    assert [step.words for step in copy_steps(job, attempt) if step.mark == "now"] == [now]


def test_a_good_copy_has_passed_every_station() -> None:
    assert {step.mark for step in copy_steps(JobState.DONE, AttemptState.GOOD)} == {"done"}


def test_a_scrapped_copy_shows_where_it_broke_off() -> None:
    assert [step.words for step in copy_steps(JobState.NEEDS_REDO, AttemptState.SCRAP) if step.mark == "bad"] == [
        "Finished"
    ]
