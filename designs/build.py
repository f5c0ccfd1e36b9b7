"""The one door to geometry: a recipe becomes artifacts, in two stages.

`make_geometry` runs the design's script in a jailed process, and keeps what it made: exact geometry (a B-rep) or
meshes, with the names and colours of the bodies, in one file. `make_artifacts` makes any of the artifacts of that
file, whenever they are asked for, by Cofab's own code in another jailed process: nothing that a script says about
itself is believed, and its geometry may be hostile too. What comes out is checked once more here. `build` does both.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from designs import build_inputs
from designs.build_error import BuildError
from designs.build_inputs import engine_fingerprint
from designs.build_outputs import has_its_form, read_findings, read_json_file, read_measurements, read_withheld, verify
from designs.checks import Finding, Severity
from designs.digest import Digest, digest_file
from designs.engines.interface import EngineAbsent, EngineError, Geometry, UnknownEngine, find_engine
from designs.errors import DesignError
from designs.formats.geometry import read_bodies, read_form, write_geometry
from designs.formats.production import ARTIFACTS
from designs.making import made_from
from designs.manifest import Manifest
from designs.measure import Measurements
from designs.recipe import Recipe
from designs.sandbox.cancel import Cancel
from designs.sandbox.environment import Environment
from designs.sandbox.folders import owned_folder
from designs.sandbox.jail import Finished, Jail
from designs.sandbox.limits import Limits
from designs.sandbox.parcel import Json
from designs.sandbox.shared import shared_jail, shut_down
from designs.script_parameters import read_script_parameters

__all__ = [
    "ARTIFACTS",
    "QUICK",
    "ArtifactFile",
    "BuildError",
    "BuildResult",
    "BuiltGeometry",
    "Cancel",
    "Finding",
    "Limits",
    "Measurements",
    "Severity",
    "build",
    "engine_fingerprint",
    "make_artifacts",
    "make_geometry",
    "ordered",
    "read_script_parameters",
    "shut_down",
    "warm_up",
]

Progress = Callable[[str, float], None]
OnFile = Callable[[str, Path], None]

QUICK = ("model.glb", "measurements.json", "findings.json")
"""What somebody who moves a slider waits for."""
GEOMETRY_FILE = "geometry"
SCRIPT_SHARE = 0.4
"""Of the progress bar, for the script; the rest is for the artifacts."""


@dataclass(frozen=True)
class BuiltGeometry:
    """What a script made, in one file that says all about it (designs/formats/geometry.py)."""

    path: Path
    sha256: Digest
    size: int
    seconds: float
    log: str
    """What the script printed."""


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
    """What was wanted and can be made, in the order of ARTIFACTS."""
    measured: Measurements | None
    """None: measurements.json was not wanted."""
    findings: tuple[Finding, ...]
    """Of findings.json where that was wanted, and what came to light in making the others."""
    seconds: Mapping[str, float]
    """`script` (where it ran) and `artifacts`, and the steps of the latter."""
    geometry: BuiltGeometry
    withheld: Mapping[str, str]
    """Artifact → why there is none of this geometry."""
    log: str = ""
    """What the script printed."""

    @property
    def measurements(self) -> Measurements:
        """For who wanted measurements.json."""
        if self.measured is None:
            raise LookupError("measurements.json was not among the wanted artifacts")
        return self.measured


def ordered(process: str) -> tuple[str, ...]:
    """What a maker needs: the file that machines of this process work from, and what is known of the part."""
    return (made_from(process), "measurements.json", "findings.json")


def build(
    root: Path,
    manifest: Manifest,
    recipe: Recipe,
    into: Path,
    *,
    wanted: Collection[str] = ARTIFACTS,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    progress: Progress = lambda _stage, _fraction: None,
    jail: Jail | None = None,
    cancel: Cancel | None = None,
) -> BuildResult:
    """Build the design in folder `root` with the recipe's parameters; artifacts are put into the folder `into`.

    `progress` is told a stage and a fraction from 0 to 1. Safe to call from several threads. `jail` does both stages
    in one jail; by default each runs in its own environment's. Raises BuildError, of the kind `cancelled` where
    `cancel` was asked for the end.
    """
    with owned_folder("cofab-build-") as folder:
        made = make_geometry(
            root,
            manifest,
            recipe,
            Path(folder),
            limits=limits,
            progress=_part(progress, 0),
            jail=jail,
            cancel=cancel,
        )
        result = make_artifacts(
            made.path,
            manifest,
            recipe,
            into,
            wanted=wanted,
            limits=limits,
            progress=_part(progress, SCRIPT_SHARE),
            jail=jail,
            cancel=cancel,
        )
    return replace(result, geometry=made, log=made.log, seconds={"script": made.seconds, **result.seconds})


def make_geometry(
    root: Path,
    manifest: Manifest,
    recipe: Recipe,
    into: Path,
    *,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    progress: Progress = lambda _stage, _fraction: None,
    jail: Jail | None = None,
    cancel: Cancel | None = None,
) -> BuiltGeometry:
    """Run the script of the design in folder `root`; its geometry is put into the folder `into` under the
    name `geometry`. Raises BuildError."""
    where = jail or shared_jail(_environment(manifest.engine))
    progress("script", 0.0)
    with owned_folder("cofab-script-") as folder:
        script = where.run(
            "run_script",
            {
                "engine": manifest.engine,
                "source": manifest.source,
                "parameters": dict(recipe.parameters.for_script().items()),
                "seed": recipe.digest,
            },
            build_inputs.source_files(root, manifest),
            into=Path(folder),
            limits=replace(limits, output_files=1),
            cancel=cancel,
        )
        data = write_geometry(_geometry(script))
    into.mkdir(parents=True, exist_ok=True)
    path = into / GEOMETRY_FILE
    path.write_bytes(data)
    progress("script", 1.0)
    return BuiltGeometry(path, digest_file(path), len(data), round(script.seconds, 4), script.log)


def make_artifacts(
    geometry: Path,
    manifest: Manifest,
    recipe: Recipe,
    into: Path,
    *,
    wanted: Collection[str] = ARTIFACTS,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    progress: Progress = lambda _stage, _fraction: None,
    on_file: OnFile = lambda _name, _path: None,
    jail: Jail | None = None,
    cancel: Cancel | None = None,
) -> BuildResult:
    """Make the wanted artifacts of a file that `make_geometry` gave; they are put into the folder `into`.

    The bytes of an artifact are the same whatever else is wanted beside it. `on_file` is told the name and a passing
    place of each as soon as it is there, for who shows it before the others are made. Raises BuildError.
    """
    if unknown := set(wanted) - set(ARTIFACTS):
        raise BuildError("source", f"there is no artifact {min(unknown)!r}: it is one of {', '.join(ARTIFACTS)}")
    where = jail or shared_jail()
    kept = BuiltGeometry(geometry, digest_file(geometry), geometry.stat().st_size, 0.0, "")
    into.mkdir(parents=True, exist_ok=True)
    with owned_folder("cofab-artifacts-") as folder:
        made = where.run(
            "make_artifacts",
            {
                "wanted": [name for name in ARTIFACTS if name in wanted],
                "order": build_inputs.order(manifest, recipe).to_json(),
            },
            {GEOMETRY_FILE: geometry},
            into=Path(folder),
            limits=limits,
            on_message=_relay(progress),
            on_file=_first_look(on_file),
            cancel=cancel,
        )
        try:
            return _result(made, kept, into, wanted)
        except DesignError as error:
            raise BuildError("crashed", f"the artifacts are not in order: {error}") from error


def warm_up() -> None:
    """Start the worker now rather than at the first build."""
    shared_jail().confinement()


def _environment(engine: str) -> Environment:
    try:
        return find_engine(engine).environment()
    except (UnknownEngine, EngineAbsent) as error:
        raise BuildError("engine", str(error)) from error


def _part(progress: Progress, first: float) -> Progress:
    """One stage's share of the bar of the whole."""
    share = 1 - SCRIPT_SHARE if first else SCRIPT_SHARE
    return lambda stage, fraction: progress(stage, first + share * fraction)


