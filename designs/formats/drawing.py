"""One view of a part as SVG: visible edges, hidden edges dashed, outer dimensions."""

from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from designs.formats.outlines import Lines
from designs.formats.strokes import Point, path_data, strokes

MARGIN = 0.16
"""Of the larger side: room for the dimensions."""
SIZE_PX = 720


def write_svg(lines: Lines, title: str, path: Path) -> None:
    """Colours follow the page it is shown on: strokes are `currentColor`."""
    (left, bottom), (right, top) = extent(lines)
    width, height = right - left, top - bottom
    larger = max(width, height, 1e-3)
    margin, stroke = larger * MARGIN, larger / 400
    scale = SIZE_PX / (larger + 2 * margin)
    box = (left - margin, -top - margin, width + 2 * margin, height + 2 * margin)
    visible = strokes(lines.visible)
    hidden = strokes(lines.hidden, without=visible)
    words = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{box[2] * scale:.0f}" height="{box[3] * scale:.0f}"',
        f' viewBox="{" ".join(map(number, box))}" role="img" fill="none" stroke="currentColor"',
        ' stroke-linecap="round" stroke-linejoin="round">',
        f"<title>{escape(title)}</title>",
        f'<path stroke-width="{number(stroke * 0.6)}" stroke-dasharray="{number(stroke * 4)} {number(stroke * 3)}"',
        f' opacity="0.45" d="{path_data(hidden, _upwards, number)}"/>',
        f'<path stroke-width="{number(stroke * 1.4)}" d="{path_data(visible, _upwards, number)}"/>',
        *_dimensions((left, right), (bottom, top), larger),
        "</svg>\n",
    ]
    path.write_text("\n".join(words), encoding="utf-8")


def extent(lines: Lines) -> tuple[Point, Point]:
    """Least and greatest corner, mm."""
    points = np.concatenate([lines.visible, lines.hidden]).reshape(-1, 2)
    (left, bottom), (right, top) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (left, bottom), (right, top)


def number(value: float) -> str:
    """To a micrometre."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _upwards(point: Point) -> Point:
    return point[0], -point[1]


def _dimensions(across: Point, up: Point, larger: float) -> list[str]:
    """Width below, height to the left."""
    gap, tick, text = larger * 0.06, larger * 0.015, larger * 0.04
    y, x = -up[0] + gap, across[0] - gap
    middle_x, middle_y = sum(across) / 2, -sum(up) / 2
    width, height = f"{across[1] - across[0]:.5g} mm", f"{up[1] - up[0]:.5g} mm"
    horizontal = f"M{number(across[0])} {number(y)}H{number(across[1])}"
    vertical = f"M{number(x)} {number(-up[0])}V{number(-up[1])}"
    ticks = "".join(f"M{number(end)} {number(y - tick)}v{number(2 * tick)}" for end in across)
    ticks += "".join(f"M{number(x - tick)} {number(-end)}h{number(2 * tick)}" for end in up)
    words = (
        f'font-family="sans-serif" font-size="{number(text)}" text-anchor="middle" fill="currentColor" stroke="none"'
    )
    turned = f'transform="rotate(-90 {number(x - text * 0.5)} {number(middle_y)})"'
    return [
        f'<path stroke-width="{number(larger / 600)}" opacity="0.7" d="{horizontal}{vertical}{ticks}"/>',
        f'<text x="{number(middle_x)}" y="{number(y + text * 1.3)}" {words}>{width}</text>',
        f'<text x="{number(x - text * 0.5)}" y="{number(middle_y)}" {words} {turned}>{height}</text>',
    ]
