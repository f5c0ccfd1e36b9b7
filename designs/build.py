"""The one door to geometry: a recipe becomes artifacts.

Two jailed processes, one after the other. The first runs the design's script and gives back exact geometry (a B-rep)
with
the names and colours of its bodies. The second runs Cofab's own code over that B-rep, which may be hostile, and makes
everything else: nothing that a script says about itself is believed. What comes out is checked once more here.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from designs import build_inputs
from designs.build_error import BuildError
from designs.build_inputs import engine_fingerprint
from designs.build_outputs import read_findings, read_measurements, verify
from designs.checks import Finding, Severity
from designs.digest import Digest, digest_file
from designs.errors import DesignError
from designs.formats.production import ARTIFACTS, read_bodies
from designs.manifest import Manifest
from designs.measure import Measurements
from designs.recipe import Recipe
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.limits import Limits
from designs.sandbox.parcel import Json
from designs.sandbox.shared import shared_jail, shut_down
from designs.script_parameters import read_script_parameters

__all__ = [
    "ARTIFACTS",
    "ArtifactFile",
    "BuildError",
    "BuildResult",
    "Finding",
    "Limits",
    "Measurements",
    "Severity",
    "build",
    "engine_fingerprint",
    "read_script_parameters",
    "shut_down",
    "warm_up",
]

Progress = Callable[[str, float], None]
SCRIPT_SHARE = 0.4
"""Of the progress bar, for the script; the rest is for the artifacts."""


@dataclass(frozen=True)
class ArtifactFile:
    """One file that a build gave."""

    name: str
    path: Path
    sha256: Digest
    size: int


@dataclass(frozen=True)
class BuildResult:
    """All that a build gave."""

    artifacts: tuple[ArtifactFile, ...]
    """In the order of ARTIFACTS. `model.step` alone may be missing; a finding then says why."""
    measurements: Measurements
    findings: tuple[Finding, ...]
    seconds: Mapping[str, float]
    """`script` and `artifacts`, and the steps of the latter."""
    log: str = ""
    """What the script printed."""


def build(
    root: Path,
    manifest: Manifest,
    recipe: Recipe,
    into: Path,
    *,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    progress: Progress = lambda _stage, _fraction: None,
    jail: Jail | None = None,
) -> BuildResult:
    """Build the design in folder `root` with the recipe's parameters; artifacts are put into the folder `into`.

    `progress` is told a stage and a fraction from 0 to 1. Safe to call from several threads. Raises BuildError.
    """
    where = jail or shared_jail()
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cofab-build-") as folder:
        work = Path(folder)
        progress("script", 0.0)
        script = where.run(
            "run_script",
            {
                "engine": manifest.engine,
                "source": manifest.source,
                "parameters": dict(recipe.parameters.for_script().items()),
            },
            build_inputs.source_files(root, manifest),
            into=_new(work / "script"),
            limits=replace(limits, output_files=1),
        )
        made = where.run(
            "make_artifacts",
            {"bodies": _bodies(script), "order": build_inputs.order(manifest, recipe).to_json()},
            {"model.brep": script.files["model.brep"]},
            into=_new(work / "artifacts"),
            limits=limits,
            on_message=_relay(progress),
        )
        return _result(made, script, into)


def warm_up() -> None:
    """Start the worker now rather than at the first build."""
    shared_jail().confinement()


def _relay(progress: Progress) -> Callable[[Json], None]:
    def on_message(message: Json) -> None:
        fraction = message.get("fraction") if isinstance(message, dict) else None
        if isinstance(message, dict) and isinstance(fraction, int | float):
            share = min(1.0, max(0.0, float(fraction)))
            progress(str(message.get("stage")), SCRIPT_SHARE + (1 - SCRIPT_SHARE) * share)

    return on_message


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _bodies(script: Finished) -> Json:
    """Names and colours as the script's process told them: checked, since it is not believed."""
    told = script.result.get("bodies") if isinstance(script.result, dict) else None
    try:
        read_bodies(told)
    except DesignError as error:
        raise BuildError("bad_geometry", str(error), script.log) from error
    if set(script.files) != {"model.brep"}:
        raise BuildError("bad_geometry", "no geometry came back from the script", script.log)
    return told


def _result(made: Finished, script: Finished, into: Path) -> BuildResult:
    try:
        verify(made.files, ARTIFACTS)
        measurements = read_measurements(made.files)
        findings = read_findings(made.files)
    except DesignError as error:
        raise BuildError("crashed", f"the artifacts are not in order: {error}", script.log) from error
    artifacts = []
    for name in ARTIFACTS:
        if name in made.files:
            target = into / name
            target.write_bytes(made.files[name].read_bytes())
            artifacts.append(ArtifactFile(name, target, digest_file(target), target.stat().st_size))
    told = made.result.get("seconds") if isinstance(made.result, dict) else None
    steps = {k: float(v) for k, v in told.items() if isinstance(v, int | float)} if isinstance(told, dict) else {}
    seconds = {"script": round(script.seconds, 4), "artifacts": round(made.seconds, 4), **steps}
    return BuildResult(tuple(artifacts), measurements, findings, seconds, script.log)
