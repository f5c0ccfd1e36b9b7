"""The outlines in a DXF: LINE, ARC, CIRCLE and LWPOLYLINE, as straight pieces in mm.

A reader of these four entities only, after Autodesk's DXF reference: that is all that a flat part's `model.dxf` holds,
and ezdxf needs numpy, which the agent does without. Anything else in the drawing is refused, never left out in silence.
"""

from collections.abc import Iterator
from math import acos, atan, atan2, ceil, cos, hypot, isfinite, pi, radians, sin, tau
from pathlib import Path

from fabnode.toolpaths.errors import ToolpathError

Point = tuple[float, float]
Line = tuple[Point, ...]
"""Points one after another, mm; closed when the last is the first."""

CHORD_MM = 0.005
"""How far a straight piece may leave the arc that it stands for: a tenth of what a laser's kerf varies."""
LARGEST_MM = 100_000.0
MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_POINTS = 2_000_000

_UNITS_MM = {1: 25.4, 4: 1.0, 5: 10.0, 6: 1000.0}
_PLAIN = {"LINE", "ARC", "CIRCLE", "LWPOLYLINE"}

Group = tuple[int, str]


def read_dxf(path: Path) -> list[Line]:
    """Every entity of the model as points. Raises ToolpathError and OSError."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ToolpathError(f"{path.name} has {path.stat().st_size} bytes; at most {MAX_FILE_BYTES} are read")
    groups = list(_groups(path.read_text(encoding="utf-8", errors="replace").splitlines()))
    unit = _unit_mm(groups)
    lines = [_line(kind, entity, unit) for kind, entity in _entities(groups)]
    if not lines:
        raise ToolpathError(f"{path.name} holds no outline; is the part flat?")
    if sum(len(line) for line in lines) > MAX_POINTS:
        raise ToolpathError(f"{path.name} is too detailed: more than {MAX_POINTS} points")
    return lines


def _groups(rows: list[str]) -> Iterator[Group]:
    if len(rows) < 4 or rows[0].strip() != "0":
        raise ToolpathError("not a DXF in text form; export it as ASCII DXF")
    for index in range(0, len(rows) - 1, 2):
        code = rows[index].strip()
        if not code.lstrip("-").isdigit():
            raise ToolpathError(f"line {index + 1} of the DXF should be a group code, not {code[:20]!r}")
        yield int(code), rows[index + 1].strip()


def _unit_mm(groups: list[Group]) -> float:
    for index, group in enumerate(groups[:-1]):
        if group == (9, "$INSUNITS"):
            unit = _UNITS_MM.get(int(groups[index + 1][1]) if groups[index + 1][1].isdigit() else 0)
            if unit is not None:
                return unit
            raise ToolpathError("the DXF gives no unit of length; set its units to millimetres")
    raise ToolpathError("the DXF gives no unit of length ($INSUNITS); set its units to millimetres")


def _entities(groups: list[Group]) -> Iterator[tuple[str, list[Group]]]:
    starts = [index for index, (code, _) in enumerate(groups) if code == 0]
    inside = False
    for begin, end in zip(starts, [*starts[1:], len(groups)], strict=True):
        kind, entity = groups[begin][1], groups[begin + 1 : end]
        if kind == "SECTION":
            inside = entity[:1] == [(2, "ENTITIES")]
        elif kind == "ENDSEC":
            inside = False
        elif inside and kind in _PLAIN:
            yield kind, entity
        elif inside:
            raise ToolpathError(f"the DXF holds a {kind[:30]}; explode it to lines, arcs, circles or polylines")


def _line(kind: str, entity: list[Group], unit: float) -> Line:
    values = {code: _number(text) for code, text in entity if 10 <= code <= 59 or code in {70, 210, 220, 230}}
    if values.get(230, 1.0) != 1.0:
        raise ToolpathError(f"a {kind} of the DXF does not lie flat in the XY plane")
    try:
        if kind == "LINE":
            points = [(values[10], values[20]), (values[11], values[21])]
        elif kind == "LWPOLYLINE":
            points = _polyline(entity, closed=bool(int(values.get(70, 0)) & 1), unit=unit)
        else:
            first, last = (values[50], values[51]) if kind == "ARC" else (0.0, 360.0)
            sweep = (last - first) % 360 or 360.0
            points = arc_points((values[10], values[20]), values[40], radians(first), radians(sweep), CHORD_MM / unit)
    except KeyError as error:
        raise ToolpathError(f"a {kind} of the DXF lacks its group {error}") from error
    if kind == "CIRCLE":
        points[-1] = points[0]
    return tuple((x * unit, y * unit) for x, y in points)


def _polyline(entity: list[Group], *, closed: bool, unit: float) -> list[Point]:
    """With bulges: the tangent of a quarter of an arc's angle, positive anticlockwise."""
    vertices: list[tuple[float, float, float]] = []
    for code, text in entity:
        if code == 10:
            vertices.append((_number(text), 0.0, 0.0))
        elif code == 20 and vertices:
            vertices[-1] = (vertices[-1][0], _number(text), 0.0)
        elif code == 42 and vertices:
            vertices[-1] = (*vertices[-1][:2], _number(text))
    if len(vertices) < 2:
        raise ToolpathError("a LWPOLYLINE of the DXF has fewer than two points")
    points = [vertices[0][:2]]
    following = [*vertices[1:], vertices[0]] if closed else vertices[1:]
    for (x, y, bulge), (to_x, to_y, _) in zip(vertices, following, strict=False):
        points += _bulged((x, y), (to_x, to_y), bulge, CHORD_MM / unit)
    return points


def _bulged(begin: Point, end: Point, bulge: float, chord: float) -> list[Point]:
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    if abs(bulge) < 1e-9 or hypot(dx, dy) == 0:
        return [end]
    # The centre lies on the chord's middle normal, (1 - b²) / 4b of the chord away from it.
    off = (1 - bulge * bulge) / (4 * bulge)
    centre = ((begin[0] + end[0]) / 2 - dy * off, (begin[1] + end[1]) / 2 + dx * off)
    radius = hypot(begin[0] - centre[0], begin[1] - centre[1])
    sweep = 4 * atan(bulge)
    first = atan2(begin[1] - centre[1], begin[0] - centre[0])
    return [*arc_points(centre, radius, first, sweep, chord)[1:-1], end]


def arc_points(centre: Point, radius: float, first: float, sweep: float, chord: float) -> list[Point]:
    """Points on an arc, both ends included; angles in radians. The pieces leave it by at most `chord`."""
    if radius <= 0:
        raise ToolpathError(f"an arc of the DXF has the radius {radius:g}")
    step = 2 * acos(max(1 - chord / radius, cos(pi / 8)))
    count = max(ceil(abs(sweep) / step), 1 if abs(sweep) < tau else 8)
    angles = (first + sweep * index / count for index in range(count + 1))
    return [(centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)) for angle in angles]


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or abs(value) > LARGEST_MM:
        raise ToolpathError(f"the DXF holds {text[:30]!r} where a length in reach should be")
    return value
