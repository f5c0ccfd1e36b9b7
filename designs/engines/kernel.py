"""What both engines on the OpenCASCADE kernel do with it, each with its own version."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any


def use_one_thread() -> None:
    """Before anything else: booleans would start threads, and a forked child would wait for them for ever."""
    from OCP.OSD import OSD_ThreadPool

    OSD_ThreadPool.DefaultPool_s().Init(1)


def number_shapes() -> None:
    """Shapes hash by their order of appearance from now on, not by where in memory they lie: a set of them has the
    same order in every process."""
    from OCP.TopoDS import TopoDS_Shape

    numbers = _indexed_map()

    def number(shape: Any) -> int:
        return int(numbers.Add(shape))

    TopoDS_Shape.__hash__ = number


def compound(shapes: Sequence[Any]) -> Any:
    """The TopoDS_Shapes as the children of one."""
    from OCP.BRep import BRep_Builder
    from OCP.TopoDS import TopoDS_Compound

    result = TopoDS_Compound()
    builder = BRep_Builder()
    builder.MakeCompound(result)
    for shape in shapes:
        builder.Add(result, shape)
    return result


def to_bytes(shape: Any) -> bytes:
    """Binary B-rep without triangles, in a format that kernels from 7.6 on read."""
    from OCP.BinTools import BinTools, BinTools_FormatVersion
    from OCP.Message import Message_ProgressRange

    stream = BytesIO()
    version = BinTools_FormatVersion.BinTools_FormatVersion_VERSION_4
    BinTools.Write_s(
        shape,
        stream,
        theWithTriangles=False,
        theWithNormals=False,
        theVersion=version,
        theRange=Message_ProgressRange(),
    )
    return stream.getvalue()


def has(shape: Any, kind: str) -> bool:
    """Whether a TopoDS_Shape is or has a SOLID, FACE …"""
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer

    return bool(TopExp_Explorer(shape, TopAbs_ShapeEnum.__members__[f"TopAbs_{kind}"]).More())


def _indexed_map() -> Any:
    """The kernel's map that numbers shapes; its name changed with version 8."""
    try:
        from OCP.TopTools import TopTools_IndexedMapOfShape
    except ImportError:
        from OCP.collections import IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher

        return IndexedMap_TopoDS_Shape_TopTools_ShapeMapHasher()
    return TopTools_IndexedMapOfShape()
