"""What every driver does, against the virtual machine and against the real OctoPrint."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from printers.machine import (
    Evidence,
    Machine,
    MachineConfused,
    MachineEvent,
    MachineRefused,
    MachineState,
    MachineUnreachable,
    Outcome,
)
from tests.contracts.machines.bench import Bench, until_idle

SECONDS = 20


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():
            await asyncio.sleep(0.02)


async def until_running(machine: Machine, name: str) -> None:
    async def runs() -> bool:
        status = await machine.status()
        return status.state is MachineState.PRINTING and status.file == name

    await until(runs)


async def until_ended(machine: Machine, name: str) -> Evidence:
    async def ended() -> bool:
        evidence = await machine.evidence(name)
        return not evidence.running and evidence.outcome is not None

    await until(ended)
    return await machine.evidence(name)


def name_of(request: pytest.FixtureRequest) -> str:
    """A file name that no other test uses."""
    name: str = request.node.name
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:80] + ".gcode"


async def test_names_its_software(bench: Bench) -> None:
    assert any(letter.isdigit() for letter in await bench.machine.check())


async def test_an_upload_arrives_whole_and_starts_nothing(bench: Bench, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    await bench.machine.upload(name, bench.short)
    evidence = await bench.machine.evidence(name)
    assert evidence == Evidence(name, present=True, size=bench.short.stat().st_size, starts=0)
    assert (await bench.machine.status()).state is MachineState.IDLE


async def test_a_print_runs_to_its_end_and_is_counted_once(bench: Bench, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    await bench.machine.upload(name, bench.short)
    await bench.machine.start(name)
    assert await until_ended(bench.machine, name) == Evidence(
        name, present=True, size=bench.short.stat().st_size, starts=1, outcome=Outcome.DONE
    )
    await until_idle(bench.machine)
    assert bench.starts_seen(name) == 1


async def test_while_it_runs_the_machine_says_so(bench: Bench, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    await bench.machine.upload(name, bench.long)
    await bench.machine.start(name)
    await until_running(bench.machine, name)
    status = await bench.machine.status()
    assert status.progress is not None
    assert 0 <= status.progress < 1
    evidence = await bench.machine.evidence(name)
    assert evidence.running
    assert (evidence.starts, evidence.outcome) == (1, None)


async def test_a_second_run_of_a_file_is_counted(bench: Bench, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    await bench.machine.upload(name, bench.short)
    for _ in range(2):
        await bench.machine.start(name)
        await until_ended(bench.machine, name)
        await until_idle(bench.machine)
    assert (await bench.machine.evidence(name)).starts == 2 == bench.starts_seen(name)


async def test_uploading_again_changes_nothing_or_replaces(
    bench: Bench, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    name = name_of(request)
    await bench.machine.upload(name, bench.short)
    await bench.machine.upload(name, bench.short)
    other = tmp_path / "other.gcode"
    other.write_text("G4 P1\n")
    await bench.machine.upload(name, other)
    assert (await bench.machine.evidence(name)).size == 6


async def test_a_file_that_is_not_there_is_refused(bench: Bench, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    with pytest.raises(MachineRefused):
        await bench.machine.start(name)
    evidence = await bench.machine.evidence(name)
    assert not evidence.present
    assert not evidence.running
    assert not evidence.starts


async def test_a_busy_machine_refuses_another_file(bench: Bench, request: pytest.FixtureRequest) -> None:
    name, other = name_of(request), "other-" + name_of(request)
    await bench.machine.upload(name, bench.long)
    await bench.machine.upload(other, bench.short)
    await bench.machine.start(name)
    await until_running(bench.machine, name)
    with pytest.raises(MachineRefused):
        await bench.machine.start(other)
    assert (await bench.machine.evidence(other)).starts == 0
    assert (await bench.machine.status()).file == name


async def test_starting_the_running_file_again_proves_nothing_and_begins_nothing(
    bench: Bench, request: pytest.FixtureRequest
) -> None:
    name = name_of(request)
    await bench.machine.upload(name, bench.long)
    await bench.machine.start(name)
    await until_running(bench.machine, name)
    with pytest.raises(MachineConfused):
        await bench.machine.start(name)
    assert bench.starts_seen(name) == 1


async def test_the_running_file_can_be_neither_replaced_nor_removed(
    bench: Bench, request: pytest.FixtureRequest
) -> None:
    name = name_of(request)
    await bench.machine.upload(name, bench.long)
    await bench.machine.start(name)
    await until_running(bench.machine, name)
    with pytest.raises(MachineRefused):
        await bench.machine.upload(name, bench.short)
    with pytest.raises(MachineRefused):
        await bench.machine.remove(name)
    assert (await bench.machine.evidence(name)).size == bench.long.stat().st_size


@pytest.mark.parametrize(
    "name", ["", "../up.gcode", "a b.gcode", "a;reboot.gcode", "$(id).gcode", "ä.gcode", ".gcode", "a/b.gcode"]
)
async def test_names_that_mean_something_elsewhere_are_refused(bench: Bench, name: str) -> None:
    for verb in (bench.machine.upload(name, bench.short), bench.machine.start(name), bench.machine.remove(name)):
        with pytest.raises(MachineRefused):
            await verb
    with pytest.raises(MachineRefused):
        await bench.machine.evidence(name)


async def test_pause_resume_and_cancel_go_to_a_state_and_not_further(
    bench: Bench, request: pytest.FixtureRequest
) -> None:
    name = name_of(request)
    await bench.machine.upload(name, bench.long)
    await bench.machine.start(name)
    await until_running(bench.machine, name)

    async def paused() -> bool:
        return (await bench.machine.status()).state is MachineState.PAUSED

    await bench.machine.pause()
    await until(paused)
    await bench.machine.pause()
    assert await paused()
    assert (await bench.machine.evidence(name)).running
    await bench.machine.resume()
    await until_running(bench.machine, name)
    await bench.machine.resume()
    await until_running(bench.machine, name)
    await bench.machine.cancel()
    evidence = await until_ended(bench.machine, name)
    assert (evidence.outcome, evidence.starts) == (Outcome.CANCELLED, 1)
    await until_idle(bench.machine)
    await bench.machine.cancel()
    with pytest.raises(MachineRefused):
        await bench.machine.pause()
    with pytest.raises(MachineRefused):
        await bench.machine.resume()


async def test_removing_is_done_once_and_asked_for_as_often_as_one_likes(
    bench: Bench, request: pytest.FixtureRequest
) -> None:
    name = name_of(request)
    await bench.machine.upload(name, bench.short)
    await bench.machine.remove(name)
    await bench.machine.remove(name)
    assert not (await bench.machine.evidence(name)).present


async def test_it_is_heard_when_a_print_begins_and_ends(bench: Bench, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    heard: list[MachineEvent] = []

    async def listen() -> None:
        async for event in bench.machine.events():
            heard.append(event)
            if event.outcome is not None and event.file == name:
                return

    await bench.machine.upload(name, bench.short)
    listener = asyncio.create_task(listen())

    async def hears() -> bool:
        return bool(heard)

    await until(hears)
    await bench.machine.start(name)
    async with asyncio.timeout(SECONDS):
        await listener
    assert heard[-1].outcome is Outcome.DONE
    states = [event.status.state for event in heard if event.status]
    assert MachineState.PRINTING in states


async def test_a_cancelled_print_is_heard_once(bench: Bench, request: pytest.FixtureRequest) -> None:
    name, last = name_of(request), "last-" + name_of(request)
    outcomes: list[tuple[str | None, Outcome]] = []
    listening = asyncio.Event()

    async def listen() -> None:
        async for event in bench.machine.events():
            listening.set()
            if event.outcome is not None and event.file in {name, last}:
                outcomes.append((event.file, event.outcome))
                if event.file == last:
                    return

    await bench.machine.upload(name, bench.long)
    await bench.machine.upload(last, bench.short)
    listener = asyncio.create_task(listen())
    async with asyncio.timeout(SECONDS):
        await listening.wait()
    await bench.machine.start(name)
    await until_running(bench.machine, name)
    await bench.machine.cancel()
    await until_idle(bench.machine)
    await bench.machine.start(last)
    async with asyncio.timeout(SECONDS):
        await listener
    assert outcomes == [(name, Outcome.CANCELLED), (last, Outcome.DONE)]


async def test_a_machine_that_does_not_answer_is_unreachable_in_every_way(bench: Bench) -> None:
    machine = bench.unreachable()
    try:
        for verb in (
            machine.check(),
            machine.status(),
            machine.upload("a.gcode", bench.short),
            machine.start("a.gcode"),
            machine.pause(),
            machine.resume(),
            machine.cancel(),
            machine.evidence("a.gcode"),
            machine.remove("a.gcode"),
        ):
            with pytest.raises(MachineUnreachable):
                await verb
    finally:
        await machine.close()
