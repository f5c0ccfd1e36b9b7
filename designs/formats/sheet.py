"""A drawing sheet as SVG: front, top and right view in third-angle projection and an isometric one, with hidden lines,
centre lines, principal dimensions and a title block. Black on white, to be printed at its scale.
"""

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from designs.formats.callouts import Callout, place_callouts
from designs.formats.drawing import extent
from designs.formats.holes import Hole
from designs.formats.order import Order
from designs.formats.outlines import Lines, draw
from designs.formats.sheet_layout import BORDER, LEFT, Layout, Placed, lay_out
from designs.formats.sheet_pen import HIDDEN, INK, PAPER, THIN, VISIBLE, Pen, Point, number
from designs.formats.strokes import path_data, strokes
from designs.formats.title_block import draw_title_block
from designs.formats.viewpoints import ISOMETRIC, VIEWS, Viewpoint
from designs.mesh import Floats, Mesh

MAX_HIDDEN = 6000
"""Segments; more hidden lines than this tell nothing any more, and are left out."""
MAX_CENTRES = 200
"""Holes; a part with more of them would be covered by their centre lines."""
_BEYOND = 2.0
"""Centre lines end this far outside of the hole."""
_HIDDEN_DASHES, _CENTRE_DASHES = "1.6 0.9", "4 0.9 0.7 0.9"


@dataclass(frozen=True)
class _View:
    """One view with its place on the sheet."""

    viewpoint: Viewpoint
    lines: Lines
    place: Placed
    scale: float
    origin: Point
    """Its least corner, mm in the part."""

    def paper(self, point: Point) -> Point:
        return (
            self.place.x + (point[0] - self.origin[0]) * self.scale,
            self.place.y + self.place.height - (point[1] - self.origin[1]) * self.scale,
        )

    def of_space(self, point: np.ndarray) -> Point:
        x, y, _ = (self.viewpoint.axes @ point).tolist()
        return self.paper((x, y))


def write_sheet(
    meshes: list[Mesh], size: tuple[float, float, float], holes: list[Hole], order: Order, path: Path
) -> None:
    """Of all bodies together. `size`: their exact extent along x, y and z in mm; `holes`: whose diameters are told."""
    drawn = {name: draw(meshes, viewpoint) for name, viewpoint in VIEWS.items()}
    spatial = draw(meshes, ISOMETRIC)
    layout = lay_out(size, _size(spatial))
    places = {"front": layout.front, "top": layout.top, "right": layout.right}
    views = {
        name: _View(VIEWS[name], lines, places[name], float(layout.scale), extent(lines)[0])
        for name, lines in drawn.items()
    }
    pen = Pen()
    for view in views.values():
        _draw_view(pen, view, hidden=True)
    _draw_view(pen, _isometric(spatial, layout), hidden=False)
    _centre_lines(pen, views, holes)
    _overall(pen, layout, size)
    for callout in _callouts(views, holes, layout):
        callout.draw(pen)
    draw_title_block(pen, order, layout)
    path.write_text(_document(pen, layout, order.title), encoding="utf-8")


def _size(lines: Lines) -> Point:
    (left, bottom), (right, top) = extent(lines)
    return max(right - left, 1e-6), max(top - bottom, 1e-6)


def _isometric(lines: Lines, layout: Layout) -> _View:
    """As large as its room allows, though not larger than the others."""
    room, (width, height) = layout.isometric, _size(lines)
    scale = min(float(layout.scale), room.width / width, room.height / height)
    width, height = width * scale, height * scale
    place = Placed(room.x + (room.width - width) / 2, room.y + (room.height - height) / 2, width, height)
    return _View(ISOMETRIC, lines, place, scale, extent(lines)[0])


def _draw_view(pen: Pen, view: _View, *, hidden: bool) -> None:
    visible = strokes(view.lines.visible)
    if hidden and len(view.lines.hidden) <= MAX_HIDDEN:
        behind = strokes(view.lines.hidden, without=visible)
        pen.path(path_data(behind, view.paper, number), HIDDEN, dashes=_HIDDEN_DASHES)
    pen.path(path_data(visible, view.paper, number), VISIBLE if hidden else VISIBLE * 0.8)


