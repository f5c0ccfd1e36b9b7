"""Queries of webhooks and of their outbox."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from registry.store.tables.hooks import deliveries, hooks
from registry.store.tables.members import members
from registry.store.tables.recording import log
from registry.store.upsert import insert_if_new


def add_hook(connection: sa.Connection, **values: object) -> None:
    connection.execute(sa.insert(hooks).values(values))


def hook_by_id(connection: sa.Connection, hook: str) -> sa.RowMapping | None:
    query = sa.select(hooks, members.c.name.label("maker")).join(members, members.c.id == hooks.c.made_by)
    return connection.execute(query.where(hooks.c.id == hook)).mappings().one_or_none()


def hooks_of(connection: sa.Connection, namespaces: Collection[str]) -> list[sa.RowMapping]:
    """The hooks of these namespaces, newest first."""
    query = (
        sa.select(hooks, members.c.name.label("maker"))
        .join(members, members.c.id == hooks.c.made_by)
        .where(hooks.c.namespace.in_(list(namespaces)))
        .order_by(hooks.c.made_at.desc(), hooks.c.id)
    )
    return list(connection.execute(query).mappings())


def change_hook(connection: sa.Connection, hook: str, **values: object) -> None:
    connection.execute(sa.update(hooks).where(hooks.c.id == hook).values(values))


def remove_hook(connection: sa.Connection, hook: str) -> None:
    """Delete it with all its deliveries."""
    connection.execute(sa.delete(deliveries).where(deliveries.c.hook_id == hook))
    connection.execute(sa.delete(hooks).where(hooks.c.id == hook))


def _behind(last: int, most_waiting: int) -> sa.ColumnElement[bool]:
    held = (
        sa.select(sa.func.count())
        .where(deliveries.c.hook_id == hooks.c.id, deliveries.c.state == sa.literal_column("'waiting'"))
        .scalar_subquery()
    )
    return sa.and_(hooks.c.paused_at.is_(None), hooks.c.sequence < last, held < most_waiting)


def hooks_behind(connection: sa.Connection, last: int, *, most_waiting: int, limit: int) -> list[sa.RowMapping]:
    """Hooks that are to look at more of the log and have room in their outbox, the furthest behind first, locked
    against other processes.
    """
    query = (
        sa.select(hooks)
        .where(_behind(last, most_waiting))
        .order_by(hooks.c.sequence, hooks.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(connection.execute(query).mappings())


def waiting(connection: sa.Connection, hook: str) -> int:
    """How many deliveries of a hook wait."""
    query = sa.select(sa.func.count()).where(deliveries.c.hook_id == hook, deliveries.c.state == "waiting")
    return connection.execute(query).scalar_one()


def add_deliveries(connection: sa.Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Put these into the outbox; what is there already stays."""
    insert_if_new(connection, deliveries, rows)


def wake_hook(connection: sa.Connection, hook: str, at: datetime) -> None:
    """Something waits: send from now on, unless the next try is to come later anyway."""
    idle = sa.and_(hooks.c.id == hook, hooks.c.next_at.is_(None))
    connection.execute(sa.update(hooks).where(idle).values(next_at=at))


def is_due(connection: sa.Connection, now: datetime) -> bool:
    """Whether something is to be sent now, by whomever."""
    free = sa.or_(hooks.c.lease_until.is_(None), hooks.c.lease_until < now)
    query = sa.exists().where(hooks.c.next_at <= now, hooks.c.paused_at.is_(None), free).select()
    return bool(connection.execute(query).scalar_one())


def is_behind(connection: sa.Connection, last: int, *, most_waiting: int) -> bool:
    """Whether a hook is to look at more of the log."""
    return bool(connection.execute(sa.exists().where(_behind(last, most_waiting)).select()).scalar_one())


def take_hook(connection: sa.Connection, worker: str, now: datetime, lease: timedelta) -> sa.RowMapping | None:
    """A hook for which something is to be sent now, for this worker alone until its lease runs out; None: none is due.

    `now` is the database's clock, by which leases are given.
    """
    free = sa.or_(hooks.c.lease_until.is_(None), hooks.c.lease_until < now)
    due = (
        sa.select(hooks.c.id)
        .where(hooks.c.next_at <= now, hooks.c.paused_at.is_(None), free)
        .order_by(hooks.c.next_at, hooks.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    hook = connection.execute(due).scalar_one_or_none()
    if hook is None:
        return None
    taken = sa.update(hooks).where(hooks.c.id == hook).values(worker=worker, lease_until=now + lease).returning(hooks)
    return connection.execute(taken).mappings().one()


def next_delivery(connection: sa.Connection, hook: str) -> sa.RowMapping | None:
    """What is to be sent next: tests first, then in the order of the log."""
    query = (
        sa.select(deliveries, log.c.kind, log.c.subject, log.c.actor, log.c.data, log.c.at)
        .outerjoin(log, log.c.sequence == deliveries.c.sequence)
        .where(deliveries.c.hook_id == hook, deliveries.c.state == "waiting")
        .order_by(sa.func.coalesce(deliveries.c.sequence, 0), deliveries.c.id)
        .limit(1)
    )
    return connection.execute(query).mappings().one_or_none()


def change_delivery(connection: sa.Connection, delivery: str, **values: object) -> None:
    connection.execute(sa.update(deliveries).where(deliveries.c.id == delivery).values(values))


def free_hook(connection: sa.Connection, hook: str, worker: str, values: Mapping[str, object]) -> bool:
    """Let go of a hook and note how it goes on; False, and nothing written, when it is no longer this worker's."""
    held = sa.and_(hooks.c.id == hook, hooks.c.worker == worker)
    freed = sa.update(hooks).where(held).values({**values, "worker": None, "lease_until": None})
    return connection.execute(freed).rowcount == 1


def deliveries_of(
    connection: sa.Connection, hook: str, *, states: Sequence[str], before: datetime | None, limit: int
) -> list[sa.RowMapping]:
    """What was sent to a hook and is to be, with what it is about, newest first."""
    query = (
        sa.select(deliveries, log.c.kind, log.c.subject)
        .outerjoin(log, log.c.sequence == deliveries.c.sequence)
        .where(deliveries.c.hook_id == hook)
        .order_by(deliveries.c.made_at.desc(), sa.func.coalesce(deliveries.c.sequence, 0).desc(), deliveries.c.id)
        .limit(limit)
    )
    if states:
        query = query.where(deliveries.c.state.in_(list(states)))
    if before is not None:
        query = query.where(deliveries.c.made_at < before)
    return list(connection.execute(query).mappings())


def delivery_by_id(connection: sa.Connection, hook: str, delivery: str) -> sa.RowMapping | None:
    query = sa.select(deliveries).where(deliveries.c.hook_id == hook, deliveries.c.id == delivery)
    return connection.execute(query).mappings().one_or_none()


def forget_delivered(connection: sa.Connection, before: datetime, limit: int) -> int:
    """Forget what was delivered long ago; how many those were."""
    old = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.state == "delivered", deliveries.c.made_at < before)
        .order_by(deliveries.c.made_at)
        .limit(limit)
    )
    found = list(connection.execute(old).scalars())
    connection.execute(sa.delete(deliveries).where(deliveries.c.id.in_(found)))
    return len(found)
