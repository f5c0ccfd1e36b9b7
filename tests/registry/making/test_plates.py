"""Copies that are handed out together: one attempt to their agent, a job and an attempt each to the registry."""

from dataclasses import replace

import pytest

from registry.actions import directing
from registry.actions.handed_out import HandedOut
from registry.actions.order_views import OrderView
from registry.core.attempts import AttemptState, Command, JobState
from registry.core.orders import OrderState
from registry.core.permissions import Caller
from registry.errors import Conflict, Forbidden, NotFound
from registry.web.order_words import CopyWords, order_words
from tests.registry.making.workshop import MK3S, TIMING, Agent, Workshop

S, J = AttemptState, JobState
FOUR = replace(MK3S, plate_copies=4)


@pytest.fixture
def agent(workshop: Workshop) -> Agent:
    return workshop.agent(FOUR)


@pytest.fixture
def plate(workshop: Workshop, agent: Agent) -> HandedOut:
    """Four of an order of five."""
    workshop.ready_order(quantity=5)
    at = workshop.must_claim(agent)
    assert at.copies == 4
    return at


def jobs(workshop: Workshop, at: HandedOut) -> list[JobState]:
    return [job.state for job in workshop.show(at.order).jobs]


def tries(workshop: Workshop, at: HandedOut) -> list[AttemptState]:
    """The newest try of each copy that has one."""
    return [job.attempts[-1].state for job in workshop.show(at.order).jobs if job.attempts]


def judge(workshop: Workshop, agent: Agent, at: HandedOut, good: int | None) -> OrderView:
    workshop.tell(agent, at, S.FINISHED_UNVERIFIED)
    workshop.send(agent, replace(agent.report(at, S.GOOD), good_copies=good))
    return workshop.show(at.order)


def direct(workshop: Workshop, at: HandedOut, copy: int, command: Command, by: Caller) -> OrderView:
    job = workshop.show(at.order).jobs[copy - 1].id
    workshop.write(lambda c: directing.direct_job(c, by, at.order, job, command, now=workshop.now))
    return workshop.show(at.order)


def cancel(workshop: Workshop, at: HandedOut, copy: int, by: Caller) -> OrderView:
    job = workshop.show(at.order).jobs[copy - 1].id
    workshop.write(lambda c: directing.cancel_job(c, by, at.order, job, now=workshop.now))
    return workshop.show(at.order)


def test_every_copy_of_a_plate_moves_with_it(workshop: Workshop, agent: Agent, plate: HandedOut) -> None:
    assert jobs(workshop, plate) == [J.ACTIVE] * 4 + [J.QUEUED]
    workshop.printing(agent, plate)
    assert tries(workshop, plate) == [S.PRINTING] * 4
    assert len({job.attempts[-1].gcode_sha256 for job in workshop.show(plate.order).jobs[:4]}) == 1
    done = judge(workshop, agent, plate, None)
    assert [job.state for job in done.jobs] == [J.DONE] * 4 + [J.QUEUED]


def test_the_same_key_gets_the_same_plate_again_with_the_lease_of_every_copy(workshop: Workshop, agent: Agent) -> None:
    workshop.ready_order(quantity=4)
    first = workshop.must_claim(agent, key="once")
    workshop.later(seconds=10)
    assert workshop.must_claim(agent, key="once") == first
    workshop.later(seconds=TIMING.confirm.total_seconds() - 1)
    workshop.sweep()
    assert jobs(workshop, first) == [J.ACTIVE] * 4
    workshop.later(seconds=2)
    workshop.sweep()
    assert jobs(workshop, first) == [J.QUEUED] * 4


def test_of_four_copies_three_are_good_and_only_the_fourth_is_made_again(
    workshop: Workshop, agent: Agent, plate: HandedOut
) -> None:
    workshop.printing(agent, plate)
    judged = judge(workshop, agent, plate, 3)
    assert tries(workshop, plate) == [S.GOOD] * 3 + [S.SCRAP]
    assert [job.state for job in judged.jobs] == [J.DONE] * 3 + [J.NEEDS_REDO, J.QUEUED]
    workshop.redo(judged, 4)
    again = workshop.must_claim(agent)
    assert (again.copies, again.epoch) != (plate.copies, plate.epoch)
    assert jobs(workshop, plate) == [J.DONE] * 3 + [J.ACTIVE] * 2
    workshop.printing(agent, again)
    assert judge(workshop, agent, again, None).summary.state is OrderState.DONE


