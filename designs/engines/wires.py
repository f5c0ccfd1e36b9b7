"""Wires that come out the same in every process.

The kernel makes a wire of a list of edges by joining ends that lie together, and takes them in the order in which they
lie in memory: of two ends that differ in the last digit, now one and now the other gives the common vertex. Here the
edges get common vertices beforehand, the one that comes first, so that nothing is left to join.
"""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

CELL_MM = 1e-5
"""Of the grid in which near vertices are looked for: more than two vertices' usual tolerances (1e-7) reach."""


def make_steady() -> None:
    """From now on in this process."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeWire

    add = BRepBuilderAPI_MakeWire.Add

    def add_steadily(maker: Any, what: Any, *more: Any) -> Any:
        return add(maker, _joined(what) if hasattr(what, "Append") else what, *more)

    BRepBuilderAPI_MakeWire.Add = add_steadily


def _joined(edges: Any) -> Any:
    """A list of the same edges in which ends that lie together are one vertex."""
    from OCP.ShapeBuild import ShapeBuild_Edge
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp
    from OCP.TopoDS import TopoDS

    result = type(edges)()
    known = _Vertices()
    for shape in edges:
        if shape.ShapeType() != TopAbs_ShapeEnum.TopAbs_EDGE:
            return edges
        edge = TopoDS.Edge_s(shape) if hasattr(TopoDS, "Edge_s") else TopoDS.Edge(shape)
        ends = [end(edge, CumOri=False) for end in (TopExp.FirstVertex_s, TopExp.LastVertex_s)]
        if any(end.IsNull() for end in ends):
            return edges
        common = [known.common(end) for end in ends]
        if not all(one.IsSame(other) for one, other in zip(ends, common, strict=True)):
            edge = ShapeBuild_Edge().CopyReplaceVertices(edge, *common)
        result.Append(edge)
    return result


class _Vertices:
    """Those met so far, by where they are."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int, int], list[tuple[Any, Any, float]]] = {}

    def common(self, vertex: Any) -> Any:
        """The first one that this one lies on, within both tolerances; else this one."""
        from OCP.BRep import BRep_Builder, BRep_Tool

        point, tolerance = BRep_Tool.Pnt_s(vertex), BRep_Tool.Tolerance_s(vertex)
        place = (point.X(), point.Y(), point.Z())
        if not all(map(math.isfinite, place)):
            return vertex
        cell = tuple(math.floor(value / CELL_MM) for value in place)
        for other, there, other_tolerance in self._near(cell):
            distance = point.Distance(there)
            if distance <= tolerance + other_tolerance:
                BRep_Builder().UpdateVertex(other, distance)  # never makes a tolerance less
                return other
        self._cells.setdefault(cell, []).append((vertex, point, tolerance))
        return vertex

    def _near(self, cell: tuple[int, ...]) -> Iterator[tuple[Any, Any, float]]:
        for step in product((0, -1, 1), repeat=3):
            yield from self._cells.get((cell[0] + step[0], cell[1] + step[1], cell[2] + step[2]), ())
