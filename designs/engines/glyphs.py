"""Text that comes out the same in every process.

The kernel keeps the outlines of a letter in a map by where they lie in memory, and hands the faces of an `ö` and the
holes of a `B` out in that order. Here they are put into the order of where they stand.
"""

from collections.abc import Iterator
from typing import Any

DIGITS = 9
"""After the point, mm: outlines of one letter are further apart."""


def make_steady() -> None:
    """From now on in this process."""
    from OCP.StdPrs import StdPrs_BRepTextBuilder

    perform = StdPrs_BRepTextBuilder.Perform

    def perform_steadily(builder: Any, *what: Any, **how: Any) -> Any:
        return _ordered(perform(builder, *what, **how))

    StdPrs_BRepTextBuilder.Perform = perform_steadily


def _ordered(shape: Any) -> Any:
    """The same shape with the faces of every letter, and the holes of every face, in the order of where they are."""
    from OCP.BRep import BRep_Builder
    from OCP.TopAbs import TopAbs_ShapeEnum

    kind = shape.ShapeType()
    if kind not in (TopAbs_ShapeEnum.TopAbs_COMPOUND, TopAbs_ShapeEnum.TopAbs_FACE):
        return shape
    parts = [_ordered(part) for part in _children(shape)]
    if kind == TopAbs_ShapeEnum.TopAbs_FACE:
        parts = [*parts[:1], *sorted(parts[1:], key=_place)]  # the first is the outer wire
    elif all(part.ShapeType() == TopAbs_ShapeEnum.TopAbs_FACE for part in parts):
        parts = sorted(parts, key=_place)
    result = shape.EmptyCopied()
    for part in parts:
        BRep_Builder().Add(result, part)
    return result


def _children(shape: Any) -> Iterator[Any]:
    from OCP.TopoDS import TopoDS_Iterator

    children = TopoDS_Iterator(shape)
    while children.More():
        yield children.Value()
        children.Next()


def _place(shape: Any) -> tuple[float, ...]:
    """The corners of its box, from left to right and from below."""
    from OCP.Bnd import Bnd_Box
    from OCP.BRepBndLib import BRepBndLib

    box = Bnd_Box()
    BRepBndLib.Add_s(shape, box)
    corners = (box.CornerMin(), box.CornerMax())
    return tuple(round(value, DIGITS) for corner in corners for value in (corner.X(), corner.Y(), corner.Z()))
