"""Where versions come from and what came of them."""

from collections.abc import Callable, Collection, Iterable
from functools import partial

import sqlalchemy as sa

from designs.snapshot import ParentKind
from registry.actions.designs import no_design, read_version, read_version_by_id
from registry.actions.lineage_views import (
    Breakage,
    LineageEdge,
    LineageNode,
    LineageView,
    Part,
    Relative,
    RelativesPage,
)
from registry.core.lineage import DESCENT, LARGEST, Reached, reached
from registry.core.lineage_lines import Load, nearest_common
from registry.errors import NotFound
from registry.ids import DesignName, NamespaceName, VersionId, VersionName
from registry.store import designs as design_store
from registry.store import lineage as store
from registry.store import lineage_places as places

MOST_WALKED = 20_000
"""Edges up to which relatives are listed: about 40 ms."""
MOST_CONCERNED = 200
"""Versions that are named when somebody asks what would break."""
USES = frozenset({ParentKind.USES})
FIRST = Part()

_Walk = Callable[..., list[tuple[VersionId, VersionId, str]]]


def read_lineage(connection: sa.Connection, design: DesignName, *, most: int = LARGEST) -> LineageView:
    """The family of a design with what it uses; of a larger one the versions nearest to the design. Raises NotFound."""
    row = design_store.design_by_name(connection, design)
    if row is None or row["latest_id"] is None:
        raise no_design(connection, design)
    roots = store.families_of_design(connection, row["id"])
    ids = set(store.members_of(connection, roots, most=most + 1))
    complete = len(ids) <= most
    if not complete:
        ids = _nearest(connection, VersionId(row["latest_id"]), store.first_version_of(connection, row["id"]), most)
    edges = store.edges_into(connection, ids)
    used = {VersionId(edge["parent_id"]) for edge in edges if edge["kind"] == ParentKind.USES}
    nodes = nodes_by_id(connection, ids | used)
    return LineageView(
        tuple(nodes.values()),
        tuple(
            LineageEdge(str(nodes[edge["child_id"]].name), str(nodes[edge["parent_id"]].name), ParentKind(edge["kind"]))
            for edge in edges
            if edge["parent_id"] in nodes
        ),
        complete,
    )


def _nearest(connection: sa.Connection, latest: VersionId, first: VersionId, most: int) -> set[VersionId]:
    """Of half as many versions each: what the latest one comes from, and what came of the first one."""
    half = most // 2 - 1
    past = store.walk_up(connection, latest, DESCENT, most=half)
    future = store.walk_down(connection, first, DESCENT, most=half)
    return {latest, first, *(far for _, far, _ in past), *(far for _, far, _ in future)}


def ancestors(connection: sa.Connection, version: VersionId, part: Part = FIRST) -> RelativesPage:
    """What a version comes from by revisions, forks and merges, nearest first."""
    return _page(connection, partial(store.walk_up, connection, version, DESCENT), version, part)


def descendants(connection: sa.Connection, version: VersionId, part: Part = FIRST) -> RelativesPage:
    """What came of a version by revisions, forks and merges, nearest first."""
    return _page(connection, partial(store.walk_down, connection, version, DESCENT), version, part)


def users(connection: sa.Connection, version: VersionId, part: Part = FIRST) -> RelativesPage:
    """What is built from a version, directly (one step) or through others, nearest first."""
    return _page(connection, partial(store.walk_down, connection, version, USES), version, part)


def _page(connection: sa.Connection, walk: _Walk, start: VersionId, part: Part) -> RelativesPage:
    end = part.after + part.limit
    found, cut = _walked(walk, start, end + 1, part.depth)
    shown = found[part.after : end]
    nodes = nodes_by_id(connection, {each.version for each in shown})
    relatives = tuple(Relative(nodes[each.version], each.steps, each.kind) for each in shown)
    return RelativesPage(relatives, end if len(found) > end else None, cut=cut and len(found) <= end)


