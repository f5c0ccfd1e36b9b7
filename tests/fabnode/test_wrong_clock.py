"""An agent whose clock is years wrong, and wrong anew after each start: a Raspberry Pi without a battery."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from printers.virtual import VirtualMachine
from testbed.node import NodeAgent
from testbed.wrong_clock import wrong_by
from tests.fabnode.conftest import Lab
from tests.simulators.registry import Job, SimulatedRegistry

YEARS = 365
AHEAD, BEHIND = 20 * YEARS, -20 * YEARS


def told_state(simulator: SimulatedRegistry) -> str | None:
    report = simulator.machine_reports.get("m1")
    return report.state if report else None


async def told(simulator: SimulatedRegistry, job: Job, state: str) -> None:
    await simulator.until(lambda: bool(job.attempts) and state in simulator.told(job.attempts[-1]))


async def test_an_agent_whose_clock_jumps_by_years_makes_its_part_once(lab: Lab, cube: bytes, tmp_path: Path) -> None:
    prepared, made, judged = AHEAD, BEHIND, 0
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        lab.config("m1")
        job = await simulator.order(simulator.blob(cube))
        for days, state in ((prepared, "awaiting_operator"), (made, "finished_unverified"), (judged, "good")):
            node = NodeAgent(lab.home.folder, simulator.url, env=wrong_by(days, tmp_path))
            await asyncio.to_thread(node.start)
            try:
                if state == "finished_unverified":
                    await asyncio.to_thread(node.clear_bed, "m1")
                elif state == "good":
                    await asyncio.to_thread(node.accept, job.attempts[0])
                await told(simulator, job, state)
            finally:
                await asyncio.to_thread(node.kill9)
        assert simulator.violations == []
        assert len(VirtualMachine(lab.machine("m1"))._record().runs) == 1
        (attempt,) = job.attempts
        times = {report.state.value: report.at for report in simulator.attempts[attempt].reports}
    assert simulator.attempts[attempt].permits == 1
    expected = {"claimed": prepared, "finished_unverified": made, "good": judged}
    for state, days in expected.items():
        assert abs(times[state] - datetime.now(UTC) - timedelta(days=days)) < timedelta(hours=1), state


async def test_a_clear_bed_is_trusted_by_a_clock_that_nobody_can_set(lab: Lab, tmp_path: Path) -> None:
    """The bed was cleared seconds ago, whatever the calendar says."""
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        lab.config("m1")
        for days in (AHEAD, BEHIND):
            simulator.machine_reports.clear()
            node = NodeAgent(lab.home.folder, simulator.url, env=wrong_by(days, tmp_path))
            await asyncio.to_thread(node.start)
            try:
                await simulator.until(lambda: told_state(simulator) == "idle")
                if days == AHEAD:
                    await asyncio.to_thread(node.clear_bed, "m1")
                assert (await asyncio.to_thread(node.status))["machines"][0]["bed"] == "clear"
            finally:
                await asyncio.to_thread(node.kill9)
