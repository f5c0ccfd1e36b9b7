"""Pictures of a make: agents send them, those who may see the order look at them."""

import asyncio
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from designs.digest import Digest
from registry.actions import snapshots
from registry.api.blob_answers import REVALIDATE, blob_answer
from registry.api.blobs import body_of
from registry.api.deps import Parts, Reader
from registry.api.nodes import Node
from registry.api.problems import documented
from registry.blobs import transfer
from registry.store.clock import database_now

router = APIRouter(tags=["nodes"])

Attempt = Annotated[str, Path(max_length=80, examples=["att_01k2n8y3v4"])]
Moment = Annotated[Literal["start", "end", "failure"], Path(examples=["end"])]
_IMAGE = {"schema": {"type": "string", "format": "binary"}}
_IMAGES: dict[str, Any] = {"image/jpeg": _IMAGE, "image/png": _IMAGE}
PRIVATE = f"private, {REVALIDATE}"


class PictureKept(BaseModel):
    """What came in. The first picture of each moment is the one that is shown."""

    sha256: str
    size: int


@router.post(
    "/node/snapshots/{attempt}/{moment}",
    status_code=201,
    responses=documented(400, 401, 404, 413, 503),
    openapi_extra={"requestBody": {"required": True, "content": _IMAGES}},
)
async def keep_snapshot(attempt: Attempt, moment: Moment, node: Node, request: Request, parts: Parts) -> PictureKept:
    """Send a picture of the machine at the start, the end or the failure of an attempt: JPEG or PNG, at most 2 MiB."""
    order = await parts.db.read(lambda connection: snapshots.require_owner(connection, node, attempt))
    limit = snapshots.MAX_PICTURE_BYTES
    async with transfer.receive(body_of(request), parts.incoming, limit=limit) as file:
        snapshots.kind_of(await asyncio.to_thread(_beginning, file.path))
        if await parts.db.read(lambda connection: snapshots.is_there(connection, order, attempt, moment)):
            return PictureKept(sha256=file.digest, size=file.size)  # its bytes would be nobody's
        await asyncio.to_thread(parts.blobs.put, file)
        await parts.db.write(
            lambda connection: snapshots.keep(connection, attempt, moment, file, database_now(connection))
        )
        parts.signals.notify(f"order:{order}")
        return PictureKept(sha256=file.digest, size=file.size)


@router.get(
    "/orders/{order}/attempts/{attempt}/snapshots/{moment}",
    responses={200: {"description": "The picture", "content": _IMAGES}, **documented(401, 403, 404, 503)},
    response_class=Response,
)
async def read_snapshot(
    *, order: str, attempt: Attempt, moment: Moment, caller: Reader, request: Request, parts: Parts
) -> Response:
    """The picture of the machine at a moment of an attempt, for those who may see the order."""

    def find(connection: sa.Connection) -> Digest:
        return snapshots.find_picture(connection, order, attempt, moment, caller)

    digest = await parts.db.read(find)
    first = await asyncio.to_thread(lambda: next(iter(parts.blobs.read(digest, 0, 8)), b""))
    return await blob_answer(request, parts.blobs, digest, name=f"{moment}.{snapshots.kind_of(first)}", cache=PRIVATE)


def _beginning(path: FilePath) -> bytes:
    with path.open("rb") as file:
        return file.read(8)
