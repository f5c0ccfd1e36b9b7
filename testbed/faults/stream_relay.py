"""A relay between the registry and PostgreSQL that cuts, freezes and slows their connections, and loses commits.

It knows one thing of the protocol: a COMMIT travels as these letters. The server listens at a Unix socket.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from testbed.faults.loop import RelayLoop
from testbed.ports import LOOPBACK

CHUNK_BYTES = 64 * 1024
COMMIT = b"COMMIT"


class StreamRelay:
    """Open from `open` to `close`."""

    def __init__(self, loop: RelayLoop, socket: Path) -> None:
        self._loop = loop
        self._socket = socket
        self._connections: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._latency_seconds = 0.0
        self._losing: Callable[[], None] | None = None
        self._server: asyncio.Server | None = None
        self.port = 0

    def open(self) -> None:
        async def listen() -> asyncio.Server:
            return await asyncio.start_server(self._serve, LOOPBACK, self.port)

        self._server = self._loop.run(listen())
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server is not None:
            self._loop.tell(self._server.close)

    def cut(self) -> None:
        """Every connection breaks off."""
        self._loop.tell(self._cut)

    def freeze(self, seconds: float) -> None:
        """Nothing passes for so long, and nobody is told."""
        self._loop.tell(lambda: self._freeze(seconds))

    def slow(self, latency_seconds: float, seconds: float) -> None:
        """Each piece takes so much longer, for so long."""
        self._loop.tell(lambda: self._slow(latency_seconds, seconds))

    def lose_commit(self, done: Callable[[], None]) -> None:
        """The next COMMIT is done, and its connection breaks off before anybody hears of it; then `done` is called."""
        self._losing = done

    # ---- on the loop

    def _cut(self) -> None:
        for writer in list(self._connections):
            writer.transport.abort()

    def _freeze(self, seconds: float) -> None:
        self._flowing.clear()
        asyncio.get_running_loop().call_later(seconds, self._flowing.set)

    def _slow(self, latency_seconds: float, seconds: float) -> None:
        self._latency_seconds = latency_seconds
        asyncio.get_running_loop().call_later(seconds, lambda: setattr(self, "_latency_seconds", 0.0))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = back = None
        try:
            there, back = await asyncio.open_unix_connection(str(self._socket))
            self._connections.add(writer)
            lost: list[Callable[[], None]] = []
            tasks = [
                asyncio.create_task(self._pump_there(reader, back, lost)),
                asyncio.create_task(self._pump_back(there, writer, lost)),
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        except OSError:
            pass  # The server does not listen: the client sees a connection that breaks off.
        finally:
            self._connections.discard(writer)
            writer.transport.abort()
            if back is not None:
                back.close()

    async def _pump_there(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: list[Callable[[], None]]
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            await self._pass_time()
            if self._losing and COMMIT in data:
                lost.append(self._losing)
                self._losing = None
            writer.write(data)
            await writer.drain()

    async def _pump_back(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: list[Callable[[], None]]
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if lost:
                lost[0]()
                return
            await self._pass_time()
            writer.write(data)
            await writer.drain()

    async def _pass_time(self) -> None:
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        await self._flowing.wait()
