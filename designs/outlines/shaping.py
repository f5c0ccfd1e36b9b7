"""Exact plates from flat outlines: the kernel's faces, raised by a sheet's thickness."""

from collections.abc import Sequence
from typing import Any

from designs.engines.interface import EngineError
from designs.outlines.curves import Arc, Chain, Curve, Straight, distance
from designs.outlines.joining import Part, shown

NEAR_MM = 1e-6
"""Pieces shorter than this are left out."""


def plate(part: Part, thickness_mm: float) -> Any:
    """TopoDS_Solid, lying on the XY plane. Raises EngineError."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.gp import gp_Pln, gp_Vec

    faces = BRepBuilderAPI_MakeFace(gp_Pln(), _wire(part.outline), Inside=True)
    for hole in part.holes:
        faces.Add(_wire(hole))
    if not faces.IsDone():
        raise EngineError("bad_geometry", f"the outline at {shown(part.outline[0].start)} encloses no face")
    return BRepPrimAPI_MakePrism(faces.Face(), gp_Vec(0, 0, thickness_mm)).Shape()


def _wire(loop: Chain) -> Any:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeWire

    curves = [curve for curve in loop if not isinstance(curve, Straight) or distance(*_ends(curve)) > NEAR_MM]
    corners = [_corner(before, curve) for before, curve in zip([curves[-1], *curves[:-1]], curves, strict=True)]
    wires = BRepBuilderAPI_MakeWire()
    for curve, begin, end in zip(curves, corners, [*corners[1:], corners[0]], strict=True):
        wires.Add(_edge(curve, begin, end))
        if not wires.IsDone():
            raise EngineError("bad_geometry", f"the outline does not hang together at {shown(curve.start)}")
    return wires.Wire()


def _ends(curve: Curve) -> tuple[tuple[float, float], tuple[float, float]]:
    return curve.start, curve.end


def _corner(before: Curve, after: Curve) -> Any:
    """A vertex that both reach: as large as the gap between them."""
    from OCP.BRep import BRep_Builder
    from OCP.gp import gp_Pnt
    from OCP.TopoDS import TopoDS_Vertex

    (x0, y0), (x1, y1) = before.end, after.start
    vertex = TopoDS_Vertex()
    reach = distance(before.end, after.start) / 2 + 1e-7
    BRep_Builder().MakeVertex(vertex, gp_Pnt((x0 + x1) / 2, (y0 + y1) / 2, 0), reach)
    return vertex


def _edge(curve: Curve, begin: Any, end: Any) -> Any:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge

    if isinstance(curve, Straight):
        made = BRepBuilderAPI_MakeEdge(begin, end)
    elif isinstance(curve, Arc):
        first = curve.first % 6.283185307179586
        made = (
            BRepBuilderAPI_MakeEdge(_circle(curve), begin, end, first, first + curve.sweep)
            if curve.sweep > 0
            else (BRepBuilderAPI_MakeEdge(_circle(curve), begin, end, -first, -first - curve.sweep))
        )
    else:
        made = BRepBuilderAPI_MakeEdge(_bezier(curve.controls), begin, end)
    if not made.IsDone():
        raise EngineError("bad_geometry", f"a curve at {shown(curve.start)} cannot be built")
    return made.Edge()


def _circle(arc: Arc) -> Any:
    """Run through in the arc's direction: clockwise seen from above is anticlockwise seen from below."""
    from OCP.Geom import Geom_Circle
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    up = 1 if arc.sweep > 0 else -1
    return Geom_Circle(gp_Ax2(gp_Pnt(*arc.centre, 0), gp_Dir(0, 0, up), gp_Dir(1, 0, 0)), arc.radius)


def _bezier(controls: Sequence[tuple[float, float]]) -> Any:
    from OCP.Geom import Geom_BezierCurve
    from OCP.gp import gp_Pnt
    from OCP.TColgp import TColgp_Array1OfPnt

    poles = TColgp_Array1OfPnt(1, len(controls))
    for index, (x, y) in enumerate(controls, 1):
        poles.SetValue(index, gp_Pnt(x, y, 0))
    return Geom_BezierCurve(poles)
