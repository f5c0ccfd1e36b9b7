"""A recall stops everything that no machine has begun, whatever it is doing, and cuts nothing that runs."""

import pytest
import sqlalchemy as sa

from registry.actions import recalls
from registry.actions.nodes import MachineNow
from registry.actions.story import order_topic
from registry.core.attempts import AttemptState as S
from registry.core.attempts import JobState
from registry.core.permissions import Caller
from registry.errors import Conflict, Forbidden
from registry.ids import parse_version_name
from registry.store.tables.designs import versions
from tests.registry.making.workshop import MK3S, Workshop

VERSION = "ada/bin@1.0.0"


def recall(workshop: Workshop, by: Caller, version: str = VERSION) -> recalls.Recalled:
    name = parse_version_name(version)
    return workshop.write(lambda c: recalls.recall(c, by, name, "it breaks", workshop.now))


def test_what_waits_ends_with_the_reason_and_what_runs_goes_on_and_is_told(workshop: Workshop) -> None:
    running, staging = workshop.agent(MK3S), workshop.agent(MK3S)
    order = workshop.ready_order(quantity=3)
    at, staged = workshop.must_claim(running), workshop.must_claim(staging)
    workshop.printing(running, at)
    workshop.tell(staging, staged, S.BUILDING, S.SLICED, S.STAGED)
    done = recall(workshop, workshop.ada)
    assert (done.stopped, done.running) == (2, 1)
    seen = workshop.show(order.summary.id)
    states = sorted(job.state for job in seen.jobs)
    assert states == sorted([JobState.ACTIVE, JobState.CANCELLED, JobState.CANCELLED])
    assert {job.reason for job in seen.jobs if job.state is JobState.CANCELLED} == {"recalled for safety: it breaks"}
    assert staged.attempt not in workshop.beat(staging, staged).held
    with pytest.raises(Conflict):
        workshop.permit(staging, staged)
    now = MachineNow(MK3S.key, "printing", "occupied", attempt=at.attempt)
    told = workshop.beat(running, at, machines=[now])
    assert at.attempt in told.held
    assert told.commands == ()
    assert told.recalls == ((at.attempt, VERSION, "it breaks"),)
    workshop.tell(running, at, S.FINISHED_UNVERIFIED, S.SCRAP)
    with pytest.raises(Conflict) as refused:
        workshop.redo(workshop.show(order.summary.id), copy=1)
    assert refused.value.reason == "version_recalled"


def test_work_that_was_ordered_at_the_moment_of_a_recall_is_stopped_by_the_sweeper(workshop: Workshop) -> None:
    order = workshop.ready_order()
    workshop.write(lambda c: c.execute(sa.update(versions).values(recalled_at=workshop.now, recall_reason="it breaks")))
    stopped, topics = workshop.write(lambda c: recalls.stop_recalled(c, workshop.now))
    assert stopped == 1
    assert order_topic(order.summary.id) in topics
    job = workshop.show(order.summary.id).jobs[0]
    assert (job.state, job.reason) == (JobState.CANCELLED, "recalled for safety: it breaks")
    assert workshop.write(lambda c: recalls.stop_recalled(c, workshop.now))[0] == 0


def test_only_those_who_maintain_a_design_or_an_administrator_recall_it_and_once(workshop: Workshop) -> None:
    workshop.ready_order()
    with pytest.raises(Forbidden):
        recall(workshop, workshop.member("mallory"))
    assert recall(workshop, workshop.member("warden", admin=True)).stopped == 1
    with pytest.raises(Conflict) as refused:
        recall(workshop, workshop.ada)
    assert refused.value.reason == "recalled"