def test_a_plate_is_permitted_once_for_all_its_copies(workshop: Workshop, agent: Agent, plate: HandedOut) -> None:
    first = workshop.permit(agent, plate)
    assert workshop.permit(agent, plate).permit == first.permit
    companion = workshop.show(plate.order).jobs[1].attempts[0]
    with pytest.raises(NotFound):
        workshop.permit(agent, replace(plate, attempt=companion.id, epoch=companion.epoch))
    workshop.later(hours=1)
    workshop.sweep()
    assert jobs(workshop, plate) == [J.ACTIVE] * 4 + [J.QUEUED], "after the permit nothing is queued again"


def test_a_lost_lease_before_the_start_queues_every_copy_again(
    workshop: Workshop, agent: Agent, plate: HandedOut
) -> None:
    workshop.later(seconds=10)
    assert workshop.beat(agent, plate).held == {plate.attempt}
    workshop.later(seconds=TIMING.lease.total_seconds() - 1)
    workshop.sweep()
    assert jobs(workshop, plate) == [J.ACTIVE] * 4 + [J.QUEUED], "a heartbeat keeps the lease of every copy"
    workshop.later(seconds=2)
    workshop.sweep()
    assert jobs(workshop, plate) == [J.QUEUED] * 5
    assert workshop.beat(agent, plate).held == frozenset()
    with pytest.raises(Conflict) as refused:
        workshop.permit(agent, plate)
    assert refused.value.reason == "stale_epoch"


def test_a_harmless_failure_queues_every_copy_again_to_be_tried_alone(
    workshop: Workshop, agent: Agent, plate: HandedOut
) -> None:
    workshop.tell(agent, plate, S.BUILDING, S.FAILED, retry=True)
    assert jobs(workshop, plate) == [J.QUEUED] * 5
    assert workshop.must_claim(agent).copies == 1
    assert jobs(workshop, plate).count(J.ACTIVE) == 1


def test_a_silent_plate_is_uncertain_and_its_late_parts_are_all_kept(
    workshop: Workshop, agent: Agent, plate: HandedOut
) -> None:
    """One copy is made again meanwhile: the plate's parts go to the others, and one that is over is an extra part."""
    workshop.printing(agent, plate)
    workshop.later(hours=12)
    workshop.sweep()
    assert jobs(workshop, plate) == [J.UNCERTAIN] * 4 + [J.QUEUED]
    workshop.redo(workshop.show(plate.order), 1)
    assert workshop.beat(agent, plate).held == {plate.attempt}, "three copies still count"
    told = judge(workshop, agent, plate, 4)
    assert [job.state for job in told.jobs] == [J.QUEUED] + [J.DONE] * 3 + [J.QUEUED]
    assert [(one.state, one.extra) for one in told.jobs[0].attempts] == [(S.UNCERTAIN, S.GOOD)]
    assert [event.kind for event in told.events].count("attempt.extra_part") == 2


def test_the_parts_of_a_stale_plate_are_extra_ones(workshop: Workshop, agent: Agent, plate: HandedOut) -> None:
    workshop.later(hours=1)
    workshop.sweep()
    other = workshop.agent(FOUR)
    again = workshop.must_claim(other)
    assert again.copies == 4
    told = judge(workshop, agent, plate, 3)
    assert [job.attempts[0].extra for job in told.jobs[:4]] == [S.GOOD, S.GOOD, S.GOOD, S.SCRAP]
    assert all(job.attempts[-1].state in {S.CLAIMED, S.LOST} for job in told.jobs if job.attempts)


def test_a_cancelled_order_stops_its_plate(workshop: Workshop, agent: Agent, plate: HandedOut) -> None:
    workshop.printing(agent, plate)
    stopping = workshop.cancel(workshop.show(plate.order))
    assert stopping.summary.state is OrderState.CANCELLING
    assert workshop.beat(agent, plate).commands == ((plate.attempt, Command.CANCEL),)
    workshop.tell(agent, plate, S.CANCELLED)
    assert workshop.show(plate.order).summary.state is OrderState.CANCELLED
    assert workshop.beat(agent, plate).commands == ()


