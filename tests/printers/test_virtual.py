"""What the virtual machine does beyond the contract: it lives on without a process, and fails as it is told."""

import asyncio
from pathlib import Path

import pytest

from printers.machine import MachineConfused, MachineRefused, MachineState, MachineUnreachable, Outcome
from printers.virtual import Faults, VirtualMachine


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def machine(tmp_path: Path, clock: Clock) -> VirtualMachine:
    machine = VirtualMachine(tmp_path / "machine", seconds_of=lambda gcode: 10, clock=clock)
    gcode = tmp_path / "a.gcode"
    gcode.write_text("G28\n")
    await machine.upload("a.gcode", gcode)
    return machine


async def test_a_print_goes_on_while_no_process_looks(machine: VirtualMachine, clock: Clock, tmp_path: Path) -> None:
    await machine.start("a.gcode")
    clock.now += 4
    another = VirtualMachine(tmp_path / "machine", clock=clock)
    status = await another.status()
    assert (status.state, status.file, status.progress, status.seconds_left) == (
        MachineState.PRINTING,
        "a.gcode",
        0.4,
        6.0,
    )
    clock.now += 6
    evidence = await another.evidence("a.gcode")
    assert (evidence.starts, evidence.running, evidence.outcome) == (1, False, Outcome.DONE)


async def test_a_pause_takes_no_progress_away(machine: VirtualMachine, clock: Clock) -> None:
    await machine.start("a.gcode")
    clock.now += 5
    await machine.pause()
    clock.now += 3600
    assert (await machine.status()).progress == 0.5
    await machine.resume()
    clock.now += 4
    assert (await machine.status()).progress == 0.9


async def test_a_print_may_fail_by_itself(machine: VirtualMachine, clock: Clock) -> None:
    machine.inject(Faults(fail_at=0.5))
    await machine.start("a.gcode")
    clock.now += 4
    assert (await machine.evidence("a.gcode")).running
    clock.now += 2
    assert (await machine.evidence("a.gcode")).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("faults", "error", "starts"),
    [
        (Faults(refuse=("start",)), MachineRefused, 0),
        (Faults(unreachable=("start",)), MachineUnreachable, 0),
        (Faults(confuse=("start",)), MachineConfused, 0),
        (Faults(lose_reply=("start",)), MachineUnreachable, 1),
    ],
)
async def test_a_start_goes_wrong_as_told_for_every_process(
    machine: VirtualMachine, tmp_path: Path, faults: Faults, error: type[Exception], starts: int
) -> None:
    VirtualMachine(tmp_path / "machine").inject(faults)
    with pytest.raises(error):
        await machine.start("a.gcode")
    machine.inject(Faults())
    assert (await machine.evidence("a.gcode")).starts == starts


async def test_an_upload_that_is_cut_off_is_noticed(machine: VirtualMachine, tmp_path: Path) -> None:
    machine.inject(Faults(truncate_uploads=True))
    with pytest.raises(MachineConfused, match="2 of 4 bytes"):
        await machine.upload("b.gcode", tmp_path / "a.gcode")


async def test_a_slow_machine_takes_its_time(machine: VirtualMachine) -> None:
    machine.inject(Faults(slow_seconds=30))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await machine.status()


async def test_a_machine_that_falls_silent_is_heard_again(machine: VirtualMachine) -> None:
    events = machine.events()
    await anext(events)
    machine.inject(Faults(unreachable=("events",)))
    await machine.start("a.gcode")
    machine.inject(Faults())
    async with asyncio.timeout(5):
        event = await anext(events)
    assert event.status
    assert event.status.file == "a.gcode"
    await events.aclose()
