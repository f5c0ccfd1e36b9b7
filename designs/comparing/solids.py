"""Booleans of facets: what is on one side only, and on both.

By Manifold (Apache-2.0), whose booleans are right for any closed facets. Those of the exact kernel are not: they
are slower by two orders of magnitude and now and then give the one side for the difference without a word (see
docs/adr/0012). So both sides are faceted more finely than usual, with the same tolerance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from manifold3d import Error, Manifold, Mesh64, OpType  # type: ignore[import-not-found]

from designs.analysis.rays import RayTree
from designs.comparing.bodies import Body
from designs.comparing.shapes import Piece
from designs.errors import DesignError
from designs.measure import Vector
from designs.mesh import MIN_AREA_MM2, WELD_MM, Mesh, with_smooth_normals

VOLUME_AGREEMENT = 1e-6
"""Share of a side's volume by which what is kept and what is not may miss it."""
SPECK_MM3 = 1e-6
"""Less material is none."""
LEAST_PIECE_MM3 = 1e-4
"""Smaller pieces, of less than a twentieth of a millimetre on every side, count with the thin ones."""
FILM_SHARE = 0.01
"""A piece of whose volume all but this share is film, is one."""


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


def find_pieces(solid: Manifold, tolerance_mm: float, *, added: bool) -> tuple[list[tuple[Piece, Mesh]], list[Piece]]:
    """What hangs together: the pieces thicker than the tolerance with their facets, and the thinner ones."""
    thick: list[tuple[Piece, Mesh]] = []
    thin: list[Piece] = []
    for part in solid.decompose():
        volume = float(part.volume())
        mesh = mesh_of(part)
        if mesh is None:
            continue
        body, film = without_films(mesh, tolerance_mm)
        rest = volume - film
        area = float(np.linalg.norm(body.area_vectors, axis=1).sum()) if body is not None else 0.0
        thickness = 2 * rest / area if area and rest > FILM_SHARE * volume else 0.0
        if body is None or thickness <= tolerance_mm or volume < LEAST_PIECE_MM3:
            thin.append(Piece(added, volume, thickness, *_box(mesh)))
        else:
            thick.append((Piece(added, volume, thickness, *_box(body)), body))
    return thick, thin


def without_films(mesh: Mesh, thickness_mm: float) -> tuple[Mesh | None, float]:
    """A mesh to look at without what is thinner than this, and the volume of that in mm³: where two sides share a
    surface, rounding leaves a film of it. None: nothing else is there."""
    areas = np.linalg.norm(mesh.area_vectors, axis=1)
    sound = areas > MIN_AREA_MM2
    inward = -mesh.area_vectors / np.where(sound, areas, 1.0)[:, None]
    deep, through = RayTree.over(mesh).exits_within(
        thickness_mm, mesh.corners.mean(axis=1), inward, np.arange(len(mesh.triangles))
    )
    film = sound & (through >= 0)
    kept = sound & ~film
    volume = float((areas[film] * deep[film]).sum()) / 2  # seen from both sides
    if not kept.any():
        return None, volume
    used, triangles = np.unique(mesh.triangles[kept], return_inverse=True)
    left = Mesh(mesh.nodes[used], mesh.normals[used], triangles.reshape(-1, 3).astype(np.int64), mesh.faces[kept])
    return left, volume


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
    nodes = np.round(nodes / WELD_MM) * WELD_MM  # so that faces in one plane are in it exactly
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


def _box(mesh: Mesh) -> tuple[Vector, Vector]:
    (x, y, z), (far_x, far_y, far_z) = (corner.tolist() for corner in mesh.bounds)
    return (x, y, z), (far_x, far_y, far_z)
