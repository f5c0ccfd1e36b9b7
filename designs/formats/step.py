"""STEP AP242 with names and colours, millimetres. What is written is read back and compared before it counts."""

import re
from dataclasses import dataclass
from pathlib import Path

from designs.formats.brep import Part, is_valid, properties, sub_shapes
from designs.formats.colours import colour_of
from designs.formats.step_order import in_canonical_order

_AP242 = 5
"""The kernel's number for the schema AP242 DIS."""
_TIME_STAMP = re.compile(rb"(FILE_NAME\s*\(\s*'(?:[^']|'')*'\s*,\s*)'[^']*'")
_TRANSLATOR = re.compile(rb"'Open CASCADE STEP translator[^']*'")
_FIXED_TIME = rb"\1'1970-01-01T00:00:00'"
_HEADER_BYTES = 4096


@dataclass(frozen=True)
class ReadBack:
    """A STEP file as another program would see it."""

    volume: float
    solids: int
    valid: bool


def write_step(parts: list[Part], title: str, path: Path) -> None:
    """One product per body; the header carries no time and no counters. Raises RuntimeError when the kernel does not
    write."""
    from OCP.IFSelect import IFSelect_ReturnStatus
    from OCP.Interface import Interface_Static
    from OCP.STEPCAFControl import STEPCAFControl_Writer
    from OCP.STEPControl import STEPControl_StepModelType

    document = _document(parts)
    writer = STEPCAFControl_Writer()
    Interface_Static.SetIVal_s("write.step.schema", _AP242)
    Interface_Static.SetCVal_s("write.step.unit", "MM")
    Interface_Static.SetCVal_s("write.step.product.name", title.encode("ascii", "replace").decode())
    writer.SetNameMode(theNameMode=True)
    writer.SetColorMode(theColorMode=True)
    if not writer.Transfer(document, STEPControl_StepModelType.STEPControl_AsIs):
        raise RuntimeError("the geometry cannot be translated to STEP")
    if writer.Write(str(path)) != IFSelect_ReturnStatus.IFSelect_RetDone:
        raise RuntimeError("the STEP file cannot be written")
    data = canonical_header(path.read_bytes())
    path.write_bytes(in_canonical_order(data) if len(parts) > 1 else data)  # one style has one order


def canonical_header(data: bytes) -> bytes:
    """The same file without the time of writing and the translator's running number."""
    head, rest = data[:_HEADER_BYTES], data[_HEADER_BYTES:]
    head = _TIME_STAMP.sub(_FIXED_TIME, head, count=1)
    return _TRANSLATOR.sub(b"'part'", head + rest)


def read_back(path: Path) -> ReadBack:
    """Read the file as a stranger would; raises RuntimeError when it cannot be read."""
    from OCP.IFSelect import IFSelect_ReturnStatus
    from OCP.STEPControl import STEPControl_Reader

    reader = STEPControl_Reader()
    if reader.ReadFile(str(path)) != IFSelect_ReturnStatus.IFSelect_RetDone:
        raise RuntimeError("the written STEP file cannot be read again")
    reader.TransferRoots()
    shape = reader.OneShape()
    if shape.IsNull():
        raise RuntimeError("the written STEP file is empty")
    return ReadBack(properties(shape).volume, len(sub_shapes(shape, "SOLID")), is_valid(shape))


def _document(parts: list[Part]):  # type: ignore[no-untyped-def]  # noqa: ANN202  (a kernel type)
    from OCP.Quantity import Quantity_Color, Quantity_TypeOfColor
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDataStd import TDataStd_Name
    from OCP.TDocStd import TDocStd_Document
    from OCP.XCAFDoc import XCAFDoc_ColorType, XCAFDoc_DocumentTool

    document = TDocStd_Document(TCollection_ExtendedString("XmlOcaf"))
    shapes = XCAFDoc_DocumentTool.ShapeTool_s(document.Main())
    colours = XCAFDoc_DocumentTool.ColorTool_s(document.Main())
    shapes.SetAutoNaming_s(V=False)
    for number, part in enumerate(parts):
        label = shapes.AddShape(part.shape, makeAssembly=False)
        TDataStd_Name.Set_s(label, TCollection_ExtendedString(part.name))
        colour = Quantity_Color(*colour_of(number, part.colour), Quantity_TypeOfColor.Quantity_TOC_sRGB)
        colours.SetColor(label, colour, XCAFDoc_ColorType.XCAFDoc_ColorGen)
    return document
