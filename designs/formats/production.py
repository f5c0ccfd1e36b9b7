"""Everything that a build gives, made from the B-rep. Trusted code, but in the jail: the B-rep may be hostile."""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from designs.checks import Finding, Making, Severity, check
from designs.engines.interface import Body, EngineError
from designs.formats import brep, drawing, glb, step, stl, threemf, thumbnail
from designs.formats.brep import Part
from designs.formats.colours import colour_of
from designs.formats.tessellation import tessellate
from designs.measure import Measurements, Vector, mass_g
from designs.mesh import Mesh

ARTIFACTS = (
    "model.step",
    "model.3mf",
    "model.stl",
    "model.glb",
    "front.svg",
    "top.svg",
    "right.svg",
    "thumbnail.png",
    "measurements.json",
    "findings.json",
)
STEP_VOLUME_AGREEMENT = 1e-4
"""A STEP file whose volume differs more than this from what was written is not given out."""

MAX_BODIES = 2000
MAX_NAME = 100

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Order:
    """What is asked for beside the geometry."""

    title: str
    metadata: Mapping[str, str]
    material: str
    tolerance_mm: float
    angular_tolerance_rad: float
    making: Making

    def to_json(self) -> dict[str, Any]:
        """As it goes into the jail."""
        return {
            "title": self.title,
            "metadata": dict(self.metadata),
            "material": self.material,
            "tolerance_mm": self.tolerance_mm,
            "angular_tolerance_rad": self.angular_tolerance_rad,
            "nozzle_mm": self.making.nozzle_mm,
            "envelope_mm": list(self.making.envelope_mm),
            "supports": self.making.supports,
        }

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read what `to_json` wrote."""
        x, y, z = value["envelope_mm"]
        return cls(
            title=value["title"],
            metadata=value["metadata"],
            material=value["material"],
            tolerance_mm=value["tolerance_mm"],
            angular_tolerance_rad=value["angular_tolerance_rad"],
            making=Making(value["nozzle_mm"], (x, y, z), value["supports"]),
        )


@dataclass
class Bench:
    """The parts at work, and how long each step took."""

    parts: list[Part]
    order: Order
    folder: Path
    progress: Progress
    meshes: list[Mesh] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def step(self, name: str, fraction: float, work: Callable[[], None]) -> None:
        """Tell, do and time one step."""
        self.progress(name, fraction)
        began = time.perf_counter()
        work()
        self.seconds[name] = round(time.perf_counter() - began, 4)

    @property
    def named(self) -> list[tuple[str, tuple[float, float, float] | None, Mesh]]:
        return [(part.name, part.colour, mesh) for part, mesh in zip(self.parts, self.meshes, strict=True)]


def produce(parts: list[Part], order: Order, folder: Path, progress: Progress) -> Bench:
    """Make all artifacts in the folder; raises EngineError where there is nothing to make them of."""
    bench = Bench(parts, order, folder, progress)
    bench.step("mesh", 0.0, lambda: _tessellate(bench))
    measured: list[Measurements] = []
    bench.step("measure", 0.3, lambda: measured.append(_measure(bench)))
    bench.step("check", 0.4, lambda: bench.findings.extend(_check(bench)))
    bench.step("step", 0.45, lambda: _step(bench))
    bench.step("3mf", 0.6, lambda: threemf.write_3mf(bench.named, order.metadata, folder / "model.3mf"))
    bench.step("stl", 0.65, lambda: stl.write_stl(bench.meshes, folder / "model.stl"))
    bench.step("glb", 0.7, lambda: glb.write_glb(bench.named, folder / "model.glb"))
    bench.step("drawings", 0.75, lambda: _draw(bench))
    bench.step("thumbnail", 0.85, lambda: _picture(bench))
    _write_json(folder / "measurements.json", measured[0].to_json())
    _write_json(folder / "findings.json", [finding.to_json() for finding in bench.findings])
    progress("done", 1.0)
    return bench


def read_bodies(value: Any) -> list[Body]:
    """The names and colours that the script's process told; raises EngineError when they are not in order."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_BODIES:
        raise EngineError("bad_geometry", "no list of bodies came back from the script")
    return [_read_body(item) for item in value]


