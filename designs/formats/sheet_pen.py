"""What a drawing's sheet is written with: lines, dimensions and words as SVG. Millimetres on paper, y downwards."""

import math
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

Point = tuple[float, float]

INK, PAPER = "#111", "#fff"
VISIBLE, HIDDEN, THIN = 0.4, 0.22, 0.16
"""Widths of lines (ISO 128)."""
TEXT = 3.0
"""Height of the letters of a dimension."""
ARROW, ARROW_WIDTH = 2.6, 0.8
_LEAST = 0.01
LETTER = 0.56
"""Mean width of a letter as a share of the font's size, about."""


@dataclass
class Pen:
    """Collects the elements of a sheet."""

    elements: list[str] = field(default_factory=list)

    def path(self, data: str, width: float, *, dashes: str = "") -> None:
        """A line drawing."""
        if data:
            dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
            self.elements.append(f'<path d="{data}" stroke-width="{number(width)}"{dashed}/>')

    def line(self, start: Point, end: Point, width: float = THIN, *, dashes: str = "") -> None:
        self.path(f"M{number(start[0])} {number(start[1])}L{number(end[0])} {number(end[1])}", width, dashes=dashes)

    def box(self, corner: Point, size: Point, width: float = THIN) -> None:
        self.path(
            f"M{number(corner[0])} {number(corner[1])}h{number(size[0])}v{number(size[1])}h{number(-size[0])}Z", width
        )

    def arrow(self, tip: Point, towards: Point) -> None:
        """A filled head at `tip` that points along the unit vector `towards`."""
        (x, y), (dx, dy) = tip, towards
        back = (x - dx * ARROW, y - dy * ARROW)
        sides = [(back[0] - dy * ARROW_WIDTH / 2 * turn, back[1] + dx * ARROW_WIDTH / 2 * turn) for turn in (1, -1)]
        points = " ".join(f"{number(a)},{number(b)}" for a, b in (tip, *sides))
        self.elements.append(f'<polygon points="{points}" fill="{INK}" stroke="none"/>')

    def words(
        self, text: str, at: Point, size: float = TEXT, *, anchor: str = "start", turn: float = 0.0, most: float = 0.0
    ) -> None:
        """One line of text on its base line; squeezed where it would be wider than `most`."""
        squeezed = (
            f' textLength="{number(most)}" lengthAdjust="spacingAndGlyphs"'
            if most and too_wide(text, size, most)
            else ""
        )
        turned = f' transform="rotate({number(turn)} {number(at[0])} {number(at[1])})"' if turn else ""
        self.elements.append(
            f'<text x="{number(at[0])}" y="{number(at[1])}" font-size="{number(size)}" text-anchor="{anchor}"'
            f"{squeezed}{turned}>{escape(text)}</text>"
        )

    def dimension(self, start: Point, end: Point, off: float, text: str) -> None:
        """Between two points that lie level or upright, `off` below or to the left of them; none where they are one."""
        if math.dist(start, end) < _LEAST:
            return
        level = start[1] == end[1]
        a, b = ((x, y + off) if level else (x - off, y) for x, y in (start, end))
        for point, (x, y) in ((start, a), (end, b)):
            self.line(
                (point[0], point[1] + 1) if level else (point[0] - 1, point[1]), (x, y + 1.5) if level else (x - 1.5, y)
            )
        self.line(a, b)
        length = math.dist(a, b)
        unit = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
        outside = length < 3 * ARROW
        self.arrow(a, unit if outside else (-unit[0], -unit[1]))
        self.arrow(b, (-unit[0], -unit[1]) if outside else unit)
        if outside:
            for (x, y), way in ((a, -1), (b, 1)):
                self.line((x, y), (x + way * unit[0] * 2 * ARROW, y + way * unit[1] * 2 * ARROW))
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        if level:
            self.words(text, (middle[0], middle[1] - 0.8), anchor="middle")
        else:
            self.words(text, (middle[0] - 0.8, middle[1]), anchor="middle", turn=-90)


def number(value: float) -> str:
    """To a hundredth of a millimetre on paper."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def too_wide(text: str, size: float, most: float) -> bool:
    """Whether a text is wider than `most` mm, about."""
    return text_width(text, size) > most


def text_width(text: str, size: float = TEXT) -> float:
    """In mm, about: the font is the reader's own."""
    return len(text) * size * LETTER
