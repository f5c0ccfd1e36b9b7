"""What follows by itself: jobs come into the queue when their geometry is built, and time runs out for attempts."""

from datetime import datetime

import sqlalchemy as sa

from designs.making import made_from
from designs.manifest import Manifest
from designs.print_settings import PROCESSES
from registry.actions.builds import (
    ArtifactState,
    BuildState,
    BuildView,
    has_error_finding,
    read_build,
    request_artifacts,
)
from registry.actions.built_parts import BuiltPart, built_part
from registry.actions.moves import keep, keep_job
from registry.actions.story import Story
from registry.core import attempts as rules
from registry.core.asking import Asks
from registry.core.builds import NO_LIMITS, REGISTRY, Asker, KeptFor
from registry.core.dispatch import Overdue, Timing, overdue
from registry.core.lying import as_drawn, bounds
from registry.core.turns import turns
from registry.ids import BuildId
from registry.store import handout, plates
from registry.store import orders as store
from registry.store.handout import KeptJob
from registry.store.standings import give_turns, standings

ORDERED_FILES = {process: made_from(process) for process in PROCESSES}
"""Process → what its machines make a part from: an order waits for it."""
AT_ONCE = 100
"""Rows of one sweep: a long backlog is worked off in several transactions, between which others get their turn."""


def settle_orders_of(
    connection: sa.Connection, build: BuildId, now: datetime, *, seen: BuildView | None = None
) -> frozenset[str]:
    """Release the jobs that wait for a build and the file that their machines need, or give them up, where these are
    over. `seen` is the build as this transaction has read it. Returns the topics to notify.
    """
    story = Story(connection, now)
    _settle(story, seen or read_build(connection, build))
    return story.finish()


def sweep(connection: sa.Connection, timing: Timing, now: datetime) -> tuple[int, frozenset[str]]:
    """One bounded round over everything that is overdue: how much was found, and the topics to notify."""
    story = Story(connection, now)
    builds = [BuildId(build) for build in store.builds_to_settle(connection, ORDERED_FILES, AT_ONCE)]
    for build in builds:
        _settle(story, read_build(connection, build))
    late = _expire(story, timing)
    return len(builds) + late, story.finish()


def _settle(story: Story, build: BuildView) -> None:
    process = store.process_of_build(story.connection, build.id)
    if process is None:
        return
    failure = _failure(build, ORDERED_FILES[process])
    if failure is None and not _is_ready(story, build, ORDERED_FILES[process]):
        return
    waiting = handout.lock_jobs(story.connection, store.jobs_waiting_for(story.connection, build.id, AT_ONCE * 10))
    orders: dict[str, list[KeptJob]] = {}
    for job in waiting.values():
        orders.setdefault(job.order, []).append(job)
    for order, jobs in orders.items():
        found = store.order_by_id(story.connection, order)
        assert found is not None, "a foreign key holds it"
        part = None if failure else _part(story, build, found)
        if part is None:
            reason = failure or "the build does not say how large the part is"
            store.change_order(story.connection, order, reason=reason)
            for job in jobs:
                keep_job(story, job, rules.give_up(job.job), reason=reason)
        else:
            _release(story, jobs, part)


def _part(story: Story, build: BuildView, order: sa.RowMapping) -> BuiltPart | None:
    manifest = Manifest.from_json(order["manifest"])
    return built_part(story.connection, build, manifest, Asks.from_json(order["asks"]), order["material"])


def _release(story: Story, jobs: list[KeptJob], part: BuiltPart) -> None:
    """Into the queue, each copy in its turn, with what machines and the hand-out must know of the part."""
    short, long, high = bounds(part.asks.ways or (as_drawn(part.size),))
    store.note_part(
        story.connection,
        [job.job.id for job in jobs],
        short_mm=short,
        long_mm=long,
        high_mm=high,
        thickness_mm=part.thickness_mm,
        asks=part.asks.to_json() if part.asks.judged else None,
        about_seconds=part.asks.estimate.seconds,
    )
    queue = jobs[0].queue
    given = turns(jobs[0].member, len(jobs), standings(story.connection, queue.process, queue.material))
    inorder = sorted(jobs, key=lambda job: job.copy)
    give_turns(story.connection, {job.job.id: turn for job, turn in zip(inorder, given, strict=True)})
    for job in inorder:
        keep_job(story, job, rules.release(job.job))


def _is_ready(story: Story, build: BuildView, name: str) -> bool:
    """Whether there is all that a machine needs. Where an order waits and nobody has asked for the file, it is asked
    for now.
    """
    file = build.artifact(name)
    if file.state is ArtifactState.ABSENT and store.jobs_waiting_for(story.connection, build.id, 1):
        asker = Asker(REGISTRY)
        request_artifacts(
            story.connection, build.id, [name], story.now, asker=asker, kept_for=KeptFor.ORDER, limits=NO_LIMITS
        )
        story.wake("builds")
    return build.state is BuildState.DONE and file.state is ArtifactState.DONE


def _failure(build: BuildView, name: str) -> str | None:
    if build.state is BuildState.FAILED:
        told = build.error
        return "the geometry could not be built" + (f": {told.message}" if told is not None else "")
    file = build.artifact(name)
    if file.state in {ArtifactState.WITHHELD, ArtifactState.FAILED}:
        return f"there is no {name} to make it from: {file.reason}"
    if not has_error_finding(build):
        return None
    findings = build.findings if isinstance(build.findings, list) else []
    errors = [one for one in findings if isinstance(one, dict) and one.get("severity") == "error"]
    return "the built part cannot be made: " + "; ".join(str(one.get("message")) for one in errors)


def _expire(story: Story, timing: Timing) -> int:
    """Whole plates, for their copies have their leases together."""
    plates.shorten_leases(story.connection, story.now + timing.lease)
    late = handout.overdue_attempts(story.connection, story.now, story.now - timing.silence, AT_ONCE)
    found = plates.lock_plates(story.connection, plates.with_companions(story.connection, late))
    expired = 0
    for job, at in (copy for copies in found.values() for copy in copies):
        verdict = overdue(at.attempt, at.lease_until, at.print_seconds, timing, story.now)
        if verdict is Overdue.LEASE_LOST:
            reason = "its agent was not heard of before the start"
            keep(story, job, rules.lose_lease(job.job, at.attempt), at, reason=reason)
        elif verdict is Overdue.SILENT:
            reason = "nothing was heard of the print for very long: somebody must look at the machine"
            keep(story, job, rules.fall_silent(job.job, at.attempt), at, reason=reason)
        expired += verdict is not Overdue.NOT
    return expired
