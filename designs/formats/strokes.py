"""Pen strokes out of loose segments: what meets is drawn in one go, and what bends gently becomes a curve.

The ends of the segments of a mesh's edges lie on the true edge; only between them the mesh cuts the corner. So a run
of gentle bends is drawn with Bézier curves through its points, tangent to the circle through each point and its
neighbours.
"""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise

from designs.mesh import Floats

Point = tuple[float, float]
Stroke = list[Point]

GRID_MM = 1e-3
"""Ends nearer than this meet."""
GENTLE_RAD = 0.6
"""Bends of more than this are corners: above the angular tolerance of every mesh that is drawn."""
LONG = 2.5
"""A segment so many times as long as its neighbour is a straight line that runs into a curve."""

Number = Callable[[float], str]


def strokes(segments: Floats, without: Iterable[Stroke] = ()) -> list[Stroke]:
    """Polylines through segments (k, 2, 2) mm, each segment once, without those of other strokes; in a fixed order."""
    taken = {line for stroke in without for line in _lines(stroke)}
    grid = [(_cell(ax, ay), _cell(bx, by)) for (ax, ay), (bx, by) in segments.tolist()]
    lines = sorted({(min(a, b), max(a, b)) for a, b in grid if a != b})
    lines = [line for line in lines if line not in taken]
    onward: dict[tuple[int, int], list[int]] = {}
    for index, line in enumerate(lines):
        for end in line:
            onward.setdefault(end, []).append(index)
    free = [True] * len(lines)
    found = []
    for index, (start, end) in enumerate(lines):
        if free[index]:
            free[index] = False
            path = _follow([start, end], lines, onward, free)
            path = _follow(path[::-1], lines, onward, free)
            found.append([(x * GRID_MM, y * GRID_MM) for x, y in path])
    return found


def path_data(drawn: Iterable[Stroke], place: Callable[[Point], Point], number: Number) -> str:
    """SVG path data. `place` takes a point to the paper; it may scale, move and mirror."""
    return "".join(_curve([place(point) for point in stroke], number) for stroke in drawn)


def _lines(stroke: Stroke) -> Iterable[tuple[tuple[int, int], tuple[int, int]]]:
    cells = [_cell(x, y) for x, y in stroke]
    return ((min(a, b), max(a, b)) for a, b in pairwise(cells))


def _cell(x: float, y: float) -> tuple[int, int]:
    return round(x / GRID_MM), round(y / GRID_MM)


def _follow(
    path: list[tuple[int, int]],
    lines: list[tuple[tuple[int, int], tuple[int, int]]],
    onward: dict[tuple[int, int], list[int]],
    free: list[bool],
) -> list[tuple[int, int]]:
    """Go on from the end as straight as possible, as long as there is a free segment."""
    while True:
        (ax, ay), here = path[-2:]
        best, choice, ahead = -2.0, -1, here
        for index in onward[here]:
            if free[index]:
                a, b = lines[index]
                other = b if a == here else a
                ux, uy, vx, vy = here[0] - ax, here[1] - ay, other[0] - here[0], other[1] - here[1]
                straight = (ux * vx + uy * vy) / (math.hypot(ux, uy) * math.hypot(vx, vy))
                if straight > best:
                    best, choice, ahead = straight, index, other
        if choice < 0:
            return path
        free[choice] = False
        path.append(ahead)


def _curve(points: Stroke, number: Number) -> str:
    closed = points[0] == points[-1] and len(points) > 3
    count = len(points) - 1
    steps = [(points[i + 1][0] - points[i][0], points[i + 1][1] - points[i][1]) for i in range(count)]
    lengths = [math.hypot(*step) or 1e-12 for step in steps]
    tangents = [_tangent(i, steps, lengths, closed=closed) for i in range(count + 1)]
    words = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for i in range(count):
        (x, y), step, length = points[i + 1], steps[i], lengths[i]
        before, after = tangents[i], tangents[i + 1]
        if (before is None and after is None) or _is_long(i, lengths, tangents):
            words.append(f"L{number(x)} {number(y)}")
            continue
        unit = (step[0] / length, step[1] / length)
        before, after = before or _mirrored(after, unit), after or _mirrored(before, unit)
        reach = length / 3
        x0, y0 = points[i]
        handles = (x0 + before[0] * reach, y0 + before[1] * reach, x - after[0] * reach, y - after[1] * reach)
        words.append("C" + " ".join(map(number, handles)) + f" {number(x)} {number(y)}")
    return "".join(words) + ("Z" if closed else "")


def _is_long(i: int, lengths: list[float], tangents: list[Point | None]) -> bool:
    """Beside a much shorter one, on a side where it runs on; the ends of a stroke may have been cut short."""
    shorter = lengths[i] / LONG
    before = tangents[i] is not None and i > 1 and lengths[i - 1] < shorter
    after = tangents[i + 1] is not None and i < len(lengths) - 2 and lengths[i + 1] < shorter
    return before or after


def _tangent(i: int, steps: list[Point], lengths: list[float], *, closed: bool) -> Point | None:
    """Of the circle through a point and its neighbours, or of the straight line that ends here; None at corners and
    ends."""
    count = len(steps)
    if not closed and i in (0, count):
        return None
    (ax, ay), (bx, by) = steps[(i - 1) % count], steps[i % count]
    a, b = lengths[(i - 1) % count], lengths[i % count]
    cosine = (ax * bx + ay * by) / (a * b)
    if cosine < math.cos(GENTLE_RAD) or cosine > 1 - 1e-9:
        return None
    if a > LONG * b:
        return ax / a, ay / a
    if b > LONG * a:
        return bx / b, by / b
    x, y = ax / a * b + bx / b * a, ay / a * b + by / b * a
    length = math.hypot(x, y)
    return x / length, y / length


def _mirrored(tangent: Point | None, unit: Point) -> Point:
    """The other end's tangent of an arc over a chord."""
    if tangent is None:
        return unit
    along = 2 * (tangent[0] * unit[0] + tangent[1] * unit[1])
    return along * unit[0] - tangent[0], along * unit[1] - tangent[1]
