"""A GRBL machine on its bad days: alarms, errors in the middle, silence, resets, a pulled cable, a killed agent."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from printers.grbl import GrblMachine
from printers.grbl_settings import GrblSettings
from printers.machine import (
    MachineConfused,
    MachineRefused,
    MachineState,
    MachineUnreachable,
    Outcome,
)
from tests.printers.grbl_machine import IMPATIENT_SECONDS, LONG, PATIENCE_SECONDS, SECONDS, Shop, grbl_shop, until_true


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with grbl_shop(tmp_path, settings={22: 1.0}) as shop:
        yield shop


async def running(shop: Shop) -> None:
    await shop.begin(*LONG)
    await until_true(lambda: len(shop.simulator.witness.executed) > 3)


async def fail_while_heard(shop: Shop, fault: Callable[[], None]) -> str:
    """Let it go wrong; the reason that listeners are told."""
    heard: list[str] = []
    listening = asyncio.Event()

    async def listen() -> None:
        async for event in shop.machine.events():
            listening.set()
            if event.file and event.status is None:
                heard.append(event.reason or "")
                return

    listener = asyncio.create_task(listen())
    async with asyncio.timeout(SECONDS):
        await listening.wait()
        fault()
        await listener
    return heard[0]


@pytest.mark.parametrize(
    ("code", "words"), [(1, "a limit switch was hit"), (2, "left the machine's travel"), (3, "position is lost")]
)
async def test_an_alarm_ends_the_job_in_words_and_locks_until_somebody_saw_to_it(
    shop: Shop, code: int, words: str
) -> None:
    await running(shop)
    reason = await fail_while_heard(shop, lambda: shop.simulator.raise_alarm(code))
    assert words in reason
    assert f"ALARM:{code}" in reason
    assert (await shop.machine.evidence("a.gcode")).outcome is Outcome.FAILED
    assert shop.simulator.tool == "M5"
    status = await shop.machine.status()
    assert status.state is MachineState.ERROR
    assert "confirm that you are there" in (status.message or "")
    with pytest.raises(MachineRefused, match="locked by an alarm"):
        await shop.machine.start("a.gcode")
    assert shop.simulator.witness.unlocks == 0


async def test_after_an_alarm_a_new_word_of_the_operator_lets_the_next_start_home(shop: Shop) -> None:
    await running(shop)
    await fail_while_heard(shop, lambda: shop.simulator.raise_alarm(1))
    assert (await shop.machine.status()).state is MachineState.ERROR
    shop.clock.now += 10
    shop.machine.operator.give()
    assert (await shop.machine.status()).state is MachineState.IDLE
    await shop.machine.upload("b.gcode", shop.program("G0 X1"))
    await shop.machine.start("b.gcode")
    assert (await shop.ended("b.gcode")).outcome is Outcome.DONE
    assert (shop.simulator.witness.homings, shop.simulator.witness.unlocks) == (2, 0)


async def test_a_question_that_an_alarm_swallows_is_asked_again(tmp_path: Path) -> None:
    async with grbl_shop(tmp_path) as shop:
        await shop.machine.status()
        shop.simulator.raise_alarm(1)
        status = await shop.machine.status()
        assert status.state is MachineState.ERROR
        assert "a limit switch was hit" in (status.message or "")


async def test_an_alarm_where_homing_is_off_is_lifted_by_a_person_alone(tmp_path: Path) -> None:
    async with grbl_shop(tmp_path) as shop:
        await running(shop)
        await fail_while_heard(shop, lambda: shop.simulator.raise_alarm(3))
        shop.clock.now += 10
        shop.machine.operator.give()
        assert (await shop.machine.status()).state is MachineState.ERROR
        with pytest.raises(MachineRefused, match=r"cannot home \(\$22=0\)"):
            await shop.machine.start("a.gcode")
        assert shop.simulator.witness.unlocks == 0
        await shop.machine.unlock()
        assert (await shop.machine.status()).state is MachineState.IDLE


async def test_a_line_that_is_refused_in_the_middle_ends_the_job_there(shop: Shop) -> None:
    await shop.machine.upload("a.gcode", shop.program(*LONG))
    shop.machine.operator.give()
    await shop.machine.home()
    await shop.machine.upload("a.gcode", shop.program("M4 S500", *["G1 X1 F6000", "G1 X9"] * 50, "G1 X5", "G1 X6"))
    shop.simulator.refuse = lambda text: 33 if text == "G1X5" else None
    await shop.machine.start("a.gcode")
    evidence = await shop.ended()
    assert evidence.outcome is Outcome.FAILED
    assert "G1X6" not in shop.simulator.witness.executed
    assert shop.simulator.tool == "M5"
    assert shop.simulator.state == "Idle"


async def test_a_reset_by_hand_or_a_power_cut_ends_the_job(shop: Shop) -> None:
    await running(shop)
    reason = await fail_while_heard(shop, shop.simulator.power_cycle)
    assert "was reset or lost its power" in reason
    assert (await shop.machine.evidence("a.gcode")).outcome is Outcome.FAILED
    executed = len(shop.simulator.witness.executed)
    assert "locked" in ((await shop.machine.status()).message or "")
    assert len(shop.simulator.witness.executed) == executed


async def test_a_controller_that_falls_silent_is_told_to_stop_and_written_off(tmp_path: Path) -> None:
    async with grbl_shop(tmp_path, patience_seconds=IMPATIENT_SECONDS) as shop:
        await running(shop)
        shop.simulator.silent = True
        await until_true(lambda: shop.simulator.tool == "M5")
        with pytest.raises(MachineUnreachable):
            await shop.machine.status()
        shop.simulator.silent = False
        evidence = await shop.machine.evidence("a.gcode")
        assert (evidence.starts, evidence.running, evidence.outcome) == (1, False, Outcome.FAILED)


async def test_an_acknowledgement_that_is_lost_ends_the_job_and_does_not_hang_it(shop: Shop) -> None:
    await shop.begin("M4 S500", *["G1 X9 F2000", "G1 X1"] * 80)
    lost: list[str] = []

    def lose_one(line: str) -> bool:
        lose = line == "ok" and not lost
        lost.extend([line] * lose)
        return lose

    def bad_cable() -> None:
        shop.simulator.lose_reply = lose_one

    assert "a line was lost on the cable" in await fail_while_heard(shop, bad_cable)
    assert (await shop.machine.evidence("a.gcode")).outcome is Outcome.FAILED
    assert shop.simulator.tool == "M5"


async def test_when_the_cable_is_back_the_tool_goes_off_first(shop: Shop) -> None:
    await shop.begin(*LONG[:40], *["G1 X100 F100"] * 200)
    await until_true(lambda: len(shop.simulator.witness.executed) > 3)
    shop.simulator.pull()
    with pytest.raises(MachineUnreachable):
        await shop.machine.status()
    assert shop.simulator.tool == "M4"
    shop.simulator.plug()
    evidence = await shop.machine.evidence("a.gcode")
    assert (evidence.starts, evidence.outcome) == (1, Outcome.FAILED)
    assert shop.simulator.tool == "M5"
    assert shop.simulator.state == "Idle"
    assert shop.simulator.witness.unlocks == 0


async def test_a_job_that_was_sent_whole_is_left_to_finish_and_judged_by_a_person(shop: Shop) -> None:
    await shop.begin("M4 S500", "G1 X200 F600")
    record = shop.folder / "machine" / "record.json"
    await until_true(lambda: '"sent": true' in record.read_text())
    shop.simulator.pull()
    with pytest.raises(MachineUnreachable):
        await shop.machine.status()
    shop.simulator.plug()
    evidence = await shop.ended()
    assert (evidence.starts, evidence.outcome) == (1, None)
    await shop.in_state(MachineState.IDLE)
    assert shop.simulator.tool == "M5"


async def test_a_damaged_record_is_not_taken_for_an_empty_one(shop: Shop) -> None:
    (shop.folder / "machine").mkdir()
    (shop.folder / "machine" / "record.json").write_text('{"runs": [')
    with pytest.raises(MachineConfused, match=r"record\.json is damaged"):
        await shop.machine.evidence("a.gcode")


AGENT = """
import asyncio, sys
from pathlib import Path
from printers.grbl import GrblMachine
from printers.grbl_settings import GrblSettings

