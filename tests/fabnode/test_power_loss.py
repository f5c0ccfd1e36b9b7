"""What a loss of power leaves of the journal: what the machine was told is there, however soon the power failed."""

import asyncio
from pathlib import Path

from fabnode.journal import Journal
from fabnode.protocol import AttemptState
from testbed.node import NodeAgent
from testbed.power_loss import PowerLoss
from tests.fabnode.conftest import Lab
from tests.simulators.registry import SimulatedRegistry


async def test_the_intent_to_start_is_on_the_disk_before_the_machine_is_told(
    lab: Lab, cube: bytes, tmp_path: Path
) -> None:
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        lab.config("m1")
        loss = PowerLoss(tmp_path / "loss", journal=lab.home.journal.name, machine="machine.json")
        node = NodeAgent(lab.home.folder, simulator.url, env=loss.env)
        node.clear_bed("m1")
        loss.holds(lab.home.journal)
        job = await simulator.order(simulator.blob(cube))
        await asyncio.to_thread(node.start)
        try:
            await simulator.until(
                lambda: bool(job.attempts) and "finished_unverified" in simulator.told(job.attempts[0])
            )
        finally:
            await asyncio.to_thread(node.stop)
    (told,) = loss.when_told()
    left = Journal(told / lab.home.journal.name, "node-1")
    held = left.holding("m1")
    assert held
    assert held.attempt.state is AttemptState.START_INTENT
    assert held.attempt.permit
    assert held.attempt.id == job.attempts[0]
    assert left.beds()["m1"].state.value == "unknown"
    assert [report.state.value for report in left.owed()][-1:] in ([], ["staged"])
    left.close()
