"""The whole agent, from a claimed job to an accepted part, on a real Moonraker and Klippy with the real PrusaSlicer."""

import asyncio
from pathlib import Path

from fabnode.config import parse_config
from fabnode.decisions import verdict
from testbed.moonraker import Moonraker
from tests.fabnode.conftest import QUICK, Lab, box_stl
from tests.fabnode.test_agent import MADE, running, told
from tests.simulators.registry import SimulatedRegistry

HASTE = "M220 S10000"
"""A hundred times the speed that the slicer wrote: Klippy moves in real time."""


async def test_a_part_is_made_by_klipper(lab: Lab, tmp_path: Path) -> None:
    server = Moonraker(tmp_path / "moonraker")
    await asyncio.to_thread(server.start)
    try:
        text = QUICK + (
            f'[[machines]]\nkey = "voron"\ndriver = "moonraker"\nurl = "{server.url}"\napi_key = "{server.api_key}"\n'
            'profile = "generic"\nmaterials = [{ material = "PLA" }]\n'
        )
        await asyncio.to_thread(server.request, "POST", "/printer/gcode/script", {"script": HASTE})
        async with SimulatedRegistry() as simulator:
            lab.enrol(simulator)
            job = await simulator.order(simulator.blob(box_stl(4, 4, 0.6)))
            async with running(lab, parse_config(text, "fabnode.toml")) as agent:
                attempt = await told(simulator, job, "awaiting_operator")
                await agent.clear_bed("voron", "ada")
                await told(simulator, job, "finished_unverified")
                await agent.decide(attempt, verdict("good", "ada", None))
                await told(simulator, job, "good")
            assert simulator.told(attempt) == MADE
            assert simulator.violations == []
            reports = {report.state.value: report for report in simulator.attempts[attempt].reports}
            assert reports["finished_unverified"].starts_seen == 1
        (begun,) = server.begun()
        assert begun.startswith(f"cofab-{attempt}-")
        assert simulator.attempts[attempt].permits == 1
    finally:
        await asyncio.to_thread(server.stop)
