"""Outline: flat drawings (SVG, DXF) as parts of a sheet, raised by its thickness.

There is no script; `source` in the manifest names the drawing, and the only parameter is `thickness`, in mm. The
readers run in the jail like a script does, since a drawing may be as hostile.
"""

from collections.abc import Mapping
from pathlib import Path

from designs.engines import kernel, toolchains, without_vtk
from designs.engines.body_names import distinct
from designs.engines.interface import Body, EngineError, Geometry
from designs.outlines.curves import Chain
from designs.sandbox.environment import CAD, Environment
from designs.scripts.assignments import Value
from designs.scripts.guessing import Guess

DEFAULT_THICKNESS_MM = 3.0
LEAST_THICKNESS_MM, MOST_THICKNESS_MM = 0.1, 60.0


class Outline:
    """SVG and DXF."""

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
        """The sheet's thickness, which a drawing does not say."""
        return [
            Guess(
                "thickness", "number", DEFAULT_THICKNESS_MM, "Of the sheet, mm: measure it", LEAST_THICKNESS_MM,
                MOST_THICKNESS_MM,
            )
        ]  # fmt: skip

    def run(self, source: Path, parameters: Mapping[str, Value]) -> Geometry:
        """As the interface says."""
        from designs.outlines.joining import parts_of
        from designs.outlines.shaping import plate

        if unknown := sorted(parameters.keys() - {"thickness"}):
            raise EngineError("script_error", f"{source.name} is a drawing: it has a thickness, and no {unknown[0]!r}")
        thickness = parameters.get("thickness", DEFAULT_THICKNESS_MM)
        if isinstance(thickness, bool | str) or not LEAST_THICKNESS_MM <= thickness <= MOST_THICKNESS_MM:
            words = f"thickness {thickness} is out of range: {LEAST_THICKNESS_MM} to {MOST_THICKNESS_MM:g} mm"
            raise EngineError("script_error", words)
        parts = parts_of(_read(source))
        if not parts:
            raise EngineError("no_geometry", f"{source.name} has no outline")
        shapes = [plate(part, float(thickness)) for part in parts]
        return Geometry(kernel.to_bytes(kernel.compound(shapes)), distinct([Body("") for _ in shapes]))


ENGINE = Outline()


def _read(source: Path) -> list[Chain]:
    from designs.outlines.dxf import read_dxf
    from designs.outlines.svg import read_svg

    match source.suffix.lower():
        case ".svg":
            return read_svg(source)
        case ".dxf":
            return read_dxf(source)
    raise EngineError("script_error", f"{source.name} is no drawing that is read: those are .svg and .dxf")
