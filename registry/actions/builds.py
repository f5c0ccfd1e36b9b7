"""Builds: asked for by their recipe, made once, found by everybody afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from designs.digest import Digest, JsonValue
from designs.parameters import Given, resolve
from designs.recipe import Recipe
from registry.actions.design_views import VersionView
from registry.errors import NotFound, RateLimited
from registry.ids import BuildId
from registry.store import builds as store
from registry.store import designs as design_store

INTERRUPTED = "interrupted"
"""The kind of failure of a build whose process ended under it each time that it was tried."""
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


def recipe_for(version: VersionView, given: Mapping[str, Given], preset: str | None, fingerprint: str) -> Recipe:
    """What to build for a choice of parameters. Raises ParameterError, which lists everything that does not fit."""
    return Recipe(version.snapshot, resolve(version.manifest, given, preset), fingerprint)


def request_build(connection: sa.Connection, recipe: Recipe, now: datetime) -> BuildView:
    """Find the build of this recipe, or queue it. Afterwards the caller notifies the topic `builds`.

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


def has_error_finding(build: BuildView) -> bool:
    """Whether a build that is done found something that makes the part unfit to be made."""
    findings = build.findings if isinstance(build.findings, list) else []
    return any(isinstance(finding, dict) and finding.get("severity") == "error" for finding in findings)
