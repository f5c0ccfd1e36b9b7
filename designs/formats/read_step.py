"""STEP (ISO 10303-21) by the kernel's own reader: exact solids with their names, colours and places, in mm."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designs.engines.interface import EngineError
from designs.formats.mesh_form import MAX_BODIES
from designs.formats.read_body import Colour, check_bodies

MAX_VISITS = 50_000
"""Labels of the assembly tree, each as often as it is placed."""
MAX_NESTING = 64
_TAIL = 4096
_UNNAMED = re.compile(r"Open CASCADE STEP translator [0-9. ]+|(?:SOLID|SHELL|COMPOUND|=>\[.*\])")
"""What the kernel calls parts that were given no name."""


@dataclass(frozen=True)
class ExactBody:
    """One named solid, or group of solids, in place."""

    name: str
    shape: Any
    """TopoDS_Shape, mm."""
    colour: Colour | None = None


def read_step(path: Path) -> list[ExactBody]:
    """One body for each part that the file's assemblies place, in order. Raises EngineError."""
    from OCP.IFSelect import IFSelect_ReturnStatus
    from OCP.Interface import Interface_Static
    from OCP.STEPCAFControl import STEPCAFControl_Reader
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDocStd import TDocStd_Document

    _check_ends(path)
    reader = STEPCAFControl_Reader()
    Interface_Static.SetCVal_s("xstep.cascade.unit", "MM")
    reader.SetColorMode(True)  # noqa: FBT003  (the kernel's own)
    reader.SetNameMode(True)  # noqa: FBT003
    document = TDocStd_Document(TCollection_ExtendedString("XmlOcaf"))
    try:
        status = reader.ReadFile(str(path))
        if status != IFSelect_ReturnStatus.IFSelect_RetDone or not reader.Transfer(document):
            raise EngineError("bad_geometry", f"{path.name} is damaged: the kernel cannot read its entities")
    except RuntimeError as error:
        raise EngineError("bad_geometry", f"{path.name} is damaged: {error}") from error
    bodies = _Tree(path.name, document).bodies()
    if not bodies:
        raise EngineError("no_geometry", f"{path.name} has no solid and no surface")
    return bodies


def _check_ends(path: Path) -> None:
    """The kernel reads what is left of a file that is cut off without a word."""
    with path.open("rb") as file:
        head = file.read(256).lstrip(b"\xef\xbb\xbf \t\r\n")
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read(_TAIL)
    if not head.startswith(b"ISO-10303-21"):
        raise EngineError("bad_geometry", f"{path.name} is no STEP file: it does not begin with ISO-10303-21")
    if b"END-ISO-10303-21" not in tail:
        raise EngineError("bad_geometry", f"{path.name} is cut off: it does not end with END-ISO-10303-21")


class _Tree:
    """The document's shapes, walked from its roots."""

    def __init__(self, file: str, document: Any) -> None:
        from OCP.XCAFDoc import XCAFDoc_DocumentTool

        self._file = file
        self._shapes = XCAFDoc_DocumentTool.ShapeTool_s(document.Main())
        self._colours = XCAFDoc_DocumentTool.ColorTool_s(document.Main())
        self._visits = 0

    def bodies(self) -> list[ExactBody]:
        """All of them; raises EngineError beyond the bounds."""
        from OCP.TDF import TDF_LabelSequence
        from OCP.TopLoc import TopLoc_Location

        roots = TDF_LabelSequence()
        self._shapes.GetFreeShapes(roots)
        found: list[ExactBody] = []
        for root in _labels(roots):
            for body in self._walk(root, TopLoc_Location(), None, 0):
                found.append(body)
                check_bodies(self._file, len(found))
        return found

    def _walk(self, label: Any, place: Any, inherited: Colour | None, depth: int) -> Iterator[ExactBody]:
        from OCP.TDF import TDF_Label, TDF_LabelSequence

        self._visits += 1
        if self._visits > MAX_VISITS or depth > MAX_NESTING:
            raise EngineError(
                "bad_geometry",
                f"{self._file}: its assemblies are nested more than {MAX_NESTING} deep, or hold more than {MAX_VISITS} "
                f"components; at most {MAX_BODIES} bodies can be built",
            )
        colour = self._colour(label) or inherited
        referred = TDF_Label()
        if self._shapes.GetReferredShape_s(label, referred):
            within = place * self._shapes.GetLocation_s(label)
            for body in self._walk(referred, within, colour, depth + 1):
                yield body if body.name else ExactBody(_name(label), body.shape, body.colour)
            return
        if self._shapes.IsAssembly_s(label):
            components = TDF_LabelSequence()
            self._shapes.GetComponents_s(label, components)
            for component in _labels(components):
                yield from self._walk(component, place, colour, depth + 1)
            return
        shape = self._shapes.GetShape_s(label)
        if _has_surfaces(shape):
            colour = colour or self._colour_within(label)
            yield ExactBody(_name(label), shape.Moved(place), colour)

    def _colour(self, label: Any) -> Colour | None:
        from OCP.Quantity import Quantity_Color
        from OCP.XCAFDoc import XCAFDoc_ColorType

        found = Quantity_Color()
        for kind in (XCAFDoc_ColorType.XCAFDoc_ColorSurf, XCAFDoc_ColorType.XCAFDoc_ColorGen):
            if self._colours.GetColor_s(label, kind, found):
                return _rgb(found)
        return None

    def _colour_within(self, label: Any) -> Colour | None:
        """That of the part's solid or faces, where all that have one have the same."""
        from OCP.TDF import TDF_LabelSequence

        inner = TDF_LabelSequence()
        self._shapes.GetSubShapes_s(label, inner)
        colours = {colour for sub in _labels(inner) if (colour := self._colour(sub))}
        return colours.pop() if len(colours) == 1 else None


def _labels(sequence: Any) -> list[Any]:
    return [sequence.Value(index) for index in range(1, sequence.Length() + 1)]


def _name(label: Any) -> str:
    from OCP.TDataStd import TDataStd_Name

    attribute = TDataStd_Name()
    if not label.FindAttribute(TDataStd_Name.GetID_s(), attribute):
        return ""
    name = str(attribute.Get().ToExtString())
    return "" if _UNNAMED.fullmatch(name) else name


def _rgb(colour: Any) -> Colour:
    from OCP.Quantity import Quantity_TypeOfColor

    red, green, blue = colour.Values(Quantity_TypeOfColor.Quantity_TOC_sRGB)
    return (_share(red), _share(green), _share(blue))


def _share(channel: float) -> float:
    """Files have colours as single floats and 8-bit numbers: what differs less than those is one."""
    return min(1.0, max(0.0, round(channel, 4)))


def _has_surfaces(shape: Any) -> bool:
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer

    return not shape.IsNull() and bool(TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_FACE).More())
