"""Queries of licences along the lineage, and of what members gave to the commons."""

from collections.abc import Collection

import sqlalchemy as sa

from registry.ids import MemberId, VersionId
from registry.store.designs import full_name
from registry.store.tables.designs import designs, edges, versions
from registry.store.tables.licences import licence_bonds
from registry.store.tables.members import members

_merging, _merging_design = versions.alias("merging"), designs.alias("merging_design")


def bonds_of_versions(connection: sa.Connection, ids: Collection[VersionId]) -> list[sa.RowMapping]:
    """By what these versions are bound: version_id, source_id, used."""
    query = sa.select(licence_bonds).where(licence_bonds.c.version_id.in_(sorted(ids)))
    return list(connection.execute(query.order_by(licence_bonds.c.version_id, licence_bonds.c.source_id)).mappings())


def add_bonds(connection: sa.Connection, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(sa.insert(licence_bonds), rows)


def sources(connection: sa.Connection, ids: Collection[VersionId]) -> dict[VersionId, sa.RowMapping]:
    """Of these versions: id, name in full, namespace, licence, published_by."""
    query = (
        sa.select(
            versions.c.id,
            full_name(designs, versions).label("version"),
            designs.c.namespace,
            versions.c.licence,
            versions.c.published_by,
        )
        .join_from(versions, designs)
        .where(versions.c.id.in_(sorted(ids)))
    )
    return {VersionId(row["id"]): row for row in connection.execute(query).mappings()}


def accepted_from(connection: sa.Connection, member: MemberId, most: int) -> list[sa.RowMapping]:
    """Versions of a member that somebody else merged into a version of theirs, the newest first; none withdrawn.

    version, licence, merged_into.
    """
    query = (
        sa.select(
            full_name(designs, versions).label("version"),
            versions.c.licence,
            sa.func.min(full_name(_merging_design, _merging)).label("merged_into"),
        )
        .join_from(versions, designs, designs.c.id == versions.c.design_id)
        .join(edges, sa.and_(edges.c.parent_id == versions.c.id, edges.c.kind == "merges"))
        .join(_merging, _merging.c.id == edges.c.child_id)
        .join(_merging_design, _merging_design.c.id == _merging.c.design_id)
        .where(
            versions.c.published_by == member,
            _merging.c.published_by != member,
            *(table.c[when].is_(None) for table in (versions, _merging) for when in ("yanked_at", "recalled_at")),
        )
        .group_by(versions.c.id, designs.c.namespace, designs.c.name, versions.c.version, versions.c.licence)
        .order_by(sa.func.max(_merging.c.published_at).desc(), versions.c.id)
        .limit(most)
    )
    return list(connection.execute(query).mappings())


def reached_from(connection: sa.Connection, version: VersionId, most: int) -> list[sa.RowMapping]:
    """What a version comes from and uses, directly or not, and itself; counting ends at `most`.

    id, version, licence, manifest, changelog, published_at, publisher, hidden_reason (of its design).
    """
    reached = sa.select(sa.literal(version).label("id")).cte("reached", recursive=True)
    reached = reached.union(sa.select(edges.c.parent_id).join_from(edges, reached, edges.c.child_id == reached.c.id))
    few = sa.select(reached.c.id).limit(most).subquery()
    query = (
        sa.select(
            versions.c.id,
            full_name(designs, versions).label("version"),
            versions.c.licence,
            versions.c.manifest,
            versions.c.changelog,
            versions.c.published_at,
            designs.c.hidden_reason,
            members.c.name.label("publisher"),
        )
        .join_from(few, versions, versions.c.id == few.c.id)
        .join(designs, designs.c.id == versions.c.design_id)
        .join(members, members.c.id == versions.c.published_by)
    )
    return list(connection.execute(query).mappings())


def edges_above(connection: sa.Connection, ids: Collection[VersionId]) -> list[sa.RowMapping]:
    """The edges of which these versions are the children."""
    query = sa.select(edges).where(edges.c.child_id.in_(sorted(ids)))
    return list(connection.execute(query.order_by(edges.c.child_id, edges.c.kind, edges.c.parent_id)).mappings())
