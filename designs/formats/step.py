"""STEP AP242 with names and colours, millimetres. What is written is read back and compared before it counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from designs.formats.brep import Part, is_valid, properties, sub_shapes
from designs.formats.colours import Colour, colour_of
from designs.formats.step_order import in_canonical_order

_AP242 = 5
"""The kernel's number for the schema AP242 DIS."""
_MODES = {"write.surfacecurve.mode": 1, "write.precision.mode": 0, "write.stepcaf.subshapes.name": 0}
"""The kernel's own defaults of what changes the bytes."""
_HEADER = re.compile(rb"HEADER;.*?(?=FILE_SCHEMA)", re.DOTALL)
_TRANSLATOR = re.compile(rb"'Open CASCADE STEP translator[^']*'")
_OCCURRENCE = re.compile(rb"(NEXT_ASSEMBLY_USAGE_OCCURRENCE\s*\(\s*)'\d+'(\s*,\s*)('(?:[^']|'')*')")
_FOREIGN = re.compile(rb"[\x80-\xff]+")
_NO_TIME = "1970-01-01T00:00:00"
_PLAIN = frozenset(chr(code) for code in range(0x20, 0x7F))


@dataclass(frozen=True)
class ReadBack:
    """A STEP file as another program would see it."""

    volume: float
    solids: int
    valid: bool


def write_step(parts: list[Part], title: str, path: Path, metadata: Mapping[str, str] = MappingProxyType({})) -> None:
    """One product a body, put together by a product with the title where there are several.

    The header has no time and no counters; it tells title, designer, licence and recipe of `metadata`. Raises
    RuntimeError when the kernel does not write.
    """
    from OCP.IFSelect import IFSelect_ReturnStatus
    from OCP.Interface import Interface_Static
    from OCP.STEPCAFControl import STEPCAFControl_Writer
    from OCP.STEPControl import STEPControl_StepModelType

    document = _document(parts, title)
    writer = STEPCAFControl_Writer()
    Interface_Static.SetIVal_s("write.step.schema", _AP242)
    for name, number in _MODES.items():  # others in this process may have changed them
        Interface_Static.SetIVal_s(name, number)
    for unit in ("write.step.unit", "xstep.cascade.unit"):
        Interface_Static.SetCVal_s(unit, "MM")
    Interface_Static.SetCVal_s("write.step.product.name", title.encode("ascii", "replace").decode())
    writer.SetNameMode(theNameMode=True)
    writer.SetColorMode(theColorMode=True)
    if not writer.Transfer(document, STEPControl_StepModelType.STEPControl_AsIs):
        raise RuntimeError("the geometry cannot be translated to STEP")
    if writer.Write(str(path)) != IFSelect_ReturnStatus.IFSelect_RetDone:
        raise RuntimeError("the STEP file cannot be written")
    data = _canonical(path.read_bytes())
    data = in_canonical_order(data) if len(parts) > 1 else data  # one style has one order
    path.write_bytes(_HEADER.sub(lambda _: _header(title, metadata), data, count=1))


def _canonical(data: bytes) -> bytes:
    """The same file without the translator's running numbers, and all in ASCII, as the standard wants it."""
    data = _OCCURRENCE.sub(rb"\1\3\2\3", _TRANSLATOR.sub(b"'part'", data))
    return _FOREIGN.sub(lambda match: _encoded(match[0].decode("utf-8", "replace")).encode(), data)


def _header(title: str, told: Mapping[str, str]) -> bytes:
    licence, recipe = told.get("LicenseTerms", ""), told.get("recipe", "")
    about = [title, *([f"Licence: {licence}"] if licence else []), *([f"Recipe: {recipe}"] if recipe else [])]
    words = (
        f"HEADER;\nFILE_DESCRIPTION(({','.join(map(_quoted, about))}),'2;1');\n"
        f"FILE_NAME({_quoted(title)},'{_NO_TIME}',({_quoted(told.get('Designer', ''))}),(''),"
        f"'Open CASCADE',{_quoted(told.get('Application', 'Cofab'))},{_quoted(licence)});\n"
    )
    return words.encode("ascii")


def _quoted(text: str) -> str:
    doubled = text.replace("\\", "\\\\").replace("'", "''")
    return "'" + "".join(letter if letter in _PLAIN else _encoded(letter) for letter in doubled) + "'"


def _encoded(text: str) -> str:
    """As ISO 10303-21 writes what is not in ASCII: UTF-16 in hexadecimal digits."""
    return f"\\X2\\{text.encode('utf-16-be').hex().upper()}\\X0\\"


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


def _document(parts: list[Part], title: str) -> Any:
    """A TDocStd_Document with names and colours."""
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDF import TDF_Label
    from OCP.TDocStd import TDocStd_Document
    from OCP.TopTools import TopTools_IndexedMapOfShape
    from OCP.XCAFDoc import XCAFDoc_DocumentTool

    document = TDocStd_Document(TCollection_ExtendedString("XmlOcaf"))
    shapes = XCAFDoc_DocumentTool.ShapeTool_s(document.Main())
    shapes.SetAutoNaming_s(V=False)
    if len(parts) == 1:
        _dress(
            document, shapes.AddShape(parts[0].shape, makeAssembly=False), parts[0].name, colour_of(0, parts[0].colour)
        )
        return document
    whole = shapes.NewShape()
    _name(whole, title)
    known = TopTools_IndexedMapOfShape()
    for number, part in enumerate(parts):
        shape = _own(part.shape, known)
        component = shapes.AddComponent(whole, shape, expand=False)
        _name(component, part.name)
        product = TDF_Label()
        shapes.GetReferredShape_s(component, product)
        _dress(document, product, part.name, colour_of(number, part.colour))
    shapes.UpdateAssemblies()
    return document


def _own(shape: Any, known: Any) -> Any:
    """The shape; or a copy where another body has the same one elsewhere, since each has a name and a colour of its
    own."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Copy
    from OCP.TopLoc import TopLoc_Location

    if known.Contains(shape.Located(TopLoc_Location())):
        shape = BRepBuilderAPI_Copy(shape).Shape()
    known.Add(shape.Located(TopLoc_Location()))
    return shape


def _dress(document: Any, label: Any, name: str, colour: Colour) -> None:
    from OCP.Quantity import Quantity_Color, Quantity_TypeOfColor
    from OCP.XCAFDoc import XCAFDoc_ColorType, XCAFDoc_DocumentTool

    _name(label, name)
    shade = Quantity_Color(*colour, Quantity_TypeOfColor.Quantity_TOC_sRGB)
    XCAFDoc_DocumentTool.ColorTool_s(document.Main()).SetColor(label, shade, XCAFDoc_ColorType.XCAFDoc_ColorGen)


def _name(label: Any, name: str) -> None:
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDataStd import TDataStd_Name

    TDataStd_Name.Set_s(label, TCollection_ExtendedString(name, True))  # noqa: FBT003  (UTF-8; the kernel's argument has no name)
