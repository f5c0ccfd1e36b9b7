"""Builds: asked for by their recipe, made once, found by everybody afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from designs.digest import Digest, JsonValue
from designs.parameters import Given, resolve
from designs.recipe import Recipe
from registry.actions.design_views import VersionView
from registry.actions.log import append
from registry.errors import Fact, NotFound, RateLimited
from registry.ids import BuildId
from registry.store import builds as store
from registry.store import designs as design_store

INTERRUPTED = "interrupted"
"""The kind of failure of a build whose process ended under it each time that it was tried."""
MOST_TRIES = 3
LONGEST_QUEUE = 500
"""Builds that may wait before the registry asks people to come back later."""


class BuildState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        return self in {BuildState.DONE, BuildState.FAILED}


@dataclass(frozen=True)
class ArtifactView:
    """A file that a build gave: `model.3mf`, `model.glb`, `thumbnail.png` …"""

    name: str
    sha256: Digest
    size: int


@dataclass(frozen=True)
class BuildFailure:
    """Why there is no geometry."""

    kind: str
    """script_error, timeout, memory, crashed, no_geometry, bad_geometry … or `interrupted`."""
    message: str
    log: str
    """The end of what the script and the engine wrote."""


@dataclass(frozen=True)
class BuildView:
    """One build, whatever its state."""

    id: BuildId
    """The recipe's digest."""
    snapshot: Digest
    versions: tuple[str, ...]
    """The versions that have this content, oldest first."""
    parameters: Mapping[str, str | bool]
    """Every parameter in canonical form."""
    state: BuildState
    stage: str
    progress: float
    """0 to 1."""
    artifacts: tuple[ArtifactView, ...]
    measurements: JsonValue
    """None before it is done."""
    findings: JsonValue
    """A list once it is done."""
    seconds: JsonValue
    error: BuildFailure | None
    requested_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class TakenBuild:
    """A build that a worker is to make now."""

    id: BuildId
    snapshot: Digest
    parameters: Mapping[str, str | bool]
    output: JsonValue
    tries: int
    """How often it was begun, this time included."""


@dataclass(frozen=True)
class Finished:
    """How a build ended: with artifacts, or with a failure."""

    artifacts: tuple[ArtifactView, ...]
    measurements: Mapping[str, object] | None
    findings: Sequence[Mapping[str, object]]
    seconds: Mapping[str, float]
    failure: BuildFailure | None


def recipe_for(version: VersionView, given: Mapping[str, Given], preset: str | None, fingerprint: str) -> Recipe:
    """What to build for a choice of parameters. Raises ParameterError, which lists everything that does not fit."""
    return Recipe(version.snapshot, resolve(version.manifest, given, preset), fingerprint)


def request_build(connection: sa.Connection, recipe: Recipe, now: datetime, *, awaited: bool) -> BuildView:
    """Find the build of this recipe, or queue it. Afterwards the caller notifies the topic `builds`.

    `awaited`: somebody waits for it, so it goes before builds that are made ahead, such as a new version's defaults.
    A build that failed for no reason of its own (it was interrupted too often) is tried again. Raises RateLimited
    when too much is waiting already.
    """
    build = BuildId(recipe.digest)
    found = store.build_by_id(connection, build)
    if found is None:
        waiting = store.count_waiting(connection)
        if waiting >= LONGEST_QUEUE:
            raise RateLimited(
                f"{waiting} builds are waiting already: try again in a minute",
                code="too_many_builds",
                retry_after_seconds=60,
            )
        values = {"id": build, "snapshot": recipe.snapshot, "recipe": recipe.to_json(), "requested_at": now}
        store.add_build_if_new(connection, {**values, "state": "queued", "stage": "queued", "progress": 0, "tries": 0})
    elif worth_another_try(read_build(connection, build)):
        store.queue_again(connection, build, now)
    if awaited:
        store.mark_awaited(connection, build, now)
    return read_build(connection, build)


