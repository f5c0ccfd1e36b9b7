"""The lineage of versions as a graph: who comes from whom. Pure rules over networkx.

Edges point from parent to child. Nothing here can make a cycle: a version names its parents when it is made, so that
they are older than it, and nobody adds an edge later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx as nx

from designs.snapshot import ParentKind
from registry.core.permissions import ALLOWED, Decision, refused
from registry.ids import VersionId, VersionName

LARGEST = 20_000
"""Versions of one family that are handled as a graph in memory at once (about 80 ms)."""


@dataclass(frozen=True, order=True)
class Edge:
    """`child` comes from `parent`."""

    child: VersionId
    parent: VersionId
    kind: ParentKind


@dataclass(frozen=True)
class NamedParent:
    """A parent as a publisher names it."""

    kind: ParentKind
    version: VersionName


DESCENT = frozenset({ParentKind.REVISES, ParentKind.FORKS, ParentKind.MERGES})
"""Edges by which a version comes from another; what it only uses is no ancestor of it."""


@dataclass(frozen=True)
class Reached:
    """Where a walk along edges came to."""

    version: VersionId
    steps: int
    """On the shortest way."""
    kind: ParentKind
    """Of the last edge on that way."""


def reached(start: VersionId, edges: Iterable[tuple[VersionId, VersionId, str]]) -> tuple[Reached, ...]:
    """What the edges lead to, each once. The edges come as (near, far, kind), those nearest to the start first."""
    steps = {start: 0}
    found = []
    for near, far, kind in edges:
        if far not in steps:
            steps[far] = steps[near] + 1
            found.append(Reached(far, steps[far], ParentKind(kind)))
    return tuple(found)


class Lineage:
    """A family of versions, and what its edges say."""

    def __init__(self, versions: Iterable[VersionId], edges: Iterable[Edge]) -> None:
        self._graph = nx.DiGraph()
        self._graph.add_nodes_from(versions)
        self._graph.add_edges_from((edge.parent, edge.child) for edge in edges)

    def ancestors(self, version: VersionId) -> Mapping[VersionId, int]:
        """Everything that the version comes from, with the number of steps to it, nearest first."""
        return _others(nx.single_source_shortest_path_length(self._graph.reverse(copy=False), version), version)

    def descendants(self, version: VersionId) -> Mapping[VersionId, int]:
        """Everything that comes from the version, with the number of steps to it, nearest first."""
        return _others(nx.single_source_shortest_path_length(self._graph, version), version)

    def nearest_common_ancestors(self, one: VersionId, other: VersionId) -> frozenset[VersionId]:
        """The common ancestors that are not ancestors of another common one; a version counts as its own.

        Empty when the two are not related. Several after criss-cross merges.
        """
        common = (nx.ancestors(self._graph, one) | {one}) & (nx.ancestors(self._graph, other) | {other})
        return frozenset(node for node in common if not any(child in common for child in self._graph.successors(node)))

    def is_acyclic(self) -> bool:
        return bool(nx.is_directed_acyclic_graph(self._graph))


def _others(lengths: Mapping[VersionId, int], version: VersionId) -> Mapping[VersionId, int]:
    return {node: steps for node, steps in sorted(lengths.items(), key=lambda item: item[1]) if node != version}


def may_come_from(version: VersionName, parents: Iterable[NamedParent]) -> Decision:
    """Whether a version may name these parents: it revises its own design, and forks another one."""
    reasons = []
    for parent in parents:
        same = parent.version.design == version.design
        if parent.kind is ParentKind.REVISES and not same:
            reasons.append(f"{version} cannot revise {parent.version}, which is another design: say forks or merges")
        if parent.kind is ParentKind.FORKS and same:
            reasons.append(f"{version} cannot fork {parent.version}, which is the same design: say revises")
        if parent.kind is ParentKind.USES and same:
            reasons.append(f"{version} cannot use {parent.version}, which is the same design")
    return refused(*reasons) if reasons else ALLOWED
