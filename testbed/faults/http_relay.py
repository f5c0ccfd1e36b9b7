"""A relay between an HTTP client and a server on loopback that hurts single requests.

It reads each request whole, passes it to the server on a connection of its own, and gives the answer back: so that a
dropped request never arrives, a lost answer belongs to a request that was done, a duplicated request is done twice,
and a reordered one arrives after one that was sent later. Websockets pass through as they are, and may be cut or held.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from testbed.faults.cards import Kind
from testbed.faults.http_messages import NotHttp, Request, read_request, status_of, with_connection_close
from testbed.faults.loop import RelayLoop
from testbed.ports import LOOPBACK

CHUNK_BYTES = 64 * 1024
LIMIT_BYTES = 1024 * 1024
ANSWER_SECONDS = 90


@dataclass(eq=False)
class Snare:
    """One exchange that is to be hurt: the first that `catches` says yes to."""

    catches: Callable[[Request], bool]
    kind: Kind | None = None
    """None: it passes; only the calls are made."""
    seconds: float = 0.0
    """How long a delay is, or how long a reordered request waits at most to be overtaken."""
    variant: int = 0
    """Odd: the answer is delayed instead of the request; both copies are sent at once, the first's answer counts."""
    only_status: int | None = None
    """Let an exchange with another answer pass, and catch the next one (for faults that let the request through)."""
    before: Callable[[Request], None] | None = None
    """Called on a thread before the request is passed on, which waits for it."""
    after: Callable[[bytes], None] | None = None
    """Called on a thread with the server's answer, before the client gets it."""
    done: Callable[[Request], None] | None = None
    """Called once the fault is done."""
    hurt: threading.Event = field(default_factory=threading.Event)


class HttpRelay:
    """Open from `open` to `close`. Clients use `url`."""

    def __init__(self, loop: RelayLoop, server_port: int) -> None:
        self._loop = loop
        self._server_port = server_port
        self._lock = threading.Lock()
        self._snares: list[Snare] = []
        self._passed = 0
        self._overtaken = asyncio.Condition()
        self._pushes: dict[asyncio.StreamWriter, asyncio.Event] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def open(self) -> None:
        async def listen() -> asyncio.Server:
            return await asyncio.start_server(self._serve, LOOPBACK, self.port, limit=LIMIT_BYTES)

        self._server = self._loop.run(listen())
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server is not None:
            self._loop.tell(self._server.close)

    def set(self, snare: Snare) -> Snare:
        """From now on the first exchange that it catches is hurt."""
        with self._lock:
            self._snares.append(snare)
        return snare

    def withdraw(self, snare: Snare) -> bool:
        """Take it away; False when it has caught something already."""
        with self._lock:
            if snare in self._snares:
                self._snares.remove(snare)
                return True
            return False

    @property
    def pushes(self) -> int:
        """Websockets that are open."""
        return len(self._pushes)

    def cut_pushes(self) -> None:
        """Every websocket breaks off."""
        self._loop.tell(self._cut)

    def hold_pushes(self, seconds: float) -> None:
        """What the server pushes arrives this much later."""
        self._loop.tell(lambda: self._hold(seconds))

    # ---- on the loop

    def _cut(self) -> None:
        for writer in list(self._pushes):
            writer.transport.abort()

    def _hold(self, seconds: float) -> None:
        for flowing in self._pushes.values():
            flowing.clear()
            asyncio.get_running_loop().call_later(seconds, flowing.set)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(reader)
            if request is None:
                return
            if request.upgrades:
                await self._pass_through(request, reader, writer)
                return
            answer = await self._exchange(request)
            if answer:
                writer.write(with_connection_close(answer))
                await writer.drain()
                writer.close()
        except (NotHttp, OSError):
            pass  # The client has gone, or the server has: both sides see a broken connection.
        finally:
            writer.transport.abort() if not writer.is_closing() else None

    async def _exchange(self, request: Request) -> bytes | None:
        """The server's answer; None when the client gets none."""
        caught = self._catch(request)
        for snare in caught:
            if snare.before:
                await asyncio.to_thread(snare.before, request)
        hurting = next((snare for snare in caught if snare.kind), None)
        answer = await self._hurt(request, hurting) if hurting else await self._pass(request)
        for snare in caught:
            if snare.after and answer:
                await asyncio.to_thread(snare.after, answer)
            if snare.kind is None and snare.done:
                snare.done(request)
        return answer

    def _catch(self, request: Request) -> list[Snare]:
        with self._lock:
            caught = [snare for snare in self._snares if snare.catches(request)]
            hurting = [snare for snare in caught if snare.kind][:1]
            caught = [snare for snare in caught if snare.kind is None] + hurting
            self._snares = [snare for snare in self._snares if snare not in caught]
            return caught

    async def _hurt(self, request: Request, snare: Snare) -> bytes | None:
        late_answer = snare.variant % 2 == 1
        answer: bytes | None = None
        if snare.kind is Kind.DELAY and not late_answer:
            await asyncio.sleep(snare.seconds)
        elif snare.kind is Kind.REORDER and not await self._is_overtaken(snare.seconds):
            self.set(snare)
            return await self._pass(request)
        if snare.kind is Kind.DUPLICATE and late_answer:
            answer, _ = await asyncio.gather(self._pass(request), self._pass(request))
        elif snare.kind is Kind.DUPLICATE:
            await self._pass(request)
        if snare.kind is not Kind.DROP and answer is None:
            answer = await self._pass(request)
        if snare.only_status and snare.kind is not Kind.DROP and status_of(answer or b"") != snare.only_status:
            self.set(snare)
            return answer
        if snare.kind is Kind.DELAY and late_answer:
            await asyncio.sleep(snare.seconds)
        snare.hurt.set()
        if snare.done:
            snare.done(request)
        return None if snare.kind in {Kind.DROP, Kind.LOSE} else answer

    async def _is_overtaken(self, seconds: float) -> bool:
        before = self._passed
        async with self._overtaken:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._overtaken.wait_for(lambda: self._passed > before)
        return self._passed > before

    async def _pass(self, request: Request) -> bytes:
        """To the server and back; empty when there is no server, cut off when it dies."""
        answer = bytearray()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_connection(LOOPBACK, self._server_port)
                try:
                    writer.write(request.raw)
                    await writer.drain()
                    while data := await reader.read(CHUNK_BYTES):
                        answer += data
                finally:
                    writer.close()
        async with self._overtaken:
            self._passed += 1
            self._overtaken.notify_all()
        return bytes(answer)

    async def _pass_through(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(LOOPBACK, self._server_port)
        flowing = asyncio.Event()
        flowing.set()
        self._pushes[writer] = flowing
        try:
            back.write(request.raw)
            await _until_one_ends(_pump(reader, back, None), _pump(there, writer, flowing))
        finally:
            del self._pushes[writer]
            back.transport.abort()


async def _until_one_ends(*pumps: object) -> None:
    tasks = [asyncio.ensure_future(pump) for pump in pumps]  # type: ignore[call-overload]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event | None) -> None:
    while data := await reader.read(CHUNK_BYTES):
        if flowing is not None:
            await flowing.wait()
        writer.write(data)
        await writer.drain()
