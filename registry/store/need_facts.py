"""Queries of what happened, for what is missing: how copies came out, and which orders wait for a machine."""

from datetime import datetime

import sqlalchemy as sa

from registry.core.attempts import AttemptState, JobState
from registry.store.tables.designs import designs, versions
from registry.store.tables.orders import attempts, jobs, orders

_ENDINGS = (AttemptState.GOOD, AttemptState.SCRAP, AttemptState.FAILED)


def design_name(connection: sa.Connection, design: str) -> str | None:
    """`namespace/name` of a design as it is called now."""
    query = sa.select(designs.c.namespace + "/" + designs.c.name).where(designs.c.id == design)
    return connection.execute(query).scalar_one_or_none()


def endings_of(connection: sa.Connection, version: str, limit: int) -> list[bool]:
    """How the last copies of a version came out, the newest first: True for a good one."""
    query = (
        sa.select(attempts.c.state)
        .join(orders, orders.c.id == attempts.c.order_id)
        .where(orders.c.version_id == version, attempts.c.state.in_(_ENDINGS), attempts.c.ended_at.is_not(None))
        .order_by(attempts.c.ended_at.desc(), attempts.c.id.desc())
        .limit(limit)
    )
    return [state == AttemptState.GOOD for state in connection.execute(query).scalars()]


def orderer_of(connection: sa.Connection, order: str) -> str | None:
    """Who ordered it."""
    return connection.execute(sa.select(orders.c.member_id).where(orders.c.id == order)).scalar_one_or_none()


def waiting_orders(connection: sa.Connection, queued_before: datetime, after: str, limit: int) -> list[str]:
    """Orders of which copies have waited in the queue since then, in the order of their ids, from a place on."""
    query = (
        sa.select(jobs.c.order_id)
        .where(jobs.c.state == sa.literal_column("'queued'"), jobs.c.queued_at < queued_before, jobs.c.order_id > after)
        .distinct()
        .order_by(jobs.c.order_id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def still_waiting(connection: sa.Connection, wanted: list[str]) -> set[str]:
    """Those of these orders of which a copy still waits in the queue."""
    query = sa.select(jobs.c.order_id).where(jobs.c.order_id.in_(wanted), jobs.c.state == JobState.QUEUED).distinct()
    return set(connection.execute(query).scalars())


def design_of_order(connection: sa.Connection, order: str) -> str | None:
    """The id of the design that is ordered."""
    query = (
        sa.select(versions.c.design_id).join(orders, orders.c.version_id == versions.c.id).where(orders.c.id == order)
    )
    return connection.execute(query).scalar_one_or_none()
