"""Ten thousand agents that wait for work over HTTP on loopback: what each costs the registry, and how soon one of them
has a job that somebody orders.

The registry is a process of its own, as an operator runs it, on PostgreSQL. The agents are connections of this process
that speak HTTP themselves: an HTTP client's objects, ten thousand times, would weigh more than what is measured.
"""

import asyncio
import json
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa

from bench.dispatch_world import Agent, add_agents, found
from bench.processes import cpu_seconds, memory
from registry.credentials import secret_hash
from registry.settings import Settings
from registry.store.database import Database
from registry.store.tables.members import tokens
from testbed.postgres import PostgresServer
from testbed.registry import RegistryServer

WAIT_SECONDS = 60
"""How long a claim waits: as long as the protocol lets it."""
OPENED_AT_ONCE = 20
OPENED_A_SECOND = 250
"""Agents come in one by one: what a crowd before the door costs is not what waiting costs."""
SETTLED_SHARE = 0.15
"""Of a core: below that the registry has done what came in."""
ORDER_PAUSE = 0.1
"""Between two orders: what is measured is one order's way, not a queue of them."""
KIB = 1024


@dataclass(frozen=True)
class Parked:
    """What was found."""

    agents: int
    kib_each: float
    """Resident memory of the registry process for each claim that waits."""
    latencies: tuple[float, ...]
    """Seconds from sending an order until an agent has its job."""
    woken: float
    """Answers for each job: more than one would be agents woken for nothing."""


