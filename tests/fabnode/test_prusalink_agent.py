"""The whole agent, from a claimed job to an accepted part, on a real PrusaLink with the real PrusaSlicer."""

import asyncio
from pathlib import Path

from fabnode.config import parse_config
from fabnode.decisions import verdict
from testbed.prusalink import USER, PrusaLink
from tests.fabnode.conftest import QUICK, Lab, box_stl
from tests.fabnode.test_agent import MADE, running, told
from tests.simulators.registry import SimulatedRegistry


async def test_a_part_is_made_behind_prusalink(lab: Lab, tmp_path: Path) -> None:
    server = PrusaLink(tmp_path / "prusalink")
    await asyncio.to_thread(server.start)
    try:
        text = QUICK + (
            f'[[machines]]\nkey = "mk3"\ndriver = "prusalink"\nurl = "{server.url}"\napi_key = "{server.password}"\n'
            f'options = {{ user = "{USER}", folder = "{tmp_path / "record"}" }}\n'
            'profile = "prusa-mk3s"\nmaterials = [{ material = "PLA" }]\n'
        )
        async with SimulatedRegistry() as simulator:
            lab.enrol(simulator)
            job = await simulator.order(simulator.blob(box_stl(4, 4, 0.6)))
            async with running(lab, parse_config(text, "fabnode.toml")) as agent:
                attempt = await told(simulator, job, "awaiting_operator")
                await agent.clear_bed("mk3", "ada")
                await told(simulator, job, "finished_unverified")
                await agent.decide(attempt, verdict("good", "ada", None))
                await told(simulator, job, "good")
            assert simulator.told(attempt) == MADE
            assert simulator.violations == []
            reports = {report.state.value: report for report in simulator.attempts[attempt].reports}
            assert reports["finished_unverified"].starts_seen == 1
        (begun,) = server.begun()
        assert begun.startswith(f"cofab-{attempt}-")
    finally:
        await asyncio.to_thread(server.stop)
