"""Builds: geometry for a choice of parameters, made once and then found."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from registry.actions import builds as actions
from registry.actions.builds import ArtifactState, ArtifactView, BuildState, BuildView
from registry.actions.moderation import require_shown
from registry.api.blob_answers import blob_answer
from registry.api.blobs import READING
from registry.api.deps import Parts, Visitor
from registry.api.problems import documented
from registry.core.builds import asker_of
from registry.ids import BuildId, parse_version_name
from registry.parts import State
from registry.work.asking import ask_for_artifact, ask_for_build, release, touch

router = APIRouter(tags=["builds"])

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
RETRY_AFTER = "2"
Value = bool | int | float | Annotated[str, Field(max_length=1000)]


class BuildWish(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"version": "ada/gridfinity-bin@1.2.0", "parameters": {"units_x": 3}}},
    )

    version: Annotated[str, Field(max_length=200)]
    parameters: Annotated[dict[Annotated[str, Field(max_length=100)], Value], Field(max_length=200)] = {}
    """Values by name. What is not given has the preset's value, else the default."""
    preset: Annotated[str, Field(max_length=100)] | None = None
    waiter: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,40}$")] = ""
    """Names one page or program, so that it can say alone that it waits no longer."""


class ArtifactOut(BaseModel):
    """A file that the build gives. Its address makes it where it is not there yet."""

    name: str
    state: ArtifactState
    """`absent`: nobody has asked for it; `withheld`: there is none of this part, the reason says why."""
    url: str
    sha256: str | None = None
    """Once it is done."""
    size: int | None = None
    reason: str | None = None
    """Why it is withheld, or failed."""


class BuildErrorOut(BaseModel):
    kind: str
    message: str
    log: str


