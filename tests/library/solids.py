"""Questions to solids, and simple solids made here to hold against the designs. Lengths in mm, volumes in mm³."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import trimesh

from designs.engines import without_vtk

without_vtk.install()
from cadquery import Location, Shape, Solid, Vector, Workplane  # noqa: E402  (needs the line above)
from OCP.Bnd import Bnd_Box  # noqa: E402
from OCP.BRepBndLib import BRepBndLib  # noqa: E402

NOTHING = 1e-3
"""Volume below which an overlap is rounding of the kernel, mm³."""

Point = tuple[float, float]


def box(shape: Shape) -> tuple[float, ...]:
    """(xmin, ymin, zmin, xmax, ymax, zmax) of the exact surfaces, whatever mesh the shape carries."""
    found = Bnd_Box()
    BRepBndLib.AddOptimal_s(shape.wrapped, found, False, False)
    return found.Get()


def size(shape: Shape) -> tuple[float, float, float]:
    x0, y0, z0, x1, y1, z1 = box(shape)
    return (x1 - x0, y1 - y0, z1 - z0)


def overlap(one: Shape, other: Shape) -> float:
    """Volume that both occupy."""
    return sum(solid.Volume() for solid in one.intersect(other).Solids())


def clear(one: Shape, other: Shape) -> bool:
    """Whether nothing of one is inside the other."""
    return overlap(one, other) < NOTHING


def moved(shape: Shape, x: float = 0, y: float = 0, z: float = 0) -> Shape:
    return shape.moved(Location(Vector(x, y, z)))


def turned(shape: Shape, degrees: float, about: Sequence[float], axis: Sequence[float]) -> Shape:
    """Turned by the right-hand rule about an axis through the point `about`."""
    start = Vector(*about)
    return shape.rotate(start, start + Vector(*axis), degrees)


def rod(diameter: float, start: Sequence[float], end: Sequence[float]) -> Shape:
    """A cylinder from start to end."""
    along = Vector(*end) - Vector(*start)
    return Solid.makeCylinder(diameter / 2, along.Length, Vector(*start), along)


def hexagon(flats: float, height: float, x: float = 0, y: float = 0, z: float = 0, turn: float = 0) -> Shape:
    """An upright hexagonal prism by its width across flats; at turn 0 two corners lie on the X axis."""
    corners = [_polar(flats / math.sqrt(3), math.radians(turn + 60 * i)) for i in range(6)]
    return Workplane(origin=(x, y, z)).polyline(corners).close().extrude(height).val()


def _polar(radius: float, angle: float) -> Point:
    return (radius * math.cos(angle), radius * math.sin(angle))


def block(x0: float, y0: float, z0: float, x1: float, y1: float, z1: float) -> Shape:
    return Solid.makeBox(x1 - x0, y1 - y0, z1 - z0, Vector(x0, y0, z0))


def mesh(shape: Shape, tolerance: float = 0.1, angle: float = 0.3) -> trimesh.Trimesh:
    """The tessellation with equal corners joined."""
    points, triangles = shape.tessellate(tolerance, angle)
    corners = np.round(np.array([point.toTuple() for point in points]), 6)
    made = trimesh.Trimesh(corners, np.array(triangles), process=False)
    made.merge_vertices(digits_vertex=5)
    made.update_faces(made.nondegenerate_faces())
    return made


def polygon_area(points: Sequence[Point]) -> float:
    """Area inside a polygon (shoelace)."""
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def polygon_turned_volume(points: Iterable[Point]) -> float:
    """Volume of a polygon of (radius, height) points turned round the axis: one frustum for each edge."""
    corners = list(points)
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return abs(sum((h1 - h0) * (r0 * r0 + r0 * r1 + r1 * r1) for (r0, h0), (r1, h1) in pairs)) * math.pi / 3


def integral(f: Callable[[float], float], a: float, b: float, steps: int = 2000) -> float:
    """Midpoint rule: good to about (1/steps)²."""
    width = (b - a) / steps
    return width * sum(f(a + (i + 0.5) * width) for i in range(steps))


def frustum(area: Callable[[float], float], height: float) -> float:
    """Volume of a body whose section is `area(z)`, a quadratic in z: Simpson's rule is exact."""
    return height / 6 * (area(0) + 4 * area(height / 2) + area(height))


def teardrop_area(radius: float) -> float:
    """A circle whose upper quarter is replaced by a right-angled roof."""
    return radius * radius * (1 + 3 * math.pi / 4)


def countersink(hole: float, head: float, thickness: float) -> float:
    """Volume of a hole with a 90 degree countersink that ends flush: diameters of hole and head."""
    r, top = hole / 2, head / 2
    depth = top - r
    return math.pi * r * r * (thickness - depth) + math.pi / 3 * depth * (r * r + r * top + top * top)
