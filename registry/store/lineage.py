"""Queries of the lineage."""

from collections.abc import Collection

import sqlalchemy as sa

from registry.ids import DesignId
from registry.store.tables.designs import designs, edges, versions
from registry.store.tables.lineage import families
from registry.store.tables.members import members

_LINEAGE_LOCK = 0x6C696E65
"""Key of PostgreSQL's advisory lock under which families grow and join: "line" in ASCII."""


def lock_lineage(connection: sa.Connection) -> None:
    """Let families be joined and extended by one transaction at a time (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LINEAGE_LOCK)))


def families_of_design(connection: sa.Connection, design: DesignId) -> list[str]:
    """The families to which a design's versions belong: one, unless somebody published an unrelated start anew."""
    own = sa.select(versions.c.family).where(versions.c.design_id == design)
    query = sa.select(families.c.root).where(families.c.name.in_(own)).distinct()
    return sorted(connection.execute(query).scalars())


def size_of(connection: sa.Connection, roots: Collection[str], *, most: int) -> int:
    """How many versions these families have; counting ends at `most`."""
    found = sa.select(versions.c.id).where(_in_families(roots)).limit(most).subquery()
    size: int = connection.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()
    return size


def _in_families(roots: Collection[str]) -> sa.ColumnElement[bool]:
    return versions.c.family.in_(sa.select(families.c.name).where(families.c.root.in_(sorted(roots))))


def edges_of(connection: sa.Connection, roots: Collection[str]) -> list[sa.RowMapping]:
    """All edges whose child is in one of these families; a parent that is only used may be outside."""
    query = (
        sa.select(edges.c.child_id, edges.c.parent_id, edges.c.kind)
        .join_from(edges, versions, versions.c.id == edges.c.child_id)
        .where(_in_families(roots))
        .order_by(edges.c.child_id, edges.c.parent_id, edges.c.kind)
    )
    return list(connection.execute(query).mappings())


def nodes_of(connection: sa.Connection, roots: Collection[str]) -> list[sa.RowMapping]:
    """All versions of these families and those that they use, oldest first."""
    member_ids = sa.select(versions.c.id).where(_in_families(roots))
    used = sa.select(edges.c.parent_id).where(edges.c.child_id.in_(member_ids))
    query = (
        sa.select(
            versions.c.id,
            versions.c.version,
            versions.c.licence,
            versions.c.published_at,
            versions.c.yanked_at,
            versions.c.recalled_at,
            designs.c.namespace,
            designs.c.name,
            designs.c.title,
            (designs.c.latest_id == versions.c.id).label("latest"),
            members.c.name.label("publisher"),
        )
        .join_from(versions, designs, designs.c.id == versions.c.design_id)
        .join(members, members.c.id == versions.c.published_by)
        .where(sa.or_(_in_families(roots), versions.c.id.in_(used)))
        .order_by(versions.c.published_at, versions.c.id)
    )
    return list(connection.execute(query).mappings())
