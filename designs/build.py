"""The one door to geometry: a recipe becomes artifacts.

Two jailed processes, one after the other. The first runs the design's script and gives back exact geometry (a B-rep) with the
names and colours of its bodies. The second runs Cofab's own code over that B-rep, which may be hostile, and makes everything else: nothing
that a script says about itself is believed. What comes out is checked once more here.
"""

import importlib.metadata
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from designs.build_outputs import read_findings, read_measurements, verify
from designs.checks import DEFAULT_NOZZLE_MM, Finding, Making
from designs.digest import Digest, digest_bytes, digest_file
from designs.engines.interface import find_engine
from designs.errors import DesignError
from designs.exact import NotANumber, exact
from designs.formats.production import ARTIFACTS, Order, read_bodies
from designs.manifest import Manifest
from designs.measure import Measurements
from designs.recipe import OutputSettings, Recipe
from designs.sandbox.jail import Finished, Jail, Jailed
from designs.sandbox.limits import Limits
from designs.sandbox.parcel import Json
from designs.values import Parameter, ParameterType, name_problem

__all__ = [
    "ArtifactFile",
    "BuildError",
    "BuildResult",
    "Finding",
    "Limits",
    "Measurements",
    "build",
    "engine_fingerprint",
    "read_script_parameters",
    "shut_down",
    "warm_up",
]

Progress = Callable[[str, float], None]
SCRIPT_SHARE = 0.4
"""Of the progress bar, for the script; the rest is for the artifacts."""
MAX_SOURCE_FILES = 2000
MAX_SOURCE_BYTES = 64 << 20
_SCRIPT_OUTPUT_FILES = 1
_OWN_SOURCES = ("checks.py", "mesh.py", "raster.py", "measure.py", "engines", "formats", "scripts")
"""What of this package can change an artifact's bytes."""