def _relay(progress: Progress) -> Callable[[Json], None]:
    def on_message(message: Json) -> None:
        fraction = message.get("fraction") if isinstance(message, dict) else None
        if isinstance(message, dict) and isinstance(fraction, int | float):
            progress(str(message.get("stage")), min(1.0, max(0.0, float(fraction))))

    return on_message


def _first_look(on_file: OnFile) -> OnFile:
    """Only what is of its form is handed on early; what is not makes the build fail at its end."""

    def look(name: str, path: Path) -> None:
        if has_its_form(path):
            on_file(name, path)

    return look


def _geometry(script: Finished) -> Geometry:
    """What the script's process told and gave: the words are checked, since they are not believed; the bytes are looked
    at in the jail only."""
    told = script.result if isinstance(script.result, dict) else {}
    try:
        form, bodies = read_form(told.get("form")), tuple(read_bodies(told.get("bodies")))
    except EngineError as error:
        raise BuildError("bad_geometry", str(error), script.log) from error
    if set(script.files) != {GEOMETRY_FILE}:
        raise BuildError("bad_geometry", "no geometry came back from the script", script.log)
    return Geometry(script.files[GEOMETRY_FILE].read_bytes(), bodies, form)


def _result(made: Finished, geometry: BuiltGeometry, into: Path, wanted: Collection[str]) -> BuildResult:
    told = made.result if isinstance(made.result, dict) else {}
    withheld = read_withheld(told.get("withheld"))
    verify(made.files, withheld, wanted)
    files = {name: made.files[name] for name in ARTIFACTS if name in made.files}
    measured = read_measurements(files["measurements.json"]) if "measurements.json" in files else None
    findings = read_findings(read_json_file(files["findings.json"])) if "findings.json" in files else ()
    findings += read_findings(told.get("findings"))
    artifacts = []
    for name, path in files.items():
        target = into / name
        target.write_bytes(path.read_bytes())
        artifacts.append(ArtifactFile(name, target, digest_file(target), target.stat().st_size))
    steps = told.get("seconds")
    seconds = {k: float(v) for k, v in steps.items() if isinstance(v, int | float)} if isinstance(steps, dict) else {}
    seconds = {"artifacts": round(made.seconds, 4), **seconds}
    return BuildResult(tuple(artifacts), measured, findings, seconds, geometry, withheld)
