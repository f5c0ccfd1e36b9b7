"""One body of a mesh file, and the numbers of which it is made: what the readers of STL, 3MF, OBJ and OFF have in
common. They run in the jail, over files that may be hostile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from designs.engines.interface import EngineError
from designs.formats.mesh_form import MAX_BODIES, MAX_COORDINATE_MM, MAX_TRIANGLES
from designs.mesh import Floats, Integers, Mesh

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class MeshBody:
    """A named mesh as a file tells it: nodes (n, 3) float64 mm, triangles (m, 3) int64."""

    name: str
    nodes: Floats
    triangles: Integers
    colour: Colour | None = None
    """sRGB from 0 to 1; None: the file has none."""


@dataclass(frozen=True)
class Tidied:
    """Bodies that are fit to be handed over, and what had to be done for it."""

    bodies: tuple[MeshBody, ...]
    remarks: tuple[str, ...]


def tidy(file: str, bodies: Sequence[MeshBody]) -> Tidied:
    """Points welded, triangles without area and bodies without triangles left out, closed bodies turned right side out.
    Raises EngineError where nothing is left, or a number is out of bounds."""
    done, remarks = [], []
    for body in bodies:
        check_nodes(f"{file}: {body.name or 'the mesh'}", body.nodes)
        faceless = np.zeros(len(body.triangles), np.int64)
        mesh = Mesh(body.nodes, np.zeros_like(body.nodes), body.triangles, faceless)
        points, triangles = mesh.welded
        if not len(triangles):
            remarks.append(f"{file}: {body.name or 'a body'} has no triangle with any area and is left out")
            continue
        if len(triangles) < len(body.triangles):
            dropped = len(body.triangles) - len(triangles)
            remarks.append(f"{file}: {dropped} triangles of {body.name or 'the mesh'} have no area and are left out")
        used, index = np.unique(triangles, return_inverse=True)
        points, triangles = points[used], index.reshape(-1, 3)
        if _inside_out(points, triangles):
            remarks.append(f"{file}: {body.name or 'the mesh'} was inside out and is turned")
            triangles = triangles[:, ::-1]
        done.append(replace(body, nodes=points, triangles=triangles))
    if not done:
        raise EngineError("no_geometry", f"{file} has no triangle with any area")
    return Tidied(tuple(done), tuple(remarks))


def in_canonical_order(body: MeshBody) -> MeshBody:
    """The same mesh with its points sorted, each triangle from its first point on, and the triangles sorted: for
    programs that write them in the order of their memory."""
    order = np.lexsort(body.nodes.T[::-1])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    triangles = rank[body.triangles]
    first = np.argmin(triangles, axis=1)
    turned = triangles[np.arange(len(triangles))[:, None], (first[:, None] + np.arange(3)) % 3]
    return replace(body, nodes=body.nodes[order] + 0.0, triangles=turned[np.lexsort(turned.T[::-1])])


def check_nodes(what: str, nodes: Floats) -> None:
    """Raise EngineError unless every coordinate is a number within bounds. `nodes` (n, 3) mm."""
    wrong = ~np.isfinite(nodes)
    if wrong.any():
        point, axis = np.argwhere(wrong)[0]
        value = float(nodes[point, axis])
        raise EngineError("bad_geometry", f"{what}: coordinate {'xyz'[axis]} of point {point + 1} is {value}")
    far = np.abs(nodes) > MAX_COORDINATE_MM
    if far.any():
        point, axis = np.argwhere(far)[0]
        value = float(nodes[point, axis])
        message = (
            f"{what}: coordinate {'xyz'[axis]} of point {point + 1} is {value:.6g} mm; at most 1e6 mm can be built"
        )
        raise EngineError("bad_geometry", message)


def check_triangles(file: str, count: int) -> None:
    """Raise EngineError when a file announces or holds more triangles than can be built."""
    if count > MAX_TRIANGLES:
        raise EngineError("bad_geometry", f"{file} has {count} triangles; at most {MAX_TRIANGLES} can be built")


def check_bodies(file: str, count: int) -> None:
    """The same for bodies."""
    if count > MAX_BODIES:
        raise EngineError(
            "bad_geometry", f"{file} has more than {MAX_BODIES} bodies, which is the most that can be built"
        )


def _inside_out(points: Floats, triangles: Integers) -> bool:
    mesh = Mesh(points, np.zeros_like(points), triangles, np.zeros(len(triangles), np.int64))
    return mesh.volume < 0 and mesh.open_edges == 0
