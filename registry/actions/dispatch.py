"""Leases and permits: what keeps an attempt in its agent's hands, and what lets it start. One transaction each.

The decisions are in registry.core.attempts and registry.core.plates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.actions.moves import keep
from registry.actions.nodes import MachineNow, NodeIdentity, note_machines
from registry.actions.recalls import recalls_of
from registry.actions.story import Story
from registry.core.attempts import Command, Refusal
from registry.core.dispatch import Timing
from registry.core.plates import permit_plate
from registry.errors import Conflict, NotFound
from registry.store import handout, plates
from registry.store import nodes as node_store
from registry.store import orders as store
from registry.store.handout import KeptAttempt, KeptJob
from registry.store.plates import Copy


@dataclass(frozen=True)
class Beat:
    """The answer to a heartbeat."""

    held: frozenset[str]
    """Attempts whose lease the agent still has."""
    commands: tuple[tuple[str, Command], ...]
    orders: frozenset[str]
    """Orders whose parts are on these machines: their pages show the progress."""
    recalls: tuple[tuple[str, str, str], ...] = ()
    """Attempts on these machines that make a recalled version, which one, and why it was recalled."""


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
    held = plates.renew_leases(connection, node.id, dict(leases), now + timing.lease)
    shown = handout.attempts_seen(connection, [one.attempt for one in machines if one.attempt is not None])
    orders = frozenset(at.order for at in shown.values() if at.node == node.id)
    mine = [id_ for id_, at in shown.items() if at.node == node.id]
    return Beat(
        frozenset(held),
        tuple(plates.commands_for(connection, node.id)),
        orders,
        recalls_of(connection, mine),
    )


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

    A plate starts with all its copies or not at all. Raises Conflict when refused, NotFound when the attempt is not
    this agent's.
    """
    copies = _locked(connection, node, attempt)
    job, at = copies[0]
    outcomes = permit_plate([(one.job, its.attempt) for one, its in copies], epoch)
    if isinstance(outcomes, Refusal):
        raise Conflict(outcomes.words, code=outcomes.code, attempt=attempt)
    _refuse_recalled(connection, job, attempt)
    if at.permit is not None and at.permit_until is not None and now < at.permit_until:
        return _given_before(at, gcode_sha256, timing, now), frozenset()
    story = Story(connection, now)
    for (one, its), outcome in zip(copies, outcomes, strict=True):
        keep(
            story, one, outcome, its,
            permit=permit_id, permit_until=now + timing.permit, gcode_sha256=gcode_sha256,
            lease_until=now + timing.lease,
        )  # fmt: skip
        story.tell(one.order, "attempt.permitted", job=one.job.id, attempt=its.attempt.id)
    return Granted(permit_id, attempt, timing.permit.total_seconds()), story.finish()


def _given_before(at: KeptAttempt, gcode_sha256: str, timing: Timing, now: datetime) -> Granted:
    """The permit that is valid still. Raises Conflict when it is for other G-code."""
    assert at.permit is not None, "the caller has looked"
    assert at.permit_until is not None, "it comes with the permit"
    if at.gcode_sha256 != gcode_sha256:
        raise Conflict(
            "leave was given for other G-code: wait until that permit has expired, then ask again",
            code="other_gcode", attempt=at.attempt.id, gcode_sha256=at.gcode_sha256,
        )  # fmt: skip
    left = min(at.permit_until - now, timing.permit)  # also when the clock was set back
    return Granted(at.permit, at.attempt.id, left.total_seconds())


def _refuse_recalled(connection: sa.Connection, job: KeptJob, attempt: str) -> None:
    order = store.order_by_id(connection, job.order)
    if order is not None and order["recalled_at"] is not None:
        raise Conflict(f"{order['version']} was recalled for safety: do not make it", code="recalled", attempt=attempt)


def _locked(connection: sa.Connection, node: NodeIdentity, attempt: str) -> list[Copy]:
    """What the agent knows as this attempt: its copies with their jobs, the one of that name first. Locked in the order
    that everybody keeps.
    """
    node_store.lock_node(connection, node.id)
    seen = plates.with_companions(connection, [attempt])
    known = seen.get(attempt)
    if known is None or known.at.node != node.id or known.known_as != attempt:
        raise NotFound(f"this agent has no attempt {attempt[:80]!r}", code="unknown_attempt", attempt=attempt[:80])
    return plates.lock_plates(connection, seen)[attempt]
