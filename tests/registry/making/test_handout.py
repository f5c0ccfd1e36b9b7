"""Claims, leases, permits and reports over each database."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from registry.actions.story import queue_topic
from registry.core.attempts import AttemptState, Command, JobState
from registry.core.handing_out import ANYWHERE, Queue
from registry.core.orders import OrderState
from registry.errors import Conflict, Invalid, NotFound
from registry.store.tables.designs import versions
from tests.registry.making.workshop import MK3S, TIMING, Workshop

S = AttemptState


def test_a_part_goes_from_its_order_to_good(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    order = workshop.ready_order()
    assert order.summary.state is OrderState.QUEUED
    at = workshop.must_claim(agent)
    assert (at.design, at.machine, at.epoch, at.material) == ("ada/bin@1.0.0", "mk3s", 1, "PLA")
    assert [artifact.name for artifact in at.artifacts] == ["model.3mf", "model.stl"]
    workshop.printing(agent, at)
    assert workshop.show(at.order).summary.state is OrderState.MAKING
    workshop.tell(agent, at, S.FINISHED_UNVERIFIED, S.GOOD)
    done = workshop.show(at.order)
    assert done.summary.state is OrderState.DONE
    assert [event.kind for event in done.events] == [
        "order.placed", "job.queued", "job.active", "attempt.claimed", "attempt.staged", "attempt.permitted",
        "attempt.starting", "attempt.printing", "attempt.finished_unverified", "attempt.good", "job.done", "order.done",
    ]  # fmt: skip
    assert {queue_topic(Queue("fdm", "pla", ANYWHERE)), "log", f"order:{at.order}"} <= workshop.topics


def test_the_same_key_gets_the_same_attempt_again(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order(quantity=2)
    first = workshop.must_claim(agent, key="once")
    assert workshop.must_claim(agent, key="once") == first


def test_a_machine_gets_nothing_while_an_attempt_holds_it(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order(quantity=2)
    at = workshop.must_claim(agent)
    assert workshop.claim(agent) is None
    workshop.printing(agent, at)
    workshop.tell(agent, at, S.FINISHED_UNVERIFIED)
    assert workshop.must_claim(agent).job != at.job


def test_no_job_is_given_twice(workshop: Workshop) -> None:
    one, other = workshop.agent(MK3S), workshop.agent(MK3S)
    workshop.ready_order()
    assert workshop.claim(one) is not None
    assert workshop.claim(other) is None


def test_a_lost_lease_gives_the_job_to_another_and_the_first_may_not_start(workshop: Workshop) -> None:
    slow, quick = workshop.agent(MK3S), workshop.agent(MK3S)
    workshop.ready_order()
    lost = workshop.must_claim(slow)
    workshop.later(seconds=TIMING.lease.total_seconds() + 1)
    workshop.sweep()
    assert lost.attempt not in workshop.beat(slow, lost).held
    again = workshop.must_claim(quick)
    assert (again.job, again.epoch) == (lost.job, 2)
    with pytest.raises(Conflict) as refused:
        workshop.permit(slow, lost)
    assert refused.value.reason == "stale_epoch"
    reply = workshop.tell(slow, lost, S.GOOD)
    assert reply.late == (1,)
    attempts = workshop.show(lost.order).jobs[0].attempts
    assert [(one.state, one.extra) for one in attempts] == [(S.LOST, S.GOOD), (S.CLAIMED, None)]


def test_a_heartbeat_keeps_the_lease(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(agent)
    for _ in range(5):
        workshop.later(seconds=60)
        assert workshop.beat(agent, at).held == {at.attempt}
        workshop.sweep()
    assert workshop.show(at.order).jobs[0].state is JobState.ACTIVE


def test_a_lost_lease_under_a_permit_becomes_uncertain_and_is_settled_by_its_report(workshop: Workshop) -> None:
    agent, other = workshop.agent(MK3S), workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(agent)
    workshop.permit(agent, at)
    workshop.later(hours=1)
    workshop.sweep()
    assert workshop.show(at.order).jobs[0].state is JobState.ACTIVE
    workshop.later(hours=8)
    workshop.sweep()
    assert workshop.show(at.order).summary.state is OrderState.ATTENTION
    assert workshop.claim(other) is None
    workshop.tell(agent, at, S.FINISHED_UNVERIFIED, S.GOOD)
    assert workshop.show(at.order).summary.state is OrderState.DONE


def test_a_permit_is_the_same_while_it_is_valid_and_a_new_one_after(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(agent)
    first = workshop.permit(agent, at)
    workshop.later(seconds=10)
    again = workshop.permit(agent, at)
    assert again.permit == first.permit
    assert again.valid_seconds == pytest.approx(first.valid_seconds - 10)
    with pytest.raises(Conflict) as refused:
        workshop.permit(agent, at, gcode="other")
    assert refused.value.reason == "other_gcode"
    workshop.later(seconds=TIMING.permit.total_seconds())
    assert workshop.permit(agent, at).permit != first.permit


def test_a_permit_is_refused_when_it_was_cancelled_started_recalled_or_is_not_ones_own(workshop: Workshop) -> None:
    agent, other = workshop.agent(MK3S), workshop.agent(MK3S)
    workshop.ready_order(quantity=2)
    at = workshop.must_claim(agent)
    with pytest.raises(NotFound):
        workshop.permit(other, at)
    with pytest.raises(Conflict, match="no longer counts"):
        workshop.permit(agent, at, epoch=7)
    workshop.write(lambda c: c.execute(sa.update(versions).values(recalled_at=workshop.now, recall_reason="sharp")))
    with pytest.raises(Conflict, match="recalled"):
        workshop.permit(agent, at)
    workshop.write(lambda c: c.execute(sa.update(versions).values(recalled_at=None)))
    workshop.permit(agent, at)
    workshop.tell(agent, at, S.START_INTENT)
    with pytest.raises(Conflict) as refused:
        workshop.permit(agent, at)
    assert refused.value.reason == "already_started"
    second = workshop.must_claim(other)
    workshop.cancel(workshop.show(at.order))
    with pytest.raises(Conflict) as refused:
        workshop.permit(other, second)
    assert refused.value.reason == "cancelled"


def test_reports_repeated_reordered_and_with_gaps_give_the_same_end(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(agent)
    workshop.permit(agent, at)
    told = [agent.report(at, state) for state in (S.STAGED, S.STARTING, S.PRINTING, S.FINISHED_UNVERIFIED, S.GOOD)]
    assert workshop.send(agent, told[2]).through == 0
    assert workshop.send(agent, told[0]).through == 1
    assert workshop.send(agent, told[4], told[2]).through == 1
    reply = workshop.send(agent, *reversed(told))
    assert (reply.through, reply.late) == (5, ())
    assert workshop.send(agent, told[0]).through == 5
    done = workshop.show(at.order)
    assert done.summary.state is OrderState.DONE
    assert len([event for event in done.events if event.kind == "attempt.good"]) == 1


def test_a_print_that_was_begun_without_leave_is_taken_as_it_is_and_said(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(agent)
    workshop.tell(agent, at, S.STAGED, S.PRINTING, S.FINISHED_UNVERIFIED)
    told = workshop.show(at.order)
    assert told.jobs[0].attempts[0].state is S.FINISHED_UNVERIFIED
    said = [event.words for event in told.events if event.kind == "attempt.without_leave"]
    assert said == ["it was begun although no leave to start was given: look after this agent"]


def test_a_sequence_number_that_is_used_for_something_else_is_refused(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(agent)
    workshop.tell(agent, at, S.BUILDING)
    agent.sequence = 0
    with pytest.raises(Conflict) as refused:
        workshop.tell(agent, at, S.GOOD)
    assert refused.value.reason == "sequence_reused"
    assert workshop.show(at.order).jobs[0].attempts[0].state is S.BUILDING


def test_a_report_about_another_agents_attempt_is_kept_and_moves_nothing(workshop: Workshop) -> None:
    agent, stranger = workshop.agent(MK3S), workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(agent)
    reply = workshop.tell(stranger, at, S.GOOD)
    assert (reply.through, reply.late) == (1, (1,))
    assert workshop.show(at.order).jobs[0].attempts[0].state is S.CLAIMED
    assert workshop.beat(stranger, at).held == frozenset()


def test_a_harmless_failure_is_handed_out_again_and_a_real_one_waits_for_a_person(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    order = workshop.ready_order()
    workshop.tell(agent, workshop.must_claim(agent), S.BUILDING, S.FAILED, retry=True)
    at = workshop.must_claim(agent)
    assert at.epoch == 2
    workshop.printing(agent, at)
    workshop.send(agent, agent.report(at, S.FAILED, reason="the part came loose"))
    assert workshop.claim(agent) is None
    stuck = workshop.show(order.summary.id)
    assert stuck.summary.state is OrderState.ATTENTION
    assert stuck.jobs[0].reason == "the part came loose"
    workshop.redo(stuck)
    assert workshop.must_claim(agent).epoch == 3


def test_redo_of_an_uncertain_copy_makes_the_late_part_an_extra_one(workshop: Workshop) -> None:
    agent, other = workshop.agent(MK3S), workshop.agent(MK3S)
    workshop.ready_order()
    lost = workshop.must_claim(agent)
    workshop.printing(agent, lost)
    workshop.later(hours=12)
    workshop.sweep()
    workshop.redo(workshop.show(lost.order))
    again = workshop.must_claim(other)
    reply = workshop.tell(agent, lost, S.FINISHED_UNVERIFIED, S.GOOD)
    assert len(reply.late) == 2
    shown = workshop.show(lost.order)
    assert shown.jobs[0].attempts[0].extra is S.GOOD
    assert shown.jobs[0].attempts[1].id == again.attempt
    assert shown.jobs[0].state is JobState.ACTIVE
    assert [event.kind for event in shown.events].count("attempt.extra_part") == 2


def test_cancelling_in_every_state(workshop: Workshop) -> None:
    agent, second = workshop.agent(MK3S), workshop.agent(MK3S)
    order = workshop.ready_order(quantity=3)
    staged, running = workshop.must_claim(agent), workshop.must_claim(second)
    workshop.tell(agent, staged, S.STAGED)
    workshop.printing(second, running)
    stopping = workshop.cancel(order)
    assert stopping.summary.state is OrderState.CANCELLING
    assert [job.state for job in stopping.jobs] == [JobState.CANCELLED, JobState.ACTIVE, JobState.CANCELLED]
    assert workshop.beat(agent, staged).held == frozenset()
    told = workshop.beat(second, running)
    assert told.commands == ((running.attempt, Command.CANCEL),)
    assert workshop.cancel(order).summary.state is OrderState.CANCELLING
    workshop.tell(second, running, S.CANCELLED)
    assert workshop.show(order.summary.id).summary.state is OrderState.CANCELLED
    assert workshop.beat(second, running).commands == ()


def test_cancelling_before_the_build_is_done(workshop: Workshop) -> None:
    order = workshop.order()
    assert order.summary.state is OrderState.BUILDING
    assert workshop.cancel(order).summary.state is OrderState.CANCELLED
    workshop.build_done(order.build)
    assert workshop.show(order.summary.id).summary.state is OrderState.CANCELLED


def test_machines_that_were_not_announced_cannot_claim(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    with pytest.raises(Invalid) as refused:
        workshop.claim(agent, "other")
    assert refused.value.reason == "unknown_machine"
    workshop.announce(agent)
    with pytest.raises(Invalid):
        workshop.claim(agent)


def test_a_sweep_is_harmless_when_there_is_nothing_to_do(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order()
    workshop.must_claim(agent)
    assert workshop.sweep() == 0


def test_an_agent_that_died_in_its_long_poll_costs_a_job_seconds_and_not_a_lease(workshop: Workshop) -> None:
    dead, quick = workshop.agent(MK3S), workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(dead)
    assert at.lease_seconds == TIMING.confirm.total_seconds()
    workshop.later(seconds=TIMING.confirm.total_seconds() + 1)
    workshop.sweep()
    assert workshop.must_claim(quick).job == at.job
    assert workshop.beat(dead, at).held == frozenset()


def test_the_first_heartbeat_makes_a_claim_a_whole_lease(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(agent, key="once")
    workshop.later(seconds=10)
    assert workshop.must_claim(agent, key="once") == at
    workshop.later(seconds=10)
    workshop.beat(agent, at)
    workshop.later(seconds=80)
    workshop.sweep()
    assert workshop.show(at.order).jobs[0].state is JobState.ACTIVE


def test_a_clock_that_is_set_back_makes_no_lease_longer(workshop: Workshop) -> None:
    dead, quick = workshop.agent(MK3S), workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(dead)
    workshop.beat(dead, at)
    workshop.later(days=-365 * 30)
    workshop.sweep()
    workshop.later(seconds=TIMING.lease.total_seconds() - 1)
    workshop.sweep()
    assert workshop.claim(quick) is None
    workshop.later(seconds=2)
    workshop.sweep()
    assert workshop.must_claim(quick).job == at.job


@pytest.mark.parametrize("days", [365 * 30, -365 * 30])
def test_a_clock_that_jumps_by_years_loses_no_part_and_begins_none_twice(workshop: Workshop, days: int) -> None:
    agent, other = workshop.agent(MK3S), workshop.agent(replace(MK3S, key="two"))
    workshop.ready_order(quantity=2)
    printing = workshop.must_claim(agent)
    workshop.printing(agent, printing)
    preparing = workshop.must_claim(other, "two")
    workshop.later(days=days)
    workshop.sweep()
    workshop.beat(agent, printing)
    workshop.beat(other, preparing)
    workshop.tell(agent, printing, S.FINISHED_UNVERIFIED, S.GOOD)
    held = workshop.show(printing.order).jobs[1].state is JobState.ACTIVE
    at = preparing if held else workshop.must_claim(other, "two")
    assert held is (days < 0), "a lease that ran out before the start hands the job out anew"
    workshop.printing(other, at)
    workshop.tell(other, at, S.FINISHED_UNVERIFIED, S.GOOD)
    done = workshop.show(printing.order)
    assert done.summary.state is OrderState.DONE
    assert [attempt.state for job in done.jobs for attempt in job.attempts if attempt.state is not S.LOST] == [
        S.GOOD
    ] * 2


def test_a_clock_that_is_set_back_makes_no_permit_longer(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order()
    at = workshop.must_claim(agent)
    workshop.permit(agent, at)
    workshop.later(hours=-3)
    assert workshop.permit(agent, at).valid_seconds == TIMING.permit.total_seconds()
