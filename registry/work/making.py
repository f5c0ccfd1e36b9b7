"""One piece of work from the builds' queue, made in the jail: from stored bytes to stored bytes. On a thread."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from designs.build import QUICK, BuildError, BuildResult, BuiltGeometry, make_artifacts, make_geometry
from designs.digest import Digest
from designs.parameters import ResolvedParameters
from designs.recipe import OutputSettings, Recipe
from designs.sandbox.cancel import Cancel
from designs.sandbox.limits import Limits
from designs.snapshot import MAX_BYTES, Snapshot, parse_snapshot
from registry.actions.build_queue import Finished, MadeArtifact, MadeFile, Taken
from registry.actions.builds import CANCELLED, BuildFailure
from registry.blobs import transfer
from registry.blobs.interface import BlobMissing
from registry.ids import BuildId
from registry.parts import State
from registry.work.engines import fingerprint

SHOWN = "model.glb"
"""What is handed on as soon as it is made, to who waits in this process."""
PUT_AT_ONCE = 4
"""Files that are brought to the store side by side."""
SCRIPT_SHARE = 0.4
"""Of the progress bar, for the script; the rest is for what a slider shows."""


@dataclass
class Progress:
    """How far it is, told by its thread and read by the loop; and the wish to end it, the other way round."""

    stage: str = "starting"
    fraction: float = 0.0
    cancel: Cancel = field(default_factory=Cancel)
    show: Callable[[bytes], None] = lambda _: None
    """Told the model's bytes as soon as they are there, while the rest is being made."""

    def tell(self, stage: str, fraction: float) -> None:
        self.stage, self.fraction = stage[:40], min(1.0, max(0.0, fraction))


@dataclass(frozen=True)
class Batch:
    """What became of the artifacts of one go."""

    made: tuple[MadeArtifact, ...]
    geometry: Digest | None = None
    """What the script made, where it had to run again."""
    sizes: dict[Digest, int] = field(default_factory=dict)
    """Of the geometry, where that is new."""


@dataclass(frozen=True)
class _Bench:
    """What a piece of work is done with."""

    state: State
    snapshot: Snapshot
    recipe: Recipe
    folder: Path
    progress: Progress
    limits: Limits


def make_build(state: State, taken: Taken, progress: Progress) -> tuple[Finished, dict[Digest, int]]:
    """Run the script and make what a slider shows; returns it with the sizes of what is kept. Raises BuildError."""
    with transfer.scratch(state.incoming) as folder:
        bench = _bench(state, taken, folder, progress)
        geometry = _geometry(bench)
        with ThreadPoolExecutor(1) as beside:  # a store that makes sure of its bytes takes its time
            kept = beside.submit(_put, state, geometry.path, geometry.sha256)
            result = _artifacts(bench, geometry.path, QUICK)
            files = _keep(state, result)
            kept.result()
    finished = Finished(
        artifacts=files,
        measurements=result.measurements.to_json(),
        findings=[finding.to_json() for finding in result.findings],
        seconds={"script": geometry.seconds, **result.seconds},
        failure=None,
        geometry=geometry.sha256,
        withheld=result.withheld,
    )
    return finished, {geometry.sha256: geometry.size, **{file.sha256: file.size for file in files}}


def make_batch(state: State, taken: Taken, progress: Progress) -> Batch:
    """Make artifacts of the kept geometry; where that is gone, the script runs once more. Raises BuildError.

    One that brings the process down is found by making each of them alone: the others come all the same.
    """
    with transfer.scratch(state.incoming) as folder:
        bench = _bench(state, taken, folder, progress)
        path, again = _kept_geometry(bench, taken.geometry)
        try:
            made = _batch(bench, path, taken.artifacts)
        except BuildError as error:
            if error.kind == CANCELLED or len(taken.artifacts) == 1:
                raise
            made = tuple(one for name in taken.artifacts for one in _alone(bench, path, name))
        return Batch(made) if again is None else Batch(made, again.sha256, {again.sha256: again.size})


def failure_of(error: BuildError) -> BuildFailure:
    return BuildFailure(error.kind, error.message, error.log)


