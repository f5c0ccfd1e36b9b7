"""As much of HTTP/1.1 as a relay must understand that hurts single requests: where one ends. RFC 9112."""

import asyncio
from dataclasses import dataclass

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 1024 * 1024


class NotHttp(Exception):
    """What came is no request that the relay could pass on."""


@dataclass(frozen=True)
class Request:
    """One whole request. `raw` asks the server to close the connection after its answer."""

    line: str
    """Method, path and version."""
    body: bytes
    raw: bytes
    upgrades: bool
    """It asks for a websocket: what follows are no requests."""

    def begins(self, *beginnings: str) -> bool:
        return self.line.startswith(beginnings)


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection; None at its end. Raises NotHttp."""
    head = await _read_head(reader)
    if head is None:
        return None
    lines = head.split(b"\r\n")
    headers = _headers(lines[1:])
    upgrades = b"websocket" in headers.get(b"upgrade", b"").lower()
    body = await _read_body(reader, headers)
    if upgrades:
        return Request(lines[0].decode("latin-1"), b"", head + b"\r\n\r\n", upgrades=True)
    kept = [line for line in lines[1:] if not line.lower().startswith((b"connection:", b"transfer-encoding:"))]
    if b"transfer-encoding" in headers:
        kept.append(b"Content-Length: %d" % len(body))
    raw = b"\r\n".join([lines[0], *kept, b"Connection: close", b"", b""]) + body
    return Request(lines[0].decode("latin-1"), body, raw, upgrades=False)


def with_connection_close(answer: bytes) -> bytes:
    """An answer whose client does not use the connection again."""
    head, blank, body = answer.partition(b"\r\n\r\n")
    if not blank:
        return answer
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + blank + body


def status_of(answer: bytes) -> int | None:
    """The status of an answer; None when it has none."""
    first = answer.split(b"\r\n", 1)[0].split(b" ")
    return int(first[1]) if len(first) > 1 and first[1].isdigit() else None


async def _read_head(reader: asyncio.StreamReader) -> bytes | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise NotHttp("the connection ended inside a request's head") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise NotHttp("the head of a request is too long") from error
    return head[:-4]


def _headers(lines: list[bytes]) -> dict[bytes, bytes]:
    pairs = (line.partition(b":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _read_body(reader: asyncio.StreamReader, headers: dict[bytes, bytes]) -> bytes:
    try:
        if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            return await _read_chunks(reader)
        length = int(headers.get(b"content-length", b"0"))
        if length > MAX_BODY_BYTES:
            raise NotHttp(f"a body of {length} bytes is too long")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ValueError) as error:
        raise NotHttp("the connection ended inside a request's body") from error


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        size = int((await reader.readline()).split(b";")[0], 16)
        body += await reader.readexactly(size)
        await reader.readline()
        if size == 0:
            return bytes(body)
        if len(body) > MAX_BODY_BYTES:
            raise NotHttp("a body is too long")
