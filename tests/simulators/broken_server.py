"""A server that is a machine's server but for what a test breaks: what it answers on a bad day, and worse.

Speaks HTTP/1.1 over a bare socket, since half of what it must do no HTTP server does.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


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


@dataclass
class Turns:
    """One after the other, the last one for ever."""

    left: list["Behaviour"]

    def take(self) -> "Behaviour":
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


Behaviour = Answer | Raw | Silence | Drip | Flood | Turns


def json_answer(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


def truncated(value: object) -> Raw:
    """The first half of a proper answer."""
    whole = json_answer(value).to_bytes()
    return Raw(whole[: -len(json.dumps(value)) // 2])


@dataclass
class BrokenServer:
    """Set `behaviours["POST /api/job"] = Silence()` and so on: by the longest beginning of `METHOD /path` that fits."""

    behaviours: dict[str, Behaviour]
    url: str = ""
    requests: list[str] = field(default_factory=list)
    """`METHOD /path` of everything that was asked, in order."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            request, headers = await _read_request(reader)
            self.requests.append(request)
            await _behave(self.behaviour(request, headers), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass  # The other side went away, which is its right.
        finally:
            writer.close()

    def behaviour(self, request: str, headers: dict[str, str]) -> Behaviour:
        """How this request is met."""
        fitting = [start for start in self.behaviours if request.startswith(start)]
        return self.behaviours[max(fitting, key=len)] if fitting else Answer(404, b"")


@asynccontextmanager
async def listening(server: BrokenServer) -> AsyncIterator[None]:
    """On a free loopback port, until the context ends."""
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield
    finally:
        listener.close()


async def _behave(behaviour: Behaviour, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    match behaviour:
        case Turns():
            await _behave(behaviour.take(), reader, writer)
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
