"""Flat parts: plates of one thickness, and the outline that a laser or a mill follows."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from designs.formats.brep import Part
from designs.formats.workpiece import Withheld
from designs.mesh import Floats, Mesh

CURVE_TOLERANCE_MM = 0.01
"""Of the polyline that stands for a curve which is no arc: finer than a laser's kerf varies."""
_SQUARE = 2e-3
"""How far a wall may lean, as the cosine of its angle to the plate's normal."""
_LEVEL_MM = 1e-3
_NOT_FLAT = "not flat: a flat part is a plate of one thickness, whose walls stand square on it"

Point = tuple[float, float]


@dataclass(frozen=True)
class LineTo:
    """A straight cut."""

    start: Point
    end: Point


@dataclass(frozen=True)
class ArcTo:
    """An arc, anticlockwise from one angle to the other (degrees); a full turn is a circle."""

    centre: Point
    radius: float
    first: float
    last: float


@dataclass(frozen=True)
class PolylineTo:
    """A curve as points; closed where it ends as it begins."""

    points: tuple[Point, ...]


Cut = LineTo | ArcTo | PolylineTo


@dataclass(frozen=True)
class Contour:
    """One closed way of the tool."""

    outer: bool
    cuts: tuple[Cut, ...]


@dataclass(frozen=True)
class Plate:
    """A body as it lies on the machine's bed, seen from above; mm."""

    thickness: float
    contours: tuple[Contour, ...]
    low: float
    """The height of its lower plane."""
    corners: tuple[Point, Point]
    """Least and greatest, of its outline."""


def plates(parts: list[Part], meshes: list[Mesh]) -> list[Plate]:
    """Every body as a plate, in one plane; raises Withheld where that is not what they are."""
    normals = [_normal(mesh) for mesh in meshes]
    if any(abs(float(normals[0] @ normal)) < 1 - 1e-6 for normal in normals):
        raise Withheld("not flat: the bodies are plates that lie in different planes")
    frame = _frame(normals[0])
    turned = [mesh.nodes @ frame.T for mesh in meshes]
    found = []
    for part, mesh, nodes in zip(parts, meshes, turned, strict=True):
        least, greatest = float(nodes[:, 2].min()), float(nodes[:, 2].max())
        _check(mesh, frame, nodes, (least, greatest))
        contours = (
            _mesh_contours(mesh, nodes, greatest)
            if part.shape is None
            else _exact_contours(part.shape, frame, greatest)
        )
        (left, near), (right, far) = nodes[:, :2].min(axis=0).tolist(), nodes[:, :2].max(axis=0).tolist()
        found.append(Plate(greatest - least, contours, least, ((left, near), (right, far))))
    return found


def _normal(mesh: Mesh) -> Floats:
    """(3,), unit: of the plane in which most of the surface lies, pointing up or at least not down."""
    vectors = mesh.area_vectors
    areas = np.linalg.norm(vectors, axis=1)
    directions = np.round(vectors / np.maximum(areas, 1e-12)[:, None], 5)
    directions *= np.where(_points_down(directions), -1.0, 1.0)[:, None]
    kinds, index = np.unique(directions + 0.0, axis=0, return_inverse=True)
    best = kinds[int(np.argmax(np.bincount(index.reshape(-1), weights=areas)))]
    normal: Floats = best / max(float(np.linalg.norm(best)), 1e-12)
    return normal


def _points_down(directions: Floats) -> Any:
    x, y, z = directions.T
    return (z < 0) | ((z == 0) & ((y > 0) | ((y == 0) & (x < 0))))


def _frame(normal: Floats) -> Floats:
    """(3, 3): rows right, up and out of the paper; a plate that lies on XY keeps its x and y."""
    right = np.array([1.0, 0, 0]) if abs(normal[2]) > 1e-6 or abs(normal[1]) > abs(normal[0]) else np.array([0, 1.0, 0])
    right = right - (right @ normal) * normal
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(normal, right), normal])


def _check(mesh: Mesh, frame: Floats, nodes: Floats, levels: tuple[float, float]) -> None:
    """Every triangle lies in the lower or the upper plane, or stands square on them; the two are alike."""
    if mesh.open_edges:
        raise Withheld("not flat: the part is not watertight")
    vectors = mesh.area_vectors @ frame.T
    areas = np.linalg.norm(vectors, axis=1)
    up = np.divide(vectors[:, 2], areas, out=np.zeros_like(areas), where=areas > 1e-9)
    heights = nodes[mesh.triangles][:, :, 2]
    below, above = ((np.abs(heights - level) < _LEVEL_MM).all(axis=1) for level in levels)
    if not ((np.abs(up) < _SQUARE) | below | above).all() or levels[1] - levels[0] < _LEVEL_MM:
        raise Withheld(_NOT_FLAT)
    lower, upper = float(areas[below].sum()), float(areas[above].sum())
    if not math.isclose(lower, upper, rel_tol=1e-3) or not math.isclose(
        mesh.volume, upper * (levels[1] - levels[0]), rel_tol=1e-3
    ):
        raise Withheld(_NOT_FLAT)


def _exact_contours(shape: Any, frame: Floats, level: float) -> tuple[Contour, ...]:
    """The wires of the faces in the upper plane."""
    from designs.formats.flat_edges import contours_at

    found = contours_at(shape, frame, level, _LEVEL_MM, CURVE_TOLERANCE_MM)
    if not found:
        raise Withheld(_NOT_FLAT)
    return found


def _mesh_contours(mesh: Mesh, nodes: Floats, level: float) -> tuple[Contour, ...]:
    """The border of the triangles in the upper plane, as polylines."""
    top = (np.abs(nodes[mesh.triangles][:, :, 2] - level) < _LEVEL_MM).all(axis=1)
    corners = mesh.triangles[top]
    onward: dict[Point, list[Point]] = {}
    for start, end in _border(nodes, corners):
        onward.setdefault(start, []).append(end)
    loops = [_straightened(loop) for loop in _loops(onward)]
    return tuple(Contour(_area(loop) > 0, (PolylineTo((*loop, loop[0])),)) for loop in sorted(loops))


def _border(nodes: Floats, corners: Any) -> Iterator[tuple[Point, Point]]:
    """Sides that no neighbour has, in the direction in which they run around the material."""
    points = [(round(x, 4) + 0.0, round(y, 4) + 0.0) for x, y in nodes[:, :2].tolist()]
    sides = {(points[t[i]], points[t[(i + 1) % 3]]) for t in corners.tolist() for i in range(3)}
    return ((a, b) for a, b in sorted(sides) if a != b and (b, a) not in sides)


def _loops(onward: dict[Point, list[Point]]) -> Iterator[list[Point]]:
    while onward:
        start = min(onward)
        loop, here = [start], onward[start].pop()
        while here != start:
            if not onward.get(here):
                raise Withheld("not flat: the outline of the mesh is not closed")
            loop.append(here)
            here = onward[here].pop()
        yield loop
        for point in [point for point, ends in onward.items() if not ends]:
            del onward[point]


def _straightened(loop: list[Point]) -> list[Point]:
    """Without the points on straight lines."""
    kept = []
    for i, (x, y) in enumerate(loop):
        (ax, ay), (bx, by) = loop[i - 1], loop[(i + 1) % len(loop)]
        if abs((x - ax) * (by - y) - (y - ay) * (bx - x)) > 1e-4 * math.dist((ax, ay), (bx, by)):
            kept.append((x, y))
    return kept if len(kept) > 2 else loop


def _area(loop: list[Point]) -> float:
    """mm², positive anticlockwise."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(loop, [*loop[1:], loop[0]], strict=True)) / 2