def _centre_lines(pen: Pen, views: dict[str, _View], holes: list[Hole]) -> None:
    """A cross where a hole is seen from its end, a line along its axis where it is seen from the side."""
    drawn: set[tuple[Point, Point]] = set()
    for hole in holes if len(holes) <= MAX_CENTRES else ():
        for view in views.values():
            along = abs(float(view.viewpoint.axes[2] @ hole.direction))
            (ax, ay), (bx, by) = view.of_space(hole.start), view.of_space(hole.end)
            if along > 1 - 1e-6:
                reach = hole.diameter / 2 * view.scale + _BEYOND
                drawn |= {((ax - reach, ay), (ax + reach, ay)), ((ax, ay - reach), (ax, ay + reach))}
            elif along < 1e-6:
                length = max(float(np.hypot(bx - ax, by - ay)), 1e-9)
                dx, dy = (bx - ax) / length * _BEYOND, (by - ay) / length * _BEYOND
                drawn.add(((ax - dx, ay - dy), (bx + dx, by + dy)))
    lines = "".join(sorted({f"M{number(ax)} {number(ay)}L{number(bx)} {number(by)}" for (ax, ay), (bx, by) in drawn}))
    pen.path(lines, THIN, dashes=_CENTRE_DASHES)


def _overall(pen: Pen, layout: Layout, size: tuple[float, float, float]) -> None:
    front, right = layout.front, layout.right
    below = front.y + front.height
    pen.dimension((front.x, below), (front.x + front.width, below), 8, length_text(size[0]))
    pen.dimension((right.x, below), (right.x + right.width, below), 8, length_text(size[1]))
    pen.dimension((front.x, below), (front.x, front.y), 8, length_text(size[2]))


def length_text(value: float) -> str:
    """In mm, to a hundredth."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _callouts(views: dict[str, _View], holes: list[Hole], layout: Layout) -> list[Callout]:
    """Diameters, in the view that looks along the axis: once for all holes of the same size that are seen there."""
    found: list[Callout] = []
    for view in views.values():
        alike: dict[float, list[Point]] = {}
        for hole in holes:
            if abs(float(view.viewpoint.axes[2] @ hole.direction)) > 1 - 1e-6:
                alike.setdefault(hole.diameter, []).append(view.of_space(hole.start))
        marks = [
            (
                f"{len(at)}× ⌀{length_text(diameter)}" if len(at) > 1 else f"⌀{length_text(diameter)}",
                diameter / 2 * view.scale,
                sorted(set(at)),
            )
            for diameter, at in sorted(alike.items(), reverse=True)
        ]
        ink = np.concatenate([_ink(view, view.lines.visible), _ink(view, view.lines.hidden)])
        found += place_callouts(marks, ink, layout, found)
    return found


def _ink(view: _View, segments: Floats) -> Floats:
    """(n, 2): points on paper, about a millimetre apart, of lines (k, 2, 2)."""
    lengths = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1) * view.scale
    counts = np.ceil(lengths).astype(np.int64).clip(1)
    owner = np.repeat(np.arange(len(segments)), counts)
    share = (np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + 0.5) / counts[owner]
    points = segments[owner, 0] + share[:, None] * (segments[owner, 1] - segments[owner, 0])
    corner = np.array([view.place.x, view.place.y + view.place.height])
    paper: Floats = (points - np.array(view.origin)) * np.array([view.scale, -view.scale]) + corner
    return paper


def _document(pen: Pen, layout: Layout, title: str) -> str:
    width, height = layout.size
    pen.box((LEFT, BORDER), (width - LEFT - BORDER, height - 2 * BORDER), 0.5)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width)}mm" height="{number(height)}mm"'
        f' viewBox="0 0 {number(width)} {number(height)}" role="img" fill="none" stroke="{INK}"'
        ' stroke-linecap="round" stroke-linejoin="round" font-family="Arial, Helvetica, sans-serif">'
    )
    style = f"<style>text{{fill:{INK};stroke:{PAPER};stroke-width:.7;paint-order:stroke}}</style>"
    paper = f'<rect width="{number(width)}" height="{number(height)}" fill="{PAPER}" stroke="none"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", style, paper, *pen.elements, "</svg>\n"])
