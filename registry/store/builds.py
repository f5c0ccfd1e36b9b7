"""Queries of builds: the cache, the queue and the progress record in one table."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.ids import BuildId
from registry.store.clock import database_now
from registry.store.tables.builds import build_artifacts, builds
from registry.store.upsert import insert_if_new


def build_by_id(connection: sa.Connection, build: BuildId) -> sa.RowMapping | None:
    return connection.execute(sa.select(builds).where(builds.c.id == build)).mappings().one_or_none()


def artifacts_of(connection: sa.Connection, build: BuildId) -> list[sa.RowMapping]:
    """What a build gave, by name."""
    query = sa.select(build_artifacts).where(build_artifacts.c.build_id == build).order_by(build_artifacts.c.name)
    return list(connection.execute(query).mappings())


def add_build_if_new(connection: sa.Connection, values: Mapping[str, object]) -> bool:
    """Queue a build unless one of this recipe is there already; True when it is a new one."""
    return insert_if_new(connection, builds, [values]) == 1


def queue_again(connection: sa.Connection, build: BuildId, now: datetime) -> None:
    """Give a failed build another chance."""
    connection.execute(
        sa.update(builds)
        .where(builds.c.id == build, builds.c.state == "failed")
        .values(state="queued", stage="queued", progress=0, tries=0, error=None, requested_at=now, finished_at=None)
    )


def mark_awaited(connection: sa.Connection, build: BuildId, now: datetime) -> None:
    """Somebody waits for this build now: it goes before those that are made ahead of any need."""
    waiting = sa.and_(builds.c.id == build, builds.c.state == "queued", builds.c.awaited_at.is_(None))
    connection.execute(sa.update(builds).where(waiting).values(awaited_at=now))


def count_waiting(connection: sa.Connection) -> int:
    """How many builds are queued."""
    query = sa.select(sa.func.count()).select_from(builds).where(builds.c.state == "queued")
    waiting: int = connection.execute(query).scalar_one()
    return waiting


def take_next(connection: sa.Connection, worker: str, lease: timedelta) -> sa.RowMapping | None:
    """Give a queued build, or one whose worker has gone silent, to this worker: awaited ones first, oldest first."""
    now = database_now(connection)
    waiting = sa.or_(builds.c.state == "queued", sa.and_(builds.c.state == "running", builds.c.lease_until < now))
    oldest = (
        sa.select(builds.c.id)
        .where(waiting)
        .order_by(builds.c.awaited_at.is_(None), builds.c.awaited_at, builds.c.requested_at, builds.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    chosen = connection.execute(oldest).scalar_one_or_none()
    if chosen is None:
        return None
    values = {
        "state": "running",
        "stage": "starting",
        "progress": 0.0,
        "tries": builds.c.tries + 1,
        "worker": worker,
        "lease_until": now + lease,
        "started_at": now,
    }
    taken = sa.update(builds).where(builds.c.id == chosen).values(values).returning(builds)
    return connection.execute(taken).mappings().one()


def _held(build: BuildId, worker: str) -> sa.ColumnElement[bool]:
    return sa.and_(builds.c.id == build, builds.c.state == "running", builds.c.worker == worker)


def note_progress(
    connection: sa.Connection, build: BuildId, worker: str, *, stage: str, progress: float, lease: timedelta
) -> bool:
    """Renew the lease and say how far the build is; False when it is no longer this worker's."""
    until = database_now(connection) + lease
    change = sa.update(builds).where(_held(build, worker)).values(stage=stage, progress=progress, lease_until=until)
    return connection.execute(change).rowcount == 1


def finish(
    connection: sa.Connection,
    build: BuildId,
    worker: str,
    values: Mapping[str, object],
    artifacts: Sequence[Mapping[str, object]],
) -> bool:
    """Write how a build ended; False, and nothing written, when it is no longer this worker's."""
    now = database_now(connection)
    ended = {**values, "worker": None, "lease_until": None, "finished_at": now}
    if connection.execute(sa.update(builds).where(_held(build, worker)).values(ended)).rowcount != 1:
        return False
    if artifacts:
        connection.execute(sa.insert(build_artifacts), list(artifacts))
    return True


def queue_back(connection: sa.Connection, worker: str) -> int:
    """Queue again whatever the workers are at whose names begin so: they stop, or have died."""
    change = (
        sa.update(builds)
        .where(builds.c.state == "running", builds.c.worker.startswith(worker, autoescape=True))
        .values(state="queued", stage="queued", progress=0, worker=None, lease_until=None, tries=builds.c.tries - 1)
    )
    return connection.execute(change).rowcount


def make_takeable(connection: sa.Connection, worker: str) -> None:
    """End the leases of a worker that is dead: the tries that it made still count."""
    now = database_now(connection)
    held = sa.and_(builds.c.state == "running", builds.c.worker == worker)
    connection.execute(sa.update(builds).where(held).values(lease_until=now - timedelta(seconds=1)))


def busy_workers(connection: sa.Connection) -> list[str]:
    """Who is at a build."""
    query = sa.select(builds.c.worker).where(builds.c.state == "running", builds.c.worker.is_not(None)).distinct()
    return list(connection.execute(query).scalars())
