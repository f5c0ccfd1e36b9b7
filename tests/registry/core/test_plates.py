"""How many copies lie on a plate, and what becomes of each."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from registry.core.attempts import (
    REACHABLE,
    Attempt,
    AttemptState,
    Effect,
    Job,
    JobState,
    Outcome,
    Refusal,
    Told,
    claim,
    lose_lease,
    may_have_started,
    redo,
)
from registry.core.matching import Size, fits
from registry.core.plates import PLATE_GAP_MM, Copy, capacity, permit_plate, report_plate

S = AttemptState
SIDES = st.floats(0.5, 300)
ENVELOPE = Size(250, 210, 210)


@pytest.mark.parametrize(
    ("box", "copies"),
    [
        ((250, 210, 210), 1),
        ((122, 102, 10), 4),
        ((122.001, 102, 10), 2),
        ((60, 204, 10), 3),
        ((10, 10, 211), 0),
        ((211, 251, 10), 0),
        ((42, 84, 50), 10),
    ],
)
def test_copies_stand_in_a_grid_with_a_gap(box: tuple[float, float, float], copies: int) -> None:
    assert capacity(*box, ENVELOPE) == copies


def _grids(short: float, long: float, envelope: Size, copies: int) -> list[tuple[float, float]]:
    """Width and depth of every grid that holds so many copies."""
    found = []
    for wide, deep in ((short, long), (long, short)):
        for columns in range(1, copies + 1):
            rows = -(-copies // columns)
            across = columns * (wide + PLATE_GAP_MM) - PLATE_GAP_MM
            along = rows * (deep + PLATE_GAP_MM) - PLATE_GAP_MM
            if across <= envelope.x + 1e-6 and along <= envelope.y + 1e-6:
                found.append((across, along))
    return found


@given(SIDES, SIDES, st.floats(1, 300), st.builds(Size, *[st.floats(20, 400)] * 3))
def test_as_many_as_it_says_stand_inside_and_no_more(a: float, b: float, high: float, envelope: Size) -> None:
    short, long = sorted((a, b))
    copies = capacity(short, long, high, envelope)
    assert (copies > 0) == fits(Size(short, long, high), envelope)
    if copies > 1:
        assert _grids(short, long, envelope, copies)
    if 0 < copies < 200:
        bare = Size(envelope.x - 1e-5, envelope.y - 1e-5, envelope.z)
        assert not _grids(short, long, bare, copies + 1)


@given(SIDES, SIDES, st.builds(Size, *[st.floats(20, 400)] * 3))
def test_it_does_not_matter_how_the_machine_is_turned(a: float, b: float, envelope: Size) -> None:
    short, long = sorted((a, b))
    turned = Size(envelope.y, envelope.x, envelope.z)
    assert capacity(short, long, 1, envelope) == capacity(short, long, 1, turned)


def plate(number: int, state: AttemptState = S.CLAIMED) -> list[Copy]:
    """Copies that were claimed together, each under an epoch of its own, as far on as `state`."""
    copies: list[Copy] = []
    for copy in range(1, number + 1):
        outcome = claim(Job(f"order-{copy}", JobState.QUEUED, epoch=copy), f"try-{copy}")
        assert isinstance(outcome, Outcome)
        assert outcome.attempt is not None
        copies.append((outcome.job, outcome.attempt))
    if state is S.CLAIMED:
        return copies
    if may_have_started(Attempt("any", 1, state)):
        copies = after(permit_plate(copies, copies[0][1].epoch))
    return after(report_plate(copies, tell(copies, state)))


def after(outcomes: tuple[Outcome, ...] | Refusal) -> list[Copy]:
    assert isinstance(outcomes, tuple)
    return [(one.job, one.attempt) for one in outcomes if one.attempt is not None]


def tell(copies: list[Copy], state: AttemptState, *, retry: bool = False) -> Told:
    """The next report of the agent, which knows the first copy's attempt and its epoch."""
    first = copies[0][1]
    return Told(first.last_sequence + 1, first.epoch, state, retry)


def states(copies: list[Copy]) -> list[JobState]:
    return [job.state for job, _ in copies]


