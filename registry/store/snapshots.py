"""Queries of the pictures that agents took of their machines when a print began, ended or failed."""

import sqlalchemy as sa

from registry.store.tables.orders import attempts, snapshots
from registry.store.upsert import insert_if_new


def owner_of(connection: sa.Connection, attempt: str) -> sa.RowMapping | None:
    """Whose attempt it is: node_id and order_id."""
    query = sa.select(attempts.c.node_id, attempts.c.order_id).where(attempts.c.id == attempt)
    return connection.execute(query).mappings().one_or_none()


def add_snapshot(connection: sa.Connection, **values: object) -> None:
    """The first of each attempt and moment is kept."""
    insert_if_new(connection, snapshots, [values])


def snapshots_of_order(connection: sa.Connection, order: str) -> list[sa.RowMapping]:
    """With the job that each shows: one of a plate shows every copy on it. In the order in which they were taken."""
    shows = sa.or_(attempts.c.id == snapshots.c.attempt_id, attempts.c.plate == snapshots.c.attempt_id)
    query = (
        sa.select(snapshots.c.attempt_id, snapshots.c.moment, snapshots.c.taken_at, attempts.c.job_id)
        .join(attempts, shows)
        .where(attempts.c.order_id == order)
        .order_by(snapshots.c.taken_at, snapshots.c.moment)
    )
    return list(connection.execute(query).mappings())


def snapshot_of(connection: sa.Connection, order: str, attempt: str, moment: str) -> str | None:
    """The digest of one picture of an order."""
    query = (
        sa.select(snapshots.c.sha256)
        .join(attempts, attempts.c.id == snapshots.c.attempt_id)
        .where(attempts.c.order_id == order, snapshots.c.attempt_id == attempt, snapshots.c.moment == moment)
    )
    return connection.execute(query).scalar_one_or_none()
