"""Queries of what happened, for what is missing: how copies came out, and which orders wait for a machine."""

from datetime import datetime

import sqlalchemy as sa

from registry.core.attempts import AttemptState, JobState
from registry.store.tables.designs import designs, versions
from registry.store.tables.orders import attempts, jobs, orders
from registry.store.tables.proposals import proposals

_OPEN_PROPOSAL = ("open", "changes_requested")
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


def waiting_proposals(connection: sa.Connection, quiet_since: datetime, limit: int) -> list[sa.RowMapping]:
    """Proposals that are open and unchanged since then, with their target's name, the ones that wait longest first."""
    query = (
        sa.select(proposals, (designs.c.namespace + "/" + designs.c.name).label("target"))
        .join(designs, designs.c.id == proposals.c.target_id)
        .where(proposals.c.state.in_(_OPEN_PROPOSAL), proposals.c.changed_at < quiet_since)
        .order_by(proposals.c.changed_at, proposals.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def proposal_states(connection: sa.Connection, wanted: list[str]) -> dict[str, tuple[str, datetime]]:
    """The state of each of these proposals, and when it changed last."""
    query = sa.select(proposals.c.id, proposals.c.state, proposals.c.changed_at).where(proposals.c.id.in_(wanted))
    return {row.id: (row.state, row.changed_at) for row in connection.execute(query)}


def has_proposal(connection: sa.Connection, proposal: str) -> bool:
    """Whether there is a proposal of this id."""
    return bool(connection.execute(sa.exists().where(proposals.c.id == proposal).select()).scalar_one())
