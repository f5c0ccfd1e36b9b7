"""The layout of a lineage drawn beside its list: one row a version, newest first, one lane a design. Pure.

A lane is used again by another design where the two do not meet, so that a family of many forks stays narrow.
Coordinates are SVG user units; the template draws them, the list beside the drawing says the same in words.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

ROW_HEIGHT = 52
LANE_WIDTH = 22
MARGIN = 14
DOT_RADIUS = 5.5
WIDEST_LANES = 12
"""More lanes than this are drawn closer together, so that the words keep their room on a phone."""


@dataclass(frozen=True)
class VersionDot:
    """One version to be drawn."""

    key: str
    """`namespace/name@version`"""
    design: str
    version: str
    at: datetime


@dataclass(frozen=True)
class Edge:
    child: str
    parent: str
    kind: str
    """revises, forks, merges or uses"""


@dataclass(frozen=True)
class Dot:
    node: VersionDot
    x: float
    y: float
    lane: int
    parents: tuple[Edge, ...]


@dataclass(frozen=True)
class Line:
    kind: str
    path: str
    lane: int


@dataclass(frozen=True)
class Picture:
    width: float
    height: float
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]

    @property
    def designs(self) -> int:
        return len({dot.node.design for dot in self.dots})


KINDS = ("revises", "forks", "merges", "uses")
LATEST, WITHDRAWN, RECALLED = 1, 2, 4


@dataclass(frozen=True)
class Flagged:
    """A version for the picture that can be moved, with what it is marked by."""

    dot: VersionDot
    flags: int
    """LATEST, WITHDRAWN and RECALLED, added up."""


def picture_data(nodes: Sequence[Flagged], edges: Iterable[Edge]) -> Mapping[str, object]:
    """The family as numbers for the picture's script, about 40 bytes a version.

    `designs` are names; `versions` are [design, number, seconds since 1970, flags, [parent, kind, parent, kind, …]],
    newest first and never above what was made of them; kinds count as in KINDS.
    """
    by_key = {node.dot.key: node.dot for node in nodes}
    known = [edge for edge in edges if edge.child in by_key and edge.parent in by_key]
    order = {key: place for place, key in enumerate(_newest_first(by_key, known))}
    flags = {node.dot.key: node.flags for node in nodes}
    designs = {name: place for place, name in enumerate(dict.fromkeys(by_key[key].design for key in order))}
    parents: dict[str, list[int]] = defaultdict(list)
    for edge in sorted(known, key=lambda edge: (KINDS.index(edge.kind), order[edge.parent])):
        parents[edge.child] += [order[edge.parent], KINDS.index(edge.kind)]
    versions = [
        [designs[dot.design], dot.version, int(dot.at.timestamp()), flags[dot.key], parents[dot.key]]
        for dot in (by_key[key] for key in order)
    ]
    return {"designs": list(designs), "versions": versions}


def draw_lineage(nodes: Iterable[VersionDot], edges: Iterable[Edge], *, focus: str) -> Picture:
    """Place every version. `focus` is the design that gets the first lane. Edges to versions not given are left out."""
    by_key = {node.key: node for node in nodes}
    known = [edge for edge in edges if edge.child in by_key and edge.parent in by_key]
    rows = {key: row for row, key in enumerate(_newest_first(by_key, known))}
    lanes = _lanes(by_key, known, rows, focus)
    step = LANE_WIDTH * min(1.0, WIDEST_LANES / (max(lanes.values(), default=0) + 1))
    parents: dict[str, list[Edge]] = defaultdict(list)
    for edge in known:
        parents[edge.child].append(edge)

    def place(key: str) -> tuple[float, float]:
        return MARGIN + lanes[by_key[key].design] * step, (rows[key] + 0.5) * ROW_HEIGHT

    dots = [Dot(by_key[key], *place(key), lanes[by_key[key].design], tuple(parents[key])) for key in rows]
    lines = [
        Line(edge.kind, _path(place(edge.child), place(edge.parent)), lanes[by_key[edge.child].design])
        for edge in known
    ]
    width = 2 * MARGIN + max(lanes.values(), default=0) * step
    return Picture(width, len(rows) * ROW_HEIGHT, tuple(dots), tuple(lines))


def _newest_first(by_key: dict[str, VersionDot], edges: Sequence[Edge]) -> list[str]:
    """By time, but a version never stands above one that was made from it, whatever the clocks said."""
    waiting: dict[str, int] = dict.fromkeys(by_key, 0)
    parents: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        waiting[edge.parent] += 1
        parents[edge.child].append(edge.parent)
    by_age = {key: place for place, key in enumerate(sorted(by_key, key=lambda each: (by_key[each].at, each)))}
    ready = [(-by_age[key], key) for key, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        _, key = heapq.heappop(ready)
        order.append(key)
        for parent in parents[key]:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                heapq.heappush(ready, (-by_age[parent], parent))
    return order


def _lanes(by_key: dict[str, VersionDot], edges: Sequence[Edge], rows: dict[str, int], focus: str) -> dict[str, int]:
    """A lane for each design: the lowest that is free over all rows the design's dots and lines pass."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for key, row in rows.items():
        design = by_key[key].design
        first[design] = min(row, first.get(design, row))
        last[design] = max(row, last.get(design, row))
    for edge in edges:
        design = by_key[edge.child].design
        last[design] = max(last[design], rows[edge.parent])
    taken: list[list[tuple[int, int]]] = []
    lanes: dict[str, int] = {}
    for design in sorted(first, key=lambda each: (each != focus, first[each], each)):
        span = (first[design], last[design])
        free = (lane for lane, spans in enumerate(taken) if all(span[1] < low or high < span[0] for low, high in spans))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append(span)
        lanes[design] = lane
    return lanes


def _path(child: tuple[float, float], parent: tuple[float, float]) -> str:
    """Straight down the child's lane, then one bend into the parent's."""
    (x1, y1), (x2, y2) = child, parent
    if x1 == x2:
        return f"M{x1:g} {y1:g}V{y2:g}"
    turn = y2 - ROW_HEIGHT * 0.8
    return f"M{x1:g} {y1:g}V{max(y1, turn):g}C{x1:g} {y2:g} {x1:g} {y2:g} {x2:g} {y2:g}"