def test_a_plate_is_permitted_with_all_its_copies_or_not_at_all() -> None:
    copies = plate(3, S.STAGED)
    assert all(at.permitted for _, at in after(permit_plate(copies, copies[0][1].epoch)))
    assert isinstance(permit_plate(copies, copies[1][1].epoch), Refusal), "the epoch of another copy"
    lost = lose_lease(*copies[2])
    assert lost.attempt is not None
    refused = permit_plate([*copies[:2], (lost.job, lost.attempt)], copies[0][1].epoch)
    assert isinstance(refused, Refusal)
    assert refused.code == "stale_epoch"


@pytest.mark.parametrize(("good", "made"), [(None, 4), (4, 4), (3, 3), (1, 1), (0, 0)])
def test_the_first_so_many_copies_are_good_and_the_others_scrap(good: int | None, made: int) -> None:
    copies = plate(4, S.FINISHED_UNVERIFIED)
    judged = after(report_plate(copies, tell(copies, S.GOOD), good))
    assert [at.state for _, at in judged] == [S.GOOD] * made + [S.SCRAP] * (4 - made)
    assert states(judged) == [JobState.DONE] * made + [JobState.NEEDS_REDO] * (4 - made)


def test_a_harmless_failure_queues_every_copy_again() -> None:
    copies = plate(3, S.SLICED)
    assert states(after(report_plate(copies, tell(copies, S.FAILED, retry=True)))) == [JobState.QUEUED] * 3


def test_after_the_permit_no_copy_is_queued_again_by_itself() -> None:
    copies = plate(3, S.PRINTING)
    failed = after(report_plate(copies, tell(copies, S.FAILED, retry=True)))
    assert states(failed) == [JobState.NEEDS_REDO] * 3
    assert all(lose_lease(job, at).effect is Effect.KEPT for job, at in copies)


def test_a_report_under_another_epoch_is_late_for_every_copy() -> None:
    copies = plate(3, S.PRINTING)
    outcomes = report_plate(copies, Told(9, 77, S.GOOD), 2)
    assert [one.effect for one in outcomes] == [Effect.LATE] * 3
    assert [one.attempt.extra for one in outcomes if one.attempt] == [S.GOOD, S.GOOD, S.SCRAP]
    assert [one.job for one in outcomes] == [job for job, _ in copies]


def test_good_parts_go_first_to_the_copies_that_still_wait_for_one() -> None:
    """The first copy was made again elsewhere while the plate was not heard of: three good parts serve the others."""
    copies = plate(4, S.UNCERTAIN)
    again = redo(copies[0][0])
    assert isinstance(again, Job)
    elsewhere = claim(again, "try-elsewhere")
    assert isinstance(elsewhere, Outcome)
    copies[0] = elsewhere.job, copies[0][1]
    outcomes = report_plate(copies, tell(copies, S.GOOD), 3)
    assert [one.effect for one in outcomes] == [Effect.LATE, *[Effect.MOVED] * 3]
    assert [one.job.state for one in outcomes] == [JobState.ACTIVE, *[JobState.DONE] * 3]
    assert outcomes[0].attempt is not None
    assert outcomes[0].attempt.extra is S.SCRAP


@given(
    st.integers(1, 5),
    st.lists(
        st.tuples(
            st.sampled_from(sorted(S)), st.booleans(), st.none() | st.integers(0, 6), st.sampled_from([0, 0, 0, 7])
        )
    ),
)
def test_every_part_of_a_plate_is_accounted_for_once(
    number: int, told: list[tuple[AttemptState, bool, int | None, int]]
) -> None:
    """Whatever is reported, each copy moves by the table alone, and all move alike but for the verdict."""
    copies = plate(number, S.STAGED)
    copies = after(permit_plate(copies, copies[0][1].epoch))
    for state, retry, good, another_epoch in told:
        report = tell(copies, state, retry=retry)
        outcomes = report_plate(copies, replace(report, epoch=report.epoch + another_epoch), good)
        for (_, before), outcome in zip(copies, outcomes, strict=True):
            assert outcome.attempt is not None
            assert outcome.attempt.state in REACHABLE[before.state] | {before.state}
            assert another_epoch == 0 or outcome.attempt.state is before.state
        copies = after(outcomes)
        ends = {at.state for _, at in copies}
        assert len(ends) == 1 or ends == {S.GOOD, S.SCRAP}
        assert not {job.state for job, at in copies if at.state is S.GOOD} - {JobState.DONE}
