"""Closed contours from loose pieces, and the way of a tool around them. Polygons are in mm.

The offset is Clipper's (pyclipper): it works on whole numbers and stays right where an offset of one's own goes wrong:
arms that meet, notches that close. Shapely would do as well, but needs numpy, which the agent does without.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

from fabnode.toolpaths.dxf import CHORD_MM, Line, Point
from fabnode.toolpaths.errors import ToolpathError

Paths = Sequence[Sequence[tuple[int, int]]]
"""In Clipper's whole numbers."""
Polygon = tuple[Point, ...]
"""Without repeating the first point."""

JOIN_MM = 0.02
"""Ends closer than this meet: drawings round their coordinates."""
UNITS_PER_MM = 10_000.0
"""Clipper's whole numbers: a tenth of a micrometre."""
LEAST_AREA_MM2 = 0.01
MOST_OUTLINES = 5000
"""Each is compared with each."""
CLIPPER_LOOSENESS = 2.25
"""It rounds the number of an arc's pieces, so that one may be half as long again and leave it by this much more."""
ROUNDING_SHARE = 1e-5
"""Of an area, for Clipper's whole numbers."""
CORNER_SHARE = 0.35
"""Half the thickness of what may be left standing, by the tool's radius: in a corner of 60° it is 0.33."""


@dataclass(frozen=True)
class Way:
    """One closed way of the tool's centre. Round a part or its hole, in climb direction for a right-hand tool."""

    points: Polygon
    inner: bool
    """It cuts out a hole; otherwise the part itself."""
    depth: int
    """How deep it is nested: 0 outermost."""


def join(lines: Sequence[Line]) -> list[Polygon]:
    """Raises ToolpathError where an outline is open or branches."""
    closed = [line for line in lines if line[0] == line[-1]]
    loose = [line for line in lines if line[0] != line[-1]]
    at_end: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, line in enumerate(loose):
        for end in (line[0], line[-1]):
            at_end[_cell(end)].append(index)
    unused = set(range(len(loose)))
    while unused:
        closed.append(_follow(loose, at_end, unused))
    if len(closed) > MOST_OUTLINES:
        raise ToolpathError(f"the drawing has {len(closed)} outlines; at most {MOST_OUTLINES} are cut in one go")
    polygons = [tuple(line[:-1]) for line in closed]
    for polygon in polygons:
        if len(polygon) < 3 or abs(area(polygon)) < LEAST_AREA_MM2:
            raise ToolpathError(f"an outline at {_shown(polygon[0])} encloses nothing; repair the drawing")
    return polygons


def _follow(loose: Sequence[Line], at_end: dict[tuple[int, int], list[int]], unused: set[int]) -> Line:
    index = min(unused)
    unused.remove(index)
    points = list(loose[index])
    while not _meet(points[-1], points[0]):
        here = points[-1]
        near = [
            (number, line if _meet(line[0], here) else line[::-1])
            for number in sorted({number for cell in _around(here) for number in at_end.get(cell, ())} & unused)
            if _meet((line := loose[number])[0], here) or _meet(line[-1], here)
        ]
        if not near:
            raise ToolpathError(f"an outline is open at {_shown(here)}; close it in the drawing")
        if len(near) > 1:
            raise ToolpathError(f"outlines touch or branch at {_shown(here)}; separate them in the drawing")
        unused.remove(near[0][0])
        points += near[0][1][1:]
    return (*points[:-1], points[0])


def offset(polygons: Sequence[Polygon], radius_mm: float) -> list[Way]:
    """The ways of a tool's centre at `radius_mm` from all material, outside of it everywhere.

    Material is what an odd number of outlines encloses. Raises ToolpathError where the tool is too wide: a hole,
    notch or gap that it does not fit into, or does not get through.
    """
    import pyclipper  # type: ignore[import-untyped]

    paths = [[_whole(point) for point in polygon] for polygon in polygons]
    material = pyclipper.SimplifyPolygons(paths, pyclipper.PFT_EVENODD)
    depths = depths_of(polygons)
    _require_apart(polygons, depths, material)
    grown = _grow(material, radius_mm)
    ways: list[Way] = []
    _gather(grown, -1, ways)
    _require_as_many(depths, ways, 2 * radius_mm)
    _require_reached(material, pyclipper.PolyTreeToPaths(grown), radius_mm)
    return ways


def _require_apart(polygons: Sequence[Polygon], depths: Sequence[int], material: Paths) -> None:
    """Outlines that lie in or beside each other enclose what they say; those that cross enclose something else."""
    import pyclipper

    expected = sum(abs(area(polygon)) * (-1) ** depth for polygon, depth in zip(polygons, depths, strict=True))
    enclosed = sum(pyclipper.Area(path) for path in material) / UNITS_PER_MM**2
    if len(material) != len(polygons) or abs(enclosed - expected) > LEAST_AREA_MM2 + enclosed * ROUNDING_SHARE:
        raise ToolpathError("outlines cross or touch each other; repair the drawing")


