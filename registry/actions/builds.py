"""Builds: asked for by their recipe, made once, found by everybody afterwards; their artifacts likewise."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from designs.build import ARTIFACTS, QUICK
from designs.digest import Digest, JsonValue, parse_digest
from designs.parameters import Given, resolve
from designs.recipe import Recipe
from registry.actions.design_views import VersionView
from registry.core.builds import GRACE, Asker, KeptFor, Limits, may_queue, stronger
from registry.errors import NotFound, RateLimited
from registry.ids import BuildId
from registry.store import build_queue as queue
from registry.store import builds as store
from registry.store import designs as design_store

INTERRUPTED = "interrupted"
"""The kind of failure of what ended its process each time that it was tried."""
CANCELLED = "cancelled"
"""The kind of failure of what nobody waited for any more."""
FLOOR = "floor"
"""The kind of failure of what a stranger asked for on a host whose jail is below the operator's floor."""
AGAIN = frozenset({INTERRUPTED, CANCELLED, FLOOR, "worker"})
"""Kinds that say nothing about the design: asked for again, it is tried again."""
RETRY_SECONDS = 60


class BuildState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        return self in {BuildState.DONE, BuildState.FAILED}


class ArtifactState(StrEnum):
    ABSENT = "absent"
    """Nobody has asked for it yet."""
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    WITHHELD = "withheld"
    """There is none of this geometry: the reason says why."""
    FAILED = "failed"

    @property
    def final(self) -> bool:
        return self in {ArtifactState.DONE, ArtifactState.WITHHELD, ArtifactState.FAILED}


@dataclass(frozen=True)
class ArtifactView:
    """A file that a build gives: `model.3mf`, `model.glb`, `thumbnail.png` …"""

    name: str
    state: ArtifactState
    sha256: Digest | None = None
    """None until it is done."""
    size: int | None = None
    kind: str = ""
    """Why it failed, for programs."""
    reason: str = ""
    """Why it is withheld, or failed."""


@dataclass(frozen=True)
class BuildFailure:
    """Why there is no geometry."""

    kind: str
    """script_error, timeout, memory, crashed, no_geometry, bad_geometry … `interrupted`, `cancelled` or `floor`."""
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
    """All that there can be, whatever their state."""
    measurements: JsonValue
    """None before it is done."""
    findings: JsonValue
    """A list once it is done."""
    seconds: JsonValue
    error: BuildFailure | None
    geometry: Digest | None
    """What the script made, as it is kept for further artifacts."""
    requested_at: datetime
    finished_at: datetime | None

    def artifact(self, name: str) -> ArtifactView:
        """Raises NotFound where there is none of this name."""
        for artifact in self.artifacts:
            if artifact.name == name:
                return artifact
        raise NotFound(
            f"a build has no artifact {name[:80]!r}: it is one of {', '.join(ARTIFACTS)}",
            code="no_artifact",
            value=name[:80],
        )


def recipe_for(version: VersionView, given: Mapping[str, Given], preset: str | None, fingerprint: str) -> Recipe:
    """What to build for a choice of parameters. Raises ParameterError, which lists everything that does not fit."""
    return Recipe(version.snapshot, resolve(version.manifest, given, preset), fingerprint)


def request_build(
    connection: sa.Connection,
    recipe: Recipe,
    now: datetime,
    *,
    asker: Asker,
    kept_for: KeptFor | None = None,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
) -> BuildView:
    """Find the build of this recipe, or queue it. Afterwards the caller notifies the topic `builds`.

    Without `kept_for` it is made as long as the asker, or somebody else, is heard to wait. A build that failed for no
    reason of its own is tried again. Raises RateLimited when the asker, or the registry, has too much waiting.
    """
    build = BuildId(recipe.digest)
    row = store.build_by_id(connection, build)
    asked: dict[str, object] = {"asker": asker.who, "requested_at": now, "kept_for": kept_for}
    if row is None:
        _check_room(connection, asker, kept_for, limits)
        values = {"id": build, "snapshot": recipe.snapshot, "recipe": recipe.to_json(), **asked}
        store.add_build_if_new(connection, {**values, "state": "queued", "stage": "queued", "progress": 0, "tries": 0})
    elif row["error"] is not None and row["error"]["kind"] in AGAIN:
        _check_room(connection, asker, kept_for, limits)
        store.queue_again(connection, build, **{**asked, "kept_for": stronger(kept_for, _kept_for(row))})
    elif not BuildState(row["state"]).final:
        _note_interest(connection, build, "", row, kept_for, now)
    found = read_build(connection, build)
    if kept_for is None and not found.state.final:
        wait_for(connection, build, "", asker, now)
    return found


