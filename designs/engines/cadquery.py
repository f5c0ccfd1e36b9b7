"""CadQuery: the script's `show_object` calls become named bodies.

Scripts run as CQGI runs them (`__name__ == "__cqgi__"`, `show_object`, `debug`, `describe_parameter`, `cq` and
`cadquery` at hand), and
those written for CQ-editor or the notebook viewers run too.
"""

import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any

from designs.engines import without_vtk
from designs.engines.cadquery_exports import watch_exports
from designs.engines.interface import Body, EngineError, Geometry
from designs.sandbox.environment import CAD, Environment
from designs.scripts.assignments import Value
from designs.scripts.guessing import Guess, UnreadableScript, guess_parameters, parse
from designs.scripts.reading import read_source
from designs.scripts.running import MAX_SHOWN, Script, ScriptFailed, Shown, Surroundings

MAX_NAME = 80
_MADE_UP = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What an assembly is called that was given no name."""
_TOOLCHAIN = ("cadquery", "cadquery-ocp-novtk", "cadquery-ocp", "numpy", "pillow")


class CadQuery:
    """CadQuery on the OpenCASCADE kernel."""

    def environment(self) -> Environment:
        """As the interface says."""
        return CAD

    def fingerprint(self) -> str:
        """As the interface says."""
        parts = [f"{name}/{version}" for name in _TOOLCHAIN if (version := _version(name))]
        return " ".join([*parts, f"python/{platform.python_version()}", platform.machine()])

    def warm_up(self, kept: Path) -> None:
        """As the interface says."""
        without_vtk.install()
        from OCP.OSD import OSD_ThreadPool

        OSD_ThreadPool.DefaultPool_s().Init(
            1
        )  # booleans would start threads, and a forked child would wait for them for ever
        import cadquery as cq

        _provide_font(kept / "default.ttf")
        box = cq.Workplane().box(10, 10, 10).edges("|Z").fillet(1).faces(">Z").hole(3)
        box.cut(cq.Workplane().sphere(4)).union(cq.Workplane("XZ").circle(2).extrude(5)).val().isValid()
        cq.Workplane().text("a", 5, 1)
        cq.Assembly(box, name="a").add(box, name="b").toCompound()
        _to_bytes(box.val().wrapped)

    def read_parameters(self, source: Path) -> list[Guess]:
        """As the interface says."""
        try:
            text = read_source(source)
            return guess_parameters(parse(text, source.name), text)
        except UnreadableScript as error:
            raise EngineError("script_error", str(error)) from error

    def run(self, source: Path, parameters: Mapping[str, Value]) -> Geometry:
        """As the interface says."""
        import cadquery as cq

        around = Surroundings({"cq": cq, "cadquery": cq}, _is_geometry, built_with=f"CadQuery {_version('cadquery')}")
        watch_exports(around.exported)
        try:
            shown = Script.load(source, parameters).run(around)
        except ScriptFailed as error:
            raise EngineError("script_error", str(error)) from error
        bodies = [body for item in shown for body in _bodies(item)]
        if not bodies:
            raise EngineError("no_geometry", _nothing(source.name, shown))
        compound = cq.Compound.makeCompound([shape for shape, _ in bodies])
        return Geometry(_to_bytes(compound.wrapped), _named([body for _, body in bodies]))


ENGINE = CadQuery()


def _provide_font(path: Path) -> None:
    """`text()` finds one font, whatever name it asks for: the same on every host. It is the one that Pillow carries
    (Aileron, CC0)."""
    from OCP.Font import Font_FontMgr
    from PIL import ImageFont

    font = ImageFont.load_default(12)
    assert isinstance(font, ImageFont.FreeTypeFont)
    path.write_bytes(font.font_bytes)
    path.chmod(0o444)
    fonts = Font_FontMgr.GetInstance_s()
    fonts.ClearFontDataBase()
    fonts.RegisterFont(fonts.CheckFont(str(path)), theToOverride=True)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _nothing(script: str, shown: Sequence[Shown]) -> str:
    if not shown:
        return f"{script} shows nothing: end it with show_object(result)"
    kinds = ", ".join(sorted({type(item.value).__name__ for item in shown}))
    return f"{script} shows {kinds} without any solid: extrude, revolve or loft it into one before show_object"


def _is_geometry(value: object) -> bool:
    import cadquery as cq

    if isinstance(value, dict | list | tuple):
        parts = list(value.values() if isinstance(value, dict) else value)
        return 0 < len(parts) <= MAX_SHOWN and all(map(_is_geometry, parts))
    if isinstance(value, cq.Workplane):
        return any(isinstance(item, cq.Shape) and item.Solids() for item in value.vals())
    return isinstance(value, cq.Assembly) or (isinstance(value, cq.Shape) and bool(value.Solids()))


def _bodies(item: Shown) -> Iterator[tuple[Any, Body]]:
    """Shapes with their names and colours out of whatever may be shown."""
    import cadquery as cq

    value, colour = item.value, _colour(item.options.get("color"))
    if isinstance(value, cq.Assembly):
        yield from _assembly_bodies(value, cq.Location(), None)
        return
    if isinstance(value, dict):
        for name, element in value.items():
            yield from _bodies(Shown(element, str(name), item.options))
        return
    if isinstance(value, list | tuple):
        for element in value:
            yield from _bodies(Shown(element, item.name, item.options))
        return
    shapes = _shapes(value)
    if shapes:
        shape = shapes[0] if len(shapes) == 1 else cq.Compound.makeCompound(shapes)
        yield shape, Body(item.name or "", colour)


def _shapes(value: object) -> list[Any]:
    """The solids, or failing that the shells and faces, that a value stands for."""
    import cadquery as cq

    if isinstance(value, cq.Workplane):
        found = [shape for shape in value.vals() if isinstance(shape, cq.Shape)]
    elif isinstance(value, cq.Shape):
        found = [value]
    elif hasattr(value, "wrapped"):  # another library's shape on the same kernel
        found = [cq.Shape.cast(value.wrapped)]
    else:
        found = []
    solid = [shape for shape in found if shape.Solids()]
    return solid or [shape for shape in found if shape.Faces()]


def _assembly_bodies(assembly: Any, place: Any, inherited: Any) -> Iterator[tuple[Any, Body]]:
    place = place * assembly.loc
    colour = assembly.color or inherited
    for shape in _shapes(assembly.obj):
        name = "" if _MADE_UP.fullmatch(str(assembly.name)) else str(assembly.name)
        yield shape.located(place * shape.location()), Body(name, _colour(colour))
    for child in assembly.children:
        yield from _assembly_bodies(child, place, colour)


def _colour(value: object) -> tuple[float, float, float] | None:
    """sRGB from 0 to 1 of a cq.Color, a name, `#rrggbb`, or numbers (to 1, or to 255); None for anything else."""
    import cadquery as cq

    try:
        if isinstance(value, str):
            value = tuple(bytes.fromhex(value[1:7])) if value.startswith("#") else cq.Color(value)
        numbers = list(value.toTuple()[:3] if isinstance(value, cq.Color) else map(float, value[:3]))  # type: ignore[index]
    except (TypeError, ValueError, RuntimeError):
        return None
    scale = 255 if max(numbers, default=0) > 1 else 1
    if len(numbers) != 3 or not all(0 <= number / scale <= 1 for number in numbers):
        return None
    return (numbers[0] / scale, numbers[1] / scale, numbers[2] / scale)


def _named(bodies: Sequence[Body]) -> tuple[Body, ...]:
    """Every body has a printable name of its own."""
    taken: set[str] = set()
    result = []
    for number, body in enumerate(bodies, start=1):
        stem = "".join(character for character in body.name if character.isprintable()).strip()[:MAX_NAME]
        stem = stem or ("part" if len(bodies) == 1 else f"part-{number}")
        name, again = stem, 2
        while name in taken:
            name, again = f"{stem}-{again}", again + 1
        taken.add(name)
        result.append(Body(name, body.colour))
    return tuple(result)


def _to_bytes(shape: Any) -> bytes:
    """Binary B-rep without any mesh that the script may have made: meshes are made later, by code that can be
    believed."""
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
