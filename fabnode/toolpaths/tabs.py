"""Where a closed way is bridged by tabs that hold the part. Pure."""

from math import ceil, hypot

from fabnode.toolpaths.contours import Polygon
from fabnode.toolpaths.dxf import Point

FEWEST_TABS = 2
Step = tuple[Point, bool]
"""A point to go to, and whether the piece that leads there is a tab."""


def perimeter(points: Polygon) -> float:
    return sum(_length(begin, end) for begin, end in zip(points, (*points[1:], points[0]), strict=True))


def tab_spans(points: Polygon, width_mm: float, spacing_mm: float) -> list[tuple[float, float]]:
    """Tabs along the way, begin and end in mm from its start: at least two, evenly spread, none at the start.

    None at all where they would take more than half of the way: such a part is smaller than its tabs.
    """
    around = perimeter(points)
    count = max(ceil(around / spacing_mm), FEWEST_TABS)
    if width_mm <= 0 or count * width_mm > around / 2:
        return []
    middles = [around * (index + 0.5) / count for index in range(count)]
    return [(middle - width_mm / 2, middle + width_mm / 2) for middle in middles]


def around(points: Polygon, spans: list[tuple[float, float]]) -> list[Step]:
    """The way from its first point back to it, split where tabs begin and end."""
    edges = sorted({edge for span in spans for edge in span})
    steps: list[Step] = []
    done = 0.0
    for begin, end in zip(points, (*points[1:], points[0]), strict=True):
        length = _length(begin, end)
        marks = [edge for edge in edges if done < edge < done + length]
        before = done
        for mark in [*marks, done + length]:
            share = (mark - done) / length if length else 1.0
            point = end if mark == done + length else _between(begin, end, share)
            middle = (before + mark) / 2
            steps.append((point, any(first < middle < last for first, last in spans)))
            before = mark
        done += length
    return steps


def _between(begin: Point, end: Point, share: float) -> Point:
    return begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share


def _length(begin: Point, end: Point) -> float:
    return hypot(end[0] - begin[0], end[1] - begin[1])