def _walked(walk: _Walk, start: VersionId, wanted: int, depth: int | None) -> tuple[list[Reached], bool]:
    """As many relatives as are wanted, as far as there are; and whether more of them were left out."""
    most = 2 * wanted + 20
    while True:
        most = min(most, MOST_WALKED)
        edges = walk(most=most)
        found = reached(start, edges)
        near = [each for each in found if depth is None or each.steps <= depth]
        if len(near) >= wanted or len(near) < len(found) or len(edges) < most:
            return near, False
        if most == MOST_WALKED:
            return near, True
        most *= 4


def merge_bases(connection: sa.Connection, one: VersionId, other: VersionId) -> tuple[VersionId, ...]:
    """The nearest common ancestors of two versions by revisions, forks and merges; a version counts as its own.

    Sorted by id. Empty when the two are not related; several after criss-cross merges. Raises NotFound.
    """
    here = places.places_of(connection, {one, other})
    for version in (one, other):
        if version not in here:
            raise NotFound(f"there is no version with the id {version!r}", code="no_version", value=version)
    if len(set(places.roots_of(connection, {one, other}).values())) > 1:
        return ()
    bases = nearest_common(here[one], here[other], loader(connection))
    return tuple(sorted(places.versions_at(connection, bases).values()))


def loader(connection: sa.Connection) -> Load:
    """What the rules of lines read crossings with."""
    return partial(places.crossings_of, connection)


def read_merge_bases(connection: sa.Connection, one: VersionName, other: VersionName) -> tuple[LineageNode, ...]:
    """The same by the versions' names, newest first."""
    first, second = (read_version(connection, name.design, name.version).id for name in (one, other))
    return tuple(reversed(nodes_by_id(connection, set(merge_bases(connection, first, second))).values()))


def what_would_break(connection: sa.Connection, version: VersionId, *, parameter: str | None = None) -> Breakage:
    """Whom it concerns if a version is withdrawn, or if a parameter of its design goes away. Raises NotFound."""
    own = nodes_by_id(connection, {version}).get(version)
    if own is None:
        raise NotFound(f"there is no version with the id {version!r}", code="no_version", value=version)
    using = users(connection, version, Part(limit=MOST_CONCERNED))
    below = descendants(connection, version, Part(limit=10 * MOST_CONCERNED))
    foreign = [each for each in below.relatives if each.node.name.design != own.name.design]
    direct = [each.node.id for each in using.relatives if each.steps == 1 and each.node.latest]
    return Breakage(
        users=using.relatives,
        forks=tuple(foreign[:MOST_CONCERNED]),
        parameter=parameter,
        users_of_parameter=() if parameter is None else _with_parameter(connection, direct, parameter),
        cut=len(foreign) > MOST_CONCERNED or any(page.next_after is not None or page.cut for page in (using, below)),
    )


def _with_parameter(
    connection: sa.Connection, versions: Iterable[VersionId], parameter: str
) -> tuple[VersionName, ...]:
    views = [read_version_by_id(connection, version) for version in versions]
    return tuple(view.name for view in views if parameter in {each.name for each in view.manifest.parameters})


def nodes_by_id(connection: sa.Connection, ids: Collection[VersionId]) -> dict[VersionId, LineageNode]:
    """These versions as they are shown, oldest first."""
    return {VersionId(row["id"]): _node(row) for row in store.nodes_named(connection, ids)}


def _node(row: sa.RowMapping) -> LineageNode:
    return LineageNode(
        id=VersionId(row["id"]),
        name=VersionName(DesignName(NamespaceName(row["namespace"]), row["name"]), row["version"]),
        title=row["title"],
        licence=row["licence"],
        published_by=row["publisher"],
        published_at=row["published_at"],
        withdrawn=row["yanked_at"] is not None or row["recalled_at"] is not None,
        latest=row["latest"],
        recalled=row["recalled_at"] is not None,
    )
