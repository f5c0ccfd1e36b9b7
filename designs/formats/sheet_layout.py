"""Where the views of a drawing stand on its sheet, and at which scale. Pure; millimetres on paper, y downwards."""

from dataclasses import dataclass
from fractions import Fraction

Size = tuple[float, float]

SHEETS: dict[str, Size] = {"A4": (297.0, 210.0), "A3": (420.0, 297.0)}
SCALES = (
    *(Fraction(scale) for scale in (10, 5, 2, 1)),
    *(Fraction(1, scale) for scale in (2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)
"""ISO 5455."""
LEFT, BORDER = 20.0, 10.0
"""The frame's distance from the sheet's edge; the left is wider for filing (ISO 5457)."""
TITLE_BLOCK: Size = (180.0, 30.0)
ROOM = 6.0
"""Between the frame and what is drawn."""
GAP = 18.0
"""Between two views."""
FOR_DIMENSIONS = 14.0


@dataclass(frozen=True)
class Placed:
    """A view's box on the sheet."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Third-angle projection: the top view stands above the front, the view from the right stands to the right."""

    sheet: str
    size: Size
    scale: Fraction
    front: Placed
    top: Placed
    right: Placed
    isometric: Placed
    """The room that is left for it."""


def lay_out(part: tuple[float, float, float], isometric: Size) -> Layout:
    """Of a part of this size (x, y, z in mm) and its isometric view (mm): on A4 where it can be drawn there in full
    size or larger, or as large as on A3."""
    found = {name: _largest_scale(part, size) for name, size in SHEETS.items()}
    name = "A3" if found["A4"] < 1 and found["A3"] > found["A4"] else "A4"
    return _place(name, part, found[name], isometric)


def scale_text(scale: Fraction) -> str:
    """`2:1`, `1:5`."""
    return f"{scale.numerator}:{scale.denominator}"


def _area(size: Size) -> Placed:
    """Where views may stand."""
    x, y = LEFT + ROOM, BORDER + ROOM
    return Placed(x, y, size[0] - BORDER - ROOM - x, size[1] - BORDER - TITLE_BLOCK[1] - ROOM - y)


def _needed(part: tuple[float, float, float], scale: Fraction) -> Size:
    x, y, z = (extent * float(scale) for extent in part)
    return FOR_DIMENSIONS + x + GAP + y, y + GAP + z + FOR_DIMENSIONS


def _largest_scale(part: tuple[float, float, float], size: Size) -> Fraction:
    area = _area(size)
    for scale in SCALES:
        width, height = _needed(part, scale)
        if width <= area.width and height <= area.height:
            return scale
    return SCALES[-1]


def _place(name: str, part: tuple[float, float, float], scale: Fraction, isometric: Size) -> Layout:
    size = SHEETS[name]
    area = _area(size)
    width, height = _needed(part, scale)
    x, y, z = (extent * float(scale) for extent in part)
    left = area.x + FOR_DIMENSIONS + max(0.0, area.width - width) * 0.3
    above = area.y + max(0.0, area.height - height) * 0.5
    front = Placed(left, above + y + GAP, x, z)
    right = Placed(left + x + GAP, front.y, y, z)
    end = area.x + area.width
    corner = Placed(right.x, area.y, end - right.x, front.y - GAP / 2 - area.y)
    beside = Placed(right.x + y + GAP, area.y, max(0.0, end - right.x - y - GAP), area.height)
    room = max(corner, beside, key=lambda place: min(place.width / isometric[0], place.height / isometric[1]))
    return Layout(name, size, scale, front, Placed(left, above, x, y), right, room)
