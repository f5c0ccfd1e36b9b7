"""Queries of the hand-out: which job a machine takes, and jobs and attempts locked for a decision.

Locks are always taken in the same order (agent, jobs by id, attempts by id), so that no two transactions wait for
each other. SQLite has one writer, to which FOR UPDATE says nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from registry.core.attempts import BEFORE_START, HOLDING, SETTLED, Attempt, AttemptState, Command, Job, JobState
from registry.core.matching import FIT_TOLERANCE_MM, Access, Capability, normal
from registry.store.tables.orders import attempts, claims, jobs


@dataclass(frozen=True)
class KeptJob:
    """A job as it stands, and where it belongs."""

    job: Job
    order: str
    copy: int
    member: str


@dataclass(frozen=True)
class KeptAttempt:
    """An attempt as it stands, where it happens, and the times that decide about it."""

    attempt: Attempt
    job: str
    order: str
    node: str
    machine: str
    facility: str
    lease_until: datetime
    permit: str | None
    permit_until: datetime | None
    gcode_sha256: str | None
    print_seconds: float
    """How long the slicer says that the print takes; 0 when it is not known."""
    started_at: datetime | None
    ended_at: datetime | None


def queued_job(connection: sa.Connection, machine: Capability, *, take: bool) -> str | None:
    """The job that this machine should make next: the first of the queue that it can make.

    `take` locks it until the end of the transaction and passes over those that others are just taking. The conditions
    are those of `registry.core.matching.match`, in SQL.
    """
    query = (
        sa.select(jobs.c.id)
        .where(jobs.c.state == JobState.QUEUED, *_can_make(machine))
        .order_by(jobs.c.priority.desc(), jobs.c.queued_at, jobs.c.id)
        .limit(1)
    )
    if take:
        query = query.with_for_update(skip_locked=True)
    return connection.execute(query).scalar_one_or_none()


def _can_make(machine: Capability) -> tuple[sa.ColumnElement[bool], ...]:
    narrow, wide = sorted((machine.envelope.x, machine.envelope.y))
    colours: dict[str, set[str]] = {}
    for loaded in machine.materials:
        there = colours.setdefault(normal(loaded.material), set())
        if loaded.colour is not None:
            there.add(normal(loaded.colour))
    by_material = [
        sa.and_(jobs.c.material == material, sa.or_(jobs.c.colour.is_(None), jobs.c.colour.in_(sorted(there))))
        for material, there in sorted(colours.items())
    ]
    conditions: list[sa.ColumnElement[bool]] = [
        jobs.c.process == machine.process,
        jobs.c.material.in_(sorted(colours)),
        sa.or_(*by_material) if by_material else sa.false(),
        jobs.c.short_mm <= narrow + FIT_TOLERANCE_MM,
        jobs.c.long_mm <= wide + FIT_TOLERANCE_MM,
        jobs.c.high_mm <= machine.envelope.z + FIT_TOLERANCE_MM,
        sa.or_(jobs.c.facility_id.is_(None), jobs.c.facility_id == machine.facility),
    ]
    if machine.nozzle_mm is not None:
        fine = jobs.c.nozzle_mm + FIT_TOLERANCE_MM >= machine.nozzle_mm
        conditions.append(sa.or_(jobs.c.nozzle_mm.is_(None), fine))
    if machine.access is not Access.PUBLIC:
        conditions.append(jobs.c.member_id.in_(sorted(machine.runners)))
    return tuple(conditions)


def answered_claim(connection: sa.Connection, node: str, key: str) -> str | None:
    """The attempt that was handed out under this idempotency key."""
    query = sa.select(claims.c.attempt_id).where(claims.c.node_id == node, claims.c.key == key)
    return connection.execute(query).scalar_one_or_none()


def add_claim(connection: sa.Connection, node: str, key: str, attempt: str) -> None:
    connection.execute(sa.insert(claims).values(node_id=node, key=key, attempt_id=attempt))


def machines_in_use(connection: sa.Connection, machines: Iterable[str]) -> set[str]:
    """Those of these machines that an attempt holds."""
    query = sa.select(attempts.c.machine_id).where(
        attempts.c.machine_id.in_(list(machines)), attempts.c.ended_at.is_(None), attempts.c.state.in_(sorted(HOLDING))
    )
    return set(connection.execute(query).scalars())


def lock_jobs(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, KeptJob]:
    """These jobs, locked until the end of the transaction."""
    query = sa.select(jobs).where(jobs.c.id.in_(sorted(set(wanted)))).order_by(jobs.c.id).with_for_update()
    return {row["id"]: kept_job(row) for row in connection.execute(query).mappings()}


def lock_jobs_of_order(connection: sa.Connection, order: str) -> dict[str, KeptJob]:
    """All copies of an order, locked until the end of the transaction."""
    query = sa.select(jobs).where(jobs.c.order_id == order).order_by(jobs.c.id).with_for_update()
    return {row["id"]: kept_job(row) for row in connection.execute(query).mappings()}


def lock_attempts(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, KeptAttempt]:
    """These attempts, locked until the end of the transaction. Their jobs are locked before."""
    query = sa.select(attempts).where(attempts.c.id.in_(sorted(set(wanted)))).order_by(attempts.c.id).with_for_update()
    return {row["id"]: kept_attempt(row) for row in connection.execute(query).mappings()}


def attempts_seen(connection: sa.Connection, wanted: Iterable[str]) -> dict[str, KeptAttempt]:
    """These attempts as they stand, without a lock."""
    query = sa.select(attempts).where(attempts.c.id.in_(sorted(set(wanted))))
    return {row["id"]: kept_attempt(row) for row in connection.execute(query).mappings()}


def overdue_attempts(
    connection: sa.Connection, now: datetime, silent_since: datetime, limit: int
) -> dict[str, KeptAttempt]:
    """Attempts that may be overdue: before a start since now, after one since `silent_since`."""
    before = sa.and_(attempts.c.state.in_(sorted(BEFORE_START)), ~attempts.c.permitted, attempts.c.lease_until <= now)
    after = sa.and_(attempts.c.state.in_(sorted(HOLDING)), attempts.c.lease_until <= silent_since)
    query = (
        sa.select(attempts)
        .where(attempts.c.ended_at.is_(None), sa.or_(before, after))
        .order_by(attempts.c.lease_until)
        .limit(limit)
    )
    return {row["id"]: kept_attempt(row) for row in connection.execute(query).mappings()}


def renew_leases(connection: sa.Connection, node: str, held: Mapping[str, int], until: datetime) -> set[str]:
    """Prolong those of these attempts (id → epoch) that are this agent's and still current. Returns their ids."""
    if not held:
        return set()
    current = (
        sa.select(attempts.c.id, attempts.c.epoch)
        .join(jobs, sa.and_(jobs.c.attempt_id == attempts.c.id, jobs.c.epoch == attempts.c.epoch))
        .where(
            attempts.c.id.in_(sorted(held)),
            attempts.c.node_id == node,
            attempts.c.state.not_in(sorted(SETTLED)),
        )
        .order_by(attempts.c.id)
        .with_for_update(of=attempts)
    )
    good = {row.id for row in connection.execute(current) if row.epoch == held[row.id]}
    if good:
        connection.execute(sa.update(attempts).where(attempts.c.id.in_(sorted(good))).values(lease_until=until))
    return good


