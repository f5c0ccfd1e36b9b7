"""Round holes of exact parts: what a drawing tells the diameter of."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from designs.formats.brep import sub_shapes
from designs.mesh import Floats

ROUND = 0.7
"""Of the full turn: a teardrop, as it is printed, still counts as a hole; a fillet does not."""
MAX_FACES = 20_000
_DIGITS = 4

Span = tuple[float, float]


@dataclass(frozen=True)
class Hole:
    """A round hole: the ends of its axis (3,) mm, and its diameter in mm."""

    start: Floats
    end: Floats
    diameter: float

    @property
    def direction(self) -> Floats:
        """(3,), unit."""
        along = self.end - self.start
        unit: Floats = along / np.linalg.norm(along)
        return unit


@dataclass(frozen=True)
class _Wall:
    """A concave cylinder face: from where to where along the axis, and how far around."""

    span: Span
    angle: float


def find_holes(shapes: Iterable[Any]) -> list[Hole]:
    """Of each shape, in a fixed order. Faces on one axis with one diameter make one hole, also with gaps between."""
    return [hole for shape in shapes for hole in _holes(shape)]


def _holes(shape: Any) -> list[Hole]:
    found: dict[tuple[float, ...], list[_Wall]] = {}
    for face in sub_shapes(shape, "FACE")[:MAX_FACES]:
        if (wall := _wall(face)) is not None:
            found.setdefault(wall[0], []).append(wall[1])
    holes = []
    for (*line, diameter), walls in sorted(found.items()):
        foot, direction = np.array(line[:3]), np.array(line[3:])
        around = sum(wall.angle * (wall.span[1] - wall.span[0]) for wall in walls)
        if around >= ROUND * 2 * math.pi * _covered([wall.span for wall in walls]):
            ends = min(wall.span[0] for wall in walls), max(wall.span[1] for wall in walls)
            holes.append(Hole(foot + ends[0] * direction, foot + ends[1] * direction, diameter))
    return holes


def _wall(face: Any) -> tuple[tuple[float, ...], _Wall] | None:
    """A concave cylinder: the line of its axis (foot of the origin's perpendicular, direction) with the diameter."""
    from OCP.BRepAdaptor import BRepAdaptor_Surface
    from OCP.GeomAbs import GeomAbs_SurfaceType
    from OCP.TopAbs import TopAbs_Orientation
    from OCP.TopoDS import TopoDS

    surface = BRepAdaptor_Surface(TopoDS.Face_s(face))
    if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Cylinder:
        return None
    cylinder = surface.Cylinder()
    inward = (face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED) == cylinder.Position().Direct()
    angle, length = surface.LastUParameter() - surface.FirstUParameter(), surface.LastVParameter()
    if not inward or not math.isfinite(length):
        return None
    axis = cylinder.Axis()
    place, direction = np.array(axis.Location().Coord()), np.array(axis.Direction().Coord())
    first, last = surface.FirstVParameter(), length
    if tuple(np.round(direction, _DIGITS)) < (0.0, 0.0, 0.0):
        direction, first, last = -direction, -last, -first
    shift = float(place @ direction)
    foot = place - shift * direction
    key = (*_rounded(foot), *_rounded(direction), round(2 * cylinder.Radius(), _DIGITS))
    return key, _Wall((first + shift, last + shift), angle)


def _rounded(vector: Floats) -> tuple[float, ...]:
    return tuple((np.round(vector, _DIGITS) + 0.0).tolist())  # + 0.0: no negative zero


def _covered(spans: list[Span]) -> float:
    """The length that they cover together."""
    total, reached = 0.0, -math.inf
    for first, last in sorted(spans):
        total += max(0.0, last - max(first, reached))
        reached = max(reached, last)
    return total
