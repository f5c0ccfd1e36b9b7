"""Solid: files of geometry as they are. STEP gives exact bodies; STL, 3MF and OBJ give meshes.

There is no script and there are no parameters; `source` in the manifest names the file. The readers run in the jail
like a script does, since a file may be as hostile.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from designs.engines import kernel, toolchains, without_vtk
from designs.engines.body_names import distinct
from designs.engines.interface import Body, EngineError, Geometry
from designs.formats.mesh_form import write_mesh_form
from designs.formats.read_3mf import read_3mf
from designs.formats.read_body import MeshBody, tidy
from designs.formats.read_obj import read_obj
from designs.formats.read_stl import read_stl
from designs.sandbox.environment import CAD, Environment
from designs.scripts.assignments import Value
from designs.scripts.guessing import Guess

_STEP = (".step", ".stp")
_READERS: Mapping[str, Callable[[Path], list[MeshBody]]] = {".stl": read_stl, ".3mf": read_3mf, ".obj": read_obj}
_WITHOUT_UNIT = (".stl", ".obj")
TINY_MM, HUGE_MM = 1.0, 2000.0
"""A part smaller than this was likely drawn in inches or metres, one larger in micrometres."""


class Solid:
    """STEP, STL, 3MF and OBJ."""

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

    def read_parameters(self, source: Path) -> list[Guess]:
        """There are none."""
        return []

    def run(self, source: Path, parameters: Mapping[str, Value]) -> Geometry:
        """As the interface says."""
        if parameters:
            names = ", ".join(sorted(parameters))
            raise EngineError("script_error", f"{source.name} is a file of geometry and takes no parameters: {names}")
        suffix = source.suffix.lower()
        if suffix in _STEP:
            return _exact(source)
        if suffix not in _READERS:
            known = ", ".join([*_STEP, *_READERS])
            raise EngineError("script_error", f"{source.name} is not a file that is read as it is: those are {known}")
        tidied = tidy(source.name, _READERS[suffix](source))
        for remark in tidied.remarks[:20]:
            print(remark)
        if suffix in _WITHOUT_UNIT and (doubt := unit_doubt(source.name, tidied.bodies)):
            print(doubt)
        data = write_mesh_form([(body.nodes, body.triangles) for body in tidied.bodies])
        return Geometry(data, distinct([Body(body.name, body.colour) for body in tidied.bodies]), "mesh")


ENGINE = Solid()


def unit_doubt(file: str, bodies: Sequence[MeshBody]) -> str | None:
    """What to say when a file without unit is so small or large that it was hardly drawn in millimetres."""
    least = [min(float(body.nodes[:, axis].min()) for body in bodies) for axis in range(3)]
    greatest = [max(float(body.nodes[:, axis].max()) for body in bodies) for axis in range(3)]
    size = max(high - low for low, high in zip(least, greatest, strict=True))
    if TINY_MM <= size <= HUGE_MM:
        return None
    guess, extent = ("inches or metres", "only ") if size < TINY_MM else ("micrometres", "")
    return (
        f"{file} has no unit, and read as millimetres it is {extent}{size:.4g} mm long: was it drawn in {guess}? "
        "Export it in millimetres, or as STEP or 3MF, which have a unit"
    )


def _exact(source: Path) -> Geometry:
    from designs.formats.read_step import read_step

    found = read_step(source)
    data = kernel.to_bytes(kernel.compound([body.shape for body in found]))
    return Geometry(data, distinct([Body(body.name, body.colour) for body in found]))
