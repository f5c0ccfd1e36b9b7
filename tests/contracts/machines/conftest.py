"""One server of each kind for the whole session, and a bench for each kind of machine."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from testbed.moonraker import Moonraker
from testbed.octoprint import OctoPrint
from testbed.prusalink import PrusaLink
from tests.contracts.machines.bench import (
    LONG_SECONDS,
    SHORT_SECONDS,
    Bench,
    gcode,
    octoprint_bench,
    until_idle,
    virtual_bench,
)
from tests.contracts.machines.grbl_bench import grbl_bench
from tests.contracts.machines.moonraker_bench import moonraker_bench
from tests.contracts.machines.prusalink_bench import prusalink_bench


@pytest.fixture(scope="session")
def octoprint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    with OctoPrint(tmp_path_factory.mktemp("octoprint"), speed=1) as server:
        yield server


@pytest.fixture(scope="session")
def moonraker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moonraker]:
    with Moonraker(tmp_path_factory.mktemp("moonraker")) as server:
        yield server


@pytest.fixture(scope="session")
def prusalink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrusaLink]:
    with PrusaLink(tmp_path_factory.mktemp("prusalink")) as server:
        yield server


@pytest.fixture(params=["virtual", "octoprint", "moonraker", "prusalink", "grbl"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        short, long = gcode(tmp_path, "short.gcode", SHORT_SECONDS), gcode(tmp_path, "long.gcode", LONG_SECONDS)
        if request.param == "virtual":
            made = virtual_bench(tmp_path, short, long)
        elif request.param == "moonraker":
            made = moonraker_bench(request.getfixturevalue("moonraker"), tmp_path)
        elif request.param == "prusalink":
            made = prusalink_bench(request.getfixturevalue("prusalink"), tmp_path)
        elif request.param == "grbl":
            made = await stack.enter_async_context(grbl_bench(tmp_path))
        else:
            made = octoprint_bench(request.getfixturevalue("octoprint"), short, long)
        yield made
        await made.machine.cancel()
        await until_idle(made.machine)
        await made.machine.close()
