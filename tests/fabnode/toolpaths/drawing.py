"""Drawings for toolpath tests, and what a program would really cut, found without the code that made it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot
from pathlib import Path

Point = tuple[float, float]

_WORD = re.compile(r"([A-Z])(-?\d+(?:\.\d+)?)")


def line(begin: Point, end: Point) -> str:
    return f"0\nLINE\n8\n0\n10\n{begin[0]}\n20\n{begin[1]}\n11\n{end[0]}\n21\n{end[1]}\n"


def circle(centre: Point, radius: float) -> str:
    return f"0\nCIRCLE\n8\n0\n10\n{centre[0]}\n20\n{centre[1]}\n40\n{radius}\n"


def arc(centre: Point, radius: float, first: float, last: float) -> str:
    return f"0\nARC\n8\n0\n10\n{centre[0]}\n20\n{centre[1]}\n40\n{radius}\n50\n{first}\n51\n{last}\n"


def polyline(points: Sequence[tuple[float, float, float]], *, closed: bool = True) -> str:
    """Points with bulges."""
    vertices = "".join(f"10\n{x}\n20\n{y}\n42\n{bulge}\n" for x, y, bulge in points)
    return f"0\nLWPOLYLINE\n8\n0\n90\n{len(points)}\n70\n{int(closed)}\n{vertices}"


def polygon(points: Sequence[Point]) -> str:
    return polyline([(x, y, 0.0) for x, y in points])


def drawing(folder: Path, *entities: str, unit: int | None = 4) -> Path:
    units = "" if unit is None else f"9\n$INSUNITS\n70\n{unit}\n"
    text = f"0\nSECTION\n2\nHEADER\n{units}0\nENDSEC\n0\nSECTION\n2\nENTITIES\n{''.join(entities)}0\nENDSEC\n0\nEOF\n"
    path = folder / "model.dxf"
    path.write_text(text)
    return path


def rectangle(x: float, y: float, width: float, depth: float) -> list[Point]:
    return [(x, y), (x + width, y), (x + width, y + depth), (x, y + depth)]


@dataclass
class Cut:
    """One line of cutting moves, without a rapid move between them."""

    points: list[Point]
    heights: list[float] = field(default_factory=list)
    dark: list[bool] = field(default_factory=list)
    """Whether the piece that leads to each further point is cut with the beam off."""


def cuts_of(path: Path) -> list[Cut]:
    """Every run of G1 moves in the plane, from the program's text alone."""
    cuts: list[Cut] = []
    here, height, power = (0.0, 0.0), 0.0, 0.0
    for row in path.read_text().splitlines():
        words = {letter: float(value) for letter, value in _WORD.findall(row)}
        power = words.get("S", power)
        height = words.get("Z", height)
        to = (words.get("X", here[0]), words.get("Y", here[1]))
        if words.get("G") == 0 and "X" in words:
            cuts.append(Cut([to]))
        elif words.get("G") == 1 and to != here:
            cuts[-1].points.append(to)
            cuts[-1].heights.append(height)
            cuts[-1].dark.append(power == 0)
        here = to
    return [cut for cut in cuts if len(cut.points) > 1]


def distance(point: Point, points: Sequence[Point]) -> float:
    """From a point to a polygon's outline."""
    return min(_to_edge(point, begin, end) for begin, end in zip(points, [*points[1:], points[0]], strict=True))


def _to_edge(point: Point, begin: Point, end: Point) -> float:
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    square = dx * dx + dy * dy
    share = ((point[0] - begin[0]) * dx + (point[1] - begin[1]) * dy) / square if square else 0.0
    share = max(0.0, min(1.0, share))
    return hypot(point[0] - begin[0] - share * dx, point[1] - begin[1] - share * dy)
