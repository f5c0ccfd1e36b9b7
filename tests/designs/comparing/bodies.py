"""Small meshes to compare."""

import numpy as np

from designs.formats.brep import Part
from designs.formats.creases import with_creases
from designs.mesh import Mesh

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float64)
TRIANGLES = np.array(
    [
        [0, 1, 3],
        [0, 3, 2],
        [4, 6, 7],
        [4, 7, 5],
        [0, 4, 5],
        [0, 5, 1],
        [2, 3, 7],
        [2, 7, 6],
        [0, 2, 6],
        [0, 6, 4],
        [1, 5, 7],
        [1, 7, 3],
    ]
)


def box(
    size: tuple[float, float, float] = (10, 10, 10), at: tuple[float, float, float] = (0, 0, 0), name: str = "box"
) -> Part:
    """A closed box whose least corner is `at`."""
    return part(CORNERS * np.array(size) + np.array(at), TRIANGLES, name)


def part(nodes: np.ndarray, triangles: np.ndarray, name: str) -> Part:
    mesh: Mesh = with_creases(nodes, triangles)
    return Part(name, None, None, mesh)
