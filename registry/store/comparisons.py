"""Queries of comparisons: the cache, the queue and the progress record in one table."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.store.clock import database_now
from registry.store.tables.comparisons import comparisons
from registry.store.upsert import insert_if_new

MOST_LOOKED_AT = 1000
"""Rows of the queue that a choice is made among."""


def comparison_by_id(connection: sa.Connection, comparison: str) -> sa.RowMapping | None:
    return connection.execute(sa.select(comparisons).where(comparisons.c.id == comparison)).mappings().one_or_none()


def add_if_new(connection: sa.Connection, values: Mapping[str, object]) -> bool:
    """Queue a comparison unless it is there already; True when it is a new one."""
    return insert_if_new(connection, comparisons, [values]) == 1


def queue_again(connection: sa.Connection, comparison: str, asker: str, now: datetime) -> None:
    """Give one that failed another chance."""
    connection.execute(
        sa.update(comparisons)
        .where(comparisons.c.id == comparison, comparisons.c.state == "failed")
        .values(state="queued", stage="queued", progress=0, tries=0, error=None, asker=asker, requested_at=now)
    )


def want_until(connection: sa.Connection, comparison: str, until: datetime) -> None:
    """Somebody waits for it, if nothing more is heard of them until then."""
    later = sa.and_(comparisons.c.id == comparison, comparisons.c.wanted_until < until)
    connection.execute(sa.update(comparisons).where(later).values(wanted_until=until))


def queued(connection: sa.Connection, now: datetime) -> list[sa.RowMapping]:
    """What can be begun now and is wanted, the oldest first."""
    waiting = sa.or_(
        comparisons.c.state == "queued", sa.and_(comparisons.c.state == "running", comparisons.c.lease_until < now)
    )
    query = sa.select(comparisons.c.id, comparisons.c.asker, comparisons.c.requested_at, comparisons.c.wanted_until)
    wanted = query.where(waiting, comparisons.c.wanted_until > now)
    return list(connection.execute(wanted.order_by(comparisons.c.requested_at).limit(MOST_LOOKED_AT)).mappings())


def queued_by_asker(connection: sa.Connection) -> dict[str, int]:
    """How many of each wait."""
    query = sa.select(comparisons.c.asker, sa.func.count()).where(comparisons.c.state == "queued")
    return dict(iter(connection.execute(query.group_by(comparisons.c.asker))))


def running_by_asker(connection: sa.Connection, now: datetime) -> dict[str, int]:
    """How many of each are being made."""
    running = sa.and_(comparisons.c.state == "running", comparisons.c.lease_until >= now)
    query = sa.select(comparisons.c.asker, sa.func.count()).where(running).group_by(comparisons.c.asker)
    return dict(iter(connection.execute(query)))


def take(connection: sa.Connection, comparison: str, worker: str, lease: timedelta) -> sa.RowMapping | None:
    """Give one to a worker; None when another one was quicker."""
    now = database_now(connection)
    free = sa.or_(
        comparisons.c.state == "queued", sa.and_(comparisons.c.state == "running", comparisons.c.lease_until < now)
    )
    values = {
        "state": "running",
        "stage": "starting",
        "progress": 0.0,
        "tries": comparisons.c.tries + 1,
        "worker": worker,
        "lease_until": now + lease,
    }
    taken = sa.update(comparisons).where(comparisons.c.id == comparison, free).values(values).returning(comparisons)
    return connection.execute(taken).mappings().one_or_none()


def _held(comparison: str, worker: str) -> sa.ColumnElement[bool]:
    return sa.and_(comparisons.c.id == comparison, comparisons.c.state == "running", comparisons.c.worker == worker)


def note_progress(
    connection: sa.Connection, comparison: str, worker: str, *, stage: str, progress: float, lease: timedelta
) -> None:
    """Renew the lease and say how far it is."""
    values = {"stage": stage, "progress": progress, "lease_until": database_now(connection) + lease}
    connection.execute(sa.update(comparisons).where(_held(comparison, worker)).values(values))


def finish(connection: sa.Connection, comparison: str, worker: str, values: Mapping[str, object]) -> bool:
    """Write how it ended; False, and nothing written, when it is no longer this worker's."""
    ended = {**values, "worker": None, "lease_until": None, "finished_at": database_now(connection)}
    return connection.execute(sa.update(comparisons).where(_held(comparison, worker)).values(ended)).rowcount == 1


def put_back(connection: sa.Connection, worker: str) -> None:
    """Queue again what the workers are at whose names begin so: they stop, or have died."""
    held = sa.and_(comparisons.c.state == "running", comparisons.c.worker.startswith(worker, autoescape=True))
    values = {"state": "queued", "stage": "queued", "progress": 0, "worker": None, "lease_until": None}
    connection.execute(sa.update(comparisons).where(held).values(values))


def drop_unwanted(connection: sa.Connection, now: datetime) -> int:
    """Forget what nobody waits for any more and nobody is at."""
    idle = sa.or_(
        comparisons.c.state == "queued", sa.and_(comparisons.c.state == "running", comparisons.c.lease_until < now)
    )
    return connection.execute(sa.delete(comparisons).where(idle, comparisons.c.wanted_until <= now)).rowcount


def busy_workers(connection: sa.Connection) -> list[str]:
    """Who is at one."""
    query = sa.select(comparisons.c.worker).where(comparisons.c.state == "running", comparisons.c.worker.is_not(None))
    return list(connection.execute(query.distinct()).scalars())