class Waiting(asyncio.Protocol):
    """One agent's connection: it sends its claim, and again when it was answered with nothing."""

    __slots__ = ("_agent", "_buffer", "_hall", "_served", "_transport", "_tries")

    def __init__(self, agent: Agent, hall: "Hall") -> None:
        self._agent = agent
        self._hall = hall
        self._buffer = b""
        self._served = False
        self._tries = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._claim()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._buffer = b""
        status = int(head.split(b" ", 2)[1])
        if status == 200:
            self._served = True
            self._hall.got(json.loads(body)["order"])
        elif status == 204:
            self._claim()
        else:
            self._hall.failed(f"{status}: {body[:200]!r}")

    def connection_lost(self, error: Exception | None) -> None:
        if not self._served:  # one that has work asks for nothing more, and is let go after a while
            self._hall.failed("a connection was closed")

    def _claim(self) -> None:
        self._tries += 1
        wish = {
            "idempotency_key": f"k{self._tries}", "machines": [self._agent.machine], "wait_seconds": WAIT_SECONDS
        }  # fmt: skip
        body = json.dumps(wish).encode()
        head = (
            f"POST /api/v1/node/claim HTTP/1.1\r\nHost: registry\r\nAuthorization: Bearer {self._agent.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        assert self._transport is not None
        self._transport.write(head.encode() + body)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Hall:
    """All agents that wait, and what they were given."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._agents: list[Waiting] = []
        self._jobs: dict[str, asyncio.Future[float]] = {}
        self.answers = 0
        self.failure: str | None = None
        self.closing = False

    async def fill(self, agents: Sequence[Agent]) -> None:
        """Connect and claim."""
        loop = asyncio.get_running_loop()
        for begin in range(0, len(agents), OPENED_AT_ONCE):
            next_at = loop.time() + OPENED_AT_ONCE / OPENED_A_SECOND
            part = [Waiting(agent, self) for agent in agents[begin : begin + OPENED_AT_ONCE]]
            await asyncio.gather(*(self._connect(one) for one in part))
            self._agents += part
            await asyncio.sleep(max(0.0, next_at - loop.time()))

    async def _connect(self, agent: Waiting) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: agent, self._url.hostname or "", self._url.port or 0)

    async def job_of(self, order: str, seconds: float) -> float:
        """When an agent had the order's job, on perf_counter."""
        future = self._jobs.setdefault(order, asyncio.get_running_loop().create_future())
        return await asyncio.wait_for(future, seconds)

    def got(self, order: str) -> None:
        self.answers += 1
        future = self._jobs.setdefault(order, asyncio.get_running_loop().create_future())
        if not future.done():
            future.set_result(time.perf_counter())

    def failed(self, why: str) -> None:
        if not self.closing:
            self.failure = self.failure or why

    def close(self) -> None:
        self.closing = True
        for one in self._agents:
            one.close()


def measure(agents: int, orders: int) -> Parked:
    """Park them, weigh the registry, order parts one by one, and time each until an agent has it."""
    _let_open()
    with TemporaryDirectory(prefix="cofab-bench-") as folder, PostgresServer() as postgres:
        url = postgres.new_database()
        return asyncio.run(_measure(Path(folder), url, agents, orders))


async def _measure(folder: Path, url: str, count: int, orders: int) -> Parked:
    db = Database(Settings(database_url=url).database)
    await asyncio.to_thread(db.migrate)
    agents, token = await db.write(lambda connection: _furnish(connection, count))
    try:
        with _registry(folder, url, count) as server:
            hall = Hall(server.url)
            try:
                return await _watch(server, hall, agents, token, orders)
            finally:
                hall.close()
    finally:
        await asyncio.to_thread(db.close)


async def _watch(server: RegistryServer, hall: Hall, agents: Sequence[Agent], token: str, orders: int) -> Parked:
    few = agents[: max(1, len(agents) // 10)]
    await hall.fill(few)  # code paths are warm, pools are filled
    await _settled(server)
    before = _resident(server)
    await hall.fill(agents[len(few) :])
    await _settled(server)
    each = (_resident(server) - before) / (len(agents) - len(few)) / KIB
    latencies = []
    print(f"{len(agents)} agents are parked, {each:.1f} KiB each", flush=True)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=headers, timeout=60) as who:
        for _ in range(orders):
            began = time.perf_counter()
            answer = await who.post("/orders", json={"version": "bench/part@1.0.0", "material": "PLA"})
            answer.raise_for_status()
            latencies.append(await hall.job_of(answer.json()["id"], 35) - began)
            await asyncio.sleep(ORDER_PAUSE)
    if hall.failure is not None:
        raise RuntimeError(f"an agent's claim failed: {hall.failure}")
    return Parked(len(agents), each, tuple(latencies), hall.answers / orders)


def _furnish(connection: sa.Connection, count: int) -> tuple[list[Agent], str]:
    """Agents with an idle machine each, and somebody who may order."""
    found(connection)
    secret = "cofab_bench"  # noqa: S105  (of a database that lives for this run)
    connection.execute(
        sa.insert(tokens).values(
            id="tok_bench", member_id="mem_0", secret_sha256=secret_hash(secret), session=False, label="bench",
            scopes=["read", "order"], created_at=sa.func.now(),
        )
    )  # fmt: skip
    return add_agents(connection, count), secret


@contextmanager
def _registry(folder: Path, url: str, connections: int) -> Iterator[RegistryServer]:
    settings = {
        "COFAB_BUILD_WORKERS": "0",
        "COFAB_MAX_CONNECTIONS": str(connections + 100),
        "COFAB_CONFIRM_SECONDS": "900",  # these agents never say that a job has arrived: it is theirs all the same
        "COFAB_LEASE_SECONDS": "900",
    }
    with RegistryServer(folder, url, settings=settings) as server:
        yield server


async def _settled(server: RegistryServer) -> None:
    """Until it has little to do for a second; at most a while."""
    for _ in range(30):
        used = cpu_seconds(server.pid)
        await asyncio.sleep(1)
        if cpu_seconds(server.pid) - used < SETTLED_SHARE:
            return


def _resident(server: RegistryServer) -> int:
    found = memory(server.pid)
    if found is None:
        raise RuntimeError("the registry has ended")
    return found.resident


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _let_open() -> None:
    """Let this process have as many open files as the system lets us; the registry does so by itself."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
