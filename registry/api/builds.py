"""Builds: geometry for a choice of parameters, made once and then found."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from registry.actions import builds as actions
from registry.actions.builds import BuildState, BuildView
from registry.api.blob_answers import blob_answer
from registry.api.blobs import READING
from registry.api.deps import Parts
from registry.api.problems import documented
from registry.errors import NotFound
from registry.ids import BuildId, parse_version_name
from registry.parts import State
from registry.work.asking import ask_for_build

router = APIRouter(tags=["builds"])

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
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


class ArtifactOut(BaseModel):
    name: str
    sha256: str
    size: int
    url: str


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
                        "sha256": _DIGEST,
                        "size": 80123,
                        "url": f"/api/v1/builds/{_DIGEST}/artifacts/model.3mf",
                    }
                ],
                "measurements": {"volume_mm3": 18230.4, "watertight": True},
                "findings": [],
                "error": None,
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
    measurements: JsonValue
    findings: JsonValue
    error: BuildErrorOut | None
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
        artifacts=tuple(
            ArtifactOut(name=a.name, sha256=a.sha256, size=a.size, url=f"/api/v1/builds/{view.id}/artifacts/{a.name}")
            for a in view.artifacts
        ),
        measurements=view.measurements,
        findings=view.findings,
        error=None if error is None else BuildErrorOut(kind=error.kind, message=error.message, log=error.log),
        requested_at=view.requested_at,
        finished_at=view.finished_at,
    )


PathBuild = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", examples=[_DIGEST])]


async def _read(parts: State, build: str) -> BuildView:
    return await parts.db.read(lambda connection: actions.read_build(connection, BuildId(build)))


@router.post(
    "/builds", responses={202: {"model": BuildOut, "description": "Not finished yet"}, **documented(404, 429, 503)}
)
async def request_build(body: BuildWish, parts: Parts, response: Response) -> BuildOut:
    """Ask for a build. 200 when it is there already, else 202: follow its events until it is done or failed."""
    version = parse_version_name(body.version)
    view = await ask_for_build(parts, version, body.parameters, body.preset)
    response.status_code = 200 if view.state.final else 202
    return build_out(view)


@router.get("/builds/{build}", responses=documented(404))
async def show_build(build: PathBuild, parts: Parts) -> BuildOut:
    """How a build is now, and what it gave."""
    return build_out(await _read(parts, build))


async def existing_build(build: PathBuild, parts: Parts) -> BuildView:
    """The build that an address names; raises NotFound before a stream has begun."""
    return await _read(parts, build)


@router.get("/builds/{build}/events", response_class=EventSourceResponse, responses=documented(404))
async def follow_build(
    found: Annotated[BuildView, Depends(existing_build)], parts: Parts
) -> AsyncIterator[ServerSentEvent]:
    """The build each time that something about it has changed, as events `build`, until it is done or failed."""
    shown: BuildView | None = None
    with parts.signals.listen(f"build:{found.id}") as news:
        while not parts.signals.closed:
            view = await _read(parts, found.id)
            if view != shown:
                yield ServerSentEvent(data=build_out(view), event="build")
                shown = view
            if view.state.final:
                return
            await news.wait(parts.settings.poll_seconds)


@router.get("/builds/{build}/artifacts/{name}", responses=READING, response_class=Response)
async def download_artifact(build: PathBuild, name: str, request: Request, parts: Parts) -> Response:
    """A file that a build gave, in whole or in part."""
    view = await _read(parts, build)
    for artifact in view.artifacts:
        if artifact.name == name:
            return await blob_answer(request, parts.blobs, artifact.sha256, name=name)
    raise NotFound(f"the build has no artifact {name[:80]!r}: see its list", code="no_artifact", value=name[:80])
