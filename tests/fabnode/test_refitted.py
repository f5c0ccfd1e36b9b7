"""A machine that is something else when the agent comes up again than what a waiting file was made for."""

from collections.abc import AsyncIterator

import pytest

from tests.fabnode.conftest import Lab
from tests.fabnode.test_agent import eventually, running, starts, told
from tests.simulators.registry import SimulatedRegistry


@pytest.fixture
async def simulator(lab: Lab) -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        yield simulator
        assert simulator.violations == []


async def test_a_file_is_not_begun_on_a_machine_that_has_less_room_by_now(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")):
        attempt = await told(simulator, job, "awaiting_operator")
    async with running(lab, lab.config("m1", more="envelope = { x = 8, y = 8, z = 50 }")) as agent:
        await eventually(lambda: agent.workers["m1"].status.state.value == "idle")
        await agent.clear_bed("m1", "ada")
        await simulator.until(lambda: simulator.told(attempt)[-1] in {"failed", "finished_unverified"})
    assert simulator.told(attempt)[-1] == "failed"
    assert starts(lab.machine("m1")) == 0


async def test_what_was_made_for_another_nozzle_is_made_anew(
    lab: Lab, simulator: SimulatedRegistry, cube: bytes
) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")) as agent:
        attempt = await told(simulator, job, "awaiting_operator")
        first = (await agent.overview()).unfinished[0].attempt.gcode_sha256
    async with running(lab, lab.config("m1", more="nozzle_mm = 0.6")) as agent:
        await eventually(lambda: agent.workers["m1"].status.state.value == "idle")
        await agent.clear_bed("m1", "ada")
        await simulator.until(lambda: simulator.told(attempt)[-1] == "finished_unverified")
        (made,) = (await agent.overview()).unfinished
    assert made.attempt.gcode_sha256 != first
    assert starts(lab.machine("m1")) == 1


async def test_what_was_made_for_the_same_machine_is_used(lab: Lab, simulator: SimulatedRegistry, cube: bytes) -> None:
    job = await simulator.order(simulator.blob(cube))
    async with running(lab, lab.config("m1")):
        attempt = await told(simulator, job, "awaiting_operator")
    async with running(lab, lab.config("m1")) as agent:
        await eventually(lambda: agent.workers["m1"].status.state.value == "idle")
        await agent.clear_bed("m1", "ada")
        await simulator.until(lambda: simulator.told(attempt)[-1] == "finished_unverified")
    assert simulator.told(attempt).count("sliced") == 1
