"""Bodies that are one and the same shape in several places: meshed and measured once, and moved.

An assembly with eight posts has one post, eight times. Geometry keeps that through the wall of the jail.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from designs.formats.brep import Part, Properties
from designs.mesh import Floats, Mesh

RIGID = 1e-9
"""By how much a rotation's matrix may miss being one."""


@dataclass(frozen=True)
class Movement:
    """A rigid one: rotation (3, 3), then translation (3,), mm."""

    rotation: Floats
    translation: Floats

    def mesh(self, mesh: Mesh) -> Mesh:
        """Moved."""
        nodes = mesh.nodes @ self.rotation.T + self.translation
        return replace(mesh, nodes=nodes, normals=mesh.normals @ self.rotation.T)

    def properties(self, found: Properties) -> Properties:
        """Of the moved body."""
        x, y, z = (self.rotation @ np.array(found.centre) + self.translation).tolist()
        first, second, third = (self.rotation @ np.array(found.inertia) @ self.rotation.T).tolist()
        return replace(found, centre=(x, y, z), inertia=(tuple(first), tuple(second), tuple(third)))


def twins(parts: list[Part]) -> list[tuple[int, Movement] | None]:
    """For each body an earlier one that is the same shape elsewhere, and how to move that one to it; None: it is the
    first of its kind."""
    firsts: list[int] = []
    found: list[tuple[int, Movement] | None] = []
    for number, part in enumerate(parts):
        pairs = ((first, _movement(parts[first].shape, part.shape)) for first in firsts)
        twin = next(((first, movement) for first, movement in pairs if movement is not None), None)
        found.append(twin)
        if twin is None and part.shape is not None:
            firsts.append(number)
    return found


def _movement(first: Any, second: Any) -> Movement | None:
    """From the one to the other, where they differ by nothing else."""
    if second is None or not second.IsPartner(first) or second.Orientation() != first.Orientation():
        return None
    move = second.Location().Multiplied(first.Location().Inverted()).Transformation()
    matrix = np.array([[move.Value(row, column) for column in range(1, 5)] for row in range(1, 4)])
    rotation = matrix[:, :3]
    if np.abs(rotation @ rotation.T - np.eye(3)).max() > RIGID or np.linalg.det(rotation) < 0:
        return None
    return Movement(rotation, matrix[:, 3])
