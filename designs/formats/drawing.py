"""Orthographic drawings as SVG: visible edges, hidden edges dashed, outer dimensions. By the hidden-line algorithm on
the mesh,
which is a thousand times faster than the exact one on threads and hole patterns.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

Point = tuple[float, float]
Line = tuple[Point, Point]

VIEWS: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    # name: direction towards the eye, direction to the right on paper
    "front": ((0, -1, 0), (1, 0, 0)),
    "top": ((0, 0, 1), (1, 0, 0)),
    "right": ((1, 0, 0), (0, 1, 0)),
}
MAX_SEGMENTS = 60_000
GRID_MM = 1e-3
"""Ends nearer than this meet."""
MARGIN = 0.16
"""Of the larger side: room for the dimensions."""
SIZE_PX = 720


@dataclass(frozen=True)
class Drawing:
    """Segments in mm on paper, x to the right and y up."""

    visible: list[Line]
    hidden: list[Line]


def project(shape: Any, view: str) -> Drawing:
    """Draw a tessellated shape from one side."""
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
    from OCP.HLRAlgo import HLRAlgo_Projector
    from OCP.HLRBRep import HLRBRep_PolyAlgo, HLRBRep_PolyHLRToShape

    towards_eye, right = VIEWS[view]
    algorithm = HLRBRep_PolyAlgo()
    algorithm.Load(shape)
    algorithm.Projector(HLRAlgo_Projector(gp_Ax2(gp_Pnt(0, 0, 0), gp_Dir(*towards_eye), gp_Dir(*right))))
    algorithm.Update()
    result = HLRBRep_PolyHLRToShape()
    result.Update(algorithm)
    visible = _segments([result.VCompound(), result.OutLineVCompound()])
    hidden = _segments([result.HCompound(), result.OutLineHCompound()])
    return Drawing(sorted(visible), sorted(hidden - visible))


def write_svg(drawing: Drawing, title: str, path: Path) -> None:
    """Colours follow the page it is shown on: strokes are `currentColor`."""
    points = [point for line in (*drawing.visible, *drawing.hidden) for point in line]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    bottom, top = min(y for _, y in points), max(y for _, y in points)
    width, height = right - left, top - bottom
    larger = max(width, height, 1e-3)
    margin, stroke = larger * MARGIN, larger / 400
    scale = SIZE_PX / (larger + 2 * margin)
    box = (left - margin, -top - margin, width + 2 * margin, height + 2 * margin)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{box[2] * scale:.0f}" height="{box[3] * scale:.0f}"',
        f' viewBox="{" ".join(map(_number, box))}" role="img" fill="none" stroke="currentColor"',
        ' stroke-linecap="round" stroke-linejoin="round">',
        f"<title>{escape(title)}</title>",
        f'<path stroke-width="{_number(stroke * 0.6)}" stroke-dasharray="{_number(stroke * 4)} {_number(stroke * 3)}"',
        f' opacity="0.45" d="{_path(drawing.hidden)}"/>',
        f'<path stroke-width="{_number(stroke * 1.4)}" d="{_path(drawing.visible)}"/>',
        *_dimensions((left, right), (bottom, top), larger),
        "</svg>\n",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def _segments(compounds: list[Any]) -> set[Line]:
    """Every edge once, ends on the grid, the lesser end first."""
    from OCP.BRep import BRep_Tool
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp, TopExp_Explorer
    from OCP.TopoDS import TopoDS

    found: set[Line] = set()
    for compound in compounds:
        if compound is None or compound.IsNull():
            continue
        explorer = TopExp_Explorer(compound, TopAbs_ShapeEnum.TopAbs_EDGE)
        while explorer.More() and len(found) < MAX_SEGMENTS:
            edge = TopoDS.Edge_s(explorer.Current())
            ends = [BRep_Tool.Pnt_s(vertex) for vertex in (TopExp.FirstVertex_s(edge), TopExp.LastVertex_s(edge))]
            a, b = sorted((_snap(end.X()), _snap(end.Y())) for end in ends)
            if a != b:
                found.add((a, b))
            explorer.Next()
    return found


def _snap(value: float) -> float:
    return round(value / GRID_MM) * GRID_MM


def _path(lines: list[Line]) -> str:
    """SVG path data; segments that meet are drawn in one stroke."""
    onward: dict[Point, list[int]] = {}
    for index, line in enumerate(lines):
        for point in line:
            onward.setdefault(point, []).append(index)
    used = [False] * len(lines)
    strokes = []
    for index, (start, end) in enumerate(lines):
        if used[index]:
            continue
        used[index] = True
        stroke = [start, end]
        while (following := next((i for i in onward[stroke[-1]] if not used[i]), None)) is not None:
            used[following] = True
            a, b = lines[following]
            stroke.append(b if a == stroke[-1] else a)
        strokes.append("M" + "L".join(f"{_number(x)} {_number(-y)}" for x, y in stroke))
    return "".join(strokes)


def _dimensions(across: tuple[float, float], up: tuple[float, float], larger: float) -> list[str]:
    """Width below, height to the left."""
    gap, tick, text = larger * 0.06, larger * 0.015, larger * 0.04
    y, x = -up[0] + gap, across[0] - gap
    middle_x, middle_y = sum(across) / 2, -sum(up) / 2
    width, height = f"{across[1] - across[0]:.5g} mm", f"{up[1] - up[0]:.5g} mm"
    horizontal = f"M{_number(across[0])} {_number(y)}H{_number(across[1])}"
    vertical = f"M{_number(x)} {_number(-up[0])}V{_number(-up[1])}"
    ticks = "".join(f"M{_number(end)} {_number(y - tick)}v{_number(2 * tick)}" for end in across)
    ticks += "".join(f"M{_number(x - tick)} {_number(-end)}h{_number(2 * tick)}" for end in up)
    words = (
        f'font-family="sans-serif" font-size="{_number(text)}" text-anchor="middle" fill="currentColor" stroke="none"'
    )
    turned = f'transform="rotate(-90 {_number(x - text * 0.5)} {_number(middle_y)})"'
    return [
        f'<path stroke-width="{_number(larger / 600)}" opacity="0.7" d="{horizontal}{vertical}{ticks}"/>',
        f'<text x="{_number(middle_x)}" y="{_number(y + text * 1.3)}" {words}>{width}</text>',
        f'<text x="{_number(x - text * 0.5)}" y="{_number(middle_y)}" {words} {turned}>{height}</text>',
    ]


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
