"""The whole agent against a working registry in memory, virtual machines and the real PrusaSlicer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from fabnode.agent import Agent
from fabnode.config import Config
from fabnode.decisions import verdict
from tests.fabnode.conftest import Lab
from tests.simulators.registry import SimulatedRegistry


@pytest.fixture
async def simulator() -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        yield simulator


@asynccontextmanager
async def running(lab: Lab, config: Config) -> AsyncIterator[Agent]:
    agent = Agent(lab.home, config, lab.home.identity())
    task = asyncio.create_task(agent.run())
    try:
        yield agent
    finally:
        if task.done():
            task.result()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_part_is_made_and_accepted(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    lab.enrol(simulator)
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        await simulator.until(lambda: bool(job.attempts) and "awaiting_operator" in simulator.told(job.attempts[0]))
        attempt = job.attempts[0]
        await agent.clear_bed("m1", "ada")
        await simulator.until(lambda: "finished_unverified" in simulator.told(attempt))
        await agent.decide(attempt, verdict("good", "ada", None))
        await simulator.until(lambda: "good" in simulator.told(attempt))
    assert simulator.told(attempt) == [
        "claimed", "building", "sliced", "awaiting_operator", "staged", "starting", "printing", "finished_unverified", "good",
    ]  # fmt: skip
