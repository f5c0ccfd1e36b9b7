"""How the bodies of one part differ from those of another: their facets, what they are together, what to show."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from designs.comparing.bodies import Body, compare_bodies, same_shapes
from designs.comparing.shapes import MOST_BODIES, MOST_PIECES, Piece, ShapeChange, Solid, Verdict
from designs.comparing.solids import Division, NotComparable, divide, find_pieces, mesh_of, volume_mm3
from designs.engines.interface import EngineError
from designs.formats import brep
from designs.formats.brep import Part
from designs.formats.tessellation import tessellate
from designs.formats.workpiece import Named, mesh_properties
from designs.measure import Vector
from designs.mesh import Floats, Mesh, concatenate

TOLERANCE_SHARE = 1e-4
"""Of the larger part's diagonal: how far facets may be from the surface."""
LEAST_TOLERANCE_MM, GREATEST_TOLERANCE_MM = 0.002, 0.05
ANGULAR_TOLERANCE_RAD = 0.1
SAME_VOLUME = 1e-7
"""Share of a volume below which nothing has changed but the last bits."""

ADDED, REMOVED, KEPT = "added", "removed", "kept"
COLOURS = {ADDED: (0.0, 158 / 255, 115 / 255), REMOVED: (213 / 255, 94 / 255, 0.0), KEPT: (0.62, 0.64, 0.66)}
"""Bluish green and vermilion, which everybody can tell apart, also who sees red and green alike (M. Okabe and K. Ito,
"Color Universal Design", 2008)."""
OPACITY = {KEPT: 0.35}

Told = Callable[[str, float], None]


def compare_parts(
    before: Sequence[Part], after: Sequence[Part], tell: Told = lambda _stage, _fraction: None
) -> tuple[ShapeChange, Named]:
    """How the second shape differs from the first; where it does, what is kept, removed and added as named facets."""
    tolerance = _tolerance(before, after)
    try:
        tell("mesh", 0.1)
        old = [_body(part, tolerance) for part in before]
        tell("mesh", 0.35)
        new = [_body(part, tolerance) for part in after]
    except EngineError as error:
        return ShapeChange(Verdict.IMPOSSIBLE, str(error)), []
    bodies = compare_bodies(old, new)
    if len(bodies) > MOST_BODIES:
        return ShapeChange(Verdict.IMPOSSIBLE, f"{len(bodies)} bodies: at most {MOST_BODIES} can be compared"), []
    known = ShapeChange(Verdict.SAME, before=_solid(old), after=_solid(new), bodies=bodies, tolerance_mm=tolerance)
    if same_shapes(old, new):
        return replace(known, kept_mm3=sum(body.volume_mm3 for body in old)), []
    try:
        tell("divide", 0.6)
        division = divide(old, new)
    except NotComparable as error:
        return replace(known, verdict=Verdict.IMPOSSIBLE, reason=str(error)), []
    tell("pieces", 0.85)
    return _judged(known, division, old, new)


def _judged(
    known: ShapeChange, division: Division, old: Sequence[Body], new: Sequence[Body]
) -> tuple[ShapeChange, Named]:
    added, removed, kept = division.added_mm3, division.removed_mm3, division.kept_mm3
    if max(added, removed) <= SAME_VOLUME * kept and _equal(known.before, known.after):
        return replace(known, kept_mm3=kept), []
    thick_added, thin_added = find_pieces(division.added, known.tolerance_mm, added=True)
    thick_removed, thin_removed = find_pieces(division.removed, known.tolerance_mm, added=False)
    pieces = sorted((piece for piece, _ in (*thick_added, *thick_removed)), key=lambda piece: -piece.volume_mm3)
    thin = [*thin_added, *thin_removed]
    change = replace(
        known,
        verdict=Verdict.DIFFERENT,
        added_mm3=added,
        removed_mm3=removed,
        kept_mm3=kept,
        pieces=tuple(pieces[:MOST_PIECES]),
        more_pieces=len(pieces[MOST_PIECES:]),
        thin_pieces=len(thin),
        thin_mm3=sum(piece.volume_mm3 for piece in thin),
    )
    if pieces:
        return change, _named(mesh_of(division.kept), *(_together(side) for side in (thick_removed, thick_added)))
    exact = divide(old, new, 0.0)
    return change, _named(*(mesh_of(side) for side in (exact.kept, exact.removed, exact.added)))


def _together(pieces: Sequence[tuple[Piece, Mesh]]) -> Mesh | None:
    return concatenate([mesh for _, mesh in pieces]) if pieces else None


def _named(kept: Mesh | None, removed: Mesh | None, added: Mesh | None) -> Named:
    sides = ((KEPT, kept), (REMOVED, removed), (ADDED, added))
    return [(name, COLOURS[name], mesh) for name, mesh in sides if mesh is not None]


def _equal(before: Solid | None, after: Solid | None) -> bool:
    """In what is known exactly."""
    assert before is not None
    assert after is not None
    return math.isclose(before.volume_mm3, after.volume_mm3, rel_tol=SAME_VOLUME)


def _tolerance(before: Sequence[Part], after: Sequence[Part]) -> float:
    wanted = TOLERANCE_SHARE * max(_diagonal(before), _diagonal(after))
    return min(GREATEST_TOLERANCE_MM, max(LEAST_TOLERANCE_MM, wanted))


def _diagonal(parts: Sequence[Part]) -> float:
    corners: list[Floats | Vector] = []
    for part in parts:
        least, greatest = part.mesh.bounds if part.mesh is not None else brep.bounding_box(part.shape)
        corners += [least, greatest]
    return float(np.linalg.norm(np.ptp(np.array(corners), axis=0)))


def _body(part: Part, tolerance: float) -> Body:
    if part.mesh is not None:
        mesh, found = part.mesh, mesh_properties(part.mesh)
    else:
        found = brep.properties(part.shape)
        mesh = tessellate(part, tolerance, ANGULAR_TOLERANCE_RAD, found.volume)
    return Body(part.name, mesh, abs(found.volume), found.centre)


def _solid(bodies: Sequence[Body]) -> Solid:
    volumes = np.array([body.volume_mm3 for body in bodies])
    centres = np.array([body.centre for body in bodies])
    volume = float(volumes.sum())
    centre = volumes @ centres / volume if volume else centres.mean(axis=0)
    lows, highs = zip(*(body.mesh.bounds for body in bodies), strict=True)
    return Solid(
        volume,
        _vector(np.min(lows, axis=0)),
        _vector(np.max(highs, axis=0)),
        _vector(centre),
        volume_mm3(bodies) - volume,
    )


def _vector(array: Floats) -> Vector:
    return (float(array[0]), float(array[1]), float(array[2]))
