"""Small designs to build in tests."""

from collections.abc import Collection
from pathlib import Path

from designs.build import BuildResult, build, engine_fingerprint
from designs.digest import Digest
from designs.manifest import Manifest, manifest_for_script, parse_manifest
from designs.parameters import resolve
from designs.recipe import OutputSettings, Recipe
from designs.sandbox.jail import Jail
from designs.sandbox.limits import Limits

MANIFEST = """
[design]
name = "block"
title = "Block & <lid>"
description = "A block."
licence = "CERN-OHL-S-2.0"
authors = ["Ada Example <ada@example.org>"]
engine = "cadquery"
source = "block.py"

[parameters.length]
type = "number"
unit = "mm"
default = 20
min = 1
max = 400

[parameters.holes]
type = "integer"
default = 2
min = 0
max = 9

[print]
material = "PETG"
nozzle_mm = 0.4
"""

BLOCK = """
import cadquery as cq

length = 20.0
holes = 2

block = cq.Workplane().box(length, 10, 5)
for i in range(holes):
    block = block.cut(cq.Workplane().circle(1).extrude(5).translate((-length / 2 + 2 + 3 * i, 0, -2.5)))
show_object(block, name="block", options={"color": "#ff8000"})
"""

SNAPSHOT = Digest("0" * 64)


def write_design(root: Path, script: str = BLOCK, manifest: str = MANIFEST) -> Manifest:
    """Put a design into a folder."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "design.toml").write_text(manifest)
    (root / "block.py").write_text(script)
    return parse_manifest(manifest)


def recipe_for(manifest: Manifest, output: OutputSettings | None = None, **given: float | int | str | bool) -> Recipe:
    return Recipe(SNAPSHOT, resolve(manifest, given), engine_fingerprint("cadquery"), output or OutputSettings())


USUAL = ("model.3mf", "model.stl", "measurements.json", "findings.json")
"""What most tests look at: drawings and the analysis take much longer."""


def build_script(
    jail: Jail,
    folder: Path,
    script: str,
    limits: Limits = Limits(),  # noqa: B008
    *,
    wanted: Collection[str] = USUAL,
) -> BuildResult:
    """Build a script without parameters."""
    root = folder / "design"
    root.mkdir()
    (root / "part.py").write_text(script)
    manifest = manifest_for_script("part.py", [], name="part", licence="MIT", authors=["A"])
    return build(root, manifest, recipe_for(manifest), folder / "out", jail=jail, limits=limits, wanted=wanted)