async def main() -> None:
    machine = GrblMachine(GrblSettings(Path(sys.argv[1]), Path(sys.argv[2]), "laser"))
    machine.operator.give()
    await machine.upload("a.gcode", Path(sys.argv[3]))
    await machine.start("a.gcode")
    print("started", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_agent_leaves_proof_of_the_start_and_the_next_one_makes_the_machine_safe(tmp_path: Path) -> None:
    async with grbl_shop(tmp_path, speed=1) as shop:
        program = shop.program("M3 S500", *["G1 X100 F100"] * 300)
        arguments = [sys.executable, "-c", AGENT, str(shop.simulator.path), str(tmp_path / "machine"), str(program)]
        process = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
        assert process.stdout
        async with asyncio.timeout(SECONDS):
            assert await process.stdout.readline() == b"started\n"
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert shop.simulator.tool == "M3"
        settings = GrblSettings(shop.simulator.path, tmp_path / "machine", "laser")
        next_agent = GrblMachine(settings, patience_seconds=PATIENCE_SECONDS)
        evidence = await next_agent.evidence("a.gcode")
        assert (evidence.starts, evidence.running, evidence.outcome) == (1, False, Outcome.FAILED)
        assert (shop.simulator.tool, shop.simulator.state) == ("M5", "Idle")
        await next_agent.close()
