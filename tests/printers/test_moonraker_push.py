"""Hearing Moonraker: what its notifications mean, and that a broken websocket is made anew."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from printers.machine import MachineEvent, MachineState, Outcome
from printers.moonraker import MoonrakerMachine
from printers.moonraker_messages import OBJECTS
from tests.simulators.pushing_moonraker import BREAK, READY, PushingMoonraker, pushing_moonraker

KEY = "k" * 32
GONE = {"jsonrpc": "2.0", "method": "notify_klippy_disconnected"}


def changed(**objects: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": "notify_status_update", "params": [objects, 7.5]}


def job(status: str, *, action: str = "finished", file: str = "a.gcode") -> dict[str, object]:
    told = {"job_id": "000001", "filename": file, "status": status}
    return {"jsonrpc": "2.0", "method": "notify_history_changed", "params": [{"action": action, "job": told}]}


PRINTS = changed(print_stats={"state": "printing", "filename": "a.gcode"}, virtual_sdcard={"is_active": True})


@pytest.fixture
async def server() -> AsyncIterator[PushingMoonraker]:
    async with pushing_moonraker() as server:
        yield server


@pytest.fixture
async def machine(server: PushingMoonraker) -> AsyncIterator[MoonrakerMachine]:
    machine = MoonrakerMachine(server.url, KEY, patience_seconds=0.3)
    yield machine
    await machine.close()


async def hear(machine: MoonrakerMachine, count: int) -> list[MachineEvent]:
    events = machine.events()
    async with asyncio.timeout(15):
        heard = [await anext(events) for _ in range(count)]
    await events.aclose()
    return heard


def states(heard: list[MachineEvent]) -> list[MachineState | None]:
    return [event.status.state if event.status else None for event in heard]


async def test_the_status_adds_up_from_what_changes(server: PushingMoonraker, machine: MoonrakerMachine) -> None:
    server.pushes = [
        PRINTS,
        changed(toolhead={"position": [1, 2, 3, 4]}),
        {"method": "notify_proc_stat_update", "params": [{"moonraker_stats": {}}]},
        changed(virtual_sdcard={"progress": 0.25}, extruder={"temperature": 210.5}),
    ]
    idle, begun, further = await hear(machine, 3)
    assert idle.status
    assert (idle.status.state, idle.status.nozzle_c, idle.status.bed_c) == (MachineState.IDLE, 21.0, 20.5)
    assert begun.status
    assert (begun.status.state, begun.status.file, begun.status.progress) == (MachineState.PRINTING, "a.gcode", 0.0)
    assert further.status
    assert (further.status.progress, further.status.nozzle_c, further.status.bed_c) == (0.25, 210.5, 20.5)
    assert server.subscriptions == [OBJECTS]
    assert server.keys == [KEY]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("completed", Outcome.DONE),
        ("cancelled", Outcome.CANCELLED),
        ("error", Outcome.FAILED),
        ("klippy_shutdown", Outcome.FAILED),
    ],
)
async def test_an_end_is_heard_from_the_history(
    server: PushingMoonraker, machine: MoonrakerMachine, status: str, outcome: Outcome
) -> None:
    server.pushes = [job("in_progress", action="added"), job(status)]
    _, end = await hear(machine, 2)
    assert (end.outcome, end.file) == (outcome, "a.gcode")


async def test_a_failure_says_why(server: PushingMoonraker, machine: MoonrakerMachine) -> None:
    server.pushes = [changed(print_stats={"state": "error", "message": "Move out of range"}), job("error")]
    assert (await hear(machine, 3))[-1].reason == "Move out of range"


@pytest.mark.parametrize("status", ["klippy_disconnect", "server_exit", "interrupted", "in_progress"])
async def test_losing_sight_of_a_print_is_not_its_end(
    server: PushingMoonraker, machine: MoonrakerMachine, status: str
) -> None:
    server.pushes = [job(status), job("completed", action="added"), job("completed", file="b.gcode")]
    _, end = await hear(machine, 2)
    assert end.file == "b.gcode"


async def test_klipper_is_listened_to_again_when_it_is_back(
    server: PushingMoonraker, machine: MoonrakerMachine
) -> None:
    server.pushes = [GONE, READY, PRINTS]
    heard = await hear(machine, 4)
    assert states(heard) == [MachineState.IDLE, MachineState.OFFLINE, MachineState.IDLE, MachineState.PRINTING]
    assert (len(server.subscriptions), server.connections) == (2, 1)


async def test_klipper_that_is_away_at_first_is_offline(server: PushingMoonraker, machine: MoonrakerMachine) -> None:
    server.klipper_connected = False
    server.pushes = [READY, PRINTS]
    heard = await hear(machine, 2)
    assert states(heard)[-1] is MachineState.IDLE
    assert len(server.subscriptions) == 2


@pytest.mark.parametrize("nonsense", ["not json", "[1, 2]", "[" * 5000, '"text"', BREAK])
async def test_nonsense_ends_one_connection_only(
    server: PushingMoonraker, machine: MoonrakerMachine, nonsense: str
) -> None:
    server.pushes = [nonsense, job("completed")]
    _, asked, _, done = await hear(machine, 4)
    assert asked.status
    assert done.outcome is Outcome.DONE
    assert server.connections == 2
