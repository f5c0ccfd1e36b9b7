"""The hand-out: claims, leases and permits. One transaction each; the decisions are in registry.core.attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.moves import keep
from registry.actions.nodes import MachineNow, NodeIdentity, note_machines
from registry.actions.story import Story
from registry.core import attempts as rules
from registry.core.attempts import Command, Refusal
from registry.core.dispatch import Timing
from registry.errors import Conflict, NotFound
from registry.store import handout
from registry.store import nodes as node_store
from registry.store import orders as store
from registry.store.handout import KeptAttempt, KeptJob


@dataclass(frozen=True)
class Beat:
    """The answer to a heartbeat."""

    held: frozenset[str]
    """Attempts whose lease the agent still has."""
    commands: tuple[tuple[str, Command], ...]
    orders: frozenset[str]
    """Orders whose parts are on these machines: their pages show the progress."""


@dataclass(frozen=True)
class Granted:
    """Leave to start once."""

    permit: str
    attempt: str
    valid_seconds: float


def beat(
    connection: sa.Connection,
    node: NodeIdentity,
    machines: Sequence[MachineNow],
    leases: Sequence[tuple[str, int]],
    *,
    timing: Timing,
    now: datetime,
) -> Beat:
    """Keep how the machines are, prolong the leases that still hold, and tell the agent what is asked of it."""
    node_store.lock_node(connection, node.id)
    note_machines(connection, node, machines, now)
    held = handout.renew_leases(connection, node.id, dict(leases), now + timing.lease)
    shown = handout.attempts_seen(connection, [one.attempt for one in machines if one.attempt is not None])
    orders = frozenset(at.order for at in shown.values() if at.node == node.id)
    return Beat(frozenset(held), tuple(handout.commands_for(connection, node.id)), orders)


def permit(
    connection: sa.Connection,
    node: NodeIdentity,
    attempt: str,
    epoch: int,
    gcode_sha256: str,
    *,
    permit_id: str,
    timing: Timing,
    now: datetime,
) -> tuple[Granted, frozenset[str]]:
    """Leave to start, for so long, with the topics to notify. Asked again while it is valid, the same permit.

    Raises Conflict when refused, NotFound when the attempt is not this agent's.
    """
    job, at = _locked(connection, node, attempt)
    outcome = rules.permit(job.job, at.attempt, epoch)
    if isinstance(outcome, Refusal):
        raise Conflict(outcome.words, code=outcome.code, attempt=attempt)
    _refuse_recalled(connection, job, attempt)
    if at.permit is not None and at.permit_until is not None and now < at.permit_until:
        if at.gcode_sha256 != gcode_sha256:
            raise Conflict(
                "leave was given for other G-code: wait until that permit has expired, then ask again",
                code="other_gcode", attempt=attempt, gcode_sha256=at.gcode_sha256,
            )  # fmt: skip
        left = min(at.permit_until - now, timing.permit)  # also when the clock was set back
        return Granted(at.permit, attempt, left.total_seconds()), frozenset()
    story = Story(connection, now)
    keep(
        story, job, outcome, at,
        permit=permit_id, permit_until=now + timing.permit, gcode_sha256=gcode_sha256, lease_until=now + timing.lease,
    )  # fmt: skip
    story.tell(job.order, "attempt.permitted", job=job.job.id, attempt=attempt)
    return Granted(permit_id, attempt, timing.permit.total_seconds()), story.finish()


def _refuse_recalled(connection: sa.Connection, job: KeptJob, attempt: str) -> None:
    order = store.order_by_id(connection, job.order)
    if order is not None and order["recalled_at"] is not None:
        raise Conflict(f"{order['version']} was recalled for safety: do not make it", code="recalled", attempt=attempt)


def _locked(connection: sa.Connection, node: NodeIdentity, attempt: str) -> tuple[KeptJob, KeptAttempt]:
    """The attempt and its job, locked in the order that everybody keeps."""
    node_store.lock_node(connection, node.id)
    seen = handout.attempts_seen(connection, [attempt]).get(attempt)
    if seen is None or seen.node != node.id:
        raise NotFound(f"this agent has no attempt {attempt[:80]!r}", code="unknown_attempt", attempt=attempt[:80])
    job = handout.lock_jobs(connection, [seen.job])[seen.job]
    return job, handout.lock_attempts(connection, [attempt])[attempt]
