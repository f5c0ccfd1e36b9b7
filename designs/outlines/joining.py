"""Closed outlines from the chains of a drawing, and which lies in which. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from designs.engines.interface import EngineError
from designs.outlines.crossing import crossing_of
from designs.outlines.curves import Chain, Point, area, backwards, distance, polygon

JOIN_MM = 0.02
"""Ends closer than this meet: drawings round their coordinates."""
LEAST_AREA_MM2 = 0.01
MAX_LOOPS = 2000
"""Each is compared with each."""


@dataclass(frozen=True)
class Part:
    """A plate: its outline anticlockwise, and its holes clockwise."""

    outline: Chain
    holes: tuple[Chain, ...]


def parts_of(chains: Sequence[Chain]) -> list[Part]:
    """What an odd number of outlines encloses is material. Raises EngineError."""
    loops = _loops(chains)
    if len(loops) > MAX_LOOPS:
        raise EngineError("bad_geometry", f"the drawing has {len(loops)} outlines; at most {MAX_LOOPS} can be built")
    outlines = [polygon(loop) for loop in loops]
    for points in outlines:
        if len(points) < 3 or abs(area(points)) < LEAST_AREA_MM2:
            raise EngineError("bad_geometry", f"an outline at {shown(points[0])} encloses nothing: repair the drawing")
    if (where := crossing_of(outlines)) is not None:
        raise EngineError("bad_geometry", f"outlines cross near {shown(where)}: unite or separate them in the drawing")
    around = _around(outlines)
    turned = [
        loop if (area(points) > 0) == (len(outside) % 2 == 0) else backwards(loop)
        for loop, points, outside in zip(loops, outlines, around, strict=True)
    ]
    parts = []
    for index, outside in enumerate(around):
        if len(outside) % 2 == 0:
            holes = [turned[i] for i, within in enumerate(around) if within == outside | {index}]
            parts.append(Part(turned[index], tuple(holes)))
    return parts


def shown(point: Point) -> str:
    return f"x {point[0]:.2f}, y {point[1]:.2f} mm"


def _loops(chains: Sequence[Chain]) -> list[Chain]:
    closed = [chain for chain in chains if distance(chain[0].start, chain[-1].end) <= JOIN_MM]
    loose = [chain for chain in chains if distance(chain[0].start, chain[-1].end) > JOIN_MM]
    at_end: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, chain in enumerate(loose):
        for end in (chain[0].start, chain[-1].end):
            at_end[_cell(end)].append(index)
    unused = set(range(len(loose)))
    while unused:
        closed.append(_follow(loose, at_end, unused))
    return closed


def _follow(loose: Sequence[Chain], at_end: dict[tuple[int, int], list[int]], unused: set[int]) -> Chain:
    index = min(unused)
    unused.remove(index)
    chain = loose[index]
    while distance(chain[-1].end, chain[0].start) > JOIN_MM:
        here = chain[-1].end
        column, row = _cell(here)
        cells = [(column + right, row + up) for right in (-1, 0, 1) for up in (-1, 0, 1)]
        near = sorted({number for cell in cells for number in at_end.get(cell, ())} & unused)
        onward = [
            (number, way)
            for number in near
            for way in (loose[number], backwards(loose[number]))
            if distance(way[0].start, here) <= JOIN_MM
        ]
        if not onward:
            raise EngineError("bad_geometry", f"an outline is open at {shown(here)}: close it in the drawing")
        if len(onward) > 1:
            raise EngineError(
                "bad_geometry", f"outlines touch or branch at {shown(here)}: separate them in the drawing"
            )
        unused.remove(onward[0][0])
        chain += onward[0][1]
    return chain


def _around(outlines: Sequence[list[Point]]) -> list[frozenset[int]]:
    """The others that each lies in."""
    boxes = [
        (min(x for x, _ in one), min(y for _, y in one), max(x for x, _ in one), max(y for _, y in one))
        for one in outlines
    ]

    def lies_in(index: int, other: int) -> bool:
        (x, y), (left, near, right, far) = outlines[index][0], boxes[other]
        return left < x < right and near < y < far and _encloses(outlines[other], (x, y))

    every = range(len(outlines))
    return [frozenset(other for other in every if other != index and lies_in(index, other)) for index in every]


def _encloses(points: list[Point], point: Point) -> bool:
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


def _cell(point: Point) -> tuple[int, int]:
    return int(point[0] // JOIN_MM), int(point[1] // JOIN_MM)