def request_artifacts(
    connection: sa.Connection,
    build: BuildId,
    names: Collection[str],
    now: datetime,
    *,
    asker: Asker,
    kept_for: KeptFor | None = None,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    seen: BuildView | None = None,
) -> None:
    """Ask for artifacts of a build, which may be under way still. Afterwards the caller notifies the topic `builds`.

    What comes with the build itself is not queued beside it; of one that failed nothing is made. `seen` is the build as
    this transaction has just read it. Raises NotFound, RateLimited.
    """
    view = seen or read_build(connection, build)
    if worth_another_try(view):
        _check_room(connection, asker, kept_for, limits)
        store.queue_again(connection, build, asker=asker.who, requested_at=now, kept_for=kept_for)
        view = read_build(connection, build)
    if view.state is BuildState.FAILED:
        return
    for name in names:
        if view.artifact(name).state is ArtifactState.DONE and kept_for is not None:
            continue
        row = store.artifact_named(connection, build, name)
        asked: dict[str, object] = {"asker": asker.who, "requested_at": now, "kept_for": kept_for}
        if row is None and (view.state is BuildState.DONE or name not in QUICK):
            _check_room(connection, asker, kept_for, limits)
            store.add_artifact_if_new(connection, {"build_id": build, "name": name, "state": "queued", **asked})
        elif row is not None and row["state"] == ArtifactState.FAILED and row["kind"] in AGAIN:
            _check_room(connection, asker, kept_for, limits)
            store.queue_artifact_again(connection, build, name, **asked)
        elif row is not None and not ArtifactState(row["state"]).final:
            _note_interest(connection, build, name, row, kept_for, now)
        if kept_for is None:
            wait_for(connection, build, name, asker, now)


def wait_for(connection: sa.Connection, build: BuildId, artifact: str, asker: Asker, now: datetime) -> None:
    """The asker waits, as far as is known for a little while from now on; an empty name is the build itself."""
    store.change_queued(connection, build, artifact, awaited_at=now)
    row = {"build_id": build, "artifact": artifact, "waiter": asker.key, "who": asker.who, "until": now + GRACE}
    queue.note_waits(connection, [row])


def read_build(connection: sa.Connection, build: BuildId) -> BuildView:
    """How a build is now, and what it gave. Raises NotFound."""
    row = store.build_by_id(connection, build)
    if row is None:
        raise NotFound(f"there is no build {build[:80]!r}: ask for it by POST /api/v1/builds", value=build[:80])
    known = store.artifacts_of(connection, build)
    error = row["error"]
    return BuildView(
        id=BuildId(row["id"]),
        snapshot=row["snapshot"],
        versions=tuple(design_store.versions_with_snapshot(connection, row["snapshot"])),
        parameters=row["recipe"]["parameters"],
        state=BuildState(row["state"]),
        stage=row["stage"],
        progress=row["progress"],
        artifacts=_artifacts(known),
        measurements=row["measurements"],
        findings=_findings(row["findings"], known),
        seconds=row["seconds"],
        error=None if error is None else BuildFailure(error["kind"], error["message"], error["log"]),
        geometry=None if row["geometry"] is None else parse_digest(row["geometry"]),
        requested_at=row["requested_at"],
        finished_at=row["finished_at"],
    )


def worth_another_try(build: BuildView) -> bool:
    """Whether a build failed for no reason of its own: asked for again, it is made again."""
    return build.error is not None and build.error.kind in AGAIN


def has_error_finding(build: BuildView) -> bool:
    """Whether a build that is done found something that makes the part unfit to be made."""
    findings = build.findings if isinstance(build.findings, list) else []
    return any(isinstance(finding, dict) and finding.get("severity") == "error" for finding in findings)


def _note_interest(  # noqa: PLR0917  (one row and what is asked of it)
    connection: sa.Connection,
    build: BuildId,
    artifact: str,
    row: sa.RowMapping,
    kept_for: KeptFor | None,
    now: datetime,
) -> None:
    better = stronger(kept_for, _kept_for(row))
    if better is not _kept_for(row):
        store.change_queued(connection, build, artifact, kept_for=better, awaited_at=row["awaited_at"] or now)


def _kept_for(row: sa.RowMapping) -> KeptFor | None:
    return None if row["kept_for"] is None else KeptFor(row["kept_for"])


def _check_room(connection: sa.Connection, asker: Asker, kept_for: KeptFor | None, limits: Limits) -> None:
    if kept_for is KeptFor.AHEAD:
        return
    queued = queue.queued_by_asker(connection)
    full = may_queue(asker.who, queued.get(asker.who, 0), sum(queued.values()), limits)
    if full is not None:
        raise RateLimited(full.words, code=full.code, retry_after_seconds=RETRY_SECONDS)


def _artifacts(known: list[sa.RowMapping]) -> tuple[ArtifactView, ...]:
    rows = {row["name"]: row for row in known}
    return tuple(
        ArtifactView(name, ArtifactState.ABSENT) if name not in rows else _artifact(rows[name]) for name in ARTIFACTS
    )


def _artifact(row: sa.RowMapping) -> ArtifactView:
    digest = None if row["sha256"] is None else parse_digest(row["sha256"])
    return ArtifactView(
        row["name"], ArtifactState(row["state"]), digest, row["size"], row["kind"] or "", row["reason"] or ""
    )


def _findings(own: JsonValue, known: list[sa.RowMapping]) -> list[JsonValue]:
    """Of the build, and what came to light in making its artifacts; each once."""
    found: list[JsonValue] = list(own) if isinstance(own, list) else []
    for row in known:
        found.extend(finding for finding in row["findings"] or [] if finding not in found)
    return found
