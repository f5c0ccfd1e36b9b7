"""Versions as Open Know-How modules, and what they were made with."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from designs.okh_toml import write_okh
from registry.actions.know_how import read_know_how, read_toolchain
from registry.api.deps import Parts
from registry.api.paths import DesignPath, VersionPath
from registry.api.problems import documented

router = APIRouter(prefix="/designs/{namespace}/{name}/versions/{version}", tags=["interchange"])

_EXAMPLE: Any = {
    "toolchain": {
        "git.commit": "2b5c1f5c5a0b0c4e8d6c9c0c2c5a9f6d7e8f9a0b",
        "git.remote": "https://example.org/ada/box.git",
        "git.tag": "v1.2.0",
    }
}
_TOML: dict[int | str, dict[str, Any]] = {
    200: {"description": "The manifest", "content": {"application/toml": {"schema": {"type": "string"}}}}
}


class ToolchainOut(BaseModel):
    """What a version was made with, as its publisher said it."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    toolchain: dict[str, str]


@router.get("/okh.toml", responses={**documented(404), **_TOML}, response_class=Response)
async def export_okh(design: DesignPath, version: VersionPath, parts: Parts) -> Response:
    """A version as `okh.toml`, the manifest of Open Know-How."""
    home = parts.settings.url
    found = await parts.db.read(lambda connection: read_know_how(connection, design, version, home))
    return Response(write_okh(found), media_type="application/toml")


@router.get("/toolchain", responses=documented(404))
async def show_toolchain(design: DesignPath, version: VersionPath, parts: Parts) -> ToolchainOut:
    """What a version was made with, such as the commit of a git repository that it was published from."""
    return ToolchainOut(toolchain=await parts.db.read(lambda connection: read_toolchain(connection, design, version)))
