"""Queries of all that is a member's: for the copy that they take with them."""

import sqlalchemy as sa

from registry.store.designs import full_name
from registry.store.tables.designs import designs, version_files, versions
from registry.store.tables.members import namespaces
from registry.store.tables.orders import attempts, jobs, orders
from registry.store.tables.recording import log


def versions_to_take(connection: sa.Connection, member: str) -> list[sa.RowMapping]:
    """The versions in the member's own namespaces, and those that they published elsewhere; by name."""
    own = sa.and_(namespaces.c.owner_id == member, namespaces.c.group_id.is_(None))
    query = (
        sa.select(versions, full_name(designs, versions).label("name"))
        .join(designs, designs.c.id == versions.c.design_id)
        .join(namespaces, namespaces.c.name == designs.c.namespace)
        .where(sa.or_(own, versions.c.published_by == member))
        .order_by(designs.c.namespace, designs.c.name, versions.c.published_at, versions.c.id)
    )
    return list(connection.execute(query).mappings())


def files_to_take(connection: sa.Connection, version: str) -> list[sa.RowMapping]:
    """Path and digest of each file of a version."""
    query = sa.select(version_files).where(version_files.c.version_id == version).order_by(version_files.c.path)
    return list(connection.execute(query).mappings())


def orders_to_take(connection: sa.Connection, member: str) -> list[sa.RowMapping]:
    """All orders of a member, the oldest first."""
    query = (
        sa.select(orders, full_name(designs, versions).label("version"))
        .join(versions, versions.c.id == orders.c.version_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .where(orders.c.member_id == member)
        .order_by(orders.c.placed_at, orders.c.id)
    )
    return list(connection.execute(query).mappings())


def copies_to_take(connection: sa.Connection, order: str) -> list[sa.RowMapping]:
    """The copies of an order, with how each stands."""
    query = sa.select(jobs.c.id, jobs.c.copy, jobs.c.state, jobs.c.reason).where(jobs.c.order_id == order)
    return list(connection.execute(query.order_by(jobs.c.copy)).mappings())


def attempts_to_take(connection: sa.Connection, order: str) -> list[sa.RowMapping]:
    """What was tried for an order."""
    columns = (attempts.c.id, attempts.c.job_id, attempts.c.state, attempts.c.claimed_at, attempts.c.ended_at)
    query = sa.select(*columns).where(attempts.c.order_id == order).order_by(attempts.c.claimed_at)
    return list(connection.execute(query).mappings())


def acts_to_take(connection: sa.Connection, name: str, after: int, limit: int) -> list[sa.RowMapping]:
    """What the public log says that a member did, in its order."""
    query = sa.select(log).where(log.c.actor == name, log.c.sequence > after).order_by(log.c.sequence).limit(limit)
    return list(connection.execute(query).mappings())