def worth_another_try(build: BuildView) -> bool:
    """Whether a build failed for no reason of its own: asked for again, it is made again."""
    return build.error is not None and build.error.kind == INTERRUPTED


def read_build(connection: sa.Connection, build: BuildId) -> BuildView:
    """How a build is now, and what it gave. Raises NotFound."""
    row = store.build_by_id(connection, build)
    if row is None:
        raise NotFound(f"there is no build {build[:80]!r}: ask for it by POST /api/v1/builds", value=build[:80])
    error = row["error"]
    return BuildView(
        id=BuildId(row["id"]),
        snapshot=row["snapshot"],
        versions=tuple(design_store.versions_with_snapshot(connection, row["snapshot"])),
        parameters=row["recipe"]["parameters"],
        state=BuildState(row["state"]),
        stage=row["stage"],
        progress=row["progress"],
        artifacts=tuple(
            ArtifactView(artifact["name"], artifact["sha256"], artifact["size"])
            for artifact in store.artifacts_of(connection, build)
        ),
        measurements=row["measurements"],
        findings=row["findings"] or [],
        seconds=row["seconds"],
        error=None if error is None else BuildFailure(error["kind"], error["message"], error["log"]),
        requested_at=row["requested_at"],
        finished_at=row["finished_at"],
    )


def take_next(connection: sa.Connection, worker: str, lease: timedelta) -> TakenBuild | None:
    """Give the longest waiting build to this worker, for as long as it renews the lease; None: nothing to do."""
    row = store.take_next(connection, worker, lease)
    if row is None:
        return None
    recipe = row["recipe"]
    return TakenBuild(BuildId(row["id"]), row["snapshot"], recipe["parameters"], recipe["output"], row["tries"])


def note_progress(
    connection: sa.Connection, build: BuildId, worker: str, *, stage: str, progress: float, lease: timedelta
) -> bool:
    """Renew the lease and say how far the build is; False when it is no longer this worker's."""
    return store.note_progress(connection, build, worker, stage=stage, progress=progress, lease=lease)


def finish(connection: sa.Connection, build: BuildId, worker: str, finished: Finished, now: datetime) -> bool:
    """Write how a build ended; False, and nothing written, when it is no longer this worker's.

    Afterwards the caller settles the orders that wait, and notifies the topics `log` and `build:<id>`.
    """
    failure = finished.failure
    values: dict[str, object] = {
        "state": BuildState.DONE if failure is None else BuildState.FAILED,
        "stage": "done" if failure is None else "failed",
        "progress": 1.0,
        "measurements": finished.measurements,
        "findings": finished.findings,
        "seconds": finished.seconds,
        "error": None if failure is None else asdict(failure),
    }
    rows = [{"build_id": build, "name": a.name, "sha256": a.sha256, "size": a.size} for a in finished.artifacts]
    if not store.finish(connection, build, worker, values, rows):
        return False
    view = read_build(connection, build)
    told: dict[str, Fact] = {"versions": list(view.versions), "snapshot": view.snapshot}
    if failure is not None:
        told["kind"] = failure.kind
    append(connection, "build.done" if failure is None else "build.failed", build, "registry", told, now)
    return True


def give_back(connection: sa.Connection, worker: str) -> None:
    """Queue again what a stopping process is at."""
    store.queue_back(connection, worker)


def take_back_from(connection: sa.Connection, is_dead: Callable[[str], bool]) -> None:
    """End the leases of workers whose processes are known to be dead, so that their builds are taken up at once."""
    for worker in store.busy_workers(connection):
        if is_dead(worker):
            store.make_takeable(connection, worker)


def has_error_finding(build: BuildView) -> bool:
    """Whether a build that is done found something that makes the part unfit to be made."""
    findings = build.findings if isinstance(build.findings, list) else []
    return any(isinstance(finding, dict) and finding.get("severity") == "error" for finding in findings)
