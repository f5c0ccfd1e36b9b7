"""What only the real Moonraker and Klippy can show: each of the three programs lost during a print, and its keys."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from printers.machine import MachineEvent, MachineRefused, MachineState, MachineUnreachable, Outcome
from printers.moonraker import MoonrakerMachine
from testbed.moonraker import Moonraker
from tests.contracts.machines.bench import LONG_SECONDS, until_idle
from tests.contracts.machines.moonraker_bench import klipper_gcode
from tests.contracts.machines.test_machine import until, until_ended, until_running


@pytest.fixture
async def machine(moonraker: Moonraker) -> AsyncIterator[MoonrakerMachine]:
    machine = MoonrakerMachine(moonraker.url, moonraker.api_key)
    yield machine
    await asyncio.to_thread(moonraker.recover)
    await machine.cancel()
    await until_idle(machine)
    await machine.close()


@pytest.fixture
def long(tmp_path: Path) -> Path:
    return klipper_gcode(tmp_path, "long.gcode", LONG_SECONDS)


async def begin(machine: MoonrakerMachine, name: str, gcode: Path) -> None:
    await machine.upload(name, gcode)
    await machine.start(name)
    await until_running(machine, name)


def is_(machine: MoonrakerMachine, state: MachineState) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return (await machine.status()).state is state

    return holds


async def test_a_print_outlives_moonraker(moonraker: Moonraker, machine: MoonrakerMachine, long: Path) -> None:
    await begin(machine, "outlives.gcode", long)
    await asyncio.to_thread(moonraker.server.kill9)
    for ask in (machine.status(), machine.evidence("outlives.gcode")):
        with pytest.raises(MachineUnreachable):
            await ask
    await asyncio.to_thread(moonraker.start)
    evidence = await machine.evidence("outlives.gcode")
    assert (evidence.running, evidence.starts, evidence.outcome) == (True, 1, None)
    # Moonraker's history calls it interrupted and leaves it at that; Klipper says how it came to its end.
    await machine.cancel()
    evidence = await until_ended(machine, "outlives.gcode")
    assert (evidence.running, evidence.starts, evidence.outcome) == (False, 1, Outcome.CANCELLED)
    assert moonraker.starts_seen("outlives.gcode") == 1


async def test_klippy_that_dies_takes_the_end_of_its_print_with_it(
    moonraker: Moonraker, machine: MoonrakerMachine, long: Path
) -> None:
    await begin(machine, "dies.gcode", long)
    await asyncio.to_thread(moonraker.klippy.kill9)
    await until(is_(machine, MachineState.OFFLINE))
    evidence = await machine.evidence("dies.gcode")
    assert (evidence.present, evidence.running, evidence.starts, evidence.outcome) == (True, False, 1, None)
    with pytest.raises(MachineRefused):
        await machine.start("dies.gcode")
    with pytest.raises(MachineUnreachable):
        await machine.cancel()
    await asyncio.to_thread(moonraker.start)
    await until(is_(machine, MachineState.IDLE))
    evidence = await machine.evidence("dies.gcode")
    assert (evidence.running, evidence.starts, evidence.outcome) == (False, 1, None)
    assert moonraker.starts_seen("dies.gcode") == 1


async def test_an_emergency_stop_is_an_error_and_a_failed_print(
    moonraker: Moonraker, machine: MoonrakerMachine, long: Path
) -> None:
    heard: list[MachineEvent] = []

    async def listen() -> None:
        async for event in machine.events():
            heard.append(event)

    async def hears() -> bool:
        return bool(heard)

    async def hears_the_end() -> bool:
        return any(event.outcome is not None for event in heard)

    await begin(machine, "stopped.gcode", long)
    listener = asyncio.create_task(listen())
    try:
        await until(hears)
        await asyncio.to_thread(moonraker.request, "POST", "/printer/emergency_stop")
        await until(is_(machine, MachineState.ERROR))
        status = await machine.status()
        assert status.message
        assert "M112" in status.message or "shutdown" in status.message
        evidence = await until_ended(machine, "stopped.gcode")
        assert (evidence.starts, evidence.outcome) == (1, Outcome.FAILED)
        with pytest.raises(MachineRefused):
            await machine.start("stopped.gcode")
        await machine.cancel()
        await until(hears_the_end)
    finally:
        listener.cancel()
    assert [(event.file, event.outcome) for event in heard if event.outcome] == [("stopped.gcode", Outcome.FAILED)]
    await asyncio.to_thread(moonraker.recover)
    evidence = await machine.evidence("stopped.gcode")
    assert (evidence.running, evidence.starts, evidence.outcome) == (False, 1, Outcome.FAILED)


async def test_a_lost_micro_controller_fails_the_print(
    moonraker: Moonraker, machine: MoonrakerMachine, long: Path
) -> None:
    await begin(machine, "unplugged.gcode", long)
    await asyncio.to_thread(moonraker.mcu.kill9)
    await until(is_(machine, MachineState.ERROR))
    evidence = await until_ended(machine, "unplugged.gcode")
    assert (evidence.running, evidence.starts, evidence.outcome) == (False, 1, Outcome.FAILED)


async def test_a_command_that_klipper_refuses_fails_the_print_and_leaves_the_machine_fit(
    machine: MoonrakerMachine, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.gcode"
    bad.write_text("G4 P500\nM400\nSET_HEATER_TEMPERATURE HEATER=oven TARGET=100\n")
    await begin(machine, "bad.gcode", bad)
    evidence = await until_ended(machine, "bad.gcode")
    assert (evidence.starts, evidence.outcome) == (1, Outcome.FAILED)
    await until(is_(machine, MachineState.IDLE))
    message = (await machine.status()).message
    assert message
    assert "oven" in message


async def test_a_paused_print_is_not_displaced(moonraker: Moonraker, machine: MoonrakerMachine, long: Path) -> None:
    await machine.upload("eager.gcode", long)
    await begin(machine, "patient.gcode", long)
    await machine.pause()
    with pytest.raises(MachineRefused):
        await machine.start("eager.gcode")
    assert (await machine.evidence("patient.gcode")).running
    assert moonraker.starts_seen("eager.gcode") == 0


async def test_the_print_heats_what_it_says(machine: MoonrakerMachine, tmp_path: Path) -> None:
    hot = tmp_path / "hot.gcode"
    hot.write_text("M109 S60\nM104 S0\n")
    await machine.upload("hot.gcode", hot)
    await machine.start("hot.gcode")
    await until_ended(machine, "hot.gcode")
    status = await machine.status()
    assert status.nozzle_c is not None
    assert status.nozzle_c > 50
    assert status.bed_c is not None
    assert status.bed_c < 30


async def test_it_says_who_it_is_to_those_who_have_the_key(moonraker: Moonraker, machine: MoonrakerMachine) -> None:
    assert await machine.check() == "Moonraker 0.11.0"
    for key in ("w" * 32, None):
        stranger = MoonrakerMachine(moonraker.url, key)
        with pytest.raises(MachineRefused, match="API key"):
            await stranger.check()
        await stranger.close()
