"""CadQuery: the script's `show_object` calls become named bodies.

Scripts run as CQGI runs them (`__name__ == "__cqgi__"`, `show_object`, `debug`, `describe_parameter`, `cq` and
`cadquery` at hand), and those written for CQ-editor or the notebook viewers run too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from designs.engines import fonts, glyphs, kernel, toolchains, wires, without_vtk
from designs.engines.body_names import distinct
from designs.engines.cadquery_exports import watch_exports
from designs.engines.interface import Body, EngineError, Geometry
from designs.sandbox.environment import CAD, Environment
from designs.scripts.assignments import Value
from designs.scripts.guessing import Guess, UnreadableScript, guess_parameters, parse
from designs.scripts.reading import read_source
from designs.scripts.running import MAX_SHOWN, Script, ScriptFailed, Shown, Surroundings

_MADE_UP = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What an assembly is called that was given no name."""


class CadQuery:
    """CadQuery on the OpenCASCADE kernel."""

    def environment(self) -> Environment:
        """As the interface says."""
        return CAD

    def fingerprint(self) -> str:
        """As the interface says."""
        return toolchains.fingerprint(CAD)

    def warm_up(self, kept: Path) -> None:
        """As the interface says."""
        del kept
        without_vtk.install()
        kernel.use_one_thread()
        import cadquery as cq

        fonts.provide(print)
        wires.make_steady()
        glyphs.make_steady()
        box = cq.Workplane().box(10, 10, 10).edges("|Z").fillet(1).faces(">Z").hole(3)
        box.cut(cq.Workplane().sphere(4)).union(cq.Workplane("XZ").circle(2).extrude(5)).val().isValid()
        cq.Workplane().text("a", 5, 1)
        cq.Assembly(box, name="a").add(box, name="b").toCompound()
        kernel.to_bytes(box.val().wrapped)

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

        around = Surroundings({"cq": cq, "cadquery": cq}, _is_geometry, built_with=f"CadQuery {cq.__version__}")
        watch_exports(around.exported)
        kernel.number_shapes()
        try:
            shown = Script.load(source, parameters).run(around)
        except ScriptFailed as error:
            raise EngineError("script_error", str(error)) from error
        bodies = [body for item in shown for body in _bodies(item)]
        if not bodies:
            raise EngineError("no_geometry", _nothing(source.name, shown))
        shapes = kernel.compound([shape.wrapped for shape, _ in bodies])
        return Geometry(kernel.to_bytes(shapes), distinct([body for _, body in bodies]))


ENGINE = CadQuery()


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