def test_a_plate_is_paused_by_any_of_its_copies_and_told_once(
    workshop: Workshop, agent: Agent, plate: HandedOut
) -> None:
    workshop.printing(agent, plate)
    with pytest.raises(Forbidden):
        direct(workshop, plate, 2, Command.PAUSE, workshop.eve)
    asked = direct(workshop, plate, 2, Command.PAUSE, workshop.bob)
    assert [job.attempts[-1].command for job in asked.jobs[:4]] == [Command.PAUSE] * 4
    assert workshop.beat(agent, plate).commands == ((plate.attempt, Command.PAUSE),)
    workshop.tell(agent, plate, S.PAUSED)
    assert workshop.beat(agent, plate).commands == ()
    with pytest.raises(Conflict, match="copy 3: the machine's work on it is paused: it cannot be paused"):
        direct(workshop, plate, 3, Command.PAUSE, workshop.bob)
    with pytest.raises(Conflict, match="no machine works on copy 5"):
        direct(workshop, plate, 5, Command.PAUSE, workshop.bob)


def test_a_stopped_plate_waits_for_a_person(workshop: Workshop, agent: Agent, plate: HandedOut) -> None:
    workshop.printing(agent, plate)
    direct(workshop, plate, 1, Command.CANCEL, workshop.bob)
    assert workshop.beat(agent, plate).commands == ((plate.attempt, Command.CANCEL),)
    with pytest.raises(Conflict, match="is being stopped already"):
        direct(workshop, plate, 1, Command.PAUSE, workshop.bob)
    workshop.tell(agent, plate, S.CANCELLED)
    assert jobs(workshop, plate) == [J.NEEDS_REDO] * 4 + [J.QUEUED]


def test_a_copy_is_taken_off_a_plate_that_is_not_begun(workshop: Workshop, agent: Agent, plate: HandedOut) -> None:
    workshop.tell(agent, plate, S.STAGED)
    with pytest.raises(Forbidden):
        cancel(workshop, plate, 2, workshop.bob)
    left = cancel(workshop, plate, 2, workshop.ada)
    assert [job.state for job in left.jobs] == [J.QUEUED, J.CANCELLED, J.QUEUED, J.QUEUED, J.QUEUED]
    assert left.jobs[1].reason == "cancelled by ada"
    assert left.jobs[0].attempts[0].reason == "copy 2 was taken off its plate"
    assert workshop.beat(agent, plate).held == frozenset()
    with pytest.raises(Conflict):
        workshop.permit(agent, plate)
    workshop.tell(agent, plate, S.CANCELLED)
    assert workshop.must_claim(agent).copies == 4
    assert cancel(workshop, plate, 2, workshop.ada).jobs[1].state is J.CANCELLED


def test_nothing_is_taken_off_a_plate_that_may_have_been_begun(
    workshop: Workshop, agent: Agent, plate: HandedOut
) -> None:
    workshop.permit(agent, plate)
    with pytest.raises(Conflict, match="copy 2: it is made on one plate with 3 copies more"):
        cancel(workshop, plate, 2, workshop.ada)
    left = cancel(workshop, plate, 5, workshop.ada)
    assert left.jobs[4].state is J.CANCELLED
    workshop.tell(agent, plate, S.STARTING)
    judge(workshop, agent, plate, 4)
    with pytest.raises(Conflict, match="copy 2 is made: there is nothing to cancel"):
        cancel(workshop, plate, 2, workshop.ada)


def test_a_page_offers_what_its_reader_may_do(workshop: Workshop, agent: Agent, plate: HandedOut) -> None:
    def shown(by: Caller, *runs: str) -> tuple[CopyWords, ...]:
        first, alone = order_words(workshop.show(plate.order, by), runs).plates
        assert (first.words, alone.words) == ("Copies 1, 2, 3 and 4 are made together on one plate", "")
        return (*first.copies, *alone.copies)

    workshop.tell(agent, plate, S.STAGED)
    assert [copy.can_cancel for copy in shown(workshop.ada)] == [True] * 5
    assert [copy.can_stop for copy in shown(workshop.ada)] == [False] * 5
    assert [copy.can_stop for copy in shown(workshop.bob, "lab")] == [True] * 4 + [False]
    workshop.printing(agent, plate)
    assert [copy.can_cancel for copy in shown(workshop.ada)] == [False] * 4 + [True]
    assert [copy.can_pause for copy in shown(workshop.bob, "lab")] == [True] * 4 + [False]
    direct(workshop, plate, 1, Command.CANCEL, workshop.bob)
    asked = shown(workshop.bob, "lab")[0]
    assert (asked.can_pause, asked.can_stop) == (False, False)
    assert asked.reason == "The machine was asked to stop and has not reported it yet."
