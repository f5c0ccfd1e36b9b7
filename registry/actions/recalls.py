"""Recalls: a version that is dangerous is made no more, anywhere, and whoever makes it now is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.actions.design_views import VersionView
from registry.actions.designs import read_version, read_version_by_id
from registry.actions.moves import keep
from registry.actions.publishing import refresh_head
from registry.actions.roles import role_in
from registry.actions.story import Story, node_topic
from registry.core.permissions import ALLOWED, Caller, may_publish_in
from registry.core.recalls import OPEN, Stopped, stop
from registry.errors import Conflict, Fact, Forbidden, NotFound
from registry.ids import VersionId, VersionName
from registry.store import designs as design_store
from registry.store import handout
from registry.store import provenance as store

AT_ONCE = 2000
"""Copies that one transaction stops; the sweeper sees to the rest within seconds."""
LOOK_BACK = timedelta(days=1)
"""How long after a recall the sweeper looks for work that was ordered at the very moment of it."""
MOST_WARNINGS = 10
REASON = "recalled for safety: {}"


@dataclass(frozen=True)
class Recalled:
    """What a recall did at once."""

    version: VersionView
    stopped: int
    """Copies that will not be made."""
    running: int
    """Copies that a machine may have begun: its people decide."""
    topics: frozenset[str]


@dataclass(frozen=True)
class RecalledOrigin:
    """A recalled version that another one comes from."""

    version: str
    reason: str


def recall(connection: sa.Connection, caller: Caller, name: VersionName, reason: str, now: datetime) -> Recalled:
    """Recall a version for safety. For its maintainers, and the registry's administrators.

    What no machine has begun is stopped; a print that runs is not cut, its people are told. Raises NotFound,
    Forbidden, Conflict (recalled already).
    """
    view = read_version(connection, name.design, name.version)
    decision = (
        ALLOWED
        if caller.admin
        else may_publish_in(name.design.namespace, role_in(connection, caller, name.design.namespace))
    )
    if not decision.allowed:
        raise Forbidden(
            f"only those who maintain {name.design} can recall it: tell them, or the registry's administrator",
            code="foreign_namespace", value=str(view.name),
        )  # fmt: skip
    if not store.recall(connection, view.id, reason, now):
        raise Conflict(f"{view.name} was recalled already", code="recalled", value=str(view.name))
    row = design_store.design_by_name(connection, name.design)
    if row is None:
        raise NotFound(f"there is no design {name.design}", value=str(name.design))
    refresh_head(connection, row["id"], now)
    story = Story(connection, now)
    counts = _stop(story, store.jobs_to_stop(connection, _states(), AT_ONCE, version=view.id, since=None))
    data: dict[str, Fact] = {"reason": reason, "stopped": counts[0], "running": counts[1]}
    story.publish("version.recalled", str(view.name), caller.name, data)
    topics = story.finish()
    return Recalled(read_version_by_id(connection, view.id), *counts, topics)


def stop_recalled(connection: sa.Connection, now: datetime) -> tuple[int, frozenset[str]]:
    """One round of the sweeper: work of lately recalled versions that is in the queue still."""
    waiting = [state.value for state in OPEN if state.value != "active"]
    rows = store.jobs_to_stop(connection, waiting, AT_ONCE, version=None, since=now - LOOK_BACK)
    story = Story(connection, now)
    stopped, _ = _stop(story, rows) if rows else (0, 0)
    return stopped, story.finish()


def recalls_of(connection: sa.Connection, attempts: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Those of these attempts that make a recalled version: the attempt, the version and the reason."""
    rows = store.recalls_among(connection, attempts) if attempts else []
    return tuple((row["id"], row["version"], row["reason"]) for row in rows)


def warnings_for(connection: sa.Connection, version: VersionId) -> tuple[RecalledOrigin, ...]:
    """Recalled versions that a version, or what it comes from, forked, merged or used."""
    rows = store.recalled_origins(connection, version, MOST_WARNINGS)
    return tuple(RecalledOrigin(row["version"], row["reason"]) for row in rows)


def _states() -> list[str]:
    return [state.value for state in OPEN]


def _stop(story: Story, rows: Sequence[sa.RowMapping]) -> tuple[int, int]:
    """How many were stopped, and how many run. Locked in the order that everybody keeps: jobs by id, then attempts."""
    reasons = {row["id"]: REASON.format(row["recall_reason"]) for row in rows}
    jobs = handout.lock_jobs(story.connection, reasons)
    current = [job.job.attempt for job in jobs.values() if job.job.attempt]
    attempts = handout.lock_attempts(story.connection, current)
    stopped = running = 0
    for job in jobs.values():
        at = attempts.get(job.job.attempt or "")
        outcome, what = stop(job.job, None if at is None else at.attempt)
        reason = reasons[job.job.id]
        if what is Stopped.ENDED:
            ended = at is not None and outcome.attempt is not None and outcome.attempt.state is not at.attempt.state
            keep(story, job, outcome, at if ended else None, reason=reason)
            stopped += 1
        elif what is Stopped.RUNS:
            words = f"{reason}. It may be running: look at the machine and decide"
            story.tell(job.order, "attempt.recalled", job=job.job.id, attempt=job.job.attempt, words=words)
            running += 1
        if at is not None:
            story.wake(node_topic(at.node))
    return stopped, running
