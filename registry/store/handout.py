"""Queries of the hand-out: what claims offer and are answered with, and jobs and attempts locked for a decision.

Locks are always taken in the same order (agent, jobs by id, attempts by id), so that no two transactions wait for
each other; a claim passes over agents and jobs that are locked. SQLite has one writer, to which FOR UPDATE says
nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from registry.core.attempts import BEFORE_START, HOLDING, Attempt, AttemptState, Command, Job, JobState
from registry.core.handing_out import ANYWHERE, Queue
from registry.store.designs import full_name
from registry.store.nodes import shown_machines
from registry.store.records import Row, among, as_text, insert_rows, records, update_rows
from registry.store.tables.builds import build_artifacts
from registry.store.tables.designs import designs, versions
from registry.store.tables.facilities import machines
from registry.store.tables.orders import attempts, claims, jobs, orders


@dataclass(frozen=True)
class KeptJob:
    """A job as it stands, and where it belongs."""

    job: Job
    order: str
    copy: int
    member: str
    queue: Queue
    """Where it waits when it is queued."""


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


def answered_claims(connection: sa.Connection, asked: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The attempts that were handed out under these idempotency keys, each with its agent."""
    rows = [{"node_id": node, "key": key} for node, key in asked]
    found = connection.execute(_answered(connection.dialect.name), {"asked": as_text(rows)})
    return {(node, key): attempt for node, key, attempt in found.all()}


@cache
def _answered(dialect: str) -> sa.Select[str, str, str]:
    asked = records(dialect, "asked", node_id=sa.Text(), key=sa.Text())
    same = sa.and_(claims.c.node_id == asked.c.node_id, claims.c.key == asked.c.key)
    return sa.select(claims.c.node_id, claims.c.key, claims.c.attempt_id).join(asked, same)


def offered_machines(connection: sa.Connection, offered: Iterable[tuple[str, str]]) -> list[sa.RowMapping]:
    """Those of these machines (agent, key) that are announced now, and by `in_use` whether an attempt holds them."""
    rows = [{"node_id": node, "key": key} for node, key in offered]
    found = connection.execute(_offered(connection.dialect.name), {"offered": as_text(rows)})
    return list(found.mappings().all())


@cache
def _offered(dialect: str) -> sa.Select[tuple[object, ...]]:
    offered = records(dialect, "offered", node_id=sa.Text(), key=sa.Text())
    same = sa.and_(machines.c.node_id == offered.c.node_id, machines.c.key == offered.c.key)
    holds = sa.exists().where(
        attempts.c.machine_id == machines.c.id,
        attempts.c.ended_at.is_(None),
        attempts.c.state.in_([sa.literal_column(f"'{state}'") for state in sorted(HOLDING)]),
    )
    return (
        shown_machines().add_columns(holds.label("in_use")).join(offered, same).where(machines.c.withdrawn_at.is_(None))
    )


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


def save_job(connection: sa.Connection, job: Job, now: datetime, *, reason: str | None, queued: bool) -> None:
    """Keep a job as decided; `queued` says that it came (back) into the queue."""
    values: dict[str, object] = {**_job_values(job), "reason": reason, "changed_at": now}
    if queued:
        values["queued_at"] = now
    connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(values))


def hand_over(
    connection: sa.Connection,
    taken: Iterable[tuple[Job, Attempt]],
    rows: Sequence[Row],
    keys: Sequence[Row],
    now: datetime,
) -> None:
    """Keep that these jobs were taken: how they stand, their new attempts (`rows` has their further columns), and the
    idempotency keys that were answered with them.
    """
    taken = list(taken)
    changed = [{"id": job.id, **_job_values(job), "reason": None, "changed_at": now} for job, _ in taken]
    update_rows(connection, jobs, changed)
    fresh = [
        {"id": attempt.id, **_attempt_values(attempt), **row} for (_, attempt), row in zip(taken, rows, strict=True)
    ]
    insert_rows(connection, attempts, fresh)
    insert_rows(connection, claims, keys)


def attempts_to_tell(connection: sa.Connection, wanted: Iterable[str]) -> list[sa.RowMapping]:
    """These attempts with all that their agents are told, in no certain order."""
    query = (
        sa.select(
            attempts.c.id,
            attempts.c.job_id,
            attempts.c.order_id,
            attempts.c.epoch,
            attempts.c.plate,
            machines.c.key.label("machine_key"),
            machines.c.x_mm,
            machines.c.y_mm,
            machines.c.z_mm,
            jobs.c.asks,
            jobs.c.process,
            jobs.c.thickness_mm,
            orders.c.build_id,
            orders.c.material,
            orders.c.colour,
            orders.c.note,
            full_name(designs, versions).label("version"),
            versions.c.snapshot,
            versions.c.manifest["print"].label("print"),
        )
        .join(machines, machines.c.id == attempts.c.machine_id)
        .join(jobs, jobs.c.id == attempts.c.job_id)
        .join(orders, orders.c.id == attempts.c.order_id)
        .join(versions, versions.c.id == orders.c.version_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .where(among(connection, attempts.c.id, wanted))
    )
    return list(connection.execute(query).mappings().all())


def files_of_builds(
    connection: sa.Connection, wanted: Iterable[str], names: Iterable[str]
) -> dict[str, list[tuple[str, str, int]]]:
    """Which of these files there are of these builds: name, digest and size, by name."""
    query = (
        sa.select(build_artifacts.c.build_id, build_artifacts.c.name, build_artifacts.c.sha256, build_artifacts.c.size)
        .where(
            among(connection, build_artifacts.c.build_id, wanted),
            among(connection, build_artifacts.c.name, names),
            build_artifacts.c.state == "done",
        )
        .order_by(build_artifacts.c.build_id, build_artifacts.c.name)
    )
    found: dict[str, list[tuple[str, str, int]]] = {}
    for build, name, sha256, size in connection.execute(query).all():
        found.setdefault(build, []).append((name, sha256, size))
    return found


def plates_of(connection: sa.Connection, primaries: Iterable[str]) -> dict[str, int]:
    """How many copies are made under each of these attempts, where it is more than one."""
    query = sa.select(attempts.c.plate, sa.func.count()).where(among(connection, attempts.c.plate, primaries))
    return {plate: copies for plate, copies in connection.execute(query.group_by(attempts.c.plate)) if copies > 1}


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
    queue = Queue(row["process"], row["material"], row["facility_id"] or ANYWHERE)
    return KeptJob(job, row["order_id"], row["copy"], row["member_id"], queue)


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


def _job_values(job: Job) -> dict[str, object]:
    return {
        "state": job.state.value,
        "epoch": job.epoch,
        "attempt_id": job.attempt,
        "cancelling": job.cancelling,
        "failures": job.failures,
        "losses": job.losses,
    }


def _attempt_values(attempt: Attempt) -> dict[str, object]:
    return {
        "epoch": attempt.epoch,
        "state": attempt.state.value,
        "permitted": attempt.permitted,
        "last_sequence": attempt.last_sequence,
        "command": None if attempt.command is None else attempt.command.value,
        "extra": None if attempt.extra is None else attempt.extra.value,
    }
