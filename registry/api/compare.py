"""Two builds side by side: what was added, removed and kept, and everything else that differs."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from starlette.requests import Request
from starlette.responses import Response

from designs.compare import MODEL
from registry.actions import compare as actions
from registry.actions.builds import BuildState, BuildView
from registry.actions.moderation import require_shown
from registry.api.blob_answers import blob_answer
from registry.api.blobs import READING
from registry.api.builds import RETRY_AFTER, BuildErrorOut, Value
from registry.api.deps import Parts, Visitor
from registry.api.problems import documented
from registry.core.builds import asker_of
from registry.core.permissions import Caller
from registry.errors import NotFound
from registry.ids import BuildId, VersionName, parse_design_name, parse_version_name
from registry.parts import State
from registry.work.comparing import Compared, Wish, compare

router = APIRouter(tags=["compare"])

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_LATEST = "@latest"
_WORDS = "A build's id, or `namespace/name@version` (also `@latest`) for its default parameters."
SideText = Annotated[str, Query(max_length=200, description=_WORDS, examples=["ada/hook@1.0.0"])]
Wait = Annotated[float, Query(ge=0, le=60, description="Seconds that the answer waits for the comparison to be made.")]


class SideWish(BaseModel):
    """A build, or a version with chosen parameters."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"version": "ada/hook@1.1.0", "parameters": {"width": 30}}}
    )

    build: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    version: Annotated[str, Field(max_length=200)] | None = None
    parameters: Annotated[dict[Annotated[str, Field(max_length=100)], Value], Field(max_length=200)] = {}
    """Values by name. What is not given has the preset's value, else the default."""
    preset: Annotated[str, Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> "SideWish":
        if (self.build is None) == (self.version is None) or (self.build and (self.parameters or self.preset)):
            raise ValueError("name a build alone, or a version with its parameters")
        return self

    def to_wish(self) -> Wish:
        if self.version is None:
            return Wish(build=BuildId(self.build or ""))
        return Wish(parse_side(self.version).version, None, self.parameters, self.preset)


class ComparisonWish(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "a": {"version": "ada/hook@1.0.0"},
                "b": {"version": "ada/hook@1.1.0", "parameters": {"width": 30}},
            }
        },
    )

    a: SideWish
    b: SideWish


class SideOut(BaseModel):
    name: str
    """A version with this content, else the build."""
    build: str
    versions: tuple[str, ...]
    parameters: dict[str, str | bool]
    state: BuildState


class ModelOut(BaseModel):
    """A GLB with the nodes `added` (green), `removed` (red) and `kept` (grey)."""

    url: str
    sha256: str
    size: int


class ComparisonOut(BaseModel):
    """What differs. Words and figures are there at once, measurements when both are built, the shape in the end."""

    state: BuildState
    stage: str
    progress: float
    before: SideOut
    after: SideOut
    shape: JsonValue
    """`verdict` is `identical`, `same`, `different` or, with a `reason`, `impossible`; volumes are in mm³. None: not
    yet, or not at all."""
    model: ModelOut | None
    """None where there is nothing to see."""
    error: BuildErrorOut | None
    """Why there is no shape to compare."""
    manifest: JsonValue
    parameters: JsonValue
    measurements: JsonValue
    files: JsonValue
    texts: JsonValue
    """Changed lines of changed text files, the script first."""


def comparison_out(found: Compared) -> ComparisonOut:
    error, model, values = found.error, None, found.values.to_json()
    if found.model is not None:
        model = ModelOut(url=f"/api/v1/comparisons/{found.id}/{MODEL}", **vars(found.model))
    return ComparisonOut(
        state=found.state,
        stage=found.stage,
        progress=found.progress,
        before=_side_out(found.before),
        after=_side_out(found.after),
        shape=None if found.shape is None else found.shape.to_json(),
        model=model,
        error=None if error is None else BuildErrorOut(kind=error.kind, message=error.message, log=error.log),
        manifest=values["manifest"],
        parameters=values["parameters"],
        measurements=values["measurements"],
        files=values["files"],
        texts=values["texts"],
    )


def parse_side(text: str) -> Wish:
    """A build's id, or a version; raises Invalid."""
    if len(text) == 64 and "/" not in text:
        return Wish(build=BuildId(text))
    if text.endswith(_LATEST):
        return Wish(VersionName(parse_design_name(text.removesuffix(_LATEST)), "latest"))
    return Wish(parse_version_name(text))


async def check_sides(parts: State, caller: Caller | None, *sides: Wish) -> None:
    """Raises Hidden where a side is a version of a design that is hidden from the caller."""
    named = [side.version.design for side in sides if side.version is not None]
    await parts.db.read(lambda connection: require_shown(connection, caller, *named))


def side_name(build: BuildView) -> str:
    """What a side is called: the first version with its content, else its build."""
    return build.versions[0] if build.versions else build.id[:12]


@router.get(
    "/compare",
    responses={202: {"model": ComparisonOut, "description": "Not finished yet"}, **documented(404, 409, 429, 503)},
)
async def compare_by_names(
    *, a: SideText, b: SideText, caller: Visitor, parts: Parts, response: Response, wait: Wait = 0
) -> ComparisonOut:
    """Compare two builds, or versions with their default parameters. Builds that are not there are asked for.

    200 when it is done or has failed, else 202: ask again, with `wait`.
    """
    before, after = parse_side(a), parse_side(b)
    await check_sides(parts, caller, before, after)
    found = await compare(parts, asker_of(caller), before, after, wait_seconds=wait)
    return _answer(found, response)


@router.post(
    "/compare",
    responses={202: {"model": ComparisonOut, "description": "Not finished yet"}, **documented(404, 409, 429, 503)},
)
async def compare_by_wishes(
    body: ComparisonWish, caller: Visitor, parts: Parts, response: Response, wait: Wait = 0
) -> ComparisonOut:
    """As by GET, with parameters for either side."""
    before, after = body.a.to_wish(), body.b.to_wish()
    await check_sides(parts, caller, before, after)
    found = await compare(parts, asker_of(caller), before, after, wait_seconds=wait)
    return _answer(found, response)


@router.get(f"/comparisons/{{comparison}}/{MODEL}", responses=READING, response_class=Response)
async def comparison_model(
    comparison: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", examples=[_DIGEST])], request: Request, parts: Parts
) -> Response:
    """The coloured difference, in whole or in part."""
    view = await parts.db.read(lambda connection: actions.read_comparison(connection, comparison))
    if view.model is None:
        raise NotFound("there is nothing to see of this comparison, or not yet", code="no_model", value=comparison)
    return await blob_answer(request, parts.blobs, view.model.sha256, name=MODEL)


def _answer(found: Compared, response: Response) -> ComparisonOut:
    if not found.state.final:
        response.status_code = 202
        response.headers["Retry-After"] = RETRY_AFTER
    return comparison_out(found)


def _side_out(build: BuildView) -> SideOut:
    return SideOut(
        name=side_name(build),
        build=build.id,
        versions=build.versions,
        parameters=dict(build.parameters),
        state=build.state,
    )
