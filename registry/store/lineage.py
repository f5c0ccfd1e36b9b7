"""Queries of the lineage: families as a whole, walks along its edges, and the releases of a design since another."""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from designs.snapshot import ParentKind
from registry.ids import DesignId, VersionId
from registry.store.tables.designs import designs, edges, versions
from registry.store.tables.lineage import families
from registry.store.tables.members import members

_LINEAGE_LOCK = 0x6C696E65
"""Key of PostgreSQL's advisory lock under which families grow and join: "line" in ASCII."""
_AT_ONCE = 400
"""Values that one statement compares with."""


def lock_lineage(connection: sa.Connection) -> None:
    """Let families be joined and extended by one transaction at a time (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LINEAGE_LOCK)))


def families_of_design(connection: sa.Connection, design: DesignId) -> list[str]:
    """The families to which a design's versions belong: one, unless somebody published an unrelated start anew."""
    own = sa.select(versions.c.family).where(versions.c.design_id == design)
    query = sa.select(families.c.root).where(families.c.name.in_(own)).distinct()
    return sorted(connection.execute(query).scalars())


def members_of(connection: sa.Connection, roots: Collection[str], *, most: int) -> list[VersionId]:
    """The versions of these families, at most so many."""
    names = sa.select(families.c.name).where(families.c.root.in_(sorted(roots)))
    query = sa.select(versions.c.id).where(versions.c.family.in_(names)).limit(most)
    return list(connection.execute(query).scalars())


def edges_into(connection: sa.Connection, children: Collection[VersionId]) -> list[sa.RowMapping]:
    """All edges of these versions to what they come from and use."""
    found: list[sa.RowMapping] = []
    for part in _parts(children):
        found += connection.execute(sa.select(edges).where(edges.c.child_id.in_(part))).mappings()
    return sorted(found, key=lambda row: (row["child_id"], row["parent_id"], row["kind"]))


def nodes_named(connection: sa.Connection, wanted: Collection[VersionId]) -> list[sa.RowMapping]:
    """These versions with what is shown of them, oldest first."""
    found: list[sa.RowMapping] = []
    for part in _parts(wanted):
        found += connection.execute(_NODES, {"wanted": part}).mappings()
    return sorted(found, key=lambda row: (row["published_at"], row["id"]))


_NODES = (
    sa.select(
        versions.c.id,
        versions.c.version,
        versions.c.licence,
        versions.c.published_at,
        versions.c.yanked_at,
        versions.c.recalled_at,
        versions.c.design_id,
        designs.c.namespace,
        designs.c.name,
        designs.c.title,
        (designs.c.latest_id == versions.c.id).label("latest"),
        members.c.name.label("publisher"),
    )
    .join_from(versions, designs, designs.c.id == versions.c.design_id)
    .join(members, members.c.id == versions.c.published_by)
    .where(versions.c.id.in_(sa.bindparam("wanted", expanding=True)))
)


def _walk(here: str, there: str) -> sa.Select[str, str, str]:
    """Edges from a version onwards, nearest first. No edge comes twice, so that it ends in any graph.

    The kinds stand in every row that is reached, as the first and the last of their alphabet. A constant would let
    SQLite build a Bloom filter over all edges before the first step: 6 ms at 100,000 versions, 60 at a million.
    """
    start, first, last = (sa.bindparam(name, type_=sa.Text) for name in ("start", "first", "last"))
    begin = sa.select(
        edges.c[here].label("near"),
        edges.c[there].label("far"),
        edges.c.kind,
        sa.cast(first, sa.Text).label("first"),
        sa.cast(last, sa.Text).label("last"),
    ).where(edges.c[here] == start, edges.c.kind.between(first, last))
    reached = begin.cte("reached", recursive=True)
    onwards = sa.select(edges.c[here], edges.c[there], edges.c.kind, reached.c.first, reached.c.last).join_from(
        reached, edges, edges.c[here] == reached.c.far
    )
    reached = reached.union(onwards.where(edges.c.kind.between(reached.c.first, reached.c.last)))
    return sa.select(reached.c.near, reached.c.far, reached.c.kind).limit(sa.bindparam("most"))


_UP, _DOWN = _walk("child_id", "parent_id"), _walk("parent_id", "child_id")


def walk_up(
    connection: sa.Connection, start: VersionId, kinds: Collection[ParentKind], *, most: int
) -> list[tuple[VersionId, VersionId, str]]:
    """Edges into the past of a version as (child, parent, kind), nearest first. No other kind stands between these."""
    return _walked(connection, _UP, start, kinds, most)


def walk_down(
    connection: sa.Connection, start: VersionId, kinds: Collection[ParentKind], *, most: int
) -> list[tuple[VersionId, VersionId, str]]:
    """Edges to what came of a version as (parent, child, kind), nearest first. No other kind stands between these."""
    return _walked(connection, _DOWN, start, kinds, most)


def _walked(
    connection: sa.Connection,
    query: sa.Select[str, str, str],
    start: VersionId,
    kinds: Collection[ParentKind],
    most: int,
) -> list[tuple[VersionId, VersionId, str]]:
    named = {"start": start, "first": min(kinds).value, "last": max(kinds).value, "most": most}
    return [(VersionId(near), VersionId(far), kind) for near, far, kind in connection.execute(query, named)]


_RELEASED = sa.select(
    versions.c.id,
    versions.c.version,
    versions.c.changelog,
    versions.c.published_at,
    sa.func.coalesce(versions.c.recall_reason, versions.c.yank_reason).label("withdrawn"),
    versions.c.recalled_at.is_not(None).label("recalled"),
)
_SINCE = (
    _RELEASED.where(versions.c.design_id == sa.bindparam("design"), versions.c.published_at > sa.bindparam("since"))
    .where(versions.c.yanked_at.is_(None), versions.c.recalled_at.is_(None))
    .order_by(versions.c.published_at.desc())
    .limit(sa.bindparam("most"))
)
_BY_ID = _RELEASED.where(versions.c.id.in_(sa.bindparam("wanted", expanding=True)))


def releases_since(connection: sa.Connection, design: DesignId, since: datetime, *, most: int) -> list[sa.RowMapping]:
    """What a design has published after a moment and not withdrawn, the newest first."""
    return list(connection.execute(_SINCE, {"design": design, "since": since, "most": most}).mappings())


def releases_named(connection: sa.Connection, wanted: Collection[VersionId]) -> list[sa.RowMapping]:
    """These versions as releases: number, moment, and why they were withdrawn, if they were."""
    return list(connection.execute(_BY_ID, {"wanted": sorted(wanted)}).mappings())


def first_version_of(connection: sa.Connection, design: DesignId) -> VersionId:
    """The oldest version of a design."""
    query = (
        sa.select(versions.c.id)
        .where(versions.c.design_id == design)
        .order_by(versions.c.published_at, versions.c.id)
        .limit(1)
    )
    return VersionId(connection.execute(query).scalar_one())


def origin_of(connection: sa.Connection, design: DesignId) -> sa.RowMapping | None:
    """The version from which a design was forked: its id and its design's; None for a design that is no fork."""
    query = (
        sa.select(versions.c.id, versions.c.design_id, designs.c.latest_id, designs.c.namespace, designs.c.name)
        .join_from(versions, designs, designs.c.id == versions.c.design_id)
        .where(versions.c.id == sa.select(designs.c.origin_id).where(designs.c.id == design).scalar_subquery())
    )
    return connection.execute(query).mappings().one_or_none()


def _parts(values: Iterable[VersionId]) -> Iterable[list[VersionId]]:
    listed = sorted(values)
    return (listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE))
