"""Who clears a machine's bed stands at it: machines that want somebody there are told so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fabnode.config import parse_config
from testbed.grbl_simulator import GrblSimulator
from tests.fabnode.conftest import QUICK, Lab
from tests.fabnode.test_agent import running
from tests.simulators.registry import SimulatedRegistry

MACHINE = """
[[machines]]
key = "laser-1"
driver = "grbl"
profile = "diode-laser-400"
options = {{ port = "{port}", folder = "{folder}", tool = "laser" }}
"""


@pytest.fixture
async def simulator(lab: Lab) -> AsyncIterator[SimulatedRegistry]:
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        yield simulator
        assert simulator.violations == []


async def test_clearing_the_bed_says_that_somebody_is_there(
    lab: Lab, simulator: SimulatedRegistry, tmp_path: Path
) -> None:
    folder = tmp_path / "laser-1"
    async with GrblSimulator(tmp_path) as controller:
        config = parse_config(QUICK + MACHINE.format(port=controller.path, folder=folder), "fabnode.toml")
        async with running(lab, config) as agent:
            async with asyncio.timeout(10):
                while agent.workers["laser-1"].software is None:
                    await asyncio.sleep(0.02)
            assert not (folder / "operator-present").exists()
            await agent.clear_bed("laser-1", "ada")
            assert (folder / "operator-present").exists()
            assert agent.workers["laser-1"].software == "GRBL 1.1h.20190825"
