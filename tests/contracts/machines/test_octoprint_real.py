"""What only the real OctoPrint can show: crashes, lost printers, its key flow, its access control."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from printers.machine import MachineEvent, MachineRefused, MachineState, MachineUnreachable, Outcome, Unsupported
from printers.octoprint import OctoPrintMachine
from printers.octoprint_keys import request_api_key
from testbed.octoprint import OctoPrint
from tests.contracts.machines.bench import LONG_SECONDS, gcode
from tests.contracts.machines.test_machine import until, until_ended, until_running


@pytest.fixture
async def machine(octoprint: OctoPrint) -> AsyncIterator[OctoPrintMachine]:
    machine = OctoPrintMachine(octoprint.url, octoprint.admin_api_key)
    yield machine
    await machine.close()


@pytest.fixture
def long(tmp_path: Path) -> Path:
    return gcode(tmp_path, "long.gcode", LONG_SECONDS)


async def test_a_print_that_a_crash_cut_short_is_a_start_without_an_end(
    octoprint: OctoPrint, machine: OctoPrintMachine, long: Path
) -> None:
    await machine.upload("crashed.gcode", long)
    await machine.start("crashed.gcode")
    await until_running(machine, "crashed.gcode")
    await asyncio.to_thread(octoprint.kill9)
    with pytest.raises(MachineUnreachable):
        await machine.evidence("crashed.gcode")
    await asyncio.to_thread(octoprint.start)
    evidence = await machine.evidence("crashed.gcode")
    assert (evidence.starts, evidence.running, evidence.outcome) == (1, False, None)
    assert octoprint.print_counts()["crashed.gcode"] == 1


async def test_a_lost_printer_is_an_error_and_a_failed_print(
    octoprint: OctoPrint, machine: OctoPrintMachine, long: Path
) -> None:
    heard: list[MachineEvent] = []

    async def listen() -> None:
        async for event in machine.events():
            heard.append(event)

    await machine.upload("lost.gcode", long)
    await machine.start("lost.gcode")
    await until_running(machine, "lost.gcode")
    listener = asyncio.create_task(listen())
    try:
        await asyncio.to_thread(octoprint.debug, "trigger_fatal_error_marlin")

        async def failed() -> bool:
            return (await machine.status()).state is MachineState.ERROR

        await until(failed)
        status = await machine.status()
        assert status.message
        assert "Thermal Runaway" in status.message
        evidence = await until_ended(machine, "lost.gcode")
        assert (evidence.starts, evidence.outcome) == (1, Outcome.FAILED)
        with pytest.raises(MachineRefused):
            await machine.start("lost.gcode")
    finally:
        listener.cancel()
        await asyncio.to_thread(octoprint.connect_printer)
    assert octoprint.print_counts()["lost.gcode"] == 1
    assert all(event.outcome is not Outcome.DONE for event in heard)


async def test_hearing_goes_on_after_a_restart(octoprint: OctoPrint, machine: OctoPrintMachine, tmp_path: Path) -> None:
    short = gcode(tmp_path, "short.gcode", 0.2)
    heard: list[MachineEvent] = []

    async def listen() -> None:
        async for event in machine.events():
            heard.append(event)

    async def hears_an_end() -> bool:
        return any(event.outcome is Outcome.DONE and event.file == "again.gcode" for event in heard)

    async def hears() -> bool:
        return bool(heard)

    listener = asyncio.create_task(listen())
    await until(hears)
    await asyncio.to_thread(octoprint.kill9)
    await asyncio.to_thread(octoprint.start)
    heard.clear()
    await until(hears)
    await machine.upload("again.gcode", short)
    # The push may still be on its way back: whoever misses the end is told the state, and asks for the evidence.
    for _ in range(5):
        await machine.start("again.gcode")
        await until_ended(machine, "again.gcode")
        if await hears_an_end():
            break
    await until(hears_an_end)
    listener.cancel()


async def test_a_key_is_granted_in_octoprint_and_drives_it(octoprint: OctoPrint) -> None:
    asked = asyncio.create_task(request_api_key(octoprint.url, user="admin"))
    await asyncio.to_thread(octoprint.approve_appkey, app="fabnode")
    async with asyncio.timeout(20):
        key = await asked
    assert key != octoprint.admin_api_key
    machine = OctoPrintMachine(octoprint.url, key)
    assert await machine.check() == "OctoPrint 1.11.8"
    await machine.close()


async def test_a_denied_key_is_refused(octoprint: OctoPrint) -> None:
    asked = asyncio.create_task(request_api_key(octoprint.url, user="admin"))
    await asyncio.to_thread(octoprint.approve_appkey, app="fabnode", grant=False)
    with pytest.raises(MachineRefused, match="denied"):
        async with asyncio.timeout(20):
            await asked


async def test_a_wrong_key_is_refused(octoprint: OctoPrint) -> None:
    machine = OctoPrintMachine(octoprint.url, "w" * 32)
    with pytest.raises(MachineRefused):
        await machine.check()
    await machine.close()


async def test_an_octoprint_that_lets_guests_print_may_not_be_driven(tmp_path: Path) -> None:
    open_house = OctoPrint(tmp_path / "open")
    guests = {"guests": {"default": True, "permissions": ["STATUS", "PRINT", "CONTROL"], "subgroups": []}}
    (open_house.folder / "groups.yaml").write_text(json.dumps({"_version": 2, "groups": guests}))
    machine = OctoPrintMachine(open_house.url, open_house.admin_api_key)
    try:
        await asyncio.to_thread(open_house.start)
        with pytest.raises(Unsupported, match="CONTROL, PRINT"):
            await machine.check()
    finally:
        await machine.close()
        await asyncio.to_thread(open_house.stop)