class BuildError(DesignError):
    """There is no build. `kind`: script_error, no_geometry, bad_geometry, timeout, memory, output, crashed, worker, source."""

    def __init__(self, kind: str, message: str, log: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.log = log
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
    where = jail or _shared_jail()
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cofab-build-") as folder:
        progress("script", 0.0)
        script = _run_script(where, root, manifest, recipe, Path(folder) / "script", limits)
        bodies = _bodies(script)
        progress("artifacts", SCRIPT_SHARE)

        def on_message(message: Json) -> None:
            if isinstance(message, dict) and isinstance(message.get("fraction"), int | float):
                share = min(1.0, max(0.0, float(message["fraction"])))  # type: ignore[arg-type]
                progress(str(message.get("stage")), SCRIPT_SHARE + (1 - SCRIPT_SHARE) * share)

        made = _jailed(
            where,
            "make_artifacts",
            {"bodies": bodies, "order": _order(manifest, recipe).to_json()},
            {"model.brep": script.files["model.brep"]},
            _new(Path(folder) / "artifacts"),
            limits,
            on_message,
        )
        return _result(made, script, into)


def engine_fingerprint(engine: str) -> str:
    """Names all that can change the bytes of an artifact beside the recipe's other parts: kernel, libraries, this code."""
    return f"{engine} {find_engine(engine).fingerprint()} cofab/{_version()} build/{_own_digest()[:16]}"


def read_script_parameters(script: Path, engine: str = "cadquery", *, jail: Jail | None = None) -> list[Parameter]:
    """The parameters that a script without a manifest has of itself. Its source is read in the jail, and not run. Raises BuildError."""
    with tempfile.TemporaryDirectory(prefix="cofab-read-") as folder:
        request: Json = {"engine": engine, "source": script.name}
        limits = Limits(wall_seconds=20, cpu_seconds=20)
        finished = _jailed(
            jail or _shared_jail(), "read_parameters", request, {script.name: script}, Path(folder), limits
        )
    found = finished.result.get("parameters") if isinstance(finished.result, dict) else None
    if not isinstance(found, list):
        raise BuildError("crashed", "the script's parameters did not come back")
    parameters = [_parameter(item) for item in found if isinstance(item, dict)]
    return [parameter for parameter in parameters if parameter is not None]


def warm_up() -> None:
    """Start the worker now rather than at the first build."""
    _shared_jail().confinement()


def shut_down() -> None:
    """End the worker of this process; the next build starts another."""
    _shared_jail().close()


_lock = threading.Lock()


@cache
def _jail_of_process() -> Jail:
    return Jail()


def _shared_jail() -> Jail:
    with _lock:
        return _jail_of_process()


def _run_script(jail: Jail, root: Path, manifest: Manifest, recipe: Recipe, into: Path, limits: Limits) -> Finished:
    request: Json = {
        "engine": manifest.engine,
        "source": manifest.source,
        "parameters": dict(recipe.parameters.for_script().items()),
    }
    limits = replace(limits, output_files=_SCRIPT_OUTPUT_FILES)
    return _jailed(jail, "run_script", request, source_files(root, manifest), _new(into), limits)


def source_files(root: Path, manifest: Manifest) -> dict[str, Path]:
    """The files that a script may read: all of the design's but its hidden ones, links not followed. Raises BuildError."""
    files: dict[str, Path] = {}
    total = 0
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if (
            path.is_symlink()
            or not path.is_file()
            or any(part.startswith((".", "__pycache__")) for part in relative.parts)
        ):
            continue
        files[relative.as_posix()] = path
        total += path.stat().st_size
        if len(files) > MAX_SOURCE_FILES or total > MAX_SOURCE_BYTES:
            raise BuildError("source", f"{root} has more than {MAX_SOURCE_FILES} files or {MAX_SOURCE_BYTES >> 20} MiB")
    if manifest.source not in files:
        raise BuildError("source", f"the design has no file {manifest.source!r}, which its manifest names as source")
    return files


def _order(manifest: Manifest, recipe: Recipe) -> Order:
    settings = manifest.print
    metadata = {
        "Title": manifest.title,
        "Designer": ", ".join(manifest.authors),
        "Description": manifest.description,
        "LicenseTerms": manifest.licence,
        "Application": f"Cofab {_version()}",
        "recipe": recipe.digest,
        "snapshot": recipe.snapshot,
    }
    output: OutputSettings = recipe.output
    return Order(
        title=manifest.title,
        metadata={name: value for name, value in metadata.items() if value},
        material=settings.material,
        tolerance_mm=float(output.tolerance_mm),
        angular_tolerance_rad=float(output.angular_tolerance_rad),
        making=Making(nozzle_mm=float(settings.nozzle_mm or DEFAULT_NOZZLE_MM), supports=bool(settings.supports)),
    )


def _jailed(
    jail: Jail,
    task: str,
    request: Json,
    files: Mapping[str, Path | bytes],
    into: Path,
    limits: Limits,
    on_message: Callable[[Json], None] = lambda _: None,
) -> Finished:
    try:
        return jail.run(task, request, files, into=into, limits=limits, on_message=on_message)
    except Jailed as error:
        raise BuildError(error.kind, str(error), error.log) from error


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _bodies(script: Finished) -> Json:
    """Names and colours, checked here as well: what the script's process says is not believed."""
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


def _parameter(told: dict[str, Json]) -> Parameter | None:
    """A parameter as the source declares it; None where its default cannot be kept exactly."""
    name, kind, default, description = (told.get(key) for key in ("name", "type", "default", "description"))
    if not isinstance(name, str) or not isinstance(kind, str) or not isinstance(description, str) or name_problem(name):
        return None
    try:
        value: Decimal | int | bool | str
        match ParameterType(kind), default:
            case ParameterType.BOOLEAN, bool():
                value = default
            case ParameterType.TEXT, str():
                value = default
            case ParameterType.INTEGER, int():
                value = int(exact(default))
            case ParameterType.NUMBER, int() | float():
                value = exact(default)
            case _:
                return None
    except (ValueError, NotANumber):
        return None
    return Parameter(name, ParameterType(kind), value, description=description)


@cache
def _version() -> str:
    try:
        return importlib.metadata.version("cofab")
    except importlib.metadata.PackageNotFoundError:
        return "0"


@cache
def _own_digest() -> Digest:
    here = Path(__file__).parent
    files = [
        path
        for name in _OWN_SOURCES
        for path in ([here / name] if name.endswith(".py") else (here / name).glob("*.py"))
    ]
    lines = [f"{path.relative_to(here).as_posix()} {digest_file(path)}" for path in sorted(files)]
    return digest_bytes("\n".join(lines).encode())
