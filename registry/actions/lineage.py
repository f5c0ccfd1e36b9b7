"""Where versions come from and what came of them."""

import sqlalchemy as sa

from designs.snapshot import ParentKind
from registry.actions.designs import no_design, read_version
from registry.actions.lineage_views import LineageEdge, LineageNode, LineageView, Relative
from registry.core.lineage import LARGEST, Edge, Lineage
from registry.errors import Invalid, NotFound
from registry.ids import DesignName, NamespaceName, VersionId, VersionName
from registry.store import designs as design_store
from registry.store import lineage as store


def read_lineage(connection: sa.Connection, design: DesignName) -> LineageView:
    """The whole family of a design. Raises NotFound, and Invalid when it is too large for one picture."""
    nodes, edges = _family(connection, design)
    return LineageView(
        tuple(nodes.values()),
        tuple(LineageEdge(str(nodes[edge.child].name), str(nodes[edge.parent].name), edge.kind) for edge in edges),
    )


def read_ancestors(connection: sa.Connection, design: DesignName, version: str) -> tuple[Relative, ...]:
    """What a version comes from, nearest first."""
    start = read_version(connection, design, version).id
    nodes, edges = _family(connection, design)
    found = Lineage(nodes, edges).ancestors(start)
    return tuple(Relative(nodes[node], steps, ParentKind.REVISES) for node, steps in found.items())


def read_descendants(connection: sa.Connection, design: DesignName, version: str) -> tuple[Relative, ...]:
    """What came of a version, nearest first."""
    start = read_version(connection, design, version).id
    nodes, edges = _family(connection, design)
    found = Lineage(nodes, edges).descendants(start)
    return tuple(Relative(nodes[node], steps, ParentKind.REVISES) for node, steps in found.items())


def read_common_ancestors(connection: sa.Connection, one: VersionName, other: VersionName) -> tuple[LineageNode, ...]:
    """The nearest versions from which both come, newest first; none when they are not related."""
    first = read_version(connection, one.design, one.version).id
    second = read_version(connection, other.design, other.version).id
    nodes, edges = _family(connection, one.design)
    if second not in nodes:
        return ()
    found = Lineage(nodes, edges).nearest_common_ancestors(first, second)
    return tuple(node for node in reversed(nodes.values()) if node.id in found)


def merge_bases(connection: sa.Connection, one: VersionId, other: VersionId) -> tuple[VersionId, ...]:
    """The nearest common ancestors of two versions by revisions, forks and merges; a version counts as its own.

    Sorted by id. Empty when the two are not related; several after criss-cross merges. Raises NotFound.
    """
    rows = [design_store.version_by_id(connection, version) for version in (one, other)]
    names = [DesignName(NamespaceName(row["namespace"]), row["name"]) for row in rows if row is not None]
    if len(names) < 2:
        raise NotFound(f"there is no version {one if rows[0] is None else other}", code="no_version")
    nodes, edges = _family(connection, names[0])
    if other not in nodes:
        return ()
    descent = [edge for edge in edges if edge.kind is not ParentKind.USES]
    return tuple(sorted(Lineage(nodes, descent).nearest_common_ancestors(one, other)))


def _family(connection: sa.Connection, design: DesignName) -> tuple[dict[VersionId, LineageNode], list[Edge]]:
    row = design_store.design_by_name(connection, design)
    families = [] if row is None else store.families_of_design(connection, row["id"])
    if not families:
        raise no_design(connection, design)
    size = store.size_of(connection, families, most=LARGEST + 1)
    if size > LARGEST:
        raise Invalid(
            f"the family of {design} has more versions than the {LARGEST} that are handled at once",
            code="family_too_large",
            size=size,
        )
    nodes = {VersionId(found["id"]): _node(found) for found in store.nodes_of(connection, families)}
    edges = [
        Edge(VersionId(edge["child_id"]), VersionId(edge["parent_id"]), ParentKind(edge["kind"]))
        for edge in store.edges_of(connection, families)
    ]
    return nodes, edges


def _node(row: sa.RowMapping) -> LineageNode:
    return LineageNode(
        id=row["id"],
        name=VersionName(DesignName(NamespaceName(row["namespace"]), row["name"]), row["version"]),
        title=row["title"],
        licence=row["licence"],
        published_by=row["publisher"],
        published_at=row["published_at"],
        withdrawn=row["yanked_at"] is not None or row["recalled_at"] is not None,
        latest=row["latest"],
    )