def _bench(state: State, taken: Taken, folder: Path, progress: Progress) -> _Bench:
    snapshot = parse_snapshot(transfer.read_whole(state.blobs, taken.snapshot, limit=MAX_BYTES))
    return _Bench(state, snapshot, _recipe(taken, snapshot), folder, progress, Limits(owner=taken.owner))


def _recipe(taken: Taken, snapshot: Snapshot) -> Recipe:
    """The recipe that was asked for, if this process's engine is the one it names."""
    recipe = Recipe(
        taken.snapshot,
        ResolvedParameters.from_canonical(snapshot.manifest, taken.parameters),
        fingerprint(snapshot.manifest.engine),
        OutputSettings.from_json(taken.output),
    )
    if BuildId(recipe.digest) != taken.id:
        raise BuildError("outdated", "the engine was updated meanwhile: ask for the build again")
    return recipe


def _geometry(bench: _Bench) -> BuiltGeometry:
    root = bench.folder / "source"
    for file in bench.snapshot.files:
        target = root / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        transfer.fetch(bench.state.blobs, file.sha256, target)
    return make_geometry(
        root,
        bench.snapshot.manifest,
        bench.recipe,
        bench.folder / "geometry",
        limits=bench.limits,
        progress=lambda stage, fraction: bench.progress.tell(stage, SCRIPT_SHARE * fraction),
        cancel=bench.progress.cancel,
    )


def _kept_geometry(bench: _Bench, kept: Digest | None) -> tuple[Path, BuiltGeometry | None]:
    """The file with the geometry, and what it is where it had to be made again."""
    path = bench.folder / "kept-geometry"
    if kept is not None:
        try:
            transfer.fetch(bench.state.blobs, kept, path)
        except BlobMissing:
            pass
        else:
            return path, None
    again = _geometry(bench)
    _put(bench.state, again.path, again.sha256)
    return again.path, again


def _artifacts(bench: _Bench, geometry: Path, wanted: Sequence[str]) -> BuildResult:
    return make_artifacts(
        geometry,
        bench.snapshot.manifest,
        bench.recipe,
        bench.folder / "artifacts",
        wanted=wanted,
        limits=bench.limits,
        on_file=lambda name, path: bench.progress.show(path.read_bytes()) if name == SHOWN else None,
        progress=lambda stage, fraction: bench.progress.tell(stage, SCRIPT_SHARE + (1 - SCRIPT_SHARE) * fraction),
        cancel=bench.progress.cancel,
    )


def _batch(bench: _Bench, geometry: Path, names: Sequence[str]) -> tuple[MadeArtifact, ...]:
    result = _artifacts(bench, geometry, names)
    files = {file.name: file for file in _keep(bench.state, result)}
    told = [finding.to_json() for finding in result.findings]
    made = []
    for name in names:
        file, reason = files.get(name), result.withheld.get(name)
        if file is None and reason is None:
            failure = BuildFailure("crashed", f"{name} was not made, and nobody said why", "")
            made.append(MadeArtifact(name, failure=failure))
        else:
            made.append(MadeArtifact(name, file, reason, findings=told))
    return tuple(made)


def _alone(bench: _Bench, geometry: Path, name: str) -> tuple[MadeArtifact, ...]:
    try:
        return _batch(bench, geometry, (name,))
    except BuildError as error:
        if error.kind == CANCELLED:
            raise
        return (MadeArtifact(name, failure=failure_of(error)),)


def _keep(state: State, result: BuildResult) -> tuple[MadeFile, ...]:
    if result.artifacts:
        with ThreadPoolExecutor(min(PUT_AT_ONCE, len(result.artifacts))) as pool:
            list(pool.map(lambda artifact: _put(state, artifact.path, artifact.sha256), result.artifacts))
    return tuple(MadeFile(artifact.name, artifact.sha256, artifact.size) for artifact in result.artifacts)


def _put(state: State, path: Path, sha256: Digest) -> None:
    state.blobs.put(transfer.verify_file(path, sha256))