def _read_body(item: Any) -> Body:
    name = item.get("name") if isinstance(item, dict) else None
    colour = item.get("colour") if isinstance(item, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise EngineError("bad_geometry", "a body came back without a proper name")
    if colour is None:
        return Body(name)
    if not isinstance(colour, list) or len(colour) != 3 or not all(_is_share(channel) for channel in colour):
        raise EngineError("bad_geometry", f"the colour of {name} is not three numbers from 0 to 1")
    return Body(name, (float(colour[0]), float(colour[1]), float(colour[2])))


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _tessellate(bench: Bench) -> None:
    for part in bench.parts:
        order = bench.order
        bench.meshes.append(
            tessellate(part, order.tolerance_mm, order.angular_tolerance_rad, brep.properties(part.shape).volume)
        )


def _measure(bench: Bench) -> Measurements:
    whole = brep.compound(bench.parts)
    found = brep.properties(whole)
    if not math.isfinite(found.volume):
        raise EngineError("bad_geometry", "the part's volume is not a finite number")
    least = [min(float(mesh.bounds[0][axis]) for mesh in bench.meshes) for axis in range(3)]
    greatest = [max(float(mesh.bounds[1][axis]) for mesh in bench.meshes) for axis in range(3)]
    exact = brep.bounding_box(whole)
    box = exact if _agree(exact, (tuple(least), tuple(greatest)), bench.order.tolerance_mm) else None
    return Measurements(
        volume_mm3=found.volume,
        area_mm2=found.area,
        bounding_box=box or ((least[0], least[1], least[2]), (greatest[0], greatest[1], greatest[2])),
        centre_of_mass=found.centre,
        mass_g=mass_g(found.volume, bench.order.material),
        bodies=len(bench.parts),
        solids=len(brep.sub_shapes(whole, "SOLID")),
        faces=len(brep.sub_shapes(whole, "FACE")),
        edges=len(brep.sub_shapes(whole, "EDGE")),
        triangles=sum(len(mesh.welded[1]) for mesh in bench.meshes),
        watertight=not any(mesh.open_edges for mesh in bench.meshes),
    )


def _agree(exact: tuple[Vector, Vector], meshed: tuple[tuple[float, ...], ...], tolerance: float) -> bool:
    """The kernel's box may be far too large on bad surfaces; a good one holds the mesh and little more."""
    slack = 4 * tolerance
    return all(
        abs(mine - other) <= slack
        for corner, other_corner in zip(exact, meshed, strict=True)
        for mine, other in zip(corner, other_corner, strict=True)
    )


def _check(bench: Bench) -> list[Finding]:
    found = check([(name, mesh) for name, _, mesh in bench.named], bench.order.making)
    for part in bench.parts:
        solids = len(brep.sub_shapes(part.shape, "SOLID"))
        if solids > 1:
            message = f"{part.name} is made of {solids} separate solids"
            found.append(Finding("several_solids", Severity.INFO, message, {"body": part.name, "solids": solids}))
    return found


def _step(bench: Bench) -> None:
    """Written, read back and compared; withheld with a finding where it is not the same part."""
    path = bench.folder / "model.step"
    before = brep.properties(brep.compound(bench.parts))
    try:
        step.write_step(bench.parts, bench.order.title, path)
        after = step.read_back(path)
    except RuntimeError as error:
        path.unlink(missing_ok=True)
        message = f"there is no STEP file: {error}"
        bench.findings.append(Finding("step_withheld", Severity.WARNING, message))
        return
    if not math.isclose(before.volume, after.volume, rel_tol=STEP_VOLUME_AGREEMENT, abs_tol=1e-6):
        path.unlink()
        message = f"there is no STEP file: read back, it has {after.volume:.6g} mm³ instead of {before.volume:.6g} mm³"
        bench.findings.append(Finding("step_withheld", Severity.WARNING, message))
    elif not after.valid:
        message = (
            "the exact geometry is not valid by the kernel's own check: other CAD programs may refuse the STEP file"
        )
        bench.findings.append(Finding("invalid_geometry", Severity.WARNING, message))


def _draw(bench: Bench) -> None:
    whole = brep.compound(bench.parts)
    for view in drawing.VIEWS:
        title = f"{bench.order.title}, {view}"
        drawing.write_svg(drawing.project(whole, view), title, bench.folder / f"{view}.svg")


def _picture(bench: Bench) -> None:
    coloured = [(colour_of(number, colour), mesh) for number, (_, colour, mesh) in enumerate(bench.named)]
    thumbnail.write_png(coloured, bench.folder / "thumbnail.png")


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")
