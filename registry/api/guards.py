"""What surrounds every request: limits on what comes in, headers that protect what goes out. Plain ASGI, no copies."""

import asyncio
import time

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry.actions.snapshots import MAX_PICTURE_BYTES
from registry.api.problems import MEDIA_TYPE, problem_of
from registry.errors import Invalid, RegistryError, TooLarge
from registry.settings import Settings

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Set on every answer that does not set them itself."""
SLOWEST_BYTES_PER_SECOND = 1024
"""Beyond the patience of the settings, a body may take a second for so many bytes: less than any line gives."""


class SecurityHeaders:
    """Answers may not be framed, guessed at or run; pages set a policy of their own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)


class BodyLimits:
    """Stops reading a request's body where it gets too long or too slow, whatever its headers promise.

    Uploads of bytes (blobs, archives, a page's forms with files) have the limit of an archive or blob; everything
    else is read into memory to be parsed and has the small limit of JSON.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope)
        if _promised(scope) > limit:
            await _refusal(_too_large(limit))(scope, receive, send)
            return
        body = _Body(limit, self._settings.body_patience_seconds)
        await _judged(self._app, body, scope, receive, send)

    def _limit(self, scope: Scope) -> int:
        path: str = scope["path"]
        if path.startswith("/api/v1/blobs/") and scope["method"] == "PUT":
            return self._settings.max_blob_bytes
        if path.startswith("/api/v1/node/snapshots/"):
            return MAX_PICTURE_BYTES
        form = _header(scope, b"content-type").startswith(b"multipart/form-data") and not path.startswith("/api/")
        if form or (path.startswith("/api/v1/designs/") and path.endswith("/archive")):
            return self._settings.max_archive_bytes
        return self._settings.max_json_bytes


async def _judged(app: ASGIApp, body: "_Body", scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application on a body that ends in an error when it is too long or too slow, and answer with that error.

    The answer is put in place of the application's own, because a framework takes a body that breaks off for one that
    is badly written.
    """
    begun = False

    async def sent(message: Message) -> None:
        nonlocal begun
        if body.refused is None or begun:
            begun = True
            await send(message)
        elif message["type"] == "http.response.start":
            await _refusal(body.refused)(scope, receive, send)

    await app(scope, lambda: body.next(receive), sent)


class _Body:
    """A request's body as it comes in, until it is too long or too slow."""

    def __init__(self, limit: int, patience_seconds: float) -> None:
        self._limit = limit
        self._patience_seconds = patience_seconds
        self._seen = 0
        self._waited = 0.0
        self._ended = False
        self.refused: RegistryError | None = None

    async def next(self, receive: Receive) -> Message:
        """The next message. Raises what is wrong with the body; after its end only the client's leaving comes."""
        if self._ended:
            return await receive()
        began = time.monotonic()
        patience = self._patience_seconds + self._seen / SLOWEST_BYTES_PER_SECOND - self._waited
        try:
            async with asyncio.timeout(patience):
                message = await receive()
        except TimeoutError as error:
            self.refused = Invalid("the body comes too slowly: send it again on a better line", code="too_slow")
            raise self.refused from error
        self._waited += time.monotonic() - began
        self._ended = not message.get("more_body", False)
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            self.refused = _too_large(self._limit)
            raise self.refused
        return message


def _header(scope: Scope, name: bytes) -> bytes:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    return next((value for key, value in headers if key == name), b"")


def _promised(scope: Scope) -> int:
    length = _header(scope, b"content-length")
    return int(length) if length.isdigit() else 0


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"this is larger than the {limit} bytes that this registry takes here", limit=limit)


def _refusal(error: RegistryError) -> JSONResponse:
    told = problem_of(error)
    return JSONResponse(told.model_dump(mode="json"), told.status, {"Connection": "close"}, MEDIA_TYPE)
