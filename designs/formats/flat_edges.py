"""The wires of a plate's face as lines, arcs, circles and polylines."""

import math
from typing import Any

import numpy as np

from designs.formats.brep import sub_shapes
from designs.formats.flat import ArcTo, Contour, Cut, LineTo, Point, PolylineTo
from designs.mesh import Floats


def contours_at(shape: Any, frame: Floats, level: float, slack: float, tolerance: float) -> tuple[Contour, ...]:
    """Of the plane faces at that height in the frame (rows right, up, out of the paper), outer ones first."""
    from OCP.BRepTools import BRepTools
    from OCP.TopoDS import TopoDS

    found = []
    for face in map(TopoDS.Face_s, sub_shapes(shape, "FACE")):
        if not _lies_at(face, frame, level, slack):
            continue
        outer = BRepTools.OuterWire_s(face)
        for wire in sub_shapes(face, "WIRE"):
            cuts = [_cut(TopoDS.Edge_s(edge), frame, tolerance) for edge in sub_shapes(wire, "EDGE")]
            found.append(Contour(wire.IsSame(outer), tuple(cut for cut in cuts if cut is not None)))
    return tuple(sorted(found, key=lambda contour: (not contour.outer, repr(contour.cuts))))


def _lies_at(face: Any, frame: Floats, level: float, slack: float) -> bool:
    from OCP.BRepAdaptor import BRepAdaptor_Surface
    from OCP.GeomAbs import GeomAbs_SurfaceType

    surface = BRepAdaptor_Surface(face)
    if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Plane:
        return False
    plane = surface.Plane()
    square = abs(float(frame[2] @ np.array(plane.Axis().Direction().Coord()))) > 1 - 1e-6
    return square and abs(float(frame[2] @ np.array(plane.Location().Coord())) - level) < slack


def _cut(edge: Any, frame: Floats, tolerance: float) -> Cut | None:
    from OCP.BRep import BRep_Tool
    from OCP.BRepAdaptor import BRepAdaptor_Curve
    from OCP.GeomAbs import GeomAbs_CurveType

    if BRep_Tool.Degenerated_s(edge):
        return None
    curve = BRepAdaptor_Curve(edge)
    first, last = curve.FirstParameter(), curve.LastParameter()
    if curve.GetType() == GeomAbs_CurveType.GeomAbs_Line:
        start, end = sorted((_flat(curve.Value(first), frame), _flat(curve.Value(last), frame)))
        return LineTo(start, end)
    if curve.GetType() == GeomAbs_CurveType.GeomAbs_Circle:
        return _arc(curve, frame)
    return PolylineTo(_points(curve, frame, tolerance))


def _arc(curve: Any, frame: Floats) -> ArcTo:
    circle = curve.Circle()
    centre = _flat(circle.Location(), frame)
    first, last = curve.FirstParameter(), curve.LastParameter()
    if last - first > 2 * math.pi - 1e-9:
        return ArcTo(centre, _rounded(circle.Radius()), 0.0, 360.0)
    ends = [_flat(curve.Value(parameter), frame) for parameter in (first, last)]
    if float(frame[2] @ np.array(circle.Axis().Direction().Coord())) < 0:
        ends.reverse()
    angles = [math.degrees(math.atan2(y - centre[1], x - centre[0])) % 360 for x, y in ends]
    return ArcTo(centre, _rounded(circle.Radius()), _rounded(angles[0]), _rounded(angles[1]))


def _points(curve: Any, frame: Floats, tolerance: float) -> tuple[Point, ...]:
    from OCP.GCPnts import GCPnts_QuasiUniformDeflection

    found = GCPnts_QuasiUniformDeflection(curve, tolerance)
    points = tuple(_flat(found.Value(number), frame) for number in range(1, found.NbPoints() + 1))
    return min(points, points[::-1])


def _flat(point: Any, frame: Floats) -> Point:
    x, y, _ = (frame @ np.array(point.Coord())).tolist()
    return _rounded(x), _rounded(y)


def _rounded(value: float) -> float:
    return round(value, 6) + 0.0  # + 0.0: no negative zero
