"""Booleans of facets: what is on one side only, and on both.

By Manifold (Apache-2.0), whose booleans are right for any closed facets. Those of the exact kernel are not: they are
slower by two orders of magnitude and now and then give the one side for the difference without a word (see
docs/adr/0012). So both sides are faceted more finely than usual, with the same tolerance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from manifold3d import Error, Manifold, Mesh64, OpType  # type: ignore[import-not-found]

from designs.comparing.bodies import Body
from designs.comparing.shapes import Piece
from designs.errors import DesignError
from designs.mesh import MIN_AREA_MM2, WELD_MM, Floats, Integers, Mesh, with_smooth_normals

VOLUME_AGREEMENT = 1e-6
"""Share of a side's volume by which what is kept and what is not may miss it."""
SPECK_MM3 = 1e-6
"""Less material is none."""
LEAST_PIECE_MM3 = 1e-4
"""Smaller pieces, of less than a twentieth of a millimetre on every side, count with the thin ones."""
APART_MM = 1e-4
"""How far before the other side the pictures of what is on one side stop: ten times what rounding moves a point."""
LEAST_TURN = 0.25
"""Cosine between a surface and the direction in which a corner of it is moved; at sharper ones it moves less."""


class NotComparable(DesignError):
    """The shapes cannot be compared. The message says why, for people."""


@dataclass(frozen=True)
class Division:
    """All material of both sides, divided. The volumes are exact for the facets; `added` and `removed` are to look at:
    they stop a little before the other side, so that rounding leaves no film of a surface that both share."""

    added_mm3: float
    removed_mm3: float
    kept_mm3: float
    added: Manifold
    removed: Manifold
    kept: Manifold


def divide(before: Sequence[Body], after: Sequence[Body], distance_mm: float = APART_MM) -> Division:
    """What is on which side; raises NotComparable where facets are not closed, or the figures contradict each other."""
    old, new = _material(before, "first"), _material(after, "second")
    kept = old ^ new
    added, removed = new - _material(before, "first", distance_mm), old - _material(after, "second", distance_mm)
    for whole, alone, other, which in ((old, removed, new, "first"), (new, added, old, "second")):
        missed = abs(whole.volume() - kept.volume() - alone.volume())
        near = distance_mm / LEAST_TURN * other.surface_area()
        if missed > VOLUME_AGREEMENT * whole.volume() + near + SPECK_MM3:
            raise NotComparable(
                f"what is kept and what is not make {missed:.3g} mm³ more or less than the {which} shape has: "
                "its surface probably cuts through itself"
            )
    gone, come = (max(0.0, float(whole.volume() - kept.volume())) for whole in (old, new))
    return Division(come, gone, float(kept.volume()), added, removed, kept)


def volume_mm3(bodies: Sequence[Body]) -> float:
    """Of the facets of all bodies, overlaps counted twice, as for the exact volume."""
    return sum(abs(body.mesh.volume) for body in bodies)


def find_pieces(solid: Manifold, tolerance_mm: float, *, added: bool) -> tuple[list[tuple[Piece, Mesh]], list[Piece]]:
    """What hangs together: the pieces thicker than the tolerance with their facets, and the thinner ones."""
    thick: list[tuple[Piece, Mesh]] = []
    thin: list[Piece] = []
    for part in solid.decompose():
        volume, mesh = float(part.volume()), mesh_of(part)
        if mesh is None:
            continue
        (x, y, z), (far_x, far_y, far_z) = (corner.tolist() for corner in mesh.bounds)
        piece = Piece(added, volume, 2 * volume / float(part.surface_area()), (x, y, z), (far_x, far_y, far_z))
        if piece.thickness_mm > tolerance_mm and volume > LEAST_PIECE_MM3:
            thick.append((piece, mesh))
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


def _material(bodies: Sequence[Body], which: str, swollen_mm: float = 0.0) -> Manifold:
    return Manifold.batch_boolean([_solid(body, which, swollen_mm) for body in bodies], OpType.Add)


def _solid(body: Body, which: str, swollen_mm: float) -> Manifold:
    mesh = body.mesh
    if mesh.open_edges:
        raise NotComparable(
            f"{body.name} of the {which} shape is open: {mesh.open_edges} edges have a face on one side only, so that "
            "nothing is inside or outside of it"
        )
    nodes, triangles = mesh.welded
    if mesh.volume < 0:  # inside out
        triangles = triangles[:, ::-1]
    nodes = np.round(nodes / WELD_MM) * WELD_MM  # so that faces in one plane of the axes are in it exactly
    if swollen_mm:
        nodes = nodes + swollen_mm * _outward(nodes, triangles)
    places = np.round(mesh.corners / WELD_MM)
    proper = (places != np.roll(places, 1, axis=1)).any(axis=2).all(axis=1)
    made = Manifold(
        Mesh64(
            np.ascontiguousarray(nodes),
            np.ascontiguousarray(triangles, np.uint64),
            face_id=np.ascontiguousarray(mesh.faces[proper], np.uint64),
        )
    )
    if made.status() != Error.NoError or made.is_empty():
        raise NotComparable(f"{body.name} of the {which} shape is not the surface of a solid ({made.status().name})")
    return made


def _outward(nodes: Floats, triangles: Integers) -> Floats:
    """For each node a direction, so long that a step along it moves every triangle there outward by one or more."""
    corners = nodes[triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(across, axis=1, keepdims=True)
    normals = np.divide(across, lengths, out=np.zeros_like(across), where=lengths > MIN_AREA_MM2)
    along = np.zeros_like(nodes)
    for corner in range(3):
        np.add.at(along, triangles[:, corner], normals)
    sizes = np.linalg.norm(along, axis=1, keepdims=True)
    along = np.divide(along, sizes, out=np.zeros_like(along), where=sizes > 0)
    least = np.ones(len(nodes))
    for corner in range(3):
        turns = np.einsum("ij,ij->i", normals, along[triangles[:, corner]])
        np.minimum.at(least, triangles[:, corner], np.where(lengths[:, 0] > MIN_AREA_MM2, turns, 1.0))
    outward: Floats = along / np.maximum(least, LEAST_TURN)[:, None]
    return outward
