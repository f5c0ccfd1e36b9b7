"""Booleans of facets: what is on one side only, and on both.

By Manifold (Apache-2.0), whose booleans are right for any closed facets. Those of the exact kernel are not: they
are slower by two orders of magnitude and now and then give the one side for the difference without a word (see
docs/adr/0012). So both sides are faceted more finely than usual, with the same tolerance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from manifold3d import Error, Manifold, Mesh64, OpType  # type: ignore[import-not-found]

from designs.comparing.bodies import Body
from designs.comparing.shapes import Piece
from designs.errors import DesignError
from designs.mesh import WELD_MM, Mesh, with_smooth_normals

VOLUME_AGREEMENT = 1e-6
"""Share of a side's volume by which what is kept and what is not may miss it."""
SPECK_MM3 = 1e-6
"""Smaller pieces are rounding."""


class NotComparable(DesignError):
    """The shapes cannot be compared. The message says why, for people."""


@dataclass(frozen=True)
class Division:
    """All material of both sides, divided."""

    added: Manifold
    removed: Manifold
    kept: Manifold


def divide(before: Sequence[Body], after: Sequence[Body]) -> Division:
    """What is on which side; raises NotComparable where facets are not closed, or the figures contradict each other."""
    old, new = _material(before, "first"), _material(after, "second")
    division = Division(added=new - old, removed=old - new, kept=old ^ new)
    for whole, alone, which in ((old, division.removed, "first"), (new, division.added, "second")):
        missed = abs(whole.volume() - division.kept.volume() - alone.volume())
        if missed > VOLUME_AGREEMENT * whole.volume() + SPECK_MM3:
            raise NotComparable(
                f"what is kept and what is not make {missed:.3g} mm³ more or less than the {which} shape has: "
                "its surface probably cuts through itself"
            )
    return division


def volume_mm3(bodies: Sequence[Body]) -> float:
    """Of the facets of all bodies, overlaps counted twice, as for the exact volume."""
    return sum(abs(body.mesh.volume) for body in bodies)


def find_pieces(
    solid: Manifold, tolerance_mm: float, *, added: bool
) -> tuple[list[tuple[Piece, Manifold]], list[Piece]]:
    """What hangs together: the pieces thicker than the tolerance with their material, and the thinner ones."""
    thick: list[tuple[Piece, Manifold]] = []
    thin: list[Piece] = []
    for part in solid.decompose():
        volume, area = float(part.volume()), float(part.surface_area())
        if volume <= SPECK_MM3:
            continue
        box = [float(value) for value in part.bounding_box()]
        piece = Piece(added, volume, 2 * volume / area, (box[0], box[1], box[2]), (box[3], box[4], box[5]))
        if piece.thickness_mm > tolerance_mm:
            thick.append((piece, part))
        else:
            thin.append(piece)
    return thick, thin


def mesh_of(solid: Manifold) -> Mesh | None:
    """Facets with the normals of the surfaces they come from; None: nothing, or a film where sides touch."""
    if solid.volume() <= SPECK_MM3:
        return None
    made = solid.to_mesh64()
    triangles = made.tri_verts.astype(np.int64)
    ends = np.asarray(made.run_index, np.int64) // 3
    runs = np.repeat(np.arange(len(ends) - 1), ends[1:] - ends[:-1])
    sources = np.asarray(made.face_id, np.int64)
    _, faces = np.unique(runs * (int(sources.max()) + 1) + sources, return_inverse=True)
    count = int(faces.max()) + 1
    kept, split = np.unique(triangles.reshape(-1) * count + np.repeat(faces, 3), return_inverse=True)
    nodes = made.vert_properties[:, :3][kept // count]
    return with_smooth_normals(nodes, split.reshape(-1, 3).astype(np.int64), faces.astype(np.int64))


def _material(bodies: Sequence[Body], which: str) -> Manifold:
    return Manifold.batch_boolean([_solid(body, which) for body in bodies], OpType.Add)


def _solid(body: Body, which: str) -> Manifold:
    mesh = body.mesh
    if mesh.open_edges:
        raise NotComparable(
            f"{body.name} of the {which} shape is open: {mesh.open_edges} edges have a face on one side only, so that "
            "nothing is inside or outside of it"
        )
    nodes, triangles = mesh.welded
    places = np.round(mesh.corners / WELD_MM)
    proper = (places != np.roll(places, 1, axis=1)).any(axis=2).all(axis=1)
    inward = mesh.volume < 0
    made = Manifold(
        Mesh64(
            np.ascontiguousarray(nodes),
            np.ascontiguousarray(triangles[:, ::-1] if inward else triangles, np.uint64),
            face_id=np.ascontiguousarray(mesh.faces[proper], np.uint64),
        )
    )
    if made.status() != Error.NoError or made.is_empty():
        raise NotComparable(f"{body.name} of the {which} shape is not the surface of a solid ({made.status().name})")
    return made


def join(pieces: Sequence[tuple[Piece, Manifold]]) -> Manifold:
    """All of them as one; they do not touch."""
    return Manifold.compose([solid for _, solid in pieces])
