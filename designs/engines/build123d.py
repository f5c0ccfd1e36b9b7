"""build123d: what a script shows, or else what it made last, becomes named bodies.

Scripts run unmodified, with `ocp_vscode` and the other viewers at hand. A parameter is a top-level assignment of a
literal, as in CadQuery's gateway interface, or of one times a unit of build123d (`3 * MM`). The result is what `show`
or `show_object` got; without these `result`, or the last Part, Compound or BuildPart that has a name.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from designs.engines import fonts, glyphs, kernel, toolchains, wires
from designs.engines.body_names import distinct
from designs.engines.interface import Body, EngineError, Geometry
from designs.sandbox.environment import Environment
from designs.scripts.assignments import Value
from designs.scripts.exporting import Watch
from designs.scripts.guessing import Guess, UnreadableScript, guess_parameters, parse
from designs.scripts.reading import read_source
from designs.scripts.running import MAX_SHOWN, Script, ScriptFailed, Shown, Surroundings

MAX_DEPTH = 50
"""Of assemblies within assemblies."""
_EXPORTS = ("export_brep", "export_gltf", "export_step", "export_stl")
_SINGLE_LINE = "singleline"
"""What build123d calls the single-line font that it brings along."""


class Build123d:
    """build123d on the OpenCASCADE kernel, of a newer version than CadQuery's."""

    def environment(self) -> Environment:
        """As the interface says."""
        return toolchains.build123d()

    def fingerprint(self) -> str:
        """As the interface says."""
        return toolchains.fingerprint(self.environment())

    def warm_up(self, kept: Path) -> None:
        """As the interface says."""
        del kept
        kernel.use_one_thread()
        import build123d as b  # type: ignore[import-not-found]

        fonts.provide(print, aliases=(_SINGLE_LINE,))
        b.available_fonts()
        wires.make_steady()
        glyphs.make_steady()
        block = b.fillet(b.Box(10, 10, 10).edges().filter_by(b.Axis.Z), 1) - b.Cylinder(2, 20) + b.Sphere(6)
        with b.BuildPart() as part:
            b.Box(10, 10, 2)
            with b.BuildSketch(part.faces().sort_by(b.Axis.Z)[-1]):
                b.Text("a", 5)
            b.extrude(amount=1)
            b.chamfer(part.edges().sort_by(b.Axis.Z)[0], 0.1)
        whole = b.Compound(label="a", children=[block, part.part])
        kernel.to_bytes(whole.wrapped)

    def read_parameters(self, source: Path) -> list[Guess]:
        """As the interface says."""
        try:
            text = read_source(source)
            return guess_parameters(parse(text, source.name), text)
        except UnreadableScript as error:
            raise EngineError("script_error", str(error)) from error

    def run(self, source: Path, parameters: Mapping[str, Value]) -> Geometry:
        """As the interface says."""
        import build123d

        around = Surroundings({}, _is_geometry, built_with=f"build123d {build123d.__version__}")
        _watch_exports(around.exported)
        kernel.number_shapes()
        try:
            shown = Script.load(source, parameters).run(around)
        except ScriptFailed as error:
            raise EngineError("script_error", str(error)) from error
        bodies = [body for item in _without_aids(shown) for body in _bodies(item)]
        if not bodies:
            raise EngineError("no_geometry", _nothing(source.name, shown))
        shapes = kernel.compound([shape for shape, _ in bodies])
        return Geometry(kernel.to_bytes(shapes), distinct([body for _, body in bodies]))


ENGINE = Build123d()


def _watch_exports(exported: list[object]) -> None:
    import build123d
    from build123d import exporters3d

    watch = Watch(exported)
    for name in _EXPORTS:
        for module in (build123d, exporters3d):
            watch.replace(module, name, lambda _shape: True)
    for owner in (build123d.Mesher, build123d.ExportSVG, build123d.ExportDXF):
        watch.replace(owner, "write", lambda _itself: None)


def _nothing(script: str, shown: Sequence[Shown]) -> str:
    if not shown:
        return f"{script} makes no part that has a name at its top level: end it with show(part), or call it `result`"
    kinds = ", ".join(sorted({type(item.value).__name__ for item in shown}))
    return f"{script} shows {kinds} without any solid: extrude, revolve or loft it into one before it is shown"


def _is_geometry(value: object) -> bool:
    """Whether it has a solid."""
    if isinstance(value, dict | list | tuple):
        parts = list(value.values() if isinstance(value, dict) else value)
        return 0 < len(parts) <= MAX_SHOWN and all(map(_is_geometry, parts))
    shape = _shape(value)
    return shape is not None and kernel.has(shape.wrapped, "SOLID")


def _without_aids(shown: Sequence[Shown]) -> Sequence[Shown]:
    """Sketches that are shown beside solids are there to look at."""
    from build123d import Face, Sketch

    if not any(_is_geometry(item.value) for item in shown):
        return shown
    return [item for item in shown if not isinstance(_shape(item.value), Face | Sketch)]


def _shape(value: object) -> Any:
    """The build123d Shape that a value is or stands for, None for anything else."""
    from build123d import BuildPart, BuildSketch, Shape
    from OCP.TopoDS import TopoDS_Shape

    if isinstance(value, BuildPart):
        value = value.part
    elif isinstance(value, BuildSketch):
        value = value.sketch
    elif isinstance(value, TopoDS_Shape):
        value = Shape.cast(value) if not value.IsNull() else None
    return value if isinstance(value, Shape) and value else None


def _bodies(item: Shown) -> Iterator[tuple[Any, Body]]:
    """Kernel shapes with their names and colours out of whatever may be shown."""
    if isinstance(item.value, dict):
        for name, element in item.value.items():
            yield from _bodies(Shown(element, str(name), item.options))
        return
    if isinstance(item.value, list | tuple | set):
        for element in item.value:
            yield from _bodies(Shown(element, item.name, item.options))
        return
    shape = _shape(item.value)
    if shape is not None:
        yield from _leaves(shape, None, item.name or "", _colour(item.options.get("color")))


def _leaves(
    shape: Any, place: Any, name: str, colour: tuple[float, float, float] | None, depth: int = 0
) -> Iterator[tuple[Any, Body]]:
    """An assembly is its children, each where its parents put it; anything else is one body. `place`: TopLoc_Location
    or None. A body without colour has that of the assembly it is in."""
    if depth > MAX_DEPTH:
        raise EngineError("bad_geometry", f"the assembly is more than {MAX_DEPTH} levels deep")
    colour = _colour(shape.color) or colour
    if shape.children:
        location = shape.wrapped.Location()
        here = location if place is None else place.Multiplied(location)
        for child in shape.children:
            yield from _leaves(child, here, "", colour, depth + 1)
        return
    if shape.wrapped is None or shape.wrapped.IsNull() or not kernel.has(shape.wrapped, "FACE"):
        return
    placed = shape.wrapped if place is None else shape.wrapped.Moved(place)
    yield placed, Body(name or str(shape.label or ""), colour)


def _colour(value: Any) -> tuple[float, float, float] | None:
    """sRGB from 0 to 1 of a Color, a name, `#rrggbb`, or numbers (to 1, or to 255); None for anything else."""
    from build123d import Color

    try:
        if isinstance(value, str):
            value = Color(value)
        numbers = [float(number) for number in tuple(value)[:3]]
    except (TypeError, ValueError):
        return None
    scale = 255 if max(numbers, default=0) > 1 else 1
    if len(numbers) != 3 or not all(0 <= number / scale <= 1 for number in numbers):
        return None
    return (numbers[0] / scale, numbers[1] / scale, numbers[2] / scale)
