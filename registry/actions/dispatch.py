"""The hand-out: claims, leases and permits. One transaction each; the decisions are in registry.core.attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from designs.digest import Digest, parse_digest
from designs.manifest import Manifest, PrintSettings
from registry.actions.machines import capability
from registry.actions.moves import keep, keep_job
from registry.actions.nodes import MachineNow, NodeIdentity, note_machines
from registry.actions.story import Story
from registry.core import attempts as rules
from registry.core.attempts import Command, Outcome, Refusal
from registry.core.dispatch import Timing
from registry.core.matching import Capability
from registry.errors import Conflict, Invalid, NotFound
from registry.ids import AttemptId
from registry.store import facilities as facility_store
from registry.store import handout
from registry.store import nodes as node_store
from registry.store import orders as store
from registry.store.builds import artifacts_of
from registry.store.handout import KeptAttempt, KeptJob

MODELS = ("model.3mf", "model.stl", "model.step")
"""What an agent gets of a build: meshes to slice, and the exact form."""


@dataclass(frozen=True)
class Artifact:
    name: str
    sha256: Digest
    size: int


@dataclass(frozen=True)
class HandedOut:
    """A job in an agent's hands."""

    job: str
    attempt: str
    epoch: int
    lease_seconds: float
    machine: str
    """The agent's key of the machine."""
    order: str
    design: str
    """namespace/name@version"""
    snapshot: Digest
    recipe: Digest
    artifacts: tuple[Artifact, ...]
    material: str
    colour: str | None
    print: PrintSettings
    note: str


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


def is_work_waiting(connection: sa.Connection, node: NodeIdentity, key: str, machines: Sequence[str]) -> bool:
    """Whether a claim would be answered with a job now: a look without locks, so that waiting costs no writes."""
    if handout.answered_claim(connection, node.id, key) is not None:
        return True
    return any(handout.queued_job(connection, can, take=False) for _, _, can in _free(connection, node, machines))


def claim(
    connection: sa.Connection,
    node: NodeIdentity,
    key: str,
    machines: Sequence[str],
    *,
    attempt: AttemptId,
    timing: Timing,
    now: datetime,
) -> tuple[HandedOut | None, frozenset[str]]:
    """Hand out the next job that one of the agent's free machines can make, with the topics to notify.

    The same idempotency key gets the same attempt again, and its lease is prolonged if it still has one. The first
    lease is short: the agent's heartbeat makes it a whole one.
    """
    node_store.lock_node(connection, node.id)
    answered = handout.answered_claim(connection, node.id, key)
    if answered is not None:
        found = handout.attempts_seen(connection, [answered])[answered]
        handout.renew_leases(connection, node.id, {answered: found.attempt.epoch}, now + timing.first_lease)
        return _handed_out(connection, found, timing), frozenset()
    for machine, machine_key, can in _free(connection, node, machines):
        taken = handout.queued_job(connection, can, take=True)
        if taken is not None:
            story = Story(connection, now)
            fresh = _hand_over(story, node, taken, machine, attempt=attempt, timing=timing)
            handout.add_claim(connection, node.id, key, attempt)
            story.tell(fresh.order, "attempt.claimed", job=taken, attempt=attempt, words=machine_key)
            return _handed_out(connection, fresh, timing), story.finish()
    return None, frozenset()


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


def _free(connection: sa.Connection, node: NodeIdentity, machines: Sequence[str]) -> list[tuple[str, str, Capability]]:
    """The named machines that no attempt holds: id, key, and what each can make; equal ones are listed once."""
    rows = {row["key"]: row for row in node_store.machines_offered(connection, node.id, machines)}
    unknown = sorted(set(machines) - set(rows))
    if unknown:
        raise Invalid(
            f"this agent has announced no machine {unknown[0]!r}: announce its machines first",
            code="unknown_machine", value=unknown[0],
        )  # fmt: skip
    busy = handout.machines_in_use(connection, [row["id"] for row in rows.values()])
    runners = frozenset(facility_store.runners_of(connection, [node.facility]).get(node.facility, {}))
    free = []
    seen = set()
    for key in machines:
        can = capability(rows[key], runners)
        if rows[key]["id"] not in busy and can not in seen:
            seen.add(can)
            free.append((rows[key]["id"], key, can))
    return free


def _hand_over(
    story: Story, node: NodeIdentity, taken: str, machine: str, *, attempt: AttemptId, timing: Timing
) -> KeptAttempt:
    job = handout.lock_jobs(story.connection, [taken])[taken]
    outcome = rules.claim(job.job, attempt)
    assert isinstance(outcome, Outcome), "the job was locked while it was queued"
    assert outcome.attempt is not None
    handout.add_attempt(
        story.connection,
        outcome.attempt,
        job_id=taken,
        order_id=job.order,
        node_id=node.id,
        machine_id=machine,
        facility_id=node.facility,
        lease_until=story.now + timing.first_lease,
        claimed_at=story.now,
    )
    keep_job(story, job, outcome.job)
    return handout.attempts_seen(story.connection, [attempt])[attempt]


def _handed_out(connection: sa.Connection, at: KeptAttempt, timing: Timing) -> HandedOut:
    order = store.order_by_id(connection, at.order)
    machine = node_store.machine_shown(connection, at.machine)
    assert order is not None, "a foreign key holds it"
    assert machine is not None, "a foreign key holds it"
    artifacts = tuple(
        Artifact(row["name"], parse_digest(row["sha256"]), row["size"])
        for row in artifacts_of(connection, order["build_id"])
        if row["name"] in MODELS and row["state"] == "done"
    )
    return HandedOut(
        job=at.job,
        attempt=at.attempt.id,
        epoch=at.attempt.epoch,
        lease_seconds=timing.first_lease.total_seconds(),
        machine=machine["key"],
        order=at.order,
        design=order["version"],
        snapshot=order["snapshot"],
        recipe=order["build_id"],
        artifacts=artifacts,
        material=order["material"],
        colour=order["colour"],
        print=Manifest.from_json(order["manifest"]).print,
        note=order["note"],
    )
