"""Where the words about holes stand on a sheet: beside the part where there is room, and never on each other."""

from dataclasses import dataclass

import numpy as np

from designs.formats.sheet_layout import BORDER, LEFT, TITLE_BLOCK, Layout
from designs.formats.sheet_pen import TEXT, Pen, Point, text_width
from designs.mesh import Floats

MOST = 6
"""In one view: the largest."""
_INSTANCES = 16
"""Of the holes of one size, that a word may point at."""
_REACHES = (5.0, 9.0, 14.0, 20.0)
_DIAGONALS = ((1, -1), (1, 1), (-1, -1), (-1, 1))
_SHELF = 1.5
_AWAY = 0.05
"""What a millimetre of leader is worth in lines crossed."""

Box = tuple[float, float, float, float]
Mark = tuple[str, float, list[Point]]
"""Words, radius on paper, centres of the holes that they are about."""


@dataclass(frozen=True)
class Callout:
    """Words at the end of a leader that points at a circle's edge."""

    words: str
    tip: Point
    elbow: Point
    end: Point
    box: Box

    def draw(self, pen: Pen) -> None:
        """Leader, arrow and words."""
        dx, dy = self.tip[0] - self.elbow[0], self.tip[1] - self.elbow[1]
        length = float(np.hypot(dx, dy))
        pen.line(self.tip, self.elbow)
        pen.line(self.elbow, self.end)
        pen.arrow(self.tip, (dx / length, dy / length))
        left = min(self.elbow[0], self.end[0]) + _SHELF / 2
        pen.words(self.words, (left, self.end[1] - 0.8))


def place_callouts(marks: list[Mark], ink: Floats, layout: Layout, taken: list[Callout]) -> list[Callout]:
    """One for each mark that finds a free place. `ink` (n, 2): points on paper where lines are, mm."""
    placed: list[Callout] = []
    for words, radius, centres in marks[:MOST]:
        best: tuple[float, Callout] | None = None
        for centre in centres[:: max(1, len(centres) // _INSTANCES)]:
            for candidate in _around(words, radius, centre):
                if not _inside(candidate.box, layout) or any(
                    _overlap(candidate.box, other.box) for other in (*taken, *placed)
                ):
                    continue
                cost = _crossed(candidate.box, ink) + _AWAY * float(
                    np.hypot(candidate.elbow[0] - candidate.tip[0], candidate.elbow[1] - candidate.tip[1])
                )
                if best is None or cost < best[0] - 1e-9:
                    best = cost, candidate
        if best is not None:
            placed.append(best[1])
    return placed


def _around(words: str, radius: float, centre: Point) -> list[Callout]:
    width = text_width(words) + _SHELF
    found = []
    for reach in _REACHES:
        for across, down in _DIAGONALS:
            step = 2**-0.5
            tip = (centre[0] + across * radius * step, centre[1] + down * radius * step)
            elbow = (tip[0] + across * reach * step, tip[1] + down * reach * step)
            end = (elbow[0] + across * width, elbow[1])
            box = (min(elbow[0], end[0]), elbow[1] - TEXT - 1.2, max(elbow[0], end[0]), elbow[1] + 0.6)
            found.append(Callout(words, tip, elbow, end, box))
    return found


def _inside(box: Box, layout: Layout) -> bool:
    width, height = layout.size
    return (
        box[0] > LEFT + 1
        and box[1] > BORDER + 1
        and box[2] < width - BORDER - 1
        and box[3] < height - BORDER - TITLE_BLOCK[1] - 1
    )


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _crossed(box: Box, ink: Floats) -> int:
    within = (ink[:, 0] > box[0]) & (ink[:, 0] < box[2]) & (ink[:, 1] > box[1]) & (ink[:, 1] < box[3])
    return int(within.sum())
