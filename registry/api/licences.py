"""What a version's licence lets one do, and its complete source."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from designs.licences import parse_licence
from registry.actions import designs as design_actions
from registry.actions import licences as actions
from registry.actions import sources as source_actions
from registry.api.blobs import ZIPPED
from registry.api.deps import Parts
from registry.api.licence_models import LicenceOut, licence_out
from registry.api.made_files import made_file_answer
from registry.api.paths import DesignPath, VersionPath
from registry.api.problems import documented
from registry.core.licence_bonds import Bound, judge
from registry.core.licence_panel import panel
from registry.core.ranges import names_etag
from registry.work import source_bundles

router = APIRouter(prefix="/designs/{namespace}/{name}/versions/{version}", tags=["licences"])

SOURCE = "/api/v1/designs/{design}/versions/{version}/source.zip"


@router.get("/licence", responses=documented(404))
async def show_licence(
    design: DesignPath,
    version: VersionPath,
    parts: Parts,
    under: Annotated[str | None, Query(max_length=200, examples=["MIT"])] = None,
) -> LicenceOut:
    """What one may do with a version by its licence; with `under`, whether a change of it may carry that licence."""
    view = await parts.db.read(lambda connection: design_actions.read_version(connection, design, version))
    url = SOURCE.format(design=view.name.design, version=view.name.version)
    if under is not None:
        judgement = judge(parse_licence(under).expression, [Bound(str(view.name), view.licence, used=False)])
    else:
        judgement = await parts.db.read(lambda connection: actions.read_judgement(connection, view.id, view.licence))
    return licence_out(str(view.name), panel(view.licence), judgement, url)


@router.get("/source.zip", responses=ZIPPED, response_class=Response)
async def download_source(design: DesignPath, version: VersionPath, request: Request, parts: Parts) -> Response:
    """The complete source: its files, those of what it uses as far as licences ask, notices. Always the same bytes."""
    source = await parts.db.read(lambda connection: source_actions.read_source(connection, design, version))
    etag = source_bundles.etag_of(source, parts.settings.url)
    if names_etag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers={"ETag": etag})
    path = await asyncio.to_thread(source_bundles.pack_source, parts, source)
    name = source.bundle.version.name.partition("/")[2].replace("@", "-")
    name = f"{name}-source.zip"
    return await asyncio.to_thread(made_file_answer, path, etag=etag, media_type="application/zip", name=name)
