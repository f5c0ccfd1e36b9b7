"""Reads the B-rep that came out of the first jailed process. It may be hostile: this runs in the second one.

What the script could have smuggled in beside the exact geometry (meshes that do not belong to it) is thrown away here.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from designs.analysis import mass
from designs.analysis.mass import MassProperties
from designs.engines.interface import EngineError
from designs.measure import Tensor, Vector
from designs.mesh import Mesh

MAX_FACES = 200_000


@dataclass(frozen=True)
class Part:
    """One body: with its exact shape, or as a mesh where it has none."""

    name: str
    colour: tuple[float, float, float] | None
    shape: Any
    """TopoDS_Shape, mm; None: there is only the mesh."""
    mesh: Mesh | None = None


def read_parts(data: bytes, bodies: list[tuple[str, tuple[float, float, float] | None]]) -> list[Part]:
    """The bodies, in order; raises EngineError when the bytes are not that many bodies of exact geometry."""
    from OCP.BinTools import BinTools
    from OCP.BRepTools import BRepTools
    from OCP.TopoDS import TopoDS_Shape

    root = TopoDS_Shape()
    try:
        BinTools.Read_s(root, BytesIO(data))
    except RuntimeError as error:
        raise EngineError("bad_geometry", f"the geometry cannot be read: {error}") from error
    if root.IsNull():
        raise EngineError("bad_geometry", "the geometry cannot be read")
    BRepTools.Clean_s(root, theForce=True)
    shapes = [_unwrap(shape) for shape in _children(root)]
    if len(shapes) != len(bodies):
        raise EngineError("bad_geometry", f"{len(shapes)} shapes came back for {len(bodies)} bodies")
    parts = [Part(name, colour, shape) for (name, colour), shape in zip(bodies, shapes, strict=True)]
    for part in parts:
        _check_surfaces(part)
    return parts


def compound(parts: list[Part]) -> Any:
    """All bodies as one shape."""
    from OCP.BRep import BRep_Builder
    from OCP.TopoDS import TopoDS_Compound

    result = TopoDS_Compound()
    builder = BRep_Builder()
    builder.MakeCompound(result)
    for part in parts:
        builder.Add(result, part.shape)
    return result


def sub_shapes(shape: Any, kind: str) -> list[Any]:
    """The distinct SOLID, SHELL, FACE, EDGE or VERTEX sub-shapes, in the order of the B-rep."""
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp
    from OCP.TopTools import TopTools_IndexedMapOfShape

    found = TopTools_IndexedMapOfShape()
    TopExp.MapShapes_s(shape, TopAbs_ShapeEnum.__members__[f"TopAbs_{kind}"], found)
    return [found.FindKey(index) for index in range(1, found.Size() + 1)]


def is_valid(shape: Any) -> bool:
    """The kernel's own analysis of topology and geometry."""
    from OCP.BRepCheck import BRepCheck_Analyzer

    return bool(BRepCheck_Analyzer(shape).IsValid())


def _children(shape: Any) -> list[Any]:
    from OCP.TopoDS import TopoDS_Iterator

    found = []
    children = TopoDS_Iterator(shape)
    while children.More():
        found.append(children.Value())
        children.Next()
    return found


def _unwrap(shape: Any) -> Any:
    """A compound around one shape is that shape."""
    from OCP.TopAbs import TopAbs_ShapeEnum

    while shape.ShapeType() == TopAbs_ShapeEnum.TopAbs_COMPOUND and len(children := _children(shape)) == 1:
        shape = children[0]
    return shape


def _check_surfaces(part: Part) -> None:
    from OCP.BRep import BRep_Tool
    from OCP.TopoDS import TopoDS

    faces = sub_shapes(part.shape, "FACE")
    if len(faces) > MAX_FACES:
        raise EngineError("bad_geometry", f"{part.name} has {len(faces)} faces; at most {MAX_FACES} can be built")
    for face in faces:
        if BRep_Tool.Surface_s(TopoDS.Face_s(face)) is None:
            raise EngineError("bad_geometry", f"{part.name} has a face without a surface: a mesh is not exact geometry")


@dataclass(frozen=True)
class Properties:
    """Mass properties of a body with density 1: mm³, mm², mm, and mm⁵ about the centre along x, y and z."""

    volume: float
    area: float
    centre: Vector
    inertia: Tensor


def properties(shape: Any) -> Properties:
    """By integration over the surfaces."""
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    volume, area = GProp_GProps(), GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, volume)
    BRepGProp.SurfaceProperties_s(shape, area)
    centre = volume.CentreOfMass() if abs(volume.Mass()) > 1e-9 else area.CentreOfMass()
    matrix = volume.MatrixOfInertia()
    x, y, z = ((matrix.Value(row, 1), matrix.Value(row, 2), matrix.Value(row, 3)) for row in (1, 2, 3))
    return Properties(volume.Mass(), area.Mass(), (centre.X(), centre.Y(), centre.Z()), (x, y, z))


def together(found: list[Properties]) -> Properties:
    """Of several bodies as one."""
    if len(found) == 1:
        return found[0]
    parts = [MassProperties(one.volume, one.area, np.array(one.centre), np.array(one.inertia)) for one in found]
    return plain_properties(mass.together(parts))


def plain_properties(found: MassProperties) -> Properties:
    """The same, without arrays."""
    (cx, cy, cz), (x, y, z) = found.centre.tolist(), found.inertia.tolist()
    return Properties(found.volume, found.area, (cx, cy, cz), (tuple(x), tuple(y), tuple(z)))


def bounding_box(shape: Any) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """The exact box of the surfaces, without tolerances."""
    from OCP.Bnd import Bnd_Box
    from OCP.BRepBndLib import BRepBndLib

    box = Bnd_Box()
    BRepBndLib.AddOptimal_s(shape, box, useTriangulation=False, useShapeTolerance=False)
    least, greatest = box.CornerMin(), box.CornerMax()
    return (least.X(), least.Y(), least.Z()), (greatest.X(), greatest.Y(), greatest.Z())
