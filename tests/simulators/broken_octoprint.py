"""A server that is OctoPrint but for what a test breaks: the answers OctoPrint gives on a bad day, and worse.

Written from docs.octoprint.org (REST API: version, current user, job, printer, files, login; push updates) and from
what OctoPrint 1.11.8 answers. Speaks HTTP/1.1 over a bare socket, since half of what it must do no HTTP server does.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

KEY = "k" * 32
SHA1_OF_NOTHING = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
RIGHTS = ["STATUS", "FILES_LIST", "FILES_UPLOAD", "FILES_DELETE", "FILES_SELECT", "PRINT"]


@dataclass(frozen=True)
class Answer:
    """A proper HTTP answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()

    def to_bytes(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Said", f"Content-Length: {len(self.body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True)
class Raw:
    """These bytes, then the connection is closed."""

    data: bytes = b""


@dataclass(frozen=True)
class Silence:
    """The request is read and never answered."""


@dataclass(frozen=True)
class Drip:
    """A proper head, then a byte now and then, for ever."""

    interval_s: float = 0.05


@dataclass(frozen=True)
class Flood:
    """A proper head, then bytes as fast as they are taken, for ever."""


Behaviour = Answer | Raw | Silence | Drip | Flood


def json_answer(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


def truncated(value: object) -> Raw:
    """The first half of a proper answer."""
    whole = json_answer(value).to_bytes()
    return Raw(whole[: -len(json.dumps(value)) // 2])


WORKING: dict[str, Behaviour] = {
    "GET /api/version": json_answer({"api": "0.1", "server": "1.11.8", "text": "OctoPrint 1.11.8"}),
    "GET /api/currentuser": json_answer({"name": "maker", "permissions": RIGHTS}),
    "GET /api/job": json_answer({"state": "Operational", "job": {"file": {}}, "progress": {}}),
    "GET /api/printer": json_answer({"state": {"text": "Operational", "flags": {"operational": True, "ready": True}}}),
    "GET /api/files/local": json_answer({"size": 0, "hash": SHA1_OF_NOTHING}),
    "POST /api/files/local": json_answer({"done": True, "effectivePrint": False}, 201),
    "POST /api/files/local/": Answer(204, b""),
    "DELETE /api/files/local/": Answer(204, b""),
    "POST /api/job": Answer(204, b""),
    "POST /api/login": json_answer({"name": "maker", "session": "0123"}),
    "GET /downloads/logs/octoprint.log": Answer(403, b""),
    "GET /plugin/appkeys/probe": Answer(204, b""),
    "POST /plugin/appkeys/request": json_answer({"app_token": "t" * 20}, 201),
    "GET /plugin/appkeys/request/": json_answer({"api_key": KEY}),
}
"""By the longest beginning of `METHOD /path` that fits. The stranger, who sends no key, has no permissions."""


@dataclass
class BrokenOctoPrint:
    """Set `behaviours["POST /api/job"] = Silence()` and so on; see WORKING for the keys."""

    url: str = ""
    behaviours: dict[str, Behaviour] = field(default_factory=lambda: dict(WORKING))
    requests: list[str] = field(default_factory=list)
    """`METHOD /path` of everything that was asked, in order."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            request, headers = await _read_request(reader)
            self.requests.append(request)
            await _behave(self._behaviour(request, headers), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass  # The other side went away, which is its right.
        finally:
            writer.close()

    def _behaviour(self, request: str, headers: dict[str, str]) -> Behaviour:
        fitting = [start for start in self.behaviours if request.startswith(start)]
        if not fitting:
            return Answer(404, b"")
        if request == "GET /api/currentuser" and "x-api-key" not in headers:
            return self.behaviours.get("stranger", json_answer({"name": None, "permissions": []}))
        return self.behaviours[max(fitting, key=len)]


@asynccontextmanager
async def broken_octoprint() -> AsyncIterator[BrokenOctoPrint]:
    """On a free loopback port, until the context ends."""
    simulated = BrokenOctoPrint()
    server = await asyncio.start_server(simulated.serve, "127.0.0.1", 0)
    simulated.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield simulated
    finally:
        server.close()


async def _behave(behaviour: Behaviour, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    match behaviour:
        case Answer():
            writer.write(behaviour.to_bytes())
        case Raw(data):
            writer.write(data)
        case Silence():
            await reader.read()
        case Drip(interval_s):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{")
            while not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(interval_s)
        case Flood():
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n{")
            while not reader.at_eof():
                writer.write(b" " * 65536)
                await writer.drain()
    await writer.drain()


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    method, path, _ = request.split(" ")
    return f"{method} {path}", headers
