"""kill -9 of the agent at every state that its journal goes through: nothing begun twice, nothing lost.

The agent is a real process on a real folder; the machine goes on without it. Calls to the machine are slow, so that
each state is there long enough to be hit.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from fabnode.cli.local import desk
from fabnode.protocol import AttemptState
from printers.virtual import Faults, VirtualMachine
from testbed.node import NodeAgent
from tests.fabnode.conftest import QUICK, Lab
from tests.simulators.registry import Job, SimulatedRegistry

IMPATIENT = QUICK.replace("uncertain_after_seconds = 0.5", "uncertain_after_seconds = 1")
SPOOL_GRAMS = 100.0
OVER = {"good", "scrap", "failed", "cancelled"}


@pytest.fixture
async def simulator() -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        yield simulator
        assert simulator.violations == []


class Shop:
    """One agent process, its machine, and its journal seen from outside."""

    def __init__(self, lab: Lab, simulator: SimulatedRegistry) -> None:
        lab.enrol(simulator)
        lab.config("m1", print_seconds=0.5, agent=IMPATIENT)
        self.node = NodeAgent(lab.home.folder, simulator.url)
        self.machine = VirtualMachine(lab.machine("m1"))
        self.machine.inject(Faults(slow_seconds=0.08))
        with desk(lab.home) as there:
            there.keep_spool({"material": "PLA", "grams": SPOOL_GRAMS})
            there.outfit("m1", "load", {"spool": "1"})

    def left_g(self) -> float:
        """On the spool, less what is kept aside."""
        with desk(self.node.home) as there:
            return float(there.spools()[0]["grams"])

    def starts(self) -> int:
        return len(self.machine._record().runs)

    def journaled(self) -> list[str]:
        """The states that attempts went through, oldest first, read as another process may."""
        with closing(sqlite3.connect(f"file:{self.node.home.journal}?mode=ro", uri=True, timeout=5)) as journal:
            return [state for (state,) in journal.execute("SELECT state FROM history ORDER BY rowid")]

    def kill_after(self, state: AttemptState) -> AttemptState:
        """kill -9 as soon as the journal has reached the state; where it stood then."""
        deadline = time.monotonic() + 40
        while state.value not in self.journaled():
            assert time.monotonic() < deadline, f"the journal went through {self.journaled()}"
            time.sleep(0.001)
        self.node.kill9()
        return AttemptState(self.journaled()[-1])

    async def finish(self, simulator: SimulatedRegistry, job: Job) -> str:
        """Be the operator until every attempt is over or waits for a verdict; the job's last state."""
        async with asyncio.timeout(60):
            while True:
                now = await asyncio.to_thread(self.node.status)
                machine = now["machines"][0]
                if (
                    machine["bed"] != "clear"
                    and machine["attempt"]
                    and machine["attempt"]["state"] == "awaiting_operator"
                ):
                    await asyncio.to_thread(self.node.clear_bed, "m1")
                for attempt in now["to_decide"]:
                    if attempt["state"] == "uncertain":
                        return str(attempt["state"])
                    await asyncio.to_thread(self.node.accept, attempt["attempt"])
                if job.attempts and simulator.told(job.attempts[-1])[-1:] == ["good"]:
                    return "good"
                await asyncio.sleep(0.05)


@pytest.fixture
async def shop(lab: Lab, simulator: SimulatedRegistry) -> AsyncIterator[Shop]:
    shop = await asyncio.to_thread(Shop, lab, simulator)
    yield shop
    await asyncio.to_thread(shop.node.stop)


@pytest.mark.parametrize(
    "state",
    [
        AttemptState.CLAIMED,
        AttemptState.BUILDING,
        AttemptState.SLICED,
        AttemptState.AWAITING_OPERATOR,
        AttemptState.STAGED,
        AttemptState.START_INTENT,
        AttemptState.STARTING,
        AttemptState.PRINTING,
        AttemptState.FINISHED_UNVERIFIED,
    ],
)
async def test_a_killed_agent_goes_on_where_its_journal_stands(
    shop: Shop, simulator: SimulatedRegistry, cube: bytes, state: AttemptState
) -> None:
    job = await simulator.order(simulator.blob(cube))
    if state is not AttemptState.AWAITING_OPERATOR:
        await asyncio.to_thread(shop.node.clear_bed, "m1")
    await asyncio.to_thread(shop.node.start)
    stood = await asyncio.to_thread(shop.kill_after, state)
    await asyncio.to_thread(shop.node.start)
    end = await shop.finish(simulator, job)
    assert shop.starts() <= simulator.attempts[job.attempts[-1]].permits <= 2
    assert len(job.attempts) == 1, "nothing is made again by itself"
    needed = next(report.figures for report in simulator.attempts[job.attempts[0]].reports if report.figures).filament_g
    assert needed
    async with asyncio.timeout(10):  # once, whenever the agent died
        while await asyncio.to_thread(shop.left_g) != pytest.approx(SPOOL_GRAMS - needed, abs=0.06):
            await asyncio.sleep(0.05)
    if end == "uncertain":
        assert stood is AttemptState.START_INTENT
        assert shop.starts() == 0
    else:
        assert shop.starts() == 1


async def test_a_claim_whose_agent_died_before_the_answer_is_taken_up(
    shop: Shop, simulator: SimulatedRegistry, cube: bytes
) -> None:
    await asyncio.to_thread(shop.node.clear_bed, "m1")
    await asyncio.to_thread(shop.node.start)
    await simulator.until(lambda: "/node/claim" in simulator.calls)
    await asyncio.to_thread(shop.node.kill9)
    job = await simulator.order(simulator.blob(cube))
    await asyncio.to_thread(shop.node.start)
    assert await shop.finish(simulator, job) == "good"
    assert len(simulator.attempts) == 1


async def test_a_frozen_agent_does_not_use_a_permit_that_ran_out_meanwhile(
    shop: Shop, simulator: SimulatedRegistry, cube: bytes
) -> None:
    simulator.permit_seconds = 0.5
    shop.machine.inject(Faults(slow_seconds=0.3))
    job = await simulator.order(simulator.blob(cube))
    await asyncio.to_thread(shop.node.clear_bed, "m1")
    await asyncio.to_thread(shop.node.start)
    await simulator.until(lambda: bool(simulator.attempts) and simulator.attempts[job.attempts[0]].permits == 1)
    shop.node.freeze()
    await asyncio.sleep(0)
    thawing = asyncio.get_running_loop().call_later(1.0, shop.node.thaw)
    try:
        await simulator.until(
            lambda: bool(job.attempts) and bool(set(simulator.told(job.attempts[0])) & {*OVER, "starting"})
        )
    finally:
        thawing.cancel()
        shop.node.thaw()
    first = simulator.told(job.attempts[0])
    assert ("failed" in first and shop.starts() <= 1) or "starting" in first
    assert await shop.finish(simulator, job) == "good"
    assert shop.starts() == 1


async def test_two_agents_cannot_run_in_one_folder(shop: Shop) -> None:
    await asyncio.to_thread(shop.node.start)
    with pytest.raises(RuntimeError, match="an agent already runs in"):
        await asyncio.to_thread(shop.node.command, "run")
