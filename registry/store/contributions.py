"""Queries of what members made in designs that others publish."""

import sqlalchemy as sa

from registry.store.designs import full_name
from registry.store.tables.designs import designs, versions
from registry.store.tables.proposals import version_contributors


def contributions_of(connection: sa.Connection, member: str, limit: int) -> list[sa.RowMapping]:
    """Versions that hold something of a member's without being published by them, the newest first."""
    query = (
        sa.select(full_name(designs, versions).label("version"), designs.c.title, versions.c.published_at)
        .join(versions, versions.c.id == version_contributors.c.version_id)
        .join(designs, designs.c.id == versions.c.design_id)
        .where(version_contributors.c.member_id == member)
        .order_by(versions.c.published_at.desc(), versions.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())