def commands_for(connection: sa.Connection, node: str) -> list[tuple[str, Command]]:
    """What the agent is asked to do with its running attempts."""
    query = (
        sa.select(attempts.c.id, attempts.c.command)
        .join(jobs, jobs.c.attempt_id == attempts.c.id)
        .where(attempts.c.node_id == node, attempts.c.command.is_not(None))
        .order_by(attempts.c.id)
    )
    return [(attempt, Command(command)) for attempt, command in connection.execute(query)]


def save_job(connection: sa.Connection, job: Job, now: datetime, *, reason: str | None, queued: bool) -> None:
    """Keep a job as decided; `queued` says that it came (back) into the queue."""
    values: dict[str, object] = {
        "state": job.state.value,
        "epoch": job.epoch,
        "attempt_id": job.attempt,
        "cancelling": job.cancelling,
        "failures": job.failures,
        "losses": job.losses,
        "reason": reason,
        "changed_at": now,
    }
    if queued:
        values["queued_at"] = now
    connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(values))


def add_attempt(connection: sa.Connection, attempt: Attempt, **values: object) -> None:
    connection.execute(sa.insert(attempts).values(id=attempt.id, **_attempt_values(attempt), **values))


def save_attempt(connection: sa.Connection, attempt: Attempt, **values: object) -> None:
    """Keep an attempt as decided, with other columns by name."""
    update = sa.update(attempts).where(attempts.c.id == attempt.id)
    connection.execute(update.values(**_attempt_values(attempt), **values))


def kept_job(row: sa.RowMapping) -> KeptJob:
    job = Job(
        id=row["id"],
        state=JobState(row["state"]),
        epoch=row["epoch"],
        attempt=row["attempt_id"],
        cancelling=row["cancelling"],
        failures=row["failures"],
        losses=row["losses"],
    )
    return KeptJob(job, row["order_id"], row["copy"], row["member_id"])


def kept_attempt(row: sa.RowMapping) -> KeptAttempt:
    attempt = Attempt(
        id=row["id"],
        epoch=row["epoch"],
        state=AttemptState(row["state"]),
        permitted=row["permitted"],
        last_sequence=row["last_sequence"],
        command=None if row["command"] is None else Command(row["command"]),
        extra=None if row["extra"] is None else AttemptState(row["extra"]),
    )
    return KeptAttempt(
        attempt=attempt,
        job=row["job_id"],
        order=row["order_id"],
        node=row["node_id"],
        machine=row["machine_id"],
        facility=row["facility_id"],
        lease_until=row["lease_until"],
        permit=row["permit"],
        permit_until=row["permit_until"],
        gcode_sha256=row["gcode_sha256"],
        print_seconds=float((row["figures"] or {}).get("print_seconds") or 0),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )


def _attempt_values(attempt: Attempt) -> dict[str, object]:
    return {
        "epoch": attempt.epoch,
        "state": attempt.state.value,
        "permitted": attempt.permitted,
        "last_sequence": attempt.last_sequence,
        "command": None if attempt.command is None else attempt.command.value,
        "extra": None if attempt.extra is None else attempt.extra.value,
    }
