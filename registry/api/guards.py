"""What surrounds every request: limits on what comes in, headers that protect what goes out. Plain ASGI, no copies."""

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry.api.problems import MEDIA_TYPE, problem_of
from registry.errors import TooLarge
from registry.settings import Settings

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Set on every answer that does not set them itself."""


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
    """Stops reading a request's body where the registry has had enough, whatever its headers promise.

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
            await _refusal(limit)(scope, receive, send)
            return
        await _counted(self._app, limit, scope, receive, send)

    def _limit(self, scope: Scope) -> int:
        path: str = scope["path"]
        if path.startswith("/api/v1/blobs/") and scope["method"] == "PUT":
            return self._settings.max_blob_bytes
        form = _header(scope, b"content-type").startswith(b"multipart/form-data") and not path.startswith("/api/")
        if form or (path.startswith("/api/v1/designs/") and path.endswith("/archive")):
            return self._settings.max_archive_bytes
        return self._settings.max_json_bytes


async def _counted(app: ASGIApp, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the application on a body that ends in an error beyond the limit, and answer with that error.

    The answer is put in place of the application's own, because a framework takes a body that breaks off for one
    that is badly written.
    """
    seen, begun = 0, False

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _too_large(limit)
        return message

    async def sent(message: Message) -> None:
        nonlocal begun
        if seen <= limit or begun:
            begun = True
            await send(message)
        elif message["type"] == "http.response.start":
            await _refusal(limit)(scope, receive, send)

    await app(scope, counted, sent)


def _header(scope: Scope, name: bytes) -> bytes:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    return next((value for key, value in headers if key == name), b"")


def _promised(scope: Scope) -> int:
    length = _header(scope, b"content-length")
    return int(length) if length.isdigit() else 0


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"this is larger than the {limit} bytes that this registry takes here", limit=limit)


def _refusal(limit: int) -> JSONResponse:
    told = problem_of(_too_large(limit))
    return JSONResponse(told.model_dump(mode="json"), told.status, {"Connection": "close"}, MEDIA_TYPE)