def _grow(paths: Paths, by_mm: float) -> object:
    """Clipper's tree of the outlines, moved outwards (inwards when negative) with round corners."""
    import pyclipper

    engine = pyclipper.PyclipperOffset(2.0, CHORD_MM / CLIPPER_LOOSENESS * UNITS_PER_MM)
    engine.AddPaths(paths, pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    return engine.Execute2(by_mm * UNITS_PER_MM)


def _require_reached(material: Paths, grown: Paths, radius_mm: float) -> None:
    """What the tool leaves standing beside the part may be the roundings of its corners, and no more."""
    import pyclipper

    left = pyclipper.Pyclipper()
    left.AddPaths(pyclipper.PolyTreeToPaths(_grow(grown, -radius_mm)), pyclipper.PT_SUBJECT)
    left.AddPaths(material, pyclipper.PT_CLIP)
    standing = left.Execute(pyclipper.CT_DIFFERENCE, pyclipper.PFT_NONZERO, pyclipper.PFT_NONZERO)
    if not standing:
        return
    thick = pyclipper.PolyTreeToPaths(_grow(standing, -CORNER_SHARE * radius_mm))
    if thick:
        x, y = thick[0][0]
        at = _shown((x / UNITS_PER_MM, y / UNITS_PER_MM))
        raise ToolpathError(f"a notch at {at} is too narrow for the cut of {2 * radius_mm:g} mm: use a thinner tool")


def _gather(node: object, depth: int, ways: list[Way]) -> None:
    contour = getattr(node, "Contour", [])
    if contour:
        points = tuple((x / UNITS_PER_MM, y / UNITS_PER_MM) for x, y in contour)
        inner = bool(depth % 2)
        anticlockwise = area(points) > 0
        ways.append(Way(points if anticlockwise == inner else points[::-1], inner, depth))
    for child in getattr(node, "Childs", []):
        _gather(child, depth + 1, ways)


def _require_as_many(depths: Sequence[int], ways: Sequence[Way], tool_mm: float) -> None:
    holes = sum(depth % 2 for depth in depths)
    inner = sum(way.inner for way in ways)
    if inner < holes:
        raise ToolpathError(
            f"{holes - inner} of {holes} holes are narrower than the cut of {tool_mm:g} mm: use a thinner tool"
        )
    if inner > holes:
        raise ToolpathError(
            f"a hole has a narrow place that the cut of {tool_mm:g} mm does not get through: use a thinner tool"
        )
    if len(ways) - inner < len(depths) - holes:
        raise ToolpathError(f"parts lie closer together than the cut of {tool_mm:g} mm: move them apart")


def depths_of(polygons: Sequence[Polygon]) -> list[int]:
    """How many of the others each lies in."""
    boxes = [_box(polygon) for polygon in polygons]

    def lies_in(index: int, other: int) -> bool:
        (x, y), (left, near, right, far) = polygons[index][0], boxes[other]
        return left < x < right and near < y < far and encloses(polygons[other], (x, y))

    every = range(len(polygons))
    return [sum(other != index and lies_in(index, other) for other in every) for index in every]


def _box(points: Polygon) -> tuple[float, float, float, float]:
    columns, rows = [x for x, _ in points], [y for _, y in points]
    return min(columns), min(rows), max(columns), max(rows)


def encloses(polygon: Polygon, point: Point) -> bool:
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


def area(polygon: Polygon) -> float:
    """mm², positive anticlockwise."""
    pairs = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs) / 2


def in_order(ways: Sequence[Way]) -> list[Way]:
    """What lies deepest first, so that nothing is cut out of what has come loose; within that, the nearest next."""
    boxes = {id(way): _box(way.points) for way in ways}
    ordered: list[Way] = []
    here: Point = (0.0, 0.0)
    for depth in sorted({way.depth for way in ways}, reverse=True):
        left = [way for way in ways if way.depth == depth]
        while left:
            index = min(range(len(left)), key=lambda number: _to_box(boxes[id(left[number])], here))
            way = left.pop(index)
            start = _nearest(way.points, here)
            ordered.append(Way(way.points[start:] + way.points[:start], way.inner, depth))
            here = ordered[-1].points[0]
    return ordered


def _to_box(box: tuple[float, float, float, float], point: Point) -> float:
    left, near, right, far = box
    return hypot(max(left - point[0], 0.0, point[0] - right), max(near - point[1], 0.0, point[1] - far))


def _nearest(points: Polygon, to: Point) -> int:
    return min(range(len(points)), key=lambda index: _distance(points[index], to))


def _distance(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def _meet(one: Point, other: Point) -> bool:
    return _distance(one, other) <= JOIN_MM


def _cell(point: Point) -> tuple[int, int]:
    return int(point[0] // JOIN_MM), int(point[1] // JOIN_MM)


def _around(point: Point) -> list[tuple[int, int]]:
    column, row = _cell(point)
    return [(column + right, row + up) for right in (-1, 0, 1) for up in (-1, 0, 1)]


def _whole(point: Point) -> tuple[int, int]:
    return round(point[0] * UNITS_PER_MM), round(point[1] * UNITS_PER_MM)


def _shown(point: Point) -> str:
    return f"X{point[0]:.2f} Y{point[1]:.2f}"
