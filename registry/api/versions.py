"""Versions: published from files, archives and scripts; shown, downloaded, yanked and forked."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from designs.digest import Digest
from designs.snapshot import SourceFile
from registry.actions import designs as actions
from registry.actions import publishing as publish_actions
from registry.actions.design_views import VersionView
from registry.api.blob_answers import IMMUTABLE, REVALIDATE, blob_answer
from registry.api.blobs import READING, ZIPPED, body_of
from registry.api.deps import Parts, Publisher, State
from registry.api.design_models import (
    FilesOut,
    ForkWish,
    Publication,
    VersionOut,
    VersionsOut,
    YankWish,
    files_out,
    version_out,
    versions_out,
)
from registry.api.made_files import made_file_answer
from registry.api.paths import DesignPath, VersionPath
from registry.api.problems import documented
from registry.api.words import Lines
from registry.core.lineage import NamedParent
from registry.core.ranges import names_etag
from registry.ids import DesignName, VersionName, design_name, parse_version, parse_version_name
from registry.moments import now
from registry.work import archives, publishing
from registry.work.publishing import Release, ScriptFacts

router = APIRouter(prefix="/designs/{namespace}/{name}", tags=["versions"])

_UPLOAD = {
    "requestBody": {
        "required": True,
        "description": "A zip or tar.gz of the design's folder, or a single .py script",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/versions", status_code=201, responses=documented(401, 403, 404, 409, 413, 503))
async def publish(design: DesignPath, body: Publication, caller: Publisher, parts: Parts) -> VersionOut:
    """Publish a version from uploaded blobs. It never changes afterwards, and its number is never used again."""
    files = [SourceFile(file.path, Digest(file.sha256), file.size) for file in body.manifest_files]
    release = Release(
        VersionName(design, str(parse_version(body.version))),
        body.changelog,
        tuple(NamedParent(parent.kind, parse_version_name(parent.version)) for parent in body.parents),
        ScriptFacts(body.licence, body.description, body.authors),
        body.toolchain,
    )
    return version_out(await publishing.publish_files(parts, caller, release, files))


@router.post(
    "/archive", status_code=201, responses=documented(400, 401, 403, 404, 409, 413, 503), openapi_extra=_UPLOAD
)
async def publish_archive(
    *,
    design: DesignPath,
    request: Request,
    caller: Publisher,
    parts: Parts,
    version: Annotated[str, Query(max_length=64)],
    changelog: Annotated[Lines, Query(max_length=10_000)] = "",
    licence: Annotated[str | None, Query(max_length=200)] = None,
    description: Annotated[str, Query(max_length=4000)] = "",
    filename: Annotated[str | None, Query(max_length=200)] = None,
) -> VersionOut:
    """Publish a version from one upload: an archive of the folder, or a single script with its `licence`."""
    release = Release(
        VersionName(design, str(parse_version(version))),
        changelog,
        script=ScriptFacts(licence, description),
    )
    upload = body_of(request)
    return version_out(await archives.publish_upload(parts, caller, release, upload, file_name=filename))


@router.get("/versions", responses=documented(404))
async def list_versions(design: DesignPath, parts: Parts) -> VersionsOut:
    """All versions of a design, newest first."""
    return versions_out(await parts.db.read(lambda connection: actions.read_design(connection, design)))


@router.get("/versions/{version}", responses=documented(404))
async def show_version(design: DesignPath, version: VersionPath, parts: Parts) -> VersionOut:
    """One version; `latest` names the latest one."""
    return version_out(await _read(parts, design, version))


@router.get("/versions/{version}/files", responses=documented(404))
async def list_files(design: DesignPath, version: VersionPath, parts: Parts) -> FilesOut:
    """The files of a version by path."""
    return files_out(await _read(parts, design, version))


@router.get("/versions/{version}/files/{path:path}", responses=READING, response_class=Response)
async def download_file(
    design: DesignPath, version: VersionPath, path: str, request: Request, parts: Parts
) -> Response:
    """One file, in whole or in part."""
    file = actions.file_named(await _read(parts, design, version), path)
    cache = REVALIDATE if version == "latest" else IMMUTABLE
    return await blob_answer(request, parts.blobs, file.sha256, name=file.path, cache=cache)


@router.get("/versions/{version}/archive.zip", responses=ZIPPED, response_class=Response)
async def download_archive(design: DesignPath, version: VersionPath, request: Request, parts: Parts) -> Response:
    """All files of a version as a zip, the same bytes every time."""
    view = await _read(parts, design, version)
    etag = f'"{view.snapshot}.zip"'
    if names_etag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers={"ETag": etag})
    path = await asyncio.to_thread(archives.pack, parts, view)
    name = f"{view.name.design.name}-{view.name.version}.zip"
    return await asyncio.to_thread(made_file_answer, path, etag=etag, media_type="application/zip", name=name)


@router.post("/versions/{version}/yank", responses=documented(401, 403, 404, 409))
async def yank(design: DesignPath, version: VersionPath, body: YankWish, caller: Publisher, parts: Parts) -> VersionOut:
    """Withdraw a version. It stays reachable, with the reason, but is offered to nobody any more."""
    moment = now()
    wanted = VersionName(design, str(parse_version(version)))
    view = await parts.db.write(
        lambda connection: publish_actions.yank(connection, caller, wanted, body.reason, moment)
    )
    parts.signals.notify("log")
    return version_out(view)


@router.post("/versions/{version}/fork", status_code=201, responses=documented(401, 403, 404, 409, 503))
async def fork(design: DesignPath, version: VersionPath, body: ForkWish, caller: Publisher, parts: Parts) -> VersionOut:
    """Begin a design of one's own from a version, as its fork."""
    origin = await _read(parts, design, version)
    own = design_name(body.namespace, body.name or origin.name.design.name)
    wanted = VersionName(own, str(parse_version(body.version or origin.name.version)))
    return version_out(await publishing.fork(parts, caller, origin, wanted))


async def _read(parts: State, design: DesignName, version: str) -> VersionView:
    return await parts.db.read(lambda connection: actions.read_version(connection, design, version))
