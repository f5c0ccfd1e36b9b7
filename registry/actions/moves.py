"""Keeping what the transition table decided, and telling of it: the one way by which a job or attempt changes."""

from collections import Counter
from dataclasses import replace

from registry.actions.story import Story, queue_topic
from registry.core.attempts import BEFORE_START, SETTLED, Attempt, AttemptState, Job, JobState, Outcome
from registry.core.matching import Access
from registry.errors import Fact
from registry.store import facilities as facility_store
from registry.store import handout
from registry.store import orders as store
from registry.store.handout import KeptAttempt, KeptJob

_TOLD_TO_ALL = {
    AttemptState.PRINTING: "attempt.started",
    AttemptState.GOOD: "attempt.good",
    AttemptState.SCRAP: "attempt.scrap",
    AttemptState.FAILED: "attempt.failed",
    AttemptState.UNCERTAIN: "attempt.uncertain",
}
"""What the public log says of an attempt: once each."""


def keep(
    story: Story,
    before: KeptJob,
    outcome: Outcome,
    at: KeptAttempt | None,
    *,
    reason: str | None = None,
    **values: object,
) -> KeptJob:
    """Save an outcome with further columns of the attempt, tell of what changed, and wake whom it concerns."""
    if at is not None and outcome.attempt is not None:
        _keep_attempt(story, at, outcome.attempt, reason, values)
    return keep_job(story, before, outcome.job, reason=reason)


def keep_job(story: Story, before: KeptJob, job: Job, *, reason: str | None = None) -> KeptJob:
    """Save a job, and tell when it came into another state."""
    kept = replace(before, job=job)
    if job == before.job:
        return kept
    queued = job.state is JobState.QUEUED and before.job.state is not JobState.QUEUED
    handout.save_job(story.connection, job, story.now, reason=reason, queued=queued)
    if job.state is not before.job.state:
        story.tell(before.order, f"job.{job.state.value}", job=job.id, attempt=job.attempt, words=reason)
    if queued:
        story.wake(queue_topic(before.queue))
    if job.state is JobState.DONE:
        _tell_when_complete(story, before.order)
    return kept


def _keep_attempt(story: Story, at: KeptAttempt, after: Attempt, reason: str | None, values: dict[str, object]) -> None:
    began = after.state not in BEFORE_START | {AttemptState.LOST, AttemptState.CANCELLED, AttemptState.FAILED}
    if began and at.started_at is None:
        values["started_at"] = story.now
    if after.state in SETTLED and at.ended_at is None:
        values["ended_at"] = story.now
    if reason is not None or after.state is not at.attempt.state:
        values["reason"] = reason  # a reason is that of a state: what held the last one up is over
    if after == at.attempt and not values:
        return
    handout.save_attempt(story.connection, after, **values)
    if after.state is at.attempt.state:
        return
    story.tell(at.order, f"attempt.{after.state.value}", job=at.job, attempt=after.id, words=reason)
    kind = _TOLD_TO_ALL.get(after.state)
    goes_on = after.state is AttemptState.PRINTING and at.attempt.state in {AttemptState.PAUSED, AttemptState.UNCERTAIN}
    if kind is not None and not goes_on:
        story.publish(kind, at.order, "registry", _about(story, at))


def _about(story: Story, at: KeptAttempt) -> dict[str, Fact]:
    order = store.order_by_id(story.connection, at.order)
    place = facility_store.facility_by_id(story.connection, at.facility)
    assert order is not None, "a foreign key holds it"
    data: dict[str, Fact] = {"version": order["version"], "attempt": at.attempt.id}
    if place is not None and Access(place["access"]) is not Access.PRIVATE:
        data["facility"] = place["slug"]
    return data


def _tell_when_complete(story: Story, order: str) -> None:
    counts = Counter(store.tallies(story.connection, [order]).get(order, {}))
    if counts[JobState.DONE] == counts.total():
        found = store.order_by_id(story.connection, order)
        assert found is not None, "its jobs are there"
        story.tell(order, "order.done")
        story.publish("order.done", order, "registry", {"version": found["version"], "quantity": counts.total()})
