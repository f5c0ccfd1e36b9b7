"""Whether outlines cross each other or themselves, found by a grid over their pieces. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import hypot

from designs.engines.interface import EngineError
from designs.outlines.curves import Point

MAX_PIECES = 200_000
MAX_CELLS = 4_000_000
_Piece = tuple[int, int, Point, Point]
"""Outline, number within it, begin and end."""


def crossing_of(outlines: Sequence[list[Point]]) -> Point | None:
    """Where two pieces cross; None where none do. Outlines that merely touch are not told. Raises EngineError."""
    pieces = [
        (number, index, begin, end)
        for number, points in enumerate(outlines)
        for index, (begin, end) in enumerate(zip(points, [*points[1:], points[0]], strict=True))
    ]
    if len(pieces) > MAX_PIECES:
        raise EngineError("bad_geometry", f"the drawing is too detailed: more than {MAX_PIECES} straight pieces")
    size = 2 * sum(hypot(end[0] - begin[0], end[1] - begin[1]) for _, _, begin, end in pieces) / max(len(pieces), 1)
    cells: dict[tuple[int, int], list[_Piece]] = defaultdict(list)
    filled = 0
    for piece in pieces:
        for cell in _cells(piece, size):
            if (found := _crossing(piece, cells[cell], outlines)) is not None:
                return found
            cells[cell].append(piece)
            filled += 1
        if filled > MAX_CELLS:
            raise EngineError("bad_geometry", "the drawing has pieces of very different length, too many to compare")
    return None


def _cells(piece: _Piece, size: float) -> Iterator[tuple[int, int]]:
    """Those that the piece goes through, and some beside them."""
    _, _, (x0, y0), (x1, y1) = piece
    steps = int(hypot(x1 - x0, y1 - y0) / size) + 1
    seen: set[tuple[int, int]] = set()
    for step in range(steps):
        ax, ay = x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
        bx, by = x0 + (x1 - x0) * (step + 1) / steps, y0 + (y1 - y0) * (step + 1) / steps
        for column in range(int(min(ax, bx) // size), int(max(ax, bx) // size) + 1):
            for row in range(int(min(ay, by) // size), int(max(ay, by) // size) + 1):
                if (column, row) not in seen:
                    seen.add((column, row))
                    yield column, row


def _crossing(piece: _Piece, others: Sequence[_Piece], outlines: Sequence[list[Point]]) -> Point | None:
    number, index, begin, end = piece
    for other_number, other_index, other_begin, other_end in others:
        beside = number == other_number and abs(index - other_index) in {0, 1, len(outlines[number]) - 1}
        if not beside and _cross(begin, end, other_begin, other_end):
            before, after = _side(other_begin, other_end, begin), _side(other_begin, other_end, end)
            share = before / (before - after)
            return begin[0] + (end[0] - begin[0]) * share, begin[1] + (end[1] - begin[1]) * share
    return None


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether each has the other's ends on different sides of it."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
