"""`cofab build`: a design built on this machine, in the jail."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from designs.digest import Digest
from designs.parameters import ResolvedParameters, resolve
from designs.portable import BUILT
from designs.recipe import Recipe
from designs.sandbox.folders import owned_folder
from designs.snapshot import snapshot_of
from designs.source import DesignSource
from registry.cli.local import design_argument, engines_missing, read_local
from registry.cli.options import json_option, parameters_option, preset_option, read_parameters
from registry.cli.output import good, note, progress, say, size_text, warn, write_json

if TYPE_CHECKING:
    from designs.build import BuildResult, Finding


@dataclass(frozen=True)
class LocalBuild:
    """What was built here, of which recipe, and in which folder it lies."""

    recipe: Digest
    parameters: ResolvedParameters
    result: "BuildResult"
    folder: Path | None
    """None: the results were only looked at."""


FIGURES = ("measurements.json", "findings.json")
"""What is told of every build."""


@click.command(short_help="Build a design here: STEP, 3MF, STL, drawings.")
@design_argument
@parameters_option
@preset_option
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the results. [default: build/]"
)
@click.option("--only", multiple=True, metavar="NAME", help="Make just this file, such as model.stl; may be repeated.")
@json_option
def build(
    *,
    design: Path,
    parameters: tuple[str, ...],
    preset: str | None,
    out: Path | None,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """Build a design on this machine, in the jail, with the parameters you choose.

    DESIGN is a folder with a design.toml, a script (CadQuery, build123d, OpenSCAD), geometry (STEP, STL, 3MF, OBJ), or
    a drawing to be cut from a sheet (SVG, DXF).

    \b
    Examples:
      cofab build
      cofab build my-hook -p width=24 -p reach=40 --out /tmp/hook
      cofab build bracket.py --preset wide
      cofab build bracket.scad --only model.stl --only drawing.svg
    """
    source = read_local(design)
    resolved = resolve(source.manifest, read_parameters(parameters), preset)
    built = build_locally(source, resolved, out or Path(BUILT), wanted=only, quiet=as_json)
    if as_json:
        write_json(build_json(built))
        return
    tell_build(built)
    good(f"{source.manifest.name} is built (recipe {built.recipe[:12]})")


def build_locally(
    source: DesignSource, parameters: ResolvedParameters, out: Path | None, *, wanted: Collection[str], quiet: bool
) -> LocalBuild:
    """Build a design in the jail; its results go into the folder, or nowhere. What is `wanted` beside measurements and
    findings; nothing: everything. Raises BuildError, Unavailable."""
    try:
        from designs.build import ARTIFACTS, engine_fingerprint
        from designs.build import build as build_recipe
    except ModuleNotFoundError as error:
        raise engines_missing(error) from error
    snapshot = snapshot_of(source.files, source.manifest).digest
    recipe = Recipe(snapshot, parameters, engine_fingerprint(source.manifest.engine))
    with _results(out) as into, progress(source.manifest.name, quiet=quiet) as advance:
        names = {*wanted, *FIGURES} if wanted else ARTIFACTS
        result = build_recipe(source.root, source.manifest, recipe, into, wanted=names, progress=advance)
    return LocalBuild(recipe.digest, parameters, result, out)


@contextmanager
def _results(out: Path | None) -> Iterator[Path]:
    """A new folder for the results; they come into `out` only when the build went well."""
    with owned_folder("cofab-results-") as folder:
        into = folder / "results"
        into.mkdir()
        yield into
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for path in sorted(into.iterdir()):
                shutil.copy(path, out / path.name)


def tell_build(built: LocalBuild) -> None:
    """The build for people: measurements, findings, files."""
    measured = built.result.measurements
    low, high = measured.bounding_box
    size = " × ".join(f"{high[axis] - low[axis]:.1f}" for axis in range(3))
    mass = "" if measured.mass_g is None else f", mass {measured.mass_g:.1f} g if solid"
    say(f"Size {size} mm, volume {measured.volume_mm3 / 1000:.2f} cm³{mass}")
    for finding in built.result.findings:
        _tell_finding(finding)
    if built.folder is not None:
        for artifact in built.result.artifacts:
            say(f"  {built.folder / artifact.name}  {size_text(artifact.size)}")
        for name, reason in built.result.withheld.items():
            note(f"  no {name}: {reason}")


def _tell_finding(finding: "Finding") -> None:
    told = note if finding.severity == "info" else warn
    told(f"{finding.severity}: {finding.message}")


def build_json(built: LocalBuild) -> object:
    """The build for programs."""
    result = built.result
    measured = result.measurements
    return {
        "recipe": built.recipe,
        "parameters": built.parameters.canonical,
        "artifacts": [
            {"name": each.name, "sha256": each.sha256, "size": each.size}
            | ({} if built.folder is None else {"path": built.folder / each.name})
            for each in result.artifacts
        ],
        "withheld": dict(result.withheld),
        "measurements": measured.to_json(),
        "findings": [finding.to_json() for finding in result.findings],
        "seconds": dict(result.seconds),
    }
