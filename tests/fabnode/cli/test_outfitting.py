"""Loading, spools and care by the command line, while the agent is stopped and while it runs."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fabnode.agent import Agent
from fabnode.cli import fabnode
from fabnode.errors import FabnodeError
from fabnode.home import Home
from fabnode.operator.server import serving
from tests.fabnode.conftest import Lab
from tests.simulators.registry import SimulatedRegistry


def call(home: Path, *args: str) -> Result:
    return CliRunner().invoke(fabnode, ["--home", str(home), *args], catch_exceptions=True)


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output or result.exception
    return result.output


def refused(result: Result) -> str:
    assert isinstance(result.exception, FabnodeError), result.output
    return str(result.exception)


def rows(home: Path, *args: str) -> Any:
    return json.loads(said(call(home, *args, "--json")))


@pytest.fixture
async def home(lab: Lab) -> AsyncIterator[Path]:
    async with SimulatedRegistry() as simulator:
        lab.enrol(simulator)
        lab.config("m1", more='maintenance = [{ what = "nozzle", every_hours = 300, note = "brass" }]')
        yield lab.home.folder


def a_day_in_the_workshop(home: Path) -> None:
    """The same words and the same answers, whoever carries them out."""
    assert "spool 1: write the number on it" in said(
        call(home, "spool", "add", "PLA", "--colour", "black", "--grams", "800")
    )
    assert "m1: PLA black from spool 1 is loaded" in said(
        call(home, "load", "m1", "PLA", "--colour", "black", "--spool", "1", "--by", "ada")
    )
    said(call(home, "spool", "weigh", "1", "640"))
    (spool,) = rows(home, "spool", "list")
    assert (spool["id"], spool["material"], spool["colour"], spool["grams"]) == ("1", "PLA", "black", 640)
    said(call(home, "fit", "m1", "--nozzle", "0.6"))
    (care,) = rows(home, "maintenance", "list")
    assert (care["machine"], care["what"]) == ("m1", "nozzle")
    said(call(home, "maintenance", "done", "m1", "nozzle", "--note", "0.6 steel"))
    said(call(home, "allow-short", "m1"))
    for args, words in [
        (("load", "m1", "PETG", "--spool", "1"), "spool 1 holds PLA, not PETG"),
        (("load", "m1", "PLA", "--spool", "../../x"), "spool"),
        (("load", "m9", "PLA"), "this agent has no machine 'm9'; it has m1"),
        (("load", "m1", "moon dust"), "moon dust"),
        (("fit", "m1", "--nozzle", "-1"), "nozzle_mm"),
        (("maintenance", "done", "m1", "belts"), "m1 has no maintenance 'belts'; it has nozzle"),
        (("spool", "weigh", "7", "1"), "there is no spool '7' yet"),
    ]:
        assert words in refused(call(home, *args)), args


async def test_while_the_agent_is_stopped(home: Path) -> None:
    await asyncio.to_thread(a_day_in_the_workshop, home)
    said(await asyncio.to_thread(call, home, "unload", "m1"))


async def test_while_the_agent_runs(home: Path, lab: Lab) -> None:
    config = lab.config("m1", more='maintenance = [{ what = "nozzle", every_hours = 300, note = "brass" }]')
    with Home(home).lock():
        agent = Agent(lab.home, config, lab.home.identity())
        async with serving(agent, config.operator) as address:
            lab.home.keep_operator(address)
            await asyncio.to_thread(a_day_in_the_workshop, home)
            worker = agent.workers["m1"]
            assert worker.bench.settings.nozzle_mm == 0.6
            assert worker.bench.settings.materials[0].remaining_g == 640
        await agent._ledger.close()
        agent.house.stock.close()
