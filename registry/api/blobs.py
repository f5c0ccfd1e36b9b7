"""Bytes by their SHA-256: asked which are missing, uploaded once, downloaded in whole or in part."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from designs.digest import Digest, DigestMismatch
from registry.api.blob_answers import blob_answer
from registry.api.deps import Parts, Publisher
from registry.api.problems import documented
from registry.blobs import transfer
from registry.errors import Invalid
from registry.moments import now
from registry.store import blobs as store

router = APIRouter(tags=["blobs"])

MOST_ASKED = 2000
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PathSha256 = Annotated[
    str, Path(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]
_BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
READING: dict[int | str, dict[str, Any]] = {
    200: {"description": "All bytes", **_BYTES},
    206: {"description": "The part that the Range header asks for", **_BYTES},
    304: {"description": "The ETag in If-None-Match is still right, and always will be"},
    **documented(404, 416, 503),
}
ZIPPED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A zip",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: READING[304],
    **documented(404, 503),
}


class Wanted(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"digests": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]}
        },
    )

    digests: Annotated[tuple[Sha256, ...], Field(max_length=MOST_ASKED)]


class Missing(BaseModel):
    missing: tuple[str, ...]
    """Those that have to be uploaded, in the order in which they were asked for."""


class Kept(BaseModel):
    sha256: str
    size: int


@router.post("/blobs/missing", responses=documented(401, 403))
async def find_missing(body: Wanted, _: Publisher, parts: Parts) -> Missing:
    """Which of these digests the registry does not have yet."""
    wanted = [Digest(digest) for digest in dict.fromkeys(body.digests)]
    known = await parts.db.read(lambda connection: store.known_sizes(connection, wanted))
    return Missing(missing=tuple(digest for digest in wanted if digest not in known))


@router.put(
    "/blobs/{sha256}",
    status_code=201,
    response_model=Kept,
    responses=documented(400, 401, 403, 413, 503),
    openapi_extra={"requestBody": {"required": True, **_BYTES}},
)
async def upload(sha256: PathSha256, request: Request, _: Publisher, parts: Parts) -> Response:
    """Upload bytes, streamed. They are kept only when their SHA-256 is the one in the address; twice is harmless."""
    expected = Digest(sha256)
    async with transfer.receive(body_of(request), parts.incoming, limit=parts.settings.max_blob_bytes) as file:
        if file.digest != expected:
            raise DigestMismatch(expected, file.digest)
        await asyncio.to_thread(parts.blobs.put, file)
        sizes, moment = {file.digest: file.size}, now()
        await parts.db.write(lambda connection: store.record_blobs(connection, sizes, moment))
        return JSONResponse(Kept(sha256=file.digest, size=file.size).model_dump(), 201)


@router.get("/blobs/{sha256}", responses=READING, response_class=Response)
@router.head("/blobs/{sha256}", responses=READING, response_class=Response, include_in_schema=False)
async def download(sha256: PathSha256, request: Request, parts: Parts) -> Response:
    """Download bytes; a download that broke off goes on by a Range request."""
    return await blob_answer(request, parts.blobs, Digest(sha256))


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """The request's body in pieces; one that is cut off raises Invalid (nobody may be left to read it)."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise Invalid("the upload was cut off: send it again", code="upload_cut_off") from None
