"""Everything that can go wrong with a GRBL job, at every stage of it. Whatever it is: one start on record and one at
most in truth, done only when all was done, the tool off, nothing unlocked, and nothing begun again."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from printers.grbl import GrblMachine
from printers.grbl_settings import GrblSettings
from printers.machine import MachineError, MachineRefused, Outcome
from tests.printers.grbl_machine import (
    IMPATIENT_SECONDS,
    LONGEST_REST_SECONDS,
    PATIENCE_SECONDS,
    Shop,
    grbl_shop,
    until,
    until_true,
)

FIRST = "N1M3S500"
PROGRAM = [FIRST, *(f"G1 X{1 + n % 9}.5 F1500" for n in range(60)), "G4 P0.05", "M5"]
BLOCKS = len(PROGRAM)


async def pull_and_plug(shop: Shop) -> None:
    shop.simulator.pull()
    with pytest.raises(MachineError):
        await shop.machine.status()
    shop.simulator.plug()


async def fall_silent(shop: Shop) -> None:
    shop.simulator.silent = True

    async def given_up() -> bool:
        try:
            await shop.machine.status()
        except MachineError:
            return True
        return False

    await until(given_up)
    shop.simulator.silent = False


async def cut_the_power(shop: Shop) -> None:
    shop.simulator.power_cycle()


async def hit_a_switch(shop: Shop) -> None:
    shop.simulator.raise_alarm(1)


async def lose_the_probe(shop: Shop) -> None:
    shop.simulator.raise_alarm(5)


async def refuse_what_follows(shop: Shop) -> None:
    shop.simulator.refuse = lambda text: 33 if text != "M5M9" else None


async def cancel(shop: Shop) -> None:
    await shop.machine.cancel()


async def stop_the_agent(shop: Shop) -> None:
    await shop.machine.close()
    settings = GrblSettings(shop.simulator.path, shop.folder / "machine", "laser")
    shop.machine = GrblMachine(
        settings, patience_seconds=PATIENCE_SECONDS, longest_rest_seconds=LONGEST_REST_SECONDS, clock=shop.clock
    )


async def open_the_door_for_a_while(shop: Shop) -> None:
    shop.simulator.open_door()
    shop.simulator.close_door()
    shop.simulator.press_start()


async def pause_for_a_while(shop: Shop) -> None:
    with suppress(MachineRefused):  # the job may be over
        await shop.machine.pause()
        await shop.machine.resume()


FAULTS: list[Callable[[Shop], Awaitable[None]]] = [
    pull_and_plug, fall_silent, cut_the_power, hit_a_switch, lose_the_probe, refuse_what_follows, cancel,
    stop_the_agent, open_the_door_for_a_while, pause_for_a_while,
]  # fmt: skip


@pytest.mark.parametrize("moment", [1, 20, BLOCKS - 6, BLOCKS - 1])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_one_start_no_false_end_and_the_tool_off(
    tmp_path: Path, fault: Callable[[Shop], Awaitable[None]], moment: int
) -> None:
    patience = IMPATIENT_SECONDS if fault is fall_silent else PATIENCE_SECONDS
    async with grbl_shop(tmp_path, speed=40, patience_seconds=patience) as shop:
        await shop.begin(*PROGRAM)
        witness = shop.simulator.witness
        await until_true(lambda: len(witness.executed) >= moment)
        await fault(shop)
        evidence = await shop.ended()
        assert witness.executed.count(FIRST) == 1
        assert witness.dropped_bytes == witness.unlocks == 0
        if evidence.outcome is Outcome.DONE:
            program = [line.replace(" ", "") for line in PROGRAM]
            assert [line for line in witness.executed if line != "M5M9"] == program
        await until_true(lambda: shop.simulator.state in {"Idle", "Alarm"})
        await shop.machine.status()
        assert shop.simulator.tool == "M5"
        again = await shop.machine.evidence("a.gcode")
        assert (again.starts, again.running, again.outcome) == (1, False, evidence.outcome)
        assert witness.executed.count(FIRST) == 1
