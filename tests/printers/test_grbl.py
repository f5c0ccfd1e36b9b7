"""What the GRBL driver does beyond the contract: checks first, wants somebody there, and leaves no tool on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from printers.grbl import GrblMachine
from printers.grbl_settings import GrblSettings
from printers.machine import FileRefused, MachineRefused, MachineState, MachineUnreachable, Outcome, Unsupported
from tests.printers.grbl_machine import LONG, Shop, grbl_shop, lines_of, until_true

HOMING = {22: 1.0}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with grbl_shop(tmp_path) as shop:
        yield shop


async def test_the_buffer_is_used_and_never_overrun(shop: Shop) -> None:
    program = [f"G1 X{n % 7}.125 Y{n % 5}.5 F6000" for n in range(300)]
    await shop.begin(*program)
    evidence = await shop.ended()
    assert evidence.outcome is Outcome.DONE
    assert shop.simulator.witness.dropped_bytes == 0
    assert 100 < shop.simulator.witness.most_in_buffer <= 127
    assert lines_of(shop.simulator.witness.executed) == [line.replace(" ", "") for line in program]


async def test_the_tool_is_off_at_the_end_whatever_the_file_says(shop: Shop) -> None:
    await shop.begin("M3 S100", "G1 X5 F6000")
    assert (await shop.ended()).outcome is Outcome.DONE
    assert shop.simulator.tool == "M5"
    assert shop.simulator.witness.executed[-1] == "M5M9"


async def test_a_file_that_the_controller_does_not_take_is_refused_whole(shop: Shop) -> None:
    with pytest.raises(MachineRefused, match=r"line 3 \(G1X2\): no feed rate was given yet \(error:22\)"):
        await shop.machine.upload("a.gcode", shop.program("G0 X1", "; a remark", "G1 X2", "G0 X3"))
    assert shop.simulator.witness.executed == []
    assert (await shop.machine.status()).state is MachineState.IDLE


async def test_a_file_is_checked_once_for_its_content_and_the_settings(shop: Shop) -> None:
    program = shop.program("G0 X1", "G0 X2")
    await shop.machine.upload("a.gcode", program)
    await shop.machine.upload("a.gcode", program)
    assert len(shop.simulator.witness.checked) == 2
    shop.simulator.settings[130] = 250
    await shop.machine.upload("a.gcode", program)
    assert len(shop.simulator.witness.checked) == 4


async def test_nothing_begins_while_nobody_is_there(shop: Shop) -> None:
    await shop.machine.upload("a.gcode", shop.program("G0 X1"))
    with pytest.raises(MachineRefused, match="confirm that you are there"):
        await shop.machine.start("a.gcode")
    shop.machine.operator.give()
    shop.clock.now += 901
    status = await shop.machine.status()
    assert status.state is MachineState.BUSY
    assert "nobody has said in the last 15 minutes" in (status.message or "")
    with pytest.raises(MachineRefused, match="in the last 15 minutes"):
        await shop.machine.start("a.gcode")
    assert shop.simulator.witness.executed == []
    assert (await shop.machine.evidence("a.gcode")).starts == 0
    await shop.machine.attend()
    assert (await shop.machine.status()).state is MachineState.IDLE
    await shop.machine.start("a.gcode")
    assert (await shop.ended()).outcome is Outcome.DONE
    shop.machine.operator.take_away()
    assert (await shop.machine.status()).state is MachineState.IDLE  # nothing waits for anybody


async def test_a_mark_from_the_future_is_not_believed(shop: Shop) -> None:
    shop.machine.operator.give()
    shop.clock.now -= 3600
    await shop.machine.upload("a.gcode", shop.program("G0 X1"))
    with pytest.raises(MachineRefused, match="confirm that you are there"):
        await shop.machine.start("a.gcode")


async def test_resuming_needs_somebody_there_too(shop: Shop) -> None:
    await shop.begin(*LONG)
    await shop.machine.pause()
    shop.machine.operator.take_away()
    with pytest.raises(MachineRefused, match="confirm that you are there"):
        await shop.machine.resume()
    assert (await shop.machine.status()).state is MachineState.PAUSED
    shop.machine.operator.give()
    await shop.machine.resume()
    await shop.in_state(MachineState.PRINTING)


async def test_an_open_door_pauses_until_it_is_closed_and_resumed(shop: Shop) -> None:
    await shop.begin(*LONG)
    shop.simulator.open_door()
    await shop.in_state(MachineState.PAUSED)
    with pytest.raises(MachineRefused, match="safety door is open"):
        await shop.machine.resume()
    shop.simulator.close_door()
    await shop.machine.resume()
    await shop.in_state(MachineState.PRINTING)


async def test_a_cancelled_job_stops_with_the_tool_off_and_the_position_kept(shop: Shop) -> None:
    await shop.begin(*LONG)
    await until_true(lambda: len(shop.simulator.witness.executed) > 3)
    await shop.machine.cancel()
    assert (await shop.machine.evidence("a.gcode")).outcome is Outcome.CANCELLED
    assert shop.simulator.tool == "M5"
    assert shop.simulator.state == "Idle"  # a reset while moving would have locked it


async def test_closing_stops_the_job_and_switches_the_tool_off(shop: Shop) -> None:
    await shop.begin(*LONG)
    await shop.machine.close()
    assert (shop.simulator.tool, shop.simulator.state) == ("M5", "Idle")
    evidence = await shop.machine.evidence("a.gcode")
    assert (evidence.starts, evidence.outcome) == (1, Outcome.FAILED)


async def test_every_start_begins_with_the_modes_of_power_up(shop: Shop) -> None:
    await shop.begin("G91 G20", "G0 X1")
    await shop.ended()
    await shop.machine.upload("b.gcode", shop.program("G0 X2"))
    await shop.machine.start("b.gcode")
    await shop.ended("b.gcode")
    assert (await shop.machine.status()).state is MachineState.IDLE
    assert shop.simulator.position[0] == 2


async def test_a_start_homes_what_does_not_know_its_position_once(tmp_path: Path) -> None:
    async with grbl_shop(tmp_path, settings=HOMING) as shop:
        status = await shop.machine.status()
        assert status.state is MachineState.IDLE
        assert "locked until it is homed" in (status.message or "")
        await shop.begin("G0 X1")
        await shop.ended()
        await shop.machine.upload("b.gcode", shop.program("G0 X1"))
        await shop.machine.start("b.gcode")
        await shop.ended("b.gcode")
        assert (shop.simulator.witness.homings, shop.simulator.witness.unlocks) == (1, 0)


async def test_homing_is_asked_for_as_often_as_one_likes_and_needs_the_operator(tmp_path: Path) -> None:
    async with grbl_shop(tmp_path, settings=HOMING) as shop:
        with pytest.raises(MachineRefused, match="confirm that you are there"):
            await shop.machine.home()
        shop.machine.operator.give()
        await shop.machine.home()
        await shop.machine.home()
        assert shop.simulator.witness.homings == 1


async def test_a_machine_is_made_ready_by_homing_and_checking_and_begins_nothing(tmp_path: Path) -> None:
    async with grbl_shop(tmp_path, settings=HOMING) as shop:
        await shop.machine.upload("a.gcode", shop.program("G0 X1", "G0 X2"))
        with pytest.raises(MachineRefused, match="confirm that you are there"):
            await shop.machine.make_ready("a.gcode")
        shop.machine.operator.give()
        await shop.machine.make_ready("a.gcode")
        await shop.machine.make_ready("a.gcode")
        witness = shop.simulator.witness
        assert (witness.homings, lines_of(witness.checked), witness.executed) == (1, ["G0X1", "G0X2"], [])
        assert (await shop.machine.evidence("a.gcode")).starts == 0


async def test_a_file_that_came_while_it_was_locked_is_refused_before_it_is_begun(tmp_path: Path) -> None:
    async with grbl_shop(tmp_path, settings=HOMING) as shop:
        await shop.machine.upload("a.gcode", shop.program("G0 X1", "G1 X2"))
        shop.machine.operator.give()
        with pytest.raises(FileRefused, match="no feed rate"):
            await shop.machine.make_ready("a.gcode")
        assert shop.simulator.witness.executed == []


async def test_a_machine_without_switches_cannot_be_homed(shop: Shop) -> None:
    shop.machine.operator.give()
    with pytest.raises(MachineRefused, match=r"\$22=0"):
        await shop.machine.home()


async def test_an_old_controller_is_not_driven(tmp_path: Path) -> None:
    async with grbl_shop(tmp_path, version="0.9j.20160303") as shop:
        with pytest.raises(Unsupported, match=r"0\.9j.* is too old; put version 1\.1"):
            await shop.machine.check()


@pytest.mark.parametrize(("laser_mode", "tool"), [(0.0, "laser"), (1.0, "spindle")])
async def test_laser_mode_must_be_what_the_machine_is(tmp_path: Path, laser_mode: float, tool: str) -> None:
    async with grbl_shop(tmp_path, settings={32: laser_mode}, tool="laser" if tool == "laser" else "spindle") as shop:
        with pytest.raises(Unsupported, match=r"set \$32="):
            await shop.machine.check()
        with pytest.raises(MachineRefused, match=r"set \$32="):
            await shop.begin("G0 X1")
        assert shop.simulator.witness.executed == []


async def test_a_port_is_used_by_one_alone(shop: Shop, tmp_path: Path) -> None:
    assert await shop.machine.check() == "GRBL 1.1h.20190825"
    other = GrblMachine(GrblSettings(shop.simulator.path, tmp_path / "other", "laser"))
    with pytest.raises(MachineUnreachable, match="another program uses the port"):
        await other.check()


async def test_what_is_no_serial_port_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    machine = GrblMachine(GrblSettings(tmp_path / "file", tmp_path / "machine", "laser"))
    with pytest.raises(MachineUnreachable, match="is not a serial port"):
        await machine.check()


async def test_an_operator_sees_overrides_and_switches(shop: Shop) -> None:
    await shop.begin(*LONG)
    shop.simulator.override_feed(50)
    assert (await shop.machine.status()).message == "overrides: feed 50 %, rapid 100 %, tool 100 %"
