"""How a mesh hangs together: counts, shells, and the holes through it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from designs.formats.creases import connected
from designs.mesh import Integers, Mesh


@dataclass(frozen=True)
class Topology:
    """Of one body or several, by their welded triangles."""

    shells: int
    """Surfaces that hang together by edges; a cavity inside has one of its own."""
    euler_characteristic: int
    """Points - edges + triangles, each shell counted by itself: 2 for a ball, 0 for a ring."""
    genus: int | None
    """Holes through all shells together; None where a surface is open, or more than two sides meet at an edge."""


def topology_of(meshes: Sequence[Mesh]) -> Topology:
    """Of all bodies together; they share nothing, even where they touch."""
    found = [_of_one(mesh) for mesh in meshes]
    genus = [each.genus for each in found if each.genus is not None]
    return Topology(
        shells=sum(each.shells for each in found),
        euler_characteristic=sum(each.euler_characteristic for each in found),
        genus=sum(genus) if len(genus) == len(found) else None,
    )


def _of_one(mesh: Mesh) -> Topology:
    points, triangles = mesh.welded
    if not len(triangles):
        return Topology(0, 0, None)
    edges, counts, left, right = _edges(triangles, len(points))
    shell = _numbered(len(triangles), left, right)
    shells = int(shell.max()) + 1
    corners = np.unique(np.repeat(shell, 3) * len(points) + triangles.reshape(-1))
    euler = len(corners) - edges + len(triangles)
    whole = counts.max() == 2 and mesh.open_edges == 0
    return Topology(shells, euler, shells - euler // 2 if whole else None)


def shells_of(mesh: Mesh) -> Integers:
    """(m,) int64: for each welded triangle of a mesh the number of its shell."""
    points, triangles = mesh.welded
    _, _, left, right = _edges(triangles, len(points))
    return _numbered(len(triangles), left, right)


def _numbered(count: int, left: Integers, right: Integers) -> Integers:
    _, shell = np.unique(connected(count, left, right), return_inverse=True)
    return shell.reshape(-1)


def _edges(triangles: Integers, points: int) -> tuple[int, Integers, Integers, Integers]:
    """How many edges, how many triangles meet at each, and pairs of triangles that meet."""
    start, end = triangles.reshape(-1), triangles[:, [1, 2, 0]].reshape(-1)
    keys = np.minimum(start, end) * points + np.maximum(start, end)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    same = keys[1:] == keys[:-1]
    begins = np.flatnonzero(np.concatenate([[True], ~same]))
    counts = np.diff(np.append(begins, len(keys)))
    return len(begins), counts, order[:-1][same] // 3, order[1:][same] // 3