class BuildOut(BaseModel):
    """A build; its id is the digest of its recipe: the same choice gives the same build to everybody."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": _DIGEST,
                "snapshot": _DIGEST,
                "versions": ["ada/gridfinity-bin@1.2.0"],
                "state": "done",
                "stage": "done",
                "progress": 1.0,
                "parameters": {"units_x": "3", "wall": "1.2"},
                "artifacts": [
                    {
                        "name": "model.3mf",
                        "state": "done",
                        "sha256": _DIGEST,
                        "size": 80123,
                        "url": f"/api/v1/builds/{_DIGEST}/artifacts/model.3mf",
                    }
                ],
                "measurements": {"volume_mm3": 18230.4, "watertight": True},
                "findings": [],
                "error": None,
                "geometry": _DIGEST,
                "requested_at": "2026-04-11T17:05:00Z",
                "finished_at": "2026-04-11T17:05:03Z",
            }
        }
    )

    id: str
    snapshot: str
    versions: tuple[str, ...]
    """The versions with this content."""
    state: BuildState
    stage: str
    progress: float
    parameters: dict[str, str | bool]
    artifacts: tuple[ArtifactOut, ...]
    """All that there can be, in the same order always."""
    measurements: JsonValue
    findings: JsonValue
    error: BuildErrorOut | None
    geometry: str | None
    """SHA-256 of what the script made, from which all artifacts are made."""
    requested_at: datetime
    finished_at: datetime | None


def build_out(view: BuildView) -> BuildOut:
    error = view.error
    return BuildOut(
        id=view.id,
        snapshot=view.snapshot,
        versions=view.versions,
        state=view.state,
        stage=view.stage,
        progress=view.progress,
        parameters=dict(view.parameters),
        artifacts=tuple(artifact_out(view.id, artifact) for artifact in view.artifacts),
        measurements=view.measurements,
        findings=view.findings,
        error=None if error is None else BuildErrorOut(kind=error.kind, message=error.message, log=error.log),
        geometry=view.geometry,
        requested_at=view.requested_at,
        finished_at=view.finished_at,
    )


def artifact_out(build: BuildId, artifact: ArtifactView) -> ArtifactOut:
    return ArtifactOut(
        name=artifact.name,
        state=artifact.state,
        url=f"/api/v1/builds/{build}/artifacts/{artifact.name}",
        sha256=artifact.sha256,
        size=artifact.size,
        reason=artifact.reason or None,
    )


PathBuild = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", examples=[_DIGEST])]
Waiter = Annotated[
    str, Query(pattern=r"^[A-Za-z0-9_-]{0,40}$", description="The name under which the caller asked for the build.")
]


async def _read(parts: State, build: str) -> BuildView:
    return await parts.db.read(lambda connection: actions.read_build(connection, BuildId(build)))


@router.post(
    "/builds", responses={202: {"model": BuildOut, "description": "Not finished yet"}, **documented(404, 429, 503)}
)
async def request_build(body: BuildWish, caller: Visitor, parts: Parts, response: Response) -> BuildOut:
    """Ask for a build. 200 when it is there already, else 202: follow its events until it is done or failed.

    It is made as long as somebody waits: follows its events, looks at it, or did so a moment ago.
    """
    version, asker = parse_version_name(body.version), asker_of(caller, body.waiter)
    await parts.db.read(lambda connection: require_shown(connection, caller, version.design))
    view = await ask_for_build(parts, asker, version, body.parameters, body.preset)
    response.status_code = 200 if view.state.final else 202
    return build_out(view)


@router.get("/builds/{build}", responses=documented(404))
async def show_build(build: PathBuild, caller: Visitor, parts: Parts, waiter: Waiter = "") -> BuildOut:
    """How a build is now, and what it gave. Whoever looks at one that is under way waits for it."""
    view = await _read(parts, build)
    if not view.state.final:
        await touch(parts, asker_of(caller, waiter), view.id)
    return build_out(view)


async def existing_build(build: PathBuild, parts: Parts) -> BuildView:
    """The build that an address names; raises NotFound before a stream has begun."""
    return await _read(parts, build)


@router.get("/builds/{build}/events", response_class=EventSourceResponse, responses=documented(404))
async def follow_build(
    found: Annotated[BuildView, Depends(existing_build)], caller: Visitor, parts: Parts, waiter: Waiter = ""
) -> AsyncIterator[ServerSentEvent]:
    """The build each time that something about it has changed, as events `build`, until it is done or failed."""
    asker, shown = asker_of(caller, waiter), None
    with parts.signals.listen(f"build:{found.id}") as news, parts.waiters.hold(found.id, "", asker):
        if not found.state.final:
            await touch(parts, asker, found.id)
        while not parts.signals.closed:
            view = await _read(parts, found.id)
            if view != shown:
                yield ServerSentEvent(data=build_out(view), event="build")
                shown = view
            if view.state.final:
                return
            await news.wait(parts.settings.poll_seconds)


@router.delete("/builds/{build}/wait", status_code=204, responses=documented(404))
async def leave_build(build: PathBuild, caller: Visitor, parts: Parts, waiter: Waiter = "") -> Response:
    """Say that one waits for this build no longer. What nobody else wants is ended, and made when asked for again.

    A visitor who gave no name when asking cannot be told from others, and changes nothing.
    """
    asker = asker_of(caller, waiter)
    if caller is not None or waiter:
        await release(parts, asker, BuildId(build))
    return Response(status_code=204)


@router.get(
    "/builds/{build}/artifacts/{name}",
    responses={
        202: {"model": ArtifactOut, "description": "It is being made: ask again after Retry-After"},
        **READING,
        **documented(404, 409, 416, 429, 503),
    },
    response_class=Response,
)
async def download_artifact(
    *,
    build: PathBuild,
    name: str,
    request: Request,
    caller: Visitor,
    parts: Parts,
    wait: Annotated[float, Query(ge=0, le=60, description="Seconds to wait for a file that is not made yet")] = 20,
    waiter: Waiter = "",
) -> Response:
    """A file that a build gives, in whole or in part. It is made where it is not there yet; the script is not run
    again for it. 409 says why there is none of this part."""
    found = await ask_for_artifact(parts, asker_of(caller, waiter), BuildId(build), name, wait_seconds=wait)
    if found.sha256 is None:
        told = artifact_out(BuildId(build), found)
        return JSONResponse(told.model_dump(mode="json"), 202, {"Retry-After": RETRY_AFTER})
    return await blob_answer(request, parts.blobs, found.sha256, name=name)
