"""Claims a second and how long one takes: the registry's own claim, from the desk to the committed row.

What is timed is all that a claim does but HTTP: the look, agents and jobs locked, the decision, the job, the attempt,
the idempotency key and the order's story written, and what the agent is told put together.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from bench import dispatch_pgbench as pgbench
from bench.dispatch_world import COPIES, Agent, add_agents, add_orders, found
from registry.actions.claims import Claim
from registry.core.dispatch import Timing
from registry.settings import Settings
from registry.signals import Signals
from registry.store.clock import database_now
from registry.store.database import Database
from registry.store.records import insert_rows
from registry.store.tables.orders import attempts, claims, jobs, order_events
from registry.work.claim_desk import ClaimDesk

QUEUE = 20_000
"""Jobs in the queue."""
AT_ONCE = 64
"""Agents that claim at the same time."""
CROWD = 256
"""The same, where it is counted how many get through."""
CLIENTS = (4, 8, 16, 32)
"""Connections of pgbench."""
KINDS = 24
"""Agents whose statements pgbench runs."""

Scripts = Callable[[Sequence[Agent]], list[str]]


@dataclass(frozen=True)
class Claimed:
    """A run of claims."""

    seconds: float
    latencies: tuple[float, ...]
    jobs: tuple[str, ...]

    @property
    def per_second(self) -> float:
        return len(self.jobs) / self.seconds


@dataclass(frozen=True)
class Round:
    """Claims a second: the registry's; pgbench's with the same statement, with all that is kept, and with the naive
    statement.
    """

    ours: float
    raw: float
    whole: float
    naive: float


async def furnish(db: Database, agents: int, queue: int) -> list[Agent]:
    """A database with agents and a queue, some history, and statistics as a running server has them."""
    await asyncio.to_thread(db.migrate)

    def fill(connection: sa.Connection) -> list[Agent]:
        found(connection)
        made = add_agents(connection, agents)
        add_orders(connection, queue)
        return made

    made = await db.write(fill)
    await db.write(_history)
    await settle(db)
    return made


async def settle(db: Database) -> None:
    """Bring the queue to its beginning: every job queued, nothing taken."""

    def undo(connection: sa.Connection) -> None:
        for table in (claims, order_events):
            connection.execute(sa.delete(table))
        connection.execute(sa.delete(attempts).where(attempts.c.ended_at.is_(None)))
        connection.execute(sa.update(jobs).where(jobs.c.state != "queued").values(state="queued", attempt_id=None))

    await db.write(undo)
    if not db.sqlite:
        await asyncio.to_thread(_vacuum, db)


async def claim_all(db: Database, agents: Sequence[Agent], *, at_once: int = AT_ONCE) -> Claimed:
    """Each agent claims once; so many at the same time. Raises AssertionError where a job is handed out twice."""
    async with _desk(db) as desk:
        latencies: list[float] = []
        taken: list[str] = []
        todo = iter(agents)

        async def work() -> None:
            for agent in todo:
                began = time.perf_counter()
                got = await desk.claim(Claim(agent.node, "bench", (agent.machine,)), 30)
                latencies.append(time.perf_counter() - began)
                assert got is not None, "there is work for everybody"
                taken.append(got.job)

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(at_once)))
        seconds = time.perf_counter() - began
    assert len(set(taken)) == len(taken), "a job was handed out twice"
    return Claimed(seconds, tuple(latencies), tuple(taken))


async def beside_pgbench(url: str, *, rounds: int, claims_a_round: int, seconds: float) -> list[Round]:
    """Registry and pgbench by turns, on the same database and the same queue. pgbench has as many connections as serve
    it best.
    """
    db = Database(Settings(database_url=url).database)
    try:
        agents = await furnish(db, claims_a_round + CROWD, QUEUE)
        kinds = agents[:: max(1, len(agents) // KINDS)][:KINDS]
        await claim_all(db, agents[:CROWD], at_once=CROWD)  # statements get prepared, connections opened

        async def raw(make: Scripts, clients: int) -> float:
            await settle(db)
            run = await asyncio.to_thread(pgbench.run, url, make(kinds), clients=clients, seconds=seconds)
            return run.per_second

        speeds = {clients: await raw(pgbench.claim_scripts, clients) for clients in CLIENTS}
        clients = max(speeds, key=lambda each: speeds[each])
        print("pgbench by connections: " + ", ".join(f"{each}: {speeds[each]:.0f}/s" for each in speeds), flush=True)
        done = []
        for _ in range(rounds):
            await settle(db)
            ours = await claim_all(db, agents[CROWD:], at_once=CROWD)
            beside = [
                await raw(make, clients)
                for make in (pgbench.claim_scripts, pgbench.whole_scripts, pgbench.naive_scripts)
            ]
            done.append(Round(ours.per_second, *beside))
            print(f"claims a second: {done[-1]}", flush=True)
        return done
    finally:
        await asyncio.to_thread(db.close)


async def on_sqlite(url: str, *, claims_each: int) -> Claimed:
    """64 agents at a time that claim on SQLite, each of its commits synchronised with the disk."""
    db = Database(url)
    try:
        agents = await furnish(db, AT_ONCE * (claims_each + 1), QUEUE)
        await claim_all(db, agents[:AT_ONCE])
        return await claim_all(db, agents[AT_ONCE:])
    finally:
        await asyncio.to_thread(db.close)


@asynccontextmanager
async def _desk(db: Database) -> AsyncIterator[ClaimDesk]:
    signals = Signals()
    desk = ClaimDesk(db, signals, Timing())
    signals.follow(desk)
    running = asyncio.create_task(desk.run())
    try:
        yield desk
    finally:
        signals.close()
        await running


def _history(connection: sa.Connection) -> None:
    """Attempts of the past, so that the tables are not empty when statistics are taken."""
    moment = database_now(connection)
    rows = [
        {
            "id": f"att_past_{number}", "job_id": f"ord_{number // COPIES:08}-{number % COPIES}",
            "order_id": f"ord_{number // COPIES:08}", "node_id": "nod_0", "machine_id": "mac_nod_0",
            "facility_id": "fac_0", "epoch": 1000, "state": "good", "permitted": True, "last_sequence": 9,
            "lease_until": moment, "claimed_at": moment, "ended_at": moment,
        }
        for number in range(2000)
    ]  # fmt: skip
    insert_rows(connection, attempts, rows)


def _vacuum(db: Database) -> None:
    engine = sa.create_engine(db.url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
    finally:
        engine.dispose()
