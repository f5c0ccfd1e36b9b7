"""Everything that a build gives, made from its geometry. Trusted code, but in the jail: the geometry may be hostile."""

import json
import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designs.analysis.analysing import analyse
from designs.checks import Finding, Severity
from designs.formats import drawing, dxf, figures, flat, glb, holes, outlines, sheet, step, stl, threemf, thumbnail
from designs.formats.brep import Part
from designs.formats.order import Order
from designs.formats.viewpoints import VIEWS
from designs.formats.workpiece import Clock, Withheld, Workpiece

STEP_VOLUME_AGREEMENT = 1e-4
"""A STEP file whose volume differs more than this from what was written is not given out."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Produced:
    """What came of an order."""

    made: tuple[str, ...]
    withheld: dict[str, str]
    """Artifact → why there is none."""
    findings: list[Finding]
    """What came to light while they were made, beside what stands in findings.json."""
    seconds: dict[str, float]

    def to_json(self) -> Any:
        """What is told beside the files."""
        told = [finding.to_json() for finding in self.findings]
        return {"withheld": self.withheld, "findings": told, "seconds": self.seconds}


Maker = Callable[[Workpiece, Path], list[Finding]]
"""Writes one file, or raises Withheld; gives what it found out by that."""


@dataclass(frozen=True)
class _Craft:
    stage: str
    share: float
    """Of the whole work, about."""
    make: Maker


def produce(
    parts: list[Part],
    order: Order,
    folder: Path,
    progress: Progress,
    wanted: Collection[str] | None = None,
    *,
    on_made: Callable[[str], None] = lambda _: None,
) -> Produced:
    """Make the wanted artifacts (all, unless told) in the folder; `on_made` is told each as soon as it is there.

    Raises EngineError where there is nothing to make them of.
    """
    clock = Clock()
    work = Workpiece(parts, order, clock)
    names = [name for name in _CRAFTS if wanted is None or name in wanted]
    total, done = max(1.0, sum(_CRAFTS[name].share for name in names)), 0.0
    made: list[str] = []
    withheld: dict[str, str] = {}
    found: list[Finding] = []
    for name in names:
        craft = _CRAFTS[name]
        progress(craft.stage, done / total)
        done += craft.share
        try:
            with clock.step(craft.stage):
                found += craft.make(work, folder / name)
            made.append(name)
            on_made(name)
        except Withheld as why:
            (folder / name).unlink(missing_ok=True)
            withheld[name] = str(why)
    progress("done", 1.0)
    return Produced(tuple(made), withheld, found, clock.seconds)


def _step(work: Workpiece, path: Path) -> list[Finding]:
    """Written, read back and compared; withheld where it is not the same part."""
    if not work.exact:
        raise Withheld("the design is a mesh: it has no exact geometry")
    before = work.properties
    try:
        step.write_step(work.parts, work.order.title, path, work.order.metadata)
        after = step.read_back(path)
    except RuntimeError as error:
        raise Withheld(f"there is no STEP file: {error}") from error
    if not math.isclose(before.volume, after.volume, rel_tol=STEP_VOLUME_AGREEMENT, abs_tol=1e-6):
        raise Withheld(
            f"there is no STEP file: read back, it has {after.volume:.6g} mm³ instead of {before.volume:.6g} mm³"
        )
    if after.valid:
        return []
    message = "the exact geometry is not valid by the kernel's own check: other CAD programs may refuse the STEP file"
    return [Finding("invalid_geometry", Severity.WARNING, message)]


def _threemf(work: Workpiece, path: Path) -> list[Finding]:
    threemf.write_3mf(work.named, work.order.metadata, path)
    return []


def _stl(work: Workpiece, path: Path) -> list[Finding]:
    stl.write_stl(work.meshes, path)
    return []


def _glb(work: Workpiece, path: Path) -> list[Finding]:
    glb.write_glb(work.named, path)
    return []


def _fine_glb(work: Workpiece, path: Path) -> list[Finding]:
    glb.write_glb(work.named_fine, path)
    return []


def _view(work: Workpiece, path: Path) -> list[Finding]:
    lines = outlines.draw(work.meshes, VIEWS[path.stem])
    drawing.write_svg(lines, f"{work.order.title}, {path.stem}", path)
    return []


def _drawing(work: Workpiece, path: Path) -> list[Finding]:
    found = holes.find_holes(part.shape for part in work.parts if part.shape is not None)
    least, greatest = work.box
    size = (greatest[0] - least[0], greatest[1] - least[1], greatest[2] - least[2])
    sheet.write_sheet(work.meshes, size, found, work.order, path)
    return []


def _dxf(work: Workpiece, path: Path) -> list[Finding]:
    dxf.write_dxf(flat.plates(work.parts, work.meshes), path)
    return []


def _thumbnail(work: Workpiece, path: Path) -> list[Finding]:
    thumbnail.write_png(work.coloured, path)
    return []


def _measurements(work: Workpiece, path: Path) -> list[Finding]:
    _write_json(path, figures.measure(work).to_json())
    return []


def _findings(work: Workpiece, path: Path) -> list[Finding]:
    _write_json(path, [finding.to_json() for finding in figures.findings(work)])
    return []


def _analysis(work: Workpiece, path: Path) -> list[Finding]:
    bodies = [(name, mesh) for name, _, mesh in work.named]
    _write_json(path, analyse(bodies, work.order.making, work.order.material).to_json())
    return []


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")


ARTIFACTS = (
    "model.step",
    "model.3mf",
    "model.stl",
    "model.glb",
    "model-fine.glb",
    "front.svg",
    "top.svg",
    "right.svg",
    "drawing.svg",
    "model.dxf",
    "thumbnail.png",
    "measurements.json",
    "findings.json",
    "analysis.json",
)
_CRAFTS = {
    "model.glb": _Craft("glb", 4, _glb),
    "measurements.json": _Craft("measure", 2, _measurements),
    "findings.json": _Craft("check", 1, _findings),
    "model.step": _Craft("step", 3, _step),
    "model.3mf": _Craft("3mf", 2, _threemf),
    "model.stl": _Craft("stl", 1, _stl),
    "front.svg": _Craft("drawings", 1, _view),
    "top.svg": _Craft("drawings", 1, _view),
    "right.svg": _Craft("drawings", 1, _view),
    "drawing.svg": _Craft("drawings", 3, _drawing),
    "model.dxf": _Craft("dxf", 1, _dxf),
    "thumbnail.png": _Craft("thumbnail", 2, _thumbnail),
    "analysis.json": _Craft("analysis", 5, _analysis),
    "model-fine.glb": _Craft("fine glb", 4, _fine_glb),
}
"""In the order in which they are made: what a slider shows first, then the quick ones; the finer mesh last, since it
takes the place of the other one on the shapes."""
