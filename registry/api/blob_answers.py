"""Answers that carry stored bytes: whole by the server's fastest path, in part by Range, not at all by ETag."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from designs.digest import Digest
from registry.blobs.interface import BlobStore
from registry.core.ranges import OutsideError, Part, asked_part, names_etag
from registry.errors import RangeNotSatisfiable

IMMUTABLE = "public, max-age=31536000, immutable"
MEDIA_TYPES = {
    ".3mf": "model/3mf",
    ".glb": "model/gltf-binary",
    ".md": "text/markdown; charset=utf-8",
    ".py": "text/plain; charset=utf-8",
    ".scad": "text/plain; charset=utf-8",
    ".step": "model/step",
    ".stl": "model/stl",
    ".stp": "model/step",
    ".toml": "application/toml",
    ".zip": "application/zip",
}
REVALIDATE = "no-cache"
NEVER_AS_PAGES = {"text/html", "application/xhtml+xml", "text/xml", "application/xml"}


class _WholeFile(FileResponse):
    """A file sent whole, by path where the server can: what part is wanted has been decided already."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [header for header in scope["headers"] if header[0] != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


def media_type(name: str) -> str:
    """What a file is, by its name; what a browser would run as a page is plain text."""
    dot = name.rfind(".")
    known = MEDIA_TYPES.get(name[dot:].lower()) if dot >= 0 else None
    guessed = known or mimetypes.guess_type(name, strict=True)[0] or "application/octet-stream"
    return "text/plain; charset=utf-8" if guessed in NEVER_AS_PAGES else guessed


async def blob_answer(
    request: Request, store: BlobStore, digest: Digest, *, name: str | None = None, cache: str = IMMUTABLE
) -> Response:
    """The bytes of this digest, or the part that is asked for. Raises BlobMissing, RangeNotSatisfiable.

    `name` says what kind of file it is; `cache` how long the address will mean these bytes.
    """
    size = await asyncio.to_thread(store.size, digest)
    etag = f'"{digest}"'
    headers = {"ETag": etag, "Cache-Control": cache, "Accept-Ranges": "bytes"}
    if name is not None:
        headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name.rsplit('/', 1)[-1])}"
    if names_etag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    kind = media_type(name) if name else "application/octet-stream"
    part = _part(request, size, etag)
    headers["Content-Length"] = str(size if part is None else part.end - part.start)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    if request.method == "HEAD":
        return Response(status_code=200 if part is None else 206, headers=headers, media_type=kind)
    if part is None:
        path = await asyncio.to_thread(store.local_path, digest)
        if path is not None:
            return _WholeFile(path, headers=headers, media_type=kind)
    whole = part or Part(0, size)
    pieces = await asyncio.to_thread(store.read, digest, whole.start, whole.end)
    return StreamingResponse(_stream(pieces), 200 if part is None else 206, headers, kind)


def _part(request: Request, size: int, etag: str) -> Part | None:
    """The part asked for; If-Range with another tag asks for everything."""
    if request.headers.get("if-range", etag) != etag:
        return None
    try:
        return asked_part(request.headers.get("range"), size)
    except OutsideError:
        raise RangeNotSatisfiable(
            f"the range {request.headers['range'][:80]!r} lies outside the {size} bytes", size=size
        ) from None


async def _stream(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read on threads, and let go of the store's connection also when the client is gone."""
    try:
        async for piece in iterate_in_threadpool(pieces):
            yield piece
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            await asyncio.to_thread(close)
